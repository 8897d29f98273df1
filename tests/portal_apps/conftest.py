"""A real apps process in a thread, with the portal's style files and a place that takes visits, and a real browser."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI
from starlette.requests import Request

from commons.places import ROOT
from commons.settings import Settings, load_settings
from commons.store import migrate, open_store
from vr_scenes.assemble import built_folder
from vr_scenes.bundle import build_viewer
from vr_scenes.manifest import read_manifest, source_mark
from vr_scenes.scene import scene_folder

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
             "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]  # fmt: skip


@dataclass
class Site:
    """The running site: its address, settings, and the visits it was told."""

    address: str
    settings: Settings
    visits: list[dict[str, Any]] = field(default_factory=list)


@pytest.fixture(scope="session")
def tours_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder with a migrated store, and the garden built unless build/ holds it as it is now."""
    home = tmp_path_factory.mktemp("tours") / "home"
    home.mkdir()
    store = open_store(load_settings({"SHUYUAN_HOME": str(home)}).database_url)
    migrate(store)
    store.close()
    build_viewer()
    garden = scene_folder("garden")
    found = read_manifest(built_folder() / "garden")
    if found is None or found.mark != source_mark(garden):
        from vr_scenes.build import build_scene, is_possible

        if is_possible():
            build_scene(garden, home / "scenes", finer=0.4)
    return home


@pytest.fixture(scope="session")
def site(tours_home: Path) -> Iterator[Site]:
    """The apps process as the proxy would show it."""
    from portal.apps import create_apps_app
    from portal.web.static import static_router

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = load_settings({"SHUYUAN_HOME": str(tours_home), "SHUYUAN_PORT": str(port)})
    found = Site(f"http://127.0.0.1:{port}", settings)
    app = create_apps_app(settings)
    app.include_router(static_router())
    _take_visits(app, found)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error", ws="websockets-sansio"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 30
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.05)
    assert server.started
    yield found
    server.should_exit = True
    thread.join(timeout=20)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A headless Chromium with software WebGL."""
    sync_api = pytest.importorskip("playwright.sync_api")
    if not Path(CHROMIUM).exists():
        pytest.skip("Chromium is not installed: apt install chromium")
    with sync_api.sync_playwright() as play:
        found = play.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield found
        found.close()


@pytest.fixture
def axe() -> str:
    """axe-core's source."""
    return (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")


def _take_visits(app: FastAPI, site: Site) -> None:
    async def take(request: Request) -> dict[str, int]:
        told = (await request.json())["records"]
        site.visits.extend(told)
        return {"added": len(told)}

    app.add_api_route("/api/v1/records", take, methods=["POST"], status_code=201)

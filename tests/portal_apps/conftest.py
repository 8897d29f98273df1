"""A real apps process, with the portal's style files and a place that takes visits, and a real browser."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from commons.places import ROOT
from commons.settings import Settings, load_settings
from commons.store import migrate, open_store
from tests.portal_apps.server import VISITS
from vr_scenes.assemble import built_folder
from vr_scenes.bundle import build_viewer
from vr_scenes.manifest import read_manifest, source_mark
from vr_scenes.scene import scene_folder


@dataclass
class Site:
    """The running site: its address and settings."""

    address: str
    settings: Settings

    @property
    def visits(self) -> list[dict[str, Any]]:
        """The visits it was told so far."""
        file = self.settings.home / VISITS
        return [json.loads(line) for line in file.read_text("utf-8").splitlines()] if file.exists() else []


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
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = load_settings({"SHUYUAN_HOME": str(tours_home), "SHUYUAN_PORT": str(port)})
    command = [sys.executable, "-m", "tests.portal_apps.server", str(tours_home), str(port)]
    with subprocess.Popen(command, cwd=ROOT) as process:
        try:
            _wait_for(f"http://127.0.0.1:{port}/tours/health", process)
            yield Site(f"http://127.0.0.1:{port}", settings)
        finally:
            process.terminate()


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(address, timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise AssertionError("the apps process did not become healthy")

"""A curator's scene on the platform: published whole, with versions and a way back, on every page that a shipped one has."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from commons.errors import BadInput, Conflict, Faults, NotFound
from commons.sandbox import probe
from commons.settings import load_settings
from commons.store import migrate, open_store
from portal.apps import create_apps_app
from portal.catalogue import load_catalogue
from portal.cli_scene import scene_app
from tests.vr_scenes.meshes_made import write_ball
from vr_scenes.package import new_scene, write_document
from vr_scenes.publish import LIVE, live_scenes, publish, published, roll_back, versions
from vr_scenes.scene import CONTENT, read_document

BOTH = {"zh-CN": "一个球", "en": "A ball"}


@pytest.fixture(scope="module", autouse=True)
def _sound() -> None:
    broken = [one for one in probe() if not one.ok]
    if broken:
        pytest.skip(f"no sandbox on this machine: {broken[0].name}")


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package that lacks nothing."""
    root = tmp_path_factory.mktemp("package")
    new_scene(root / "ball", [write_ball(root, ".obj")])
    return titled(root / "ball", BOTH)


def titled(folder: Path, title: dict[str, str]) -> Path:
    document = read_document(folder)
    document |= {"title": title, "summary": title}
    for asset in document["assets"]:
        asset |= {"rights": "https://creativecommons.org/publicdomain/zero/1.0/", "credit": BOTH, "source": BOTH}
    for entry in (*document["stops"], *document["nodes"]):
        entry |= {name: BOTH for name in ("title", "caption", "description") if name in entry}
    write_document(folder, document)
    return folder


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, package: Path) -> Path:
    """A home with the ball published twice, the second time under another title."""
    found = tmp_path_factory.mktemp("home")
    store = open_store(load_settings({"SHUYUAN_HOME": str(found)}).database_url)
    migrate(store)
    store.close()
    publish(package, found / "scenes", (), lambda doing, share: None)
    again = titled(Path(shutil.copytree(package, found / "again" / "ball")), {"zh-CN": "第二版的球", "en": "The second ball"})
    publish(again, found / "scenes", (), lambda doing, share: None)
    return found


@pytest.fixture
def client(home: Path) -> Iterator[TestClient]:
    with TestClient(
        create_apps_app(load_settings({"SHUYUAN_HOME": str(home)})), headers={"accept-language": "en"}
    ) as found:
        yield found


def test_issue6_item_08_a_published_scene_has_every_page_and_its_assets(client: TestClient) -> None:
    assert "The second ball" in client.get("/tours/").text
    for path in ("/tours/ball/", "/tours/ball/text", "/tours/ball/embed"):
        page = client.get(path)
        assert page.status_code == 200 and "ball" in page.text, path
    document = client.get("/tours/ball/scene.json").json()
    levels = document["nodes"][0]["levels"]
    for level in levels:
        asset = client.get(level["src"])
        assert asset.status_code == 200 and "immutable" in asset.headers["cache-control"]
        assert len(asset.content) == level["bytes"]


def test_issue6_item_08_going_back_shows_the_version_before_at_once(client: TestClient, home: Path) -> None:
    assert versions(home / "scenes", "ball") == [1, 2]
    try:
        assert roll_back(home / "scenes", "ball").number == 1
        page = client.get("/tours/ball/").text
        assert "A ball" in page and "The second ball" not in page
        with pytest.raises(NotFound, match="no version before 1"):
            roll_back(home / "scenes", "ball")
    finally:
        (home / "scenes" / "ball" / LIVE).write_text('{"version": 2}', "utf-8")


def test_issue6_item_08_the_portal_knows_what_was_published(home: Path) -> None:
    found = load_catalogue(home)
    assert found.scenes["ball"].title["en"] == "The second ball"
    assert any(item.id.startswith("stop:ball/") for item in found.items)


def test_a_version_that_is_broken_takes_no_other_place_down(client: TestClient, home: Path) -> None:
    file = home / "scenes" / "ball" / "versions" / "2.json"
    whole = file.read_text("utf-8")
    for broken in ("", "[]", '{"time": "x"}', whole[: len(whole) // 2]):
        file.write_text(broken, "utf-8")
        (home / "scenes" / "ball" / LIVE).write_text('{"version": 2}', "utf-8")
        with pytest.raises((BadInput, Faults)):
            published(home / "scenes", "ball")
        assert "ball" not in live_scenes(home / "scenes")
        assert client.get("/tours/garden/").status_code == 200 and client.get("/tours/ball/").status_code == 404
    file.write_text(whole, "utf-8")
    (home / "scenes" / "ball" / LIVE).write_text('{"version": 2}', "utf-8")
    assert client.get("/tours/ball/").status_code == 200


def test_what_lacks_rights_or_has_a_taken_name_is_not_published(tmp_path: Path) -> None:
    new_scene(tmp_path / "bare", [write_ball(tmp_path, ".obj")])
    with pytest.raises(Faults, match="rights"):
        publish(tmp_path / "bare", tmp_path / "scenes", (), lambda doing, share: None)
    with pytest.raises(Conflict, match="ships"):
        publish(CONTENT / "garden", tmp_path / "scenes", load_catalogue(tmp_path).graph.concepts, lambda doing, share: None)
    assert not list((tmp_path / "scenes").glob(f"*/{LIVE}")) if (tmp_path / "scenes").exists() else True


def test_the_commands_publish_and_go_back(package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHUYUAN_HOME", str(tmp_path))
    monkeypatch.setenv("SHUYUAN_VOICE", "off")
    for number in (1, 2):
        told = CliRunner().invoke(scene_app, ["publish", str(package)])
        assert told.exit_code == 0 and f"version {number} is live" in told.stdout, told
    told = CliRunner().invoke(scene_app, ["rollback", "ball"])
    assert told.exit_code == 0 and "version 1" in told.stdout
    assert json.loads((tmp_path / "scenes" / "ball" / LIVE).read_text("utf-8")) == {"version": 1}

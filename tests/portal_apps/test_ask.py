"""Asking the guide: the page without scripts, the JSON, bad input, and what happens while the guide is being made."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from commons.settings import load_settings
from commons.store import migrate, open_store
from portal.apps import create_apps_app
from portal.apps.guides import Guides
from portal.apps.shelf import Shelf
from tests.vr_scenes.guide_world import small_guide
from vr_scenes.guide import Guide
from vr_scenes.scene import Scene, load_scene, scene_folder


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    settings = load_settings({"SHUYUAN_HOME": str(tmp_path)})
    store = open_store(settings.database_url)
    migrate(store)
    store.close()
    app = create_apps_app(settings)
    app.state.guides = Guides(Shelf(tmp_path), tmp_path / "vectors.sqlite3", lambda scene: small_guide())
    with TestClient(app, headers={"accept-language": "en"}) as found:
        yield found


def test_issue6_item_05_the_page_answers_without_scripts_and_leads_to_the_stop(client: TestClient) -> None:
    page = client.get("/tours/garden/ask", params={"q": "How thick is the wall of the moon gate?"})
    assert page.status_code == 200 and "no-store" in page.headers["cache-control"]
    assert "0.36 m" in page.text and 'href="/tours/garden/?stop=moon-gate"' in page.text
    assert 'href="/tours/garden/ask"' in client.get("/tours/garden/").text
    unknown = client.get("/tours/garden/ask", params={"q": "门票多少钱一张？", "lang": "zh-CN"})
    assert "我不知道" in unknown.text and "blockquote" not in unknown.text


def test_issue6_item_05_the_json_cites_kind_source_and_stop(client: TestClient) -> None:
    found = client.get("/tours/garden/ask.json", params={"q": "月洞门的圆心离地多高？", "lang": "zh-CN"}).json()
    assert found["known"] and found["stop"] == "moon-gate" and found["kind"] in ("stop", "object", "hotspot")
    assert found["address"] == "/tours/garden/?stop=moon-gate" and 0 < found["sure"] <= 1
    assert client.get("/tours/garden/ask.json", params={"q": "Who won the football game?", "lang": "en"}).json() == {
        "known": False
    }


def test_issue6_item_05_a_walk_is_planned_by_minutes(client: TestClient) -> None:
    found = client.get("/tours/garden/plan.json", params={"minutes": "5", "interest": "circles", "lang": "en"}).json()
    assert found["minutes"] <= 5 and "moon-gate" in found["stops"]
    page = client.get("/tours/garden/ask", params={"minutes": "5", "interest": "circles"})
    assert 'class="walk"' in page.text


@pytest.mark.parametrize("minutes", ["", "0", "-3", "nan", "inf", "1e9", "ten", "241"])
def test_bad_minutes_are_told_in_words(client: TestClient, minutes: str) -> None:
    told = client.get("/tours/garden/plan.json", params={"minutes": minutes})
    assert told.status_code == 400 and "1 to 240" in told.json()["error"]["next"]
    assert client.get("/tours/garden/ask", params={"minutes": minutes or "x"}).status_code == 200


def test_bad_questions_never_break_the_page(client: TestClient) -> None:
    for question in ("<script>alert(1)</script>", "\x00", "？" * 5000, " "):
        page = client.get("/tours/garden/ask", params={"q": question})
        assert page.status_code == 200 and "<script>alert" not in page.text
    assert client.get("/tours/garden/ask.json", params={"q": " "}).status_code == 400
    assert client.get("/tours/nowhere/ask", params={"q": "wall"}).status_code == 404


def test_who_asks_while_the_guide_is_being_made_is_told_to_come_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.apps.guides.PATIENCE_S", 0.05)
    begun, go_on = threading.Event(), threading.Event()

    def slow(scene: Scene) -> Guide:
        begun.set()
        go_on.wait(20)
        return small_guide()

    scene, guides = load_scene(scene_folder("garden")), Guides(Shelf(tmp_path), tmp_path / "v", slow)
    thread = threading.Thread(target=guides.of, args=(scene,))
    thread.start()
    begun.wait(20)
    with pytest.raises(Exception, match="still reading"):
        guides.of(scene, patience=0.05)
    go_on.set()
    thread.join()
    assert guides.of(scene) is guides.of(scene)

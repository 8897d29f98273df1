"""Tour pages over HTTP: they read without scripts, say every word, lead on, and carry their guard; assets answer ranges."""

from __future__ import annotations

import gzip
import html
import json
import re
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from commons.languages import LANGUAGES
from commons.settings import load_settings
from portal.apps.assets import _span
from portal.apps.panel_mount import is_own_origin
from portal.apps.shelf import Shelf
from tests.portal_apps.conftest import Site
from vr_scenes.scene import load_scene, scene_folder
from vr_scenes.twin import words_of


@pytest.fixture
def visitor(site: Site) -> Iterator[httpx.Client]:
    with httpx.Client(
        base_url=site.address, headers={"Accept-Language": "en", "Accept-Encoding": "identity"}, timeout=30
    ) as client:
        yield client


@pytest.mark.parametrize("language", LANGUAGES)
def test_item_08_scenes_the_text_version_holds_every_word_of_the_tour(visitor: httpx.Client, language: str) -> None:
    page = visitor.get("/tours/garden/text", params={"lang": language}).text
    text = re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))
    scene = load_scene(scene_folder("garden"))
    assert [words for words in words_of(scene, language) if re.sub(r"\s+", " ", words) not in text] == []


@pytest.mark.parametrize(
    "path",
    [
        "/tours/",
        "/tours/garden/",
        "/tours/garden/text",
        "/tours/garden/embed?stop=pond",
        "/tours/nowhere/",
        "/tours/garden/nothing",
    ],
)
def test_pages_name_no_other_host_and_carry_the_guard(visitor: httpx.Client, path: str) -> None:
    answer = visitor.get(path)
    assert answer.status_code == (
        404 if "no" in path.rsplit("/", 2)[-2] + path.rsplit("/", 1)[-1] and "pond" not in path else 200
    )
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self' 'wasm-unsafe-eval';" in policy and "'unsafe" not in policy and "frame-ancestors 'self'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert not re.findall(r'(?:src|href)="(?:https?:)?//(?!creativecommons\.org)', answer.text)


def test_the_place_reads_without_scripts_and_leads_to_units_and_concepts(visitor: httpx.Client) -> None:
    page = visitor.get("/tours/garden/").text
    assert page.index("A small Jiangnan garden") < page.index("<vr-scene")
    for link in (
        "/courses/heritage/u4",
        "/concepts/architecture.moon-gate",
        "/tours/garden/text",
        "/apps/tour?scene=garden",
    ):
        assert f'href="{link}"' in page, link


def test_the_place_tells_machines_what_it_is(visitor: httpx.Client, site: Site) -> None:
    page = visitor.get("/tours/garden/").text
    found = json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.S)[1])  # type: ignore[index]
    assert found["@context"] == "https://schema.org" and found["isAccessibleForFree"] and len(found["hasPart"]) == 7
    assert found["url"] == f"{site.address}/tours/garden/"


def test_the_viewer_is_told_stop_object_language_and_type_size(visitor: httpx.Client) -> None:
    page = visitor.get(
        "/tours/garden/?stop=pond&object=stone-base", headers={"Cookie": "shuyuan-large=1; shuyuan-language=zh-CN"}
    ).text
    element = re.search(r"<vr-scene[^>]*>", page)[0]  # type: ignore[index]
    for part in ('stop="pond"', 'object="stone-base"', 'language="zh-CN"', " large"):
        assert part in element
    assert "signed-in" not in element
    assert "<script>x" not in visitor.get("/tours/garden/", params={"object": '"><script>x'}).text


def test_the_language_switch_sets_the_cookie(visitor: httpx.Client) -> None:
    answer = visitor.get("/tours/garden/?language=zh-CN&stop=pond")
    assert answer.status_code == 303 and answer.headers["location"] == "/tours/garden/?stop=pond"
    assert "shuyuan-language=zh-CN" in answer.headers["set-cookie"]


def test_assets_answer_ranges_conditions_and_packed_siblings(visitor: httpx.Client) -> None:
    address = visitor.get("/tours/garden/scene.json").json()["model"]
    if not address:
        pytest.skip("Open3D is left out here: no model to fetch")
    whole = visitor.get(address)
    assert (
        whole.headers["cache-control"] == "public, max-age=31536000, immutable"
        and whole.headers["content-type"] == "model/gltf-binary"
    )
    assert whole.content[:4] == b"glTF" and whole.headers["accept-ranges"] == "bytes"
    for asked, expected in (
        ("bytes=0-3", whole.content[:4]),
        ("bytes=-5", whole.content[-5:]),
        (f"bytes={len(whole.content) - 2}-", whole.content[-2:]),
    ):
        part = visitor.get(address, headers={"Range": asked})
        assert (
            part.status_code == 206
            and part.content == expected
            and part.headers["content-range"].endswith(f"/{len(whole.content)}")
        )
    assert visitor.get(address, headers={"Range": "bytes=99999999-"}).status_code == 416
    assert visitor.get(address, headers={"Range": "bytes=0-1", "If-Range": '"other"'}).status_code == 200
    assert visitor.get(address, headers={"If-None-Match": whole.headers["etag"]}).status_code == 304
    head = visitor.head(address)
    assert head.headers["content-length"] == str(len(whole.content)) and not head.content
    packed = visitor.get(address, headers={"Accept-Encoding": "gzip"})
    assert (
        packed.headers["content-encoding"] == "gzip"
        and packed.content == whole.content
        and packed.headers["etag"] != whole.headers["etag"]
    )


@pytest.mark.parametrize(
    "name", ["..%2fmanifest.json", "a.glb", "%2e%2e%2fmanifest.json", "0" * 64 + ".glb", "0" * 64 + ".py"]
)
def test_no_other_file_is_handed_out(visitor: httpx.Client, name: str) -> None:
    answer = visitor.get(f"/tours/assets/{name}")
    assert answer.status_code == 404 and answer.json()["error"]["code"] == "not-found"


@pytest.mark.parametrize(
    ("asked", "span"),
    [
        ("bytes=0-0", (0, 1)),
        ("bytes=5-2", "beyond"),
        ("bytes=-0", "beyond"),
        ("bytes=0-9,20-29", None),
        ("bytes=-", None),
        ("lines=1-2", None),
        ("bytes=8-99", (8, 10)),
    ],
)
def test_odd_ranges(asked: str, span: object) -> None:
    assert _span(asked, 10) == span


def test_pictures_have_a_lasting_address(visitor: httpx.Client) -> None:
    for stop in ("scene", "pond"):
        answer = visitor.get(f"/tours/garden/poster/{stop}.jpg", follow_redirects=True)
        assert answer.status_code == 200 and answer.content[:2] == b"\xff\xd8"
    assert visitor.get("/tours/garden/poster/none.jpg").status_code == 404


def test_the_viewer_is_kept_for_ever_under_its_mark(visitor: httpx.Client) -> None:
    address = re.search(r'src="(/tours/viewer/vr-scene.js\?v=\w+)"', visitor.get("/tours/garden/").text)[1]  # type: ignore[index]
    assert "immutable" in visitor.get(address).headers["cache-control"]
    plain = visitor.get("/tours/viewer/vr-scene.js")
    assert plain.headers["cache-control"] == "public, no-cache"
    assert len(gzip.compress(plain.content)) < 200 * 1024


def test_health_says_what_is_there(visitor: httpx.Client) -> None:
    found = visitor.get("/tours/health").json()
    assert found["ok"] and found["viewer"] and set(found["scenes"]) == {"garden"}


def test_without_a_build_the_page_says_what_is_off_and_the_text_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from starlette.testclient import TestClient

    from portal.apps import create_apps_app, tours

    monkeypatch.setattr(tours, "is_possible", lambda: False)
    app = create_apps_app(load_settings({"SHUYUAN_HOME": str(tmp_path)}))
    app.state.desk = replace(app.state.desk, shelf=Shelf(tmp_path, tmp_path / "nothing"))
    client = TestClient(app, headers={"Accept-Language": "en"})
    assert "Open3D is not installed" in client.get("/tours/garden/").text
    assert client.get("/tours/garden/scene.json").json()["model"] == ""
    assert "The big piece at the bottom is the cap block" in client.get("/tours/garden/text").text


@pytest.mark.slow
def test_the_panel_tour_runs_under_its_prefix_and_refuses_foreign_pages(visitor: httpx.Client, site: Site) -> None:
    page = visitor.get("/apps/tour")
    assert page.status_code == 200 and "/tours/garden/text" in page.text and 'lang="en"' in page.text
    for address in re.findall(r'src="(static/[^"]+)"', page.text):
        assert visitor.get(f"/apps/{address}").status_code == 200, address
    assert "connect-src 'self' blob:" in page.headers["content-security-policy"]
    assert _shake_hands(site, "http://evil.example") == 403
    assert _shake_hands(site, "") == 403


def test_own_origins() -> None:
    assert is_own_origin("https://shuyuan.example", "127.0.0.1:8004", "https://shuyuan.example")
    assert not is_own_origin("https://shuyuan.example.evil", "127.0.0.1:8004", "https://shuyuan.example")


def _shake_hands(site: Site, origin: str) -> int:
    host, port = site.address.removeprefix("http://").split(":")
    lines = ["GET /apps/tour/ws HTTP/1.1", f"Host: {host}:{port}", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol: bokeh, x",
             *([f"Origin: {origin}"] if origin else [])]  # fmt: skip
    with socket.create_connection((host, int(port)), timeout=10) as wire:
        wire.sendall("\r\n".join([*lines, "", ""]).encode())
        return int(wire.recv(64).split()[1])

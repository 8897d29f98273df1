"""The viewer in a real Chromium with small scenes of every kind of node: what it fetches and shows, tools, sound, headset.

The rule kept here: a page that breaks, or asks another host for anything, fails its test.
"""

from __future__ import annotations

import io
import math
import struct
import wave
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from commons.places import ROOT
from tests.browser import violations
from tests.vr_scenes import viewer_site as make
from tests.vr_scenes.viewer_site import ViewerSite

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

SCENE = "document.querySelector('vr-scene')"
LIVE = (
    "() => { const c = document.querySelector('vr-scene')?.shadowRoot?.querySelector('canvas'); return c && !c.hidden }"
)
NO_WEBGL = """
const getContext = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
  return kind.includes("webgl") ? null : getContext.call(this, kind, ...more);
};
"""
BALL = {
    "id": "ball", "kind": "mesh",
    "levels": [
        {"src": "b0.glb", "bytes": 4_000, "triangles": 64, "error": 0.2},
        {"src": "b1.glb", "bytes": 90_000, "triangles": 3200, "error": 0.001},
        {"src": "never.glb", "bytes": 9_000_000, "triangles": 900_000, "error": 0},
    ],
}  # fmt: skip
CLOUD = {"id": "cloud", "kind": "points", "src": "points/tileset.json", "points": 9000, "bytes": 1}
PANORAMA = {"id": "room", "kind": "panorama", "src": "pano/panorama.json"}
SPLAT = {"id": "haze", "kind": "splat", "levels": [{"src": "haze.spz", "bytes": 9, "splats": 400}]}
FRONT = make.stop("front", (0, 1.6, 4), (0, 1, 0))
SIDE = make.stop("side", (4, 1.6, 0), (0, 1, 0))
Open = Callable[..., Any]


@pytest.fixture
def site() -> ViewerSite:
    made = ViewerSite()
    made.add({"b0.glb": make.sphere(4), "b1.glb": make.sphere(40), "haze.spz": make.spz(_haze())})
    made.add(make.points_tileset() | make.panorama())
    return made


@pytest.fixture
def open_scene(browser: Any, site: ViewerSite) -> Iterator[Open]:
    """Opens a scene of nodes and stops; the test fails where a page breaks or asks another host."""
    contexts: list[Any] = []
    broken: list[str] = []

    def opened(
        nodes: list[dict[str, Any]],
        stops: list[dict[str, Any]] | None = None,
        *,
        scripts: str = "",
        size: tuple[int, int] = (800, 900),
        live: bool = True,
        document: dict[str, Any] | None = None,
        **page_of: str,
    ) -> Any:
        site.add({"scene.json": make.document(nodes, stops or [FRONT, SIDE], **(document or {}))})
        context = browser.new_context(viewport={"width": size[0], "height": size[1]}, reduced_motion="reduce")
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.on("pageerror", lambda error: broken.append(str(error)))
        page.on(
            "console",
            lambda said: broken.append(said.text) if said.type == "error" and "404" not in said.text else None,
        )
        page.route("**/*", site.answer)
        if scripts:
            page.add_init_script(scripts)
        page.goto(site.page(**page_of))
        if live:
            page.wait_for_function(LIVE)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert broken == [] and site.outside == []


def test_issue6_item_03_a_mesh_shows_its_first_level_and_swaps_in_the_one_that_is_sharp_enough(
    open_scene: Open, site: ViewerSite
) -> None:
    page = open_scene([BALL])
    _until(page, f"{SCENE}.nodes.live[0].loaded.held === 1")
    got = [path for path in site.asked if path.startswith("/scene/") and path.endswith(".glb")]
    assert got == ["/scene/b0.glb", "/scene/b1.glb"], "the finest is beyond what a processor draws fluently"
    assert _of(page, f"{SCENE}.stage.content.children[0].children.length") == 1
    assert not any("sparks" in path or "tiles-node" in path or "headset" in path for path in site.asked)


def test_issue6_item_03_a_packed_mesh_is_unpacked(open_scene: Open, site: ViewerSite) -> None:
    packed = _packed(site)
    page = open_scene(
        [{"id": "ball", "kind": "mesh", "levels": [{"src": packed, "bytes": 1, "triangles": 64, "error": 0}]}]
    )
    assert _pick(page)[2] == pytest.approx(1, abs=0.12)


def test_issue6_item_03_points_stream_as_tiles_and_stand_upright(open_scene: Open, site: ViewerSite) -> None:
    page = open_scene([CLOUD])
    count = f"{SCENE}.nodes.live[0].loaded.tiles.group.children.length"
    _until(page, f"{count} === 3")
    size = _of(
        page,
        f"(() => {{ const b = {SCENE}.stage.bounds; return [b.max.x - b.min.x, b.max.y - b.min.y, b.max.z - b.min.z] }})()",
    )
    assert size == pytest.approx([4, 1, 4], abs=0.05)
    assert "/scene/points/left.glb" in site.asked
    assert _pick(page, 0.5, 0.62) is not None


def test_issue6_item_03_a_mesh_in_tiles_is_replaced_by_finer_ones_and_can_be_seen_through(
    open_scene: Open, site: ViewerSite
) -> None:
    site.add(make.mesh_tileset())
    page = open_scene([{"id": "big", "kind": "tiles", "src": "tiles/tileset.json", "triangles": 2300, "bytes": 1}])
    _until(
        page,
        f"[...{SCENE}.nodes.live[0].loaded.tiles.visibleTiles].some((tile) => tile.content.uri.endsWith('fine.glb'))",
    )
    assert _pick(page)[2] == pytest.approx(1, abs=0.05) and _pick(page)[1] == pytest.approx(1.15, abs=0.2)
    page.locator("vr-scene .view").focus()
    page.keyboard.press("x")
    _until(page, f"{SCENE}.stage.xray.on")
    kinds = "(() => { const k = []; S.nodes.live[0].group.traverseVisible((n) => n.isMesh && k.push(n.material.type)); return k })()"
    assert _of(page, kinds.replace("S.", f"{SCENE}.")) == ["ShaderMaterial"]


def test_issue6_item_03_a_panorama_shows_its_preview_then_only_tiles_in_view(
    open_scene: Open, site: ViewerSite
) -> None:
    page = open_scene(
        [PANORAMA], [make.stop("middle", (0, 1.6, 0), (0, 1.6, -1)), make.stop("back", (0, 1.6, 0), (0, 1.6, 1))]
    )
    _until(page, f"{SCENE}.nodes.live[0].loaded.tiles.has('1/f/0_0')")
    assert site.asked.index("/scene/pano/preview.jpg") < min(
        i for i, path in enumerate(site.asked) if path.startswith("/scene/pano/1/")
    )
    assert not any("/b/" in path for path in site.asked), "what is behind is not fetched"
    red, green, _ = _colour(page)
    assert red > 120 and green < 110, "the face ahead is the red one"
    page.locator("vr-scene .stops ol button").nth(1).click()
    _until(page, f"[...{SCENE}.nodes.live[0].loaded.tiles.keys()].some((key) => key.startsWith('1/b'))")
    assert _colour(page)[2] > 80, "the one behind is indigo"


def test_issue6_item_03_splats_are_points_where_the_processor_draws(open_scene: Open, site: ViewerSite) -> None:
    page = open_scene([SPLAT])
    assert _of(page, f"{SCENE}.stage.soft")
    assert _of(page, f"{SCENE}.nodes.live[0].loaded.shown.object.geometry.attributes.position.count") == 400
    assert not any("sparks" in path for path in site.asked)


def test_issue6_item_03_splats_are_sparks_where_there_is_a_card(open_scene: Open, site: ViewerSite) -> None:
    hidden = "const g = WebGL2RenderingContext.prototype.getExtension; WebGL2RenderingContext.prototype.getExtension ="
    hidden += " function (name) { return name === 'WEBGL_debug_renderer_info' ? null : g.call(this, name) };"
    page = open_scene([SPLAT], scripts=hidden)
    assert any("sparks" in path for path in site.asked)
    assert _of(page, f"{SCENE}.nodes.live[0].loaded.shown.object.numSplats") == 400


def test_issue6_item_03_one_part_that_is_missing_is_told_and_the_rest_is_shown(open_scene: Open) -> None:
    lost = {"id": "lost", "kind": "mesh", "levels": [{"src": "none.glb", "bytes": 1, "triangles": 1, "error": 0}]}
    page = open_scene([lost, BALL])
    page.wait_for_function(f"() => {SCENE}.panel.status.textContent.startsWith('1 of 2 parts')")
    page = open_scene([lost], live=False)
    page.wait_for_function(f"() => {SCENE}?.panel?.status.textContent.includes('could not be fetched')")


def test_issue6_item_03_slow_frames_drop_detail_and_a_thing_is_gone_round(open_scene: Open) -> None:
    page = open_scene([BALL])
    before = _of(page, f"{SCENE}.stage.renderer.getPixelRatio()")
    page.evaluate(f"() => {{ for (let i = 0; i < 9; i += 1) {SCENE}.stage.governor.took(300) }}")
    assert _of(page, f"{SCENE}.stage.renderer.getPixelRatio()") < before
    assert _of(page, f"{SCENE}.stage.eye.limit") > _of(page, f"{SCENE}.stage.budget.error")
    page.locator("vr-scene .view").focus()
    start = _of(page, f"({{...{SCENE}.pose}})")
    for _ in range(5):
        page.keyboard.press("ArrowLeft")
    after = _of(page, f"({{...{SCENE}.pose}})")
    assert math.hypot(after["x"], after["z"]) == pytest.approx(math.hypot(start["x"], start["z"]), abs=1e-6)
    assert abs(after["x"] - start["x"]) > 0.5


def test_issue6_item_03_tools_by_keyboard_measure_cut_see_through_and_set_the_hour(open_scene: Open) -> None:
    old = {
        "id": "old",
        "kind": "mesh",
        "time": [1200, 1500],
        "levels": [{"src": "b0.glb", "bytes": 1, "triangles": 64, "error": 0}],
    }
    page = open_scene([{**BALL, "levels": BALL["levels"][1:2]}, {**old, "position": [3, 0, 0]}])  # type: ignore[index]
    page.locator("vr-scene .view").focus()
    page.keyboard.press("r")
    page.locator("vr-scene .result").wait_for(state="attached")
    page.keyboard.press("Enter")
    assert "Now the second" in page.locator("vr-scene .result").inner_text()
    page.evaluate(f"() => {SCENE}.tools.point(0.5, 0.36)")
    metres = _of(page, f"{SCENE}.tools.measure.metres")
    assert 0.2 < metres < 1.5 and "apart" in page.locator("vr-scene .result").inner_text()
    assert page.locator("vr-scene .mark").inner_text().endswith(("m", "cm"))
    page.keyboard.press("Escape")
    assert page.locator("vr-scene .cross").is_hidden() and page.locator("vr-scene .mark").count() == 0
    whole = _pick(page)
    for key in "kkk":
        page.keyboard.press(key)
    assert _of(page, f"{SCENE}.tools.axis.value") == "z" and _pick(page)[2] < whole[2] - 0.02
    page.keyboard.press("k")
    assert _pick(page)[2] == pytest.approx(whole[2])
    page.keyboard.press("x")
    assert (
        _of(page, f"{SCENE}.stage.xray.on")
        and page.locator("vr-scene .tool[aria-pressed=true]").inner_text() == "X-ray"
    )
    page.keyboard.press("x")
    page.keyboard.press("l")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    assert page.locator("vr-scene output[for=hour]").inner_text() == "12:45"
    page.locator("vr-scene #year").focus()
    assert _of(page, f"{SCENE}.nodes.live[1].group.visible")
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    assert page.locator("vr-scene output[for=year]").inner_text() == "1500"
    assert not _of(page, f"{SCENE}.nodes.live[1].group.visible")
    assert violations(page) == []


def test_issue6_item_04_a_recording_leads_its_step_with_captions_and_speed(open_scene: Open, site: ViewerSite) -> None:
    site.add({"one.wav": _tone(2.0), "one.vtt": b"WEBVTT\n\n00:00.000 --> 00:10.000\nSpoken words\n"})
    steps = [
        {
            "stop": "front",
            "seconds": 30,
            "text": {"en": "Written words"},
            "audio": {"en": "one.wav"},
            "captions": {"en": "one.vtt"},
        },
        {"stop": "side", "seconds": 30, "text": {"en": "No sound here. Only text."}, "hide": ["ball"], "hour": 18},
    ]
    page = open_scene([BALL, {**CLOUD}], document={"steps": steps})
    page.get_by_role("button", name="Start the tour").click()
    page.wait_for_function(f"() => {SCENE}.panel.cue.textContent === 'Spoken words'")
    assert page.locator("vr-scene .caption").inner_text() == "Written words"
    assert page.locator("vr-scene .cue").is_visible()
    page.locator("vr-scene .view").focus()
    page.keyboard.press(".")
    assert (
        page.locator("vr-scene .reader .sign").inner_text() == "1.25×"
        and _of(page, f"{SCENE}.tour.audio.playbackRate") == 1.25
    )
    page.wait_for_function(f"() => {SCENE}.tour.index === 1", timeout=20_000)
    assert _of(page, f"[{SCENE}.nodes.live[0].group.visible, {SCENE}.stage.sky.hour]") == [False, 18]
    page.wait_for_function(f"() => {SCENE}.panel.cue.textContent === 'No sound here.'")
    page.keyboard.press("c")
    page.wait_for_function(f"() => {SCENE}.panel.cue.hidden")
    page.keyboard.press("Escape")
    assert _of(page, f"[{SCENE}.nodes.live[0].group.visible, {SCENE}.stage.sky.hour]") == [True, None]


def test_issue6_item_06_a_whole_tour_by_keyboard_with_and_without_a_picture(open_scene: Open) -> None:
    for scripts in ("", NO_WEBGL):
        page = open_scene([BALL], scripts=scripts, live=not scripts)
        page.locator("vr-scene .stops").wait_for()
        page.evaluate("() => { window.ended = 0; document.addEventListener('tourend', () => { window.ended += 1 }) }")
        for _ in range(20):
            page.keyboard.press("Tab")
            if page.evaluate("() => document.activeElement?.shadowRoot?.activeElement?.classList.contains('view')"):
                break
        page.keyboard.press("t")
        heard = []
        for name in ("front", "side"):
            page.wait_for_function(f"() => {SCENE}.panel.caption.textContent.startsWith('Look at {name}')")
            heard.append(page.locator("vr-scene .said[aria-live=polite]").inner_text())
            page.keyboard.press("n")
        page.wait_for_function("() => window.ended === 1")
        assert all("It is quiet here." in text for text in heard)
        assert "Place side" in page.locator("vr-scene canvas").get_attribute("aria-label")
        assert violations(page) == []


def test_issue6_item_06_a_panorama_has_a_still_where_nothing_can_be_drawn(open_scene: Open, site: ViewerSite) -> None:
    page = open_scene([PANORAMA], scripts=NO_WEBGL, live=False)
    page.wait_for_function(f"() => {SCENE}?.panel?.still.getAttribute('src')?.endsWith('/pano/0/f/0_0.jpg')")
    page.wait_for_function(f"() => {SCENE}.panel.still.naturalWidth === 256")
    assert "stills" in page.locator("vr-scene .status").inner_text()


@pytest.mark.parametrize("theme", ["night", "contrast"])
def test_issue6_item_06_large_type_and_the_pages_palette_are_followed_and_nothing_is_wrong(
    open_scene: Open, theme: str
) -> None:
    more = f' data-theme="{theme}" data-large'
    page = open_scene([BALL], attributes="large", more=more, size=(390, 844), language="zh-CN")
    page.locator("vr-scene summary").click()
    page.locator("vr-scene .toolrow").first.wait_for()
    page.get_by_role("button", name="开始导览").click()
    page.wait_for_function(f"() => {SCENE}.tour.state === 'playing'")
    assert violations(page) == []
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    small = f"[...{SCENE}.shadowRoot.querySelectorAll('button')].filter((b) => b.offsetHeight && b.offsetHeight < 44).length"
    assert _of(page, small) == 0


def test_issue6_show_05_a_headset_enters_sees_with_two_eyes_teleports_reads_and_leaves(open_scene: Open) -> None:
    far = {**BALL, "position": [0, 0, -9]}
    page = open_scene([far], [FRONT, make.stop("side", (3, 1.6, 1), (0, 1, -9))], scripts=_headset())
    page.get_by_role("button", name="Enter in VR").click()
    _until(page, f"{SCENE}.headset?.frames > 5 && {SCENE}.headset.views === 2")
    assert _of(page, f"{SCENE}.headset.feet") == pytest.approx([0, 0, 4], abs=0.05)
    assert _of(page, f"{SCENE}.headset.board.text") == "This is front."
    page.evaluate(
        "() => { device.controllers.right.position.set(0.2, 1.3, -0.3); device.controllers.right.quaternion.set(0, 0, 0, 1) }"
    )
    page.evaluate("() => device.controllers.right.updateButtonValue('trigger', 1)")
    _until(page, f"{SCENE}.headset.arc.visible && {SCENE}.headset.landing")
    page.evaluate("() => device.controllers.right.updateButtonValue('trigger', 0)")
    _until(page, f"{SCENE}.headset.feet[2] < 1.5")
    assert _of(page, f"{SCENE}.headset.feet[1]") == pytest.approx(0, abs=0.01)
    page.evaluate("() => device.controllers.right.updateAxes('thumbstick', 1, 0)")
    _until(page, f"Math.abs({SCENE}.stage.rig.rotation.y + Math.PI / 6) < 0.01")
    page.evaluate("() => device.controllers.right.updateAxes('thumbstick', 0, 0)")
    page.evaluate(f"() => {SCENE}.headset.board.buttons.find((one) => one.key === 'next').act()")
    _until(page, f"{SCENE}.headset.board.text === 'This is side.'")
    assert _of(page, f"{SCENE}.headset.feet") == pytest.approx([3, 0, 1], abs=0.05)
    page.evaluate(f"() => {SCENE}.headset.board.buttons.find((one) => one.key === 'seated').act()")
    _until(page, f"{SCENE}.headset.seated")
    page.evaluate(f"() => {SCENE}.headset.board.buttons.find((one) => one.key === 'leave').act()")
    _until(page, f"{SCENE}.headset === null")
    assert _of(page, f"{SCENE}.stage.rig.position.length()") == 0
    assert "left the headset" in page.locator("vr-scene .status").inner_text()


def test_issue6_item_03_in_the_room_a_scene_stands_on_a_table(open_scene: Open) -> None:
    page = open_scene([BALL], scripts=_headset())
    page.get_by_role("button", name="Place it before me").click()
    _until(page, f"{SCENE}.headset?.frames > 3")
    size = _of(page, f"(() => {{ const b = {SCENE}.stage.bounds; return [b.max.x - b.min.x, b.min.y] }})()")
    assert size == pytest.approx([0.8, 0.75], abs=0.05)
    page.evaluate(f"() => {SCENE}.headset.leave()")
    _until(page, f"{SCENE}.headset === null")
    assert _of(page, f"{SCENE}.stage.content.scale.x") == 1


def _of(page: Any, expression: str) -> Any:
    return page.evaluate(f"() => {expression}")


def _until(page: Any, expression: str) -> None:
    page.wait_for_function(f"() => {expression}")


def _pick(page: Any, x: float = 0.5, y: float = 0.5) -> Any:
    return _of(page, f"{SCENE}.stage.pick({x}, {y})")


def _colour(page: Any) -> tuple[int, int, int]:
    """The picture's colour a little above its middle, as it is on the screen."""
    from PIL import Image

    shot = Image.open(io.BytesIO(page.locator("vr-scene .view").screenshot())).convert("RGB")
    found = shot.getpixel((shot.width // 2, shot.height // 3))
    assert isinstance(found, tuple)
    return found[0], found[1], found[2]


def _haze() -> np.ndarray:
    return np.random.default_rng(1).normal([0, 1, 0], 0.4, (400, 3))


def _headset() -> str:
    runtime = (ROOT / "node_modules" / "iwer" / "build" / "iwer.min.js").read_text("utf-8")
    return f"{runtime}\n;globalThis.device = new IWER.XRDevice(IWER.metaQuest3); device.installRuntime({{ forceInstall: true }});"


def _tone(seconds: float) -> bytes:
    """A soft tone as a WAV file: a recording."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"".join(struct.pack("<h", int(2000 * math.sin(i / 4))) for i in range(int(8000 * seconds))))
    return out.getvalue()


def _packed(site: ViewerSite) -> str:
    """The coarse ball packed by the pipeline's encoder; the name it is served by."""
    import shutil
    import subprocess

    gltfpack = ROOT / "node_modules" / ".bin" / "gltfpack"
    node = shutil.which("node")
    if not gltfpack.exists() or node is None:
        pytest.skip("gltfpack is not installed here: npm ci")
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "in.glb").write_bytes(make.sphere(8))
        command = [str(gltfpack), "-i", f"{folder}/in.glb", "-o", f"{folder}/out.glb", "-cc", "-noq"]
        subprocess.run(command, check=True, capture_output=True, timeout=60)
        site.add({"packed.glb": (Path(folder) / "out.glb").read_bytes()})
    return "packed.glb"

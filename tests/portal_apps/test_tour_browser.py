"""A real Chromium takes the tour: by keyboard only, calmly, large, without WebGL, signed in; nothing leaves the machine; axe is content."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from commons.people import ensure_person
from commons.store import open_store
from hub_config.secrets import ensure_secrets
from portal.web.session import SESSION_COOKIE, Signer
from tests.browser import violations
from tests.portal_apps.conftest import Site
from vr_scenes.scene import load_scene, scene_folder

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

LIVE = (
    "() => { const s = document.querySelector('vr-scene')?.shadowRoot?.querySelector('canvas'); return s && !s.hidden }"
)
SHOWN = "() => document.querySelector('vr-scene')?.shadowRoot?.querySelector('.title')?.textContent"
NO_WEBGL = """
const getContext = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
  return kind.includes("webgl") ? null : getContext.call(this, kind, ...more);
};
"""
Open = Callable[..., Any]


@pytest.fixture
def open_page(browser: Any, site: Site) -> Iterator[Open]:
    """Opens a path in a fresh visitor's browser; fails the test when a page asks another host or breaks."""
    contexts, outside, broken = [], [], []

    def opened(
        path: str,
        *,
        width: int = 640,
        language: str = "en",
        calm: bool = True,
        scripts: str = "",
        cookies: list[dict[str, str]] | None = None,
    ) -> Any:
        context = browser.new_context(
            viewport={"width": width, "height": 800},
            locale=language,
            reduced_motion="reduce" if calm else "no-preference",
        )
        contexts.append(context)
        if cookies:
            context.add_cookies(cookies)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on(
            "request",
            lambda request: (
                outside.append(request.url) if urlsplit(request.url).hostname not in ("127.0.0.1", None, "") else None
            ),
        )
        page.on("pageerror", lambda error: broken.append(str(error)))
        page.on(
            "console",
            lambda said: broken.append(said.text) if said.type == "error" and "404" not in said.text else None,
        )
        if scripts:
            page.add_init_script(scripts)
        page.goto(site.address + path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert outside == [] and broken == []


@pytest.fixture
def needs_model(site: Site) -> None:
    """Skips where the garden could not be built."""
    from portal.apps.shelf import Shelf

    if Shelf(site.settings.home).place("garden").manifest is None:
        pytest.skip("Open3D is left out here: no 3D picture")


def test_item_08_scenes_the_whole_tour_is_taken_by_keyboard_alone(open_page: Open, needs_model: None) -> None:
    page = open_page("/tours/garden/")
    page.wait_for_function(LIVE)
    tour = load_scene(scene_folder("garden")).tours[0]
    page.evaluate(
        "() => { window.told = []; for (const name of ['stopchange', 'hotspot', 'tourend'])"
        " document.addEventListener(name, (e) => window.told.push([name, e.detail])) }"
    )
    _tab_to(page, "() => document.activeElement?.shadowRoot?.activeElement?.classList.contains('view')")
    page.keyboard.press("t")
    for number, step in enumerate(tour.steps):
        page.wait_for_function(
            f"() => document.querySelector('vr-scene').shadowRoot.querySelector('.caption').textContent === {step.text['en']!r}"
        )
        if step.explode:
            assert (
                page.evaluate("() => document.querySelector('vr-scene').shadowRoot.querySelector('#open').value")
                == "100"
            )
        if number == 0:
            page.keyboard.press("Space")
            page.wait_for_function(
                "() => document.querySelector('vr-scene').shadowRoot.querySelector('.house').dataset.tour === 'paused'"
            )
            page.keyboard.press("Space")
        page.keyboard.press("PageDown")
    page.wait_for_function("() => window.told.some(([name]) => name === 'tourend')")
    stops = [detail["stop"] for name, detail in page.evaluate("() => window.told") if name == "stopchange"]
    assert set(stops) >= {step.stop for step in tour.steps[1:]}
    assert (
        page.evaluate(
            "() => document.querySelector('vr-scene').shadowRoot.querySelector('.said').getAttribute('aria-live')"
        )
        == "polite"
    )


def test_keys_look_walk_zoom_and_open_help(open_page: Open, needs_model: None) -> None:
    page = open_page("/tours/garden/?stop=pond")
    page.wait_for_function(LIVE)
    page.locator("vr-scene .view").focus()
    pose = "() => ({...document.querySelector('vr-scene').pose})"
    before = page.evaluate(pose)
    for key in ("ArrowLeft", "ArrowUp", "+", "Shift+ArrowUp"):
        page.keyboard.press(key)
    after = page.evaluate(pose)
    assert after["yaw"] > before["yaw"] and after["fov"] < before["fov"] and after["pitch"] > before["pitch"]
    assert (after["x"], after["z"]) != (before["x"], before["z"])
    page.keyboard.press("Home")
    assert page.evaluate(pose)["fov"] == before["fov"]
    page.keyboard.press("?")
    assert page.locator("vr-scene dialog").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("vr-scene dialog").is_visible()


def test_a_hotspot_opens_its_card_and_escape_closes_it(open_page: Open, needs_model: None) -> None:
    page = open_page("/tours/garden/?object=moon-gate")
    page.wait_for_function(LIVE)
    card = page.locator("vr-scene .card")
    assert card.is_visible() and "1.20 metres everywhere" in card.inner_text()
    assert card.locator("a").first.get_attribute("href") == "/concepts/geometry.circle"
    page.keyboard.press("Escape")
    assert not card.is_visible()
    pin = page.locator("vr-scene .pin").first
    pin.click()
    assert card.is_visible()


def test_under_reduced_motion_the_camera_cuts_and_nothing_is_drawn_while_still(
    open_page: Open, needs_model: None
) -> None:
    page = open_page("/tours/garden/?stop=zigzag-bridge")
    page.wait_for_function(LIVE)
    page.locator("vr-scene .stops ol button").nth(3).click()
    x = page.evaluate(
        "() => { const s = document.querySelector('vr-scene'); return [s.pose.x, s.home.x, s.moving.size] }"
    )
    assert x[0] == x[1] and x[2] == 0
    frames = "() => document.querySelector('vr-scene').stage.renderer.info.render.frame"
    page.wait_for_timeout(1500)
    before = page.evaluate(frames)
    page.wait_for_timeout(1000)
    assert page.evaluate(frames) == before


def test_with_motion_the_camera_flies(open_page: Open, needs_model: None) -> None:
    page = open_page("/tours/garden/?stop=zigzag-bridge", calm=False)
    page.wait_for_function(LIVE)
    page.evaluate("() => document.querySelector('vr-scene').goTo('rockery')")
    assert page.evaluate("() => document.querySelector('vr-scene').moving.size") == 1
    page.wait_for_function(
        "() => { const s = document.querySelector('vr-scene'); return s.pose.x === s.home.x && s.moving.size === 0 }"
    )


def test_without_webgl_stills_and_text_take_over(open_page: Open) -> None:
    page = open_page("/tours/garden/", scripts=NO_WEBGL)
    page.wait_for_function(
        "() => /cannot show 3D|no 3D picture/"
        ".test(document.querySelector('vr-scene')?.shadowRoot?.querySelector('.status')?.textContent ?? '')"
    )
    page.locator("vr-scene .stops ol button").nth(4).click()
    assert page.evaluate(SHOWN) == "The six-sided pavilion: a place to stop"
    page.wait_for_function("() => document.querySelector('vr-scene').shadowRoot.querySelector('.still').complete")


def test_a_signed_in_learner_leaves_a_visit_and_a_stranger_none(open_page: Open, site: Site) -> None:
    store = open_store(site.settings.database_url)
    with store.begin() as conn:
        ensure_person(conn, "lan", name="Lan")
    store.close()
    cookie = {
        "name": SESSION_COOKIE,
        "value": Signer(ensure_secrets(site.settings.home).session_key).session("lan"),
        "url": site.address,
    }
    for cookies in ([cookie], None):
        page = open_page("/tours/garden/?stop=pond", cookies=cookies, scripts=NO_WEBGL)
        page.wait_for_function(SHOWN)
        page.wait_for_timeout(2600)
        page.locator("vr-scene .stops ol button").first.click()
        page.wait_for_timeout(400)
    (visit,) = [one for one in site.visits if one["item"] == "stop:garden/pond"]
    assert visit["verb"] == "experienced" and 2 <= visit["seconds"] < 60


def test_the_embedded_viewer_fits_a_notebook_and_a_phone_scrolls_nothing_sideways(open_page: Open) -> None:
    for path, width in (
        ("/tours/garden/embed?stop=moon-gate&lang=zh-CN", 640),
        ("/tours/garden/", 390),
        ("/tours/garden/text", 390),
    ):
        page = open_page(path, width=width, scripts=NO_WEBGL)
        page.wait_for_function("() => document.readyState === 'complete'")
        page.wait_for_timeout(500)
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), path


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_axe_finds_nothing_on_any_tour_page(open_page: Open, language: str) -> None:
    for path in (
        "/tours/",
        "/tours/garden/?stop=bracket-set",
        "/tours/garden/text",
        "/tours/garden/embed",
        "/tours/none/",
        "/apps/tour",
    ):
        page = open_page(path, language=language, width=1000, scripts=NO_WEBGL)
        if ("garden" in path and "text" not in path) or "apps" in path:
            page.locator("vr-scene .stops").wait_for()
        assert violations(page) == [], path


def test_axe_finds_nothing_in_large_type_at_night_with_card_and_help_open(
    open_page: Open, site: Site
) -> None:
    cookies = [
        {"name": "shuyuan-large", "value": "1", "url": site.address},
        {"name": "shuyuan-theme", "value": "night", "url": site.address},
    ]
    page = open_page("/tours/garden/?object=bracket-set", cookies=cookies, scripts=NO_WEBGL)
    page.locator("vr-scene .card").wait_for()
    assert violations(page) == []
    page.locator("vr-scene .view").focus()
    page.keyboard.press("h")
    assert violations(page) == []


def test_the_panel_tour_follows_the_picture_and_leads_it(open_page: Open) -> None:
    page = open_page("/apps/tour?scene=garden", scripts=NO_WEBGL)
    page.locator("vr-scene .stops").wait_for()
    page.locator("vr-scene .stops ol button").nth(1).click()
    page.get_by_role("link", name="circle").first.wait_for()
    page.get_by_label("Go to a stop").select_option("The rockery: lean, creased, leaking, pierced")
    page.wait_for_function(
        "() => { const find = (root) => root.querySelector('vr-scene') ??"
        " [...root.querySelectorAll('*')].map((n) => n.shadowRoot && find(n.shadowRoot)).find(Boolean);"
        " return find(document)?.getAttribute('stop') === 'rockery' }"
    )


def _tab_to(page: Any, there: str) -> None:
    for _ in range(40):
        if page.evaluate(there):
            return
        page.keyboard.press("Tab")
    raise AssertionError("the viewer cannot be reached with the Tab key")

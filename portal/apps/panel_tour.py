"""The Panel app /apps/tour: the same <vr-scene> beside a small companion that names the stop's concepts and where they are taught.

The rule kept here: nothing heavy goes over the websocket, only which stop is in view; model and pictures come over HTTP.
"""

from __future__ import annotations

from html import escape
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, Any

import panel as pn
import param
from bokeh.settings import settings as bokeh_settings
from fastapi import FastAPI
from panel.custom import JSComponent
from panel.io.fastapi import add_applications

from commons.errors import NotFound
from commons.languages import pick
from portal.apps.desk import Desk
from portal.apps.shelf import Place
from portal.web import frame
from portal.web.look import Look, look_of
from vr_scenes.scene import Stop

if TYPE_CHECKING:
    from starlette.types import ASGIApp

__all__ = ["SceneView", "companion_html", "panel_app"]

_UNUSED_MS = 15_000
# Panel's widgets live in shadow roots: the house's type has to be brought in. Targets are at least 44 px high.
_LOOK = """
:host { font-family: var(--sans); font-size: 1rem; line-height: 1.6; color: var(--ink); }
a { color: var(--indigo); text-underline-offset: .2em; }
ul { list-style: none; padding: 0; } li a { display: inline-block; padding: .3rem 0; }
label { font-size: .95rem; }
select.bk-input { font: inherit; min-height: 2.75rem; color: var(--ink);
  background-color: var(--paper-raised); border-color: var(--edge); }
"""


class SceneView(JSComponent):
    """<vr-scene> as a Panel component; `stop` follows the visitor, and leads when it is set here."""

    src = param.String(doc="Address of the scene's document.")
    stop = param.String(doc="Id of the stop in view.")
    language = param.String(default="zh-CN", doc="Language of its words.")
    large = param.Boolean(doc="Large type.")

    _esm = """
    export async function render({ model, el }) {
      await import(new URL("/tours/viewer/vr-scene.js", document.baseURI).href);
      const scene = document.createElement("vr-scene");
      scene.setAttribute("src", model.src);
      scene.setAttribute("language", model.language);
      if (model.stop) scene.setAttribute("stop", model.stop);
      if (model.large) scene.setAttribute("large", "");
      scene.addEventListener("stopchange", (e) => { model.stop = e.detail.stop; });
      model.on("stop", () => { if (scene.getAttribute("stop") !== model.stop) scene.setAttribute("stop", model.stop); });
      el.append(scene);
    }
    """


def panel_app(desk: Desk) -> ASGIApp:
    """The Panel part of the process; it answers /tour, /tour/ws and /static/ (the prefix is cut off before)."""
    app = FastAPI(title="Shuyuan Panel apps", docs_url=None, redoc_url=None, openapi_url=None)
    bokeh_settings.resources = "server"  # scripts and styles come from this process, never from a CDN
    pn.extension()

    def tour() -> Any:
        return _session(desk)

    add_applications(
        {"/tour": tour}, app=app, title={"/tour": "Shuyuan"}, check_unused_sessions_milliseconds=_UNUSED_MS
    )
    return app


def companion_html(place: Place, stop: Stop, desk: Desk, language: str) -> str:
    """The concept cards of one stop and the unit it leads to, escaped."""
    labels = desk.shelf.concepts()
    cards = "".join(
        f'<li><a href="/concepts/{escape(name)}">{escape(pick(labels[name], language))}</a></li>'
        for name in stop.concepts
        if name in labels
    )
    title = desk.shelf.unit(stop.unit) if stop.unit else None
    unit = (
        f"<p>{escape(desk.messages.say('scenes.unit', language))} "
        f'<a href="/courses/{escape(stop.unit)}">{escape(pick(title, language))}</a></p>'
        if title
        else ""
    )
    return f"<p>{escape(pick(stop.caption, language))}</p><ul>{cards}</ul>{unit}"


def _session(desk: Desk) -> pn.Template:
    """What one visitor gets."""
    look = _look()
    place = _place(desk)
    view = SceneView(
        src=f"/tours/{place.scene.id}/scene.json",
        language=look.language,
        large=look.large,
        stop=place.scene.stops[0].id,
        sizing_mode="stretch_width",
    )
    names = {pick(stop.title, look.language): stop.id for stop in place.scene.stops}
    chooser = pn.widgets.Select(
        name=desk.messages.say("scenes.panel.choose", look.language),
        options=names,
        value=view.stop,
        sizing_mode="stretch_width",
        stylesheets=[_LOOK],
    )
    chooser.link(view, value="stop", bidirectional=True)

    def cards(stop: str) -> pn.pane.HTML:
        return pn.pane.HTML(
            companion_html(place, place.scene.stop(stop), desk, look.language),
            sizing_mode="stretch_width",
            stylesheets=[_LOOK],
        )

    made = pn.Template(_TEMPLATE)
    made.add_panel("view", view)
    made.add_panel("chooser", chooser)
    made.add_panel("cards", pn.bind(cards, view.param.stop))
    for name, value in _frame(desk, look, place).items():
        made.add_variable(name, value)
    return made


def _look() -> Look:
    headers, cookies = (
        {name.lower(): str(value) for name, value in pn.state.headers.items()},
        {name: str(value) for name, value in pn.state.cookies.items()},
    )
    if not cookies:
        try:
            cookies = {name: morsel.value for name, morsel in SimpleCookie(headers.get("cookie", "")).items()}
        except CookieError:
            cookies = {}
    accept = headers.get("accept-language")
    return look_of("/apps/tour", "", cookies, accept)


def _place(desk: Desk) -> Place:
    asked = (pn.state.session_args.get("scene") or [b""])[0].decode("utf-8", "replace")
    try:
        return desk.shelf.place(asked)
    except NotFound:
        return desk.shelf.places()[0]


def _frame(desk: Desk, look: Look, place: Place) -> dict[str, object]:
    """The shared header and footer, and the page's own words."""
    context = frame.context(desk.messages, look)
    say = desk.messages.say
    return {
        "language": look.language, "theme": look.theme, "large": look.large, "heading": pick(place.scene.title, look.language),
        "header": desk.environment.get_template("header.html").render(**context),
        "footer": desk.environment.get_template("footer.html").render(**context),
        "title_words": say("scenes.panel.title", look.language), "cards_title": say("scenes.panel.concepts", look.language),
        "light": say("scenes.panel.light", look.language), "text_words": say("scenes.text", look.language), "scene": place.scene.id,
        "fonts_css": _asset(desk, "fonts.css"), "shuyuan_css": _asset(desk, "shuyuan.css"), "seal_svg": _asset(desk, "seal.svg"),
    }  # fmt: skip


def _asset(desk: Desk, name: str) -> str:
    asset = desk.environment.globals["asset"]
    assert callable(asset)
    return str(asset(name))


# Panel's own base page fixes the language to English, so the page is written out; Panel fills in its resources and script.
_TEMPLATE = """
{% from macros import embed %}
<!doctype html>
<html lang="{{ language }}"{% if theme %} data-theme="{{ theme }}"{% endif %}{% if large %} data-large{% endif %}>
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>{{ title_words | e }} · {{ heading | e }}</title>
  <link rel="icon" href="{{ seal_svg }}" type="image/svg+xml">
  {{ bokeh_css if bokeh_css }}
  {{ bokeh_js if bokeh_js }}
  <link rel="stylesheet" href="{{ fonts_css }}">
  <link rel="stylesheet" href="{{ shuyuan_css }}">
  <link rel="stylesheet" href="/tours/static/tours.css">
</head>
<body>
  {{ header }}
  <main id="main" class="page" tabindex="-1">
    <h1>{{ heading | e }}</h1>
    <p class="meta"><a href="/tours/{{ scene }}/">{{ light }}</a> · <a href="/tours/{{ scene }}/text">{{ text_words }}</a></p>
    <div class="tour-app">
      <div>{{ embed(roots.view) }}</div>
      <aside class="aside" aria-label="{{ cards_title }}">{{ embed(roots.chooser) }}
        <h2>{{ cards_title }}</h2>{{ embed(roots.cards) }}</aside>
    </div>
  </main>
  {{ footer }}
  {{ plot_script }}
</body>
</html>
"""

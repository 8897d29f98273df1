"""A scene as a static site: a page in each language with the whole text, the viewer and the built assets; no server needed.

The rule kept here: it holds everything it names and asks no other host; any web server can hold it. Every word of the scene
is on the page, picture or none. Text is escaped; a built file is taken only by its content name.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from html import escape
from pathlib import Path

from commons.errors import Conflict
from commons.languages import LANGUAGES, Messages, load_messages, pick
from vr_scenes.bundle import build_viewer, viewer_files
from vr_scenes.document import viewer_nodes, viewer_scene
from vr_scenes.manifest import MANIFEST, Manifest
from vr_scenes.scene import Scene
from vr_scenes.twin import TwinStop, twin_stops, twin_tours

__all__ = ["page_name", "site_document", "write_site"]

# The page may compile WebAssembly (the meshes' decoder), and nothing may come from another host.
_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; connect-src 'self' blob: data:; worker-src 'self' blob:; object-src 'none'; "
    "base-uri 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'"
)
_STYLE = """:root { color-scheme: light dark; --paper: #F7F4EC; --ink: #1F2421; --seal: #A63A2B; --mist: #D9D5C7; }
@media (prefers-color-scheme: dark) { :root { --paper: #1B1E1C; --ink: #EFEBDF; --seal: #E0897B; --mist: #3A3F3B; } }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1.125rem/1.75 "Noto Serif SC", "Source Serif 4", Georgia, serif; }
main { max-width: 42rem; margin: 0 auto; padding: 1rem; }
vr-scene { display: block; inline-size: 100%; }
a { color: var(--seal); } h1, h2, h3 { line-height: 1.3; } section { border-top: 1px solid var(--mist); padding-block: 1rem; }
"""


def page_name(language: str) -> str:
    """The page's file: the house's first language is the index.

    >>> page_name("zh-CN"), page_name("en")
    ('index.html', 'index.en.html')
    """
    return "index.html" if language == LANGUAGES[0] else f"index.{language}.html"


def write_site(scene: Scene, manifest: Manifest, built: Path, out: Path) -> int:
    """Write the site of a built scene (`built` holds its assets) into the new folder `out`; gives its bytes.

    Raises Conflict where `out` has something in it. Nothing half-written is left.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise Conflict("there is something already", where=str(out), next="Name a new folder.")
    messages = load_messages()
    build_viewer()
    with tempfile.TemporaryDirectory(dir=out.resolve().parent, prefix=".site-") as work:
        site = Path(work) / "site"
        for folder in (site / "viewer", site / "scene"):
            folder.mkdir(parents=True)
        for path in viewer_files():
            shutil.copyfile(path, site / "viewer" / path.name)
        for name in sorted(_names(manifest)):
            _linked(built / name, site / "scene" / name)
        (site / "scene" / "scene.json").write_text(site_document(scene, manifest, messages), "utf-8")
        (site / "scene" / MANIFEST).write_text(json.dumps(vars(manifest), ensure_ascii=False), "utf-8")
        (site / "page.css").write_text(_STYLE, "utf-8")
        for language in LANGUAGES:
            (site / page_name(language)).write_text(_page(scene, language, messages), "utf-8")
        size = sum(path.stat().st_size for path in site.rglob("*") if path.is_file())
        if out.exists():
            out.rmdir()
        site.replace(out)
    return size


def site_document(scene: Scene, manifest: Manifest, messages: Messages) -> str:
    """The viewer's document with addresses beside itself."""
    found = {
        "scene": viewer_scene(scene, manifest),
        "model": manifest.model,
        "nodes": viewer_nodes(manifest, lambda name: name),
        "posters": dict(manifest.posters),
        "concepts": {},
        "words": messages.room("scenes.viewer"),
    }
    return json.dumps(found, ensure_ascii=False)


def _names(manifest: Manifest) -> set[str]:
    """First parts of every content name."""
    names = {manifest.model, *manifest.posters.values()} - {""}
    for node in manifest.nodes:
        names |= {str(level["src"]) for level in node.get("levels", ())} | {
            str(node["src"]) for _ in (0,) if "src" in node
        }
    for steps in manifest.narration.values():
        names |= {str(one[kind]) for step in steps for one in step.values() for kind in ("audio", "captions")}
    return {name.partition("/")[0] for name in names}


def _linked(source: Path, place: Path) -> None:
    """The file or folder, by hard link where the disk allows it: it never changes."""
    if source.is_dir():
        shutil.copytree(source, place, copy_function=_link)
    else:
        _link(str(source), str(place))


def _link(source: str, place: str) -> None:
    try:
        os.link(source, place)
    except OSError:
        shutil.copyfile(source, place)


def _page(scene: Scene, language: str, messages: Messages) -> str:
    def text(found: object) -> str:
        return escape(pick(found, language)) if isinstance(found, dict) else escape(str(found))

    title, say = text(scene.title), messages.say
    others = " ".join(
        f'<a lang="{one}" href="{page_name(one)}">{_TONGUES.get(one, one)}</a>' for one in LANGUAGES if one != language
    )
    body = [f"<h1>{title}</h1>", f'<p>{text(scene.summary)}</p><p>{others}</p>',
            f'<vr-scene src="scene/scene.json" language="{language}"><p>{escape(say("scenes.noscript", language))}</p></vr-scene>',
            f"<p>{text(scene.note)}</p>" if scene.note else ""]  # fmt: skip
    for stop in twin_stops(scene, language):
        body += _stop(stop, language, messages)
    for tour, steps in twin_tours(scene, language):
        items = [f"<b>{escape(step.title)}</b><br>{escape(step.text)}" for step in steps]
        body += _list(escape(tour), items, "ol")
    body += _list(escape(say("scenes.rights", language)), list(_rights(scene, language)))
    if scene.sources:
        body += _list(escape(say("scenes.sources", language)), [text(one) for one in scene.sources])
    return (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>'
        '<link rel="icon" href="data:,">'
        '<link rel="stylesheet" href="page.css"><script type="module" src="viewer/vr-scene.js"></script></head>\n'
        "<body><main>\n" + "\n".join(part for part in body if part) + "\n</main></body></html>\n"
    )


def _list(title: str, items: list[str], kind: str = "ul") -> Iterator[str]:
    yield f"<section><h2>{title}</h2><{kind}>"
    yield from (f"<li>{item}</li>" for item in items)
    yield f"</{kind}></section>"


def _stop(stop: TwinStop, language: str, messages: Messages) -> Iterator[str]:
    yield f'<section><h2 id="{escape(stop.id)}">{escape(stop.title)}</h2><p>{escape(stop.caption)}</p>'
    yield from (f"<p>{escape(paragraph)}</p>" for paragraph in stop.paragraphs if paragraph != stop.caption)
    if stop.details:
        yield f"<h3>{escape(messages.say('scenes.details', language))}</h3><dl>"
        yield from (f"<dt>{escape(title)}</dt><dd>{escape(words)}</dd>" for title, words in stop.details)
        yield "</dl>"
    for one in stop.objects:
        yield f"<h3>{escape(one.title)}</h3><p>{escape(one.text)}</p><p>{escape(one.measures)}</p><dl>"
        yield from (f"<dt>{escape(title)}</dt><dd>{escape(words)}</dd>" for title, words in one.parts)
        yield "</dl>"
    yield "</section>"


def _rights(scene: Scene, language: str) -> Iterator[str]:
    for asset in scene.assets:
        credit, source = (escape(pick(found, language)) for found in (asset.credit, asset.source))
        link = f' <a rel="license" href="{escape(asset.rights)}">{escape(asset.rights)}</a>' if asset.rights else ""
        yield f"{credit}{' · ' if credit and source else ''}{source}{link}"


_TONGUES = {"zh-CN": "中文", "en": "English"}

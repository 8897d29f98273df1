"""`shuyuan scene`: make a scene from files, check it, build it, look at it, send it out, take one in.

The rule kept here: a command names a scene by its folder, its zip, or the name of one that ships; it says what it did and
what to do next. Nothing a curator drops is parsed in this process.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from commons.errors import BadInput, Faults
from commons.settings import load_settings

__all__ = ["scene_app"]

scene_app = typer.Typer(no_args_is_help=True, help="Scenes: make, check, build, look at, export and import them.")

_Base = Annotated[str, typer.Option("--base", help="The address the package will have; IIIF and schema.org need it.")]


@scene_app.command("new")
def new(folder: Path, files: Annotated[list[Path] | None, typer.Argument()] = None,
        title: Annotated[str, typer.Option(help="What it is called.")] = "") -> None:  # fmt: skip
    """Make a scene in a new folder, from models, point clouds, splats or panoramas if you name some."""
    from vr_scenes.package import new_scene

    document = new_scene(folder, files or [], title)
    for node in document["nodes"]:
        print(f"{node['kind']}: {node['id']}")
    print(f"{folder}: a scene with {len(document['nodes'])} node{'' if len(document['nodes']) == 1 else 's'}")
    print(f"Next: shuyuan scene build {folder}, then shuyuan scene serve {folder}")
    print(
        "Before publishing: write rights, credit and source of each asset into scene.json; shuyuan scene check says what is missing."
    )


@scene_app.command("check")
def check(
    scene: str,
    renew: Annotated[bool, typer.Option("--renew", help="Write the SHA-256 of changed files first.")] = False,
) -> None:
    """Check a scene's texts, links, files, rights and concepts; every fault at once."""
    from vr_scenes.package import renew as renewed

    with _folder(scene) as folder:
        for name in renewed(folder) if renew else ():
            print(f"asset '{name}': new sha256")
        faults = _faults(folder)
    for fault in faults:
        print(f"- {fault}")
    print(f"{scene}: {len(faults)} fault{'' if len(faults) == 1 else 's'}")
    raise typer.Exit(1 if faults else 0)


@scene_app.command("build")
def build(scene: Annotated[str, typer.Argument()] = "",
          out: Annotated[Path | None, typer.Option(help="Where to; a folder 'build' in the scene's own.")] = None) -> None:  # fmt: skip
    """Build a scene, each file in the sandbox; what has not changed is used again. Without a name: all that ship, and the viewer."""
    if not scene:
        from vr_scenes.assemble import assemble

        for line in assemble(voice=_voice()):
            print(line)
        return
    from vr_scenes.build import build_scene
    from vr_scenes.voices import voice_of

    with _folder(scene) as folder:
        made = build_scene(folder, _out(folder, out), tell=_Progress().tell, voice=voice_of(_voice()))
        _report(_out(folder, out) / made.scene)
    print(f"{made.scene}: {made.bytes / 1e6:.1f} MB in {_out(Path(scene), out) / made.scene}")


def _voice() -> str:
    return load_settings(os.environ).voice


@scene_app.command("serve")
def serve(scene: str, port: Annotated[int, typer.Option(help="0 takes a free one.")] = 0) -> None:
    """Build what is missing and show the scene on this machine alone, until Ctrl-C."""
    from vr_scenes.serve import serve_site

    with _folder(scene) as folder, tempfile.TemporaryDirectory(prefix="shuyuan-scene-") as work:
        site = Path(work) / "site"
        _site(folder, site)
        serve_site(site, port, lambda address: print(f"{scene}: {address} (Ctrl-C ends it)", flush=True))


@scene_app.command("export")
def export(
    scene: str,
    out: Path,
    to: Annotated[str, typer.Option(help="static, zip, iiif or schema.org")] = "static",
    base: _Base = "",
) -> None:
    """Send a scene out: a static site (a folder, or a zip for a kiosk), the package as a zip, IIIF Presentation 4 (draft), schema.org."""
    from vr_scenes.exchange import EXPORTS, export_text
    from vr_scenes.package import write_zip

    if to not in ("static", "zip", *EXPORTS):
        raise BadInput(f"there is no export '{to}'", where="--to", next=f"Take static, zip, {' or '.join(EXPORTS)}.")
    with _folder(scene) as folder:
        faults = _faults(folder)
        if faults:
            raise Faults(faults, where=f"scene '{folder.name}'", next="It is not published before these are corrected.")
        if to == "static" and out.suffix.lower() == ".zip":
            with tempfile.TemporaryDirectory(prefix="shuyuan-scene-") as work:
                _site(folder, Path(work) / "site")
                size = write_zip(Path(work) / "site", out, leave=())
        elif to == "static":
            size = _site(folder, out)
        elif to == "zip":
            size = write_zip(folder, out)
        else:
            size = export_text(folder, to, base, out)
    print(f"{out}: {size} bytes")


@scene_app.command("publish")
def publish(scene: str) -> None:
    """Build a scene and show it on this platform; the version before stays, for going back."""
    from knowledge_graph.load import graph_folders, load_graph
    from vr_scenes.publish import publish as made
    from vr_scenes.voices import voice_of

    settings = load_settings(os.environ)
    with _folder(scene) as folder:
        concepts = load_graph(graph_folders(settings.home)).concepts
        told = made(folder, settings.home / "scenes", concepts, _Progress().tell, voice_of(settings.voice))
    print(f"{told.scene.id}: version {told.number} is live at {settings.address}/tours/{told.scene.id}/")


@scene_app.command("rollback")
def rollback(scene: str) -> None:
    """Show the version of a published scene again that was live before this one."""
    from vr_scenes.publish import roll_back

    settings = load_settings(os.environ)
    told = roll_back(settings.home / "scenes", scene)
    print(f"{scene}: version {told.number} of {told.time:%Y-%m-%d %H:%M} UTC is live again")


@scene_app.command("import")
def take(
    file: Path,
    folder: Path,
    files: Annotated[Path | None, typer.Option(help="A folder with the models it names.")] = None,
) -> None:
    """Take a scene in: a package's zip, a IIIF Presentation 4 manifest (.json) or a Voyager document (.svx.json)."""
    from vr_scenes.exchange import import_file

    made = import_file(file, folder, files)
    for note in made.notes:
        print(f"- {note}")
    for path in made.folders:
        print(f"{path}: taken in; next: shuyuan scene check {path}")


@contextmanager
def _folder(scene: str) -> Iterator[Path]:
    """The folder of a scene given as folder, zip, or the name of one that ships."""
    from vr_scenes.package import opened_package
    from vr_scenes.scene import scene_folder

    path = Path(scene)
    if path.exists():
        with opened_package(path) as folder:
            yield folder
    else:
        yield scene_folder(scene)


def _faults(folder: Path) -> list[str]:
    from knowledge_graph.load import graph_folders, load_graph
    from vr_scenes.build_files import file_faults
    from vr_scenes.check import concept_faults
    from vr_scenes.scene import load_scene

    found: list[str] = []
    try:
        loaded = load_scene(folder, draft=True)
    except Faults as error:
        return list(error.faults)
    try:
        load_scene(folder)
    except Faults as error:
        found = list(error.faults)
    known = load_graph(graph_folders(load_settings(os.environ).home)).concepts
    return found + file_faults(folder, loaded) + concept_faults(loaded, known)


def _out(folder: Path, out: Path | None) -> Path:
    """Where a scene is built: beside its sources; the shipped ones where the platform looks."""
    from vr_scenes.assemble import built_folder
    from vr_scenes.scene import CONTENT

    if out is not None:
        return out
    shipped = folder.resolve().parent == CONTENT.resolve() or not folder.is_dir()
    return built_folder() if shipped else folder / "build"


def _site(folder: Path, out: Path) -> int:
    from vr_scenes.build import build_scene
    from vr_scenes.scene import load_scene
    from vr_scenes.site import write_site
    from vr_scenes.voices import voice_of

    made = build_scene(folder, _out(folder, None), tell=_Progress().tell, voice=voice_of(_voice()))
    return write_site(load_scene(folder, draft=True), made, _out(folder, None) / made.scene, out)


def _report(built: Path) -> None:
    """The fidelity report in a few lines."""
    import json

    path = built / "report.json"
    if not path.is_file():
        return
    for node, report in json.loads(path.read_text("utf-8")).items():
        print(f"{node}:" + (" as before" if report.get("reused") else ""))
        for number, level in enumerate(report.get("levels", ())):
            size = next(
                (f"{level[name]} {name}" for name in ("triangles", "points", "splats", "tiles") if name in level), ""
            )
            kilobytes = (
                f", {level['bytes'] / 1000:.0f} kB" if "bytes" in level else f" of {level.get('size', 0)}-pixel faces"
            )
            true = f", mean distance {level['mean_pct']:.3g} % of the diagonal" if "mean_pct" in level else ""
            picture = f", picture {level['texture_psnr_db']:.1f} dB" if "texture_psnr_db" in level else ""
            print(f"  level {number}: {size}{kilobytes}{true}{picture}")
        for note in report.get("notes", ()):
            print(f"  note: {note}")


class _Progress:
    """A line that is written over on a terminal, and a line for each new thing elsewhere."""

    def __init__(self) -> None:
        self.last = ""

    def tell(self, doing: str, share: float) -> None:
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\033[K{share:4.0%} {doing[:100]}" + ("\n" if share >= 1 else ""))
        elif doing != self.last:
            sys.stderr.write(f"{share:4.0%} {doing[:100]}\n")
        self.last = doing
        sys.stderr.flush()

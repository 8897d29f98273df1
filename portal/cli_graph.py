"""`shuyuan graph …`: the subject graph from the command line. Heavy imports stay inside the command that needs them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commons.settings import load_settings
from portal.cli_culture import add_culture_commands
from portal.cli_suggest import add_suggest_command

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from commons.items import Item
    from knowledge_graph.model import Graph

__all__ = ["graph_app"]

graph_app = typer.Typer(no_args_is_help=True, help="The subject graph: concepts and what comes before what.")
add_culture_commands(graph_app)
add_suggest_command(graph_app)


@graph_app.command("check")
def check_graph() -> None:
    """Check the graph's invariants and that every unit, exercise, stop and object is linked to concepts in it."""
    from knowledge_graph import check_links
    from portal.catalogue import load_catalogue
    from portal.cli_culture import collected_items

    found = load_catalogue(load_settings(os.environ).home)
    collected = 0

    def all_items() -> Iterator[Item]:
        nonlocal collected
        yield from found.items
        for item in collected_items(load_settings(os.environ)):
            collected += 1
            yield item

    faults = [*found.faults, *check_links(found.graph, all_items())]
    for fault in faults:
        print(f"- {fault}")
    counts = f"{len(found.graph.concepts)} concepts, {len(found.graph.prerequisites)} prerequisites, {len(found.items)} items"
    counts += f", {collected} museum objects"
    print(f"{counts}, {_counted(faults, 'fault')}")
    raise typer.Exit(1 if faults else 0)


@graph_app.command("version")
def tell_version(
    folder: Annotated[Path | None, typer.Argument(help="A folder or file; else this platform's graph.")] = None,
) -> None:
    """Print the hash of what a graph says: the same content has the same version."""
    from knowledge_graph.versions import content_hash

    print(content_hash(_graph(folder)))


@graph_app.command("export")
def export_graph(
    format: Annotated[str, typer.Argument(help="turtle, json-ld, nt, csv, or yaml (then OUT is a folder).")],
    out: Annotated[Path | None, typer.Option(help="The file to write; - or none: it is printed.")] = None,
) -> None:
    """Write this platform's graph as SKOS (Turtle, JSON-LD, N-Triples), as CSV or as its text files; nothing is lost."""
    from commons.errors import BadInput
    from commons.writing import is_stdout, output, output_folder
    from knowledge_graph.save import save_graph
    from knowledge_graph.skos import export_skos

    if format == "yaml":
        if out is None or is_stdout(out):
            raise BadInput("text files need a folder", next="Say --out FOLDER.")
        output_folder(out)
        print(f"{len(save_graph(_graph(None), out))} files written to {out}")
        return
    data = export_skos(_graph(None), format).encode()  # type: ignore[arg-type]
    place = out or Path("-")
    with output(place) as file:
        file.write(data)
    if not is_stdout(place):
        print(f"{len(data)} bytes written to {out}")


@graph_app.command("import")
def import_graph(
    file: Annotated[
        Path, typer.Argument(help="An export (.ttl, .jsonld, .nt, .csv), a .yaml file or a folder of them.")
    ],
    format: Annotated[str, typer.Option(help="The format, where the ending does not tell.")] = "",
) -> None:
    """Add what a file says to this platform's graph. It is checked first, alone and together; a fault writes nothing."""
    from knowledge_graph.exchange import combined, graph_at
    from knowledge_graph.load import SHIPPED, graph_folders, load_graph
    from knowledge_graph.save import editing, save_beyond
    from knowledge_graph.versions import changes

    added, home = graph_at(file, format), load_settings(os.environ).home
    folder = graph_folders(home)[-1]
    with editing(folder):
        now = load_graph(graph_folders(home))
        whole = combined(now, added)
        written = save_beyond(whole, load_graph(SHIPPED), folder)
    print(f"{len(changes(now, whole))} statements added or changed, {len(written)} files written in {folder}")


@graph_app.command("diff")
def tell_changes(old: Path, new: Path) -> None:
    """Tell what changed between two graphs (folders, text files or exports), a statement a line. Exit 1 if anything did."""
    from knowledge_graph.exchange import graph_at
    from knowledge_graph.versions import changes

    found = changes(graph_at(old), graph_at(new))
    for change in found:
        print(change.told())
    print(f"{len(found)} changes")
    raise typer.Exit(1 if found else 0)


@graph_app.command("merge")
def merge_graphs(
    base: Path,
    ours: Path,
    theirs: Path,
    into: Annotated[Path | None, typer.Option(help="Where the result goes; else OURS is replaced.")] = None,
) -> None:
    """Merge two people's edits of BASE, three folders or three versions of a file. Exit 1 where a person must decide.

    As git's merge driver: git config merge.graph.driver "shuyuan graph merge %O %A %B", and in .gitattributes
    *.yaml merge=graph for the folder.
    """
    from knowledge_graph.merge_files import merge_paths

    merged = merge_paths(base, ours, theirs, into)
    for told in [*(one.told() for one in merged.conflicts), *merged.faults]:
        print(f"- {told}")
    print(f"{_counted(merged.conflicts, 'conflict')}, {_counted(merged.faults, 'fault')}")
    raise typer.Exit(1 if merged.conflicts or merged.faults else 0)


@graph_app.command("path")
def tell_path(
    goal: Annotated[str, typer.Argument(help="A concept: its id, or what it is called in any language.")],
    known: Annotated[list[str] | None, typer.Option(help="A concept that is known already; may be said again.")] = None,
) -> None:
    """Print what to learn for GOAL, in an order it can be learnt in, with what each step needs."""
    from commons.languages import pick
    from knowledge_graph.queries import named, path

    graph = _graph(None)
    have, wanted = {named(graph, one) for one in known or ()}, named(graph, goal)
    steps = path(graph, have, wanted)
    if not steps:
        print(f"nothing is left to learn for {wanted}")
    for number, step in enumerate(steps, 1):
        needs = ", ".join(one for one in graph.needs[step] if one not in have)
        print(
            f"{number:3} {step}  {pick(graph.concepts[step].label, 'zh-CN')} / {pick(graph.concepts[step].label, 'en')}"
            + (f"  (after {needs})" if needs else "")
        )


def _counted(found: Sequence[object], name: str) -> str:
    return f"{len(found)} {name}{'' if len(found) == 1 else 's'}"


def _graph(path: Path | None) -> Graph:
    from knowledge_graph.exchange import graph_at
    from knowledge_graph.load import graph_folders, load_graph

    return graph_at(path) if path else load_graph(graph_folders(load_settings(os.environ).home))

"""The three-way merge on files or folders, as git calls it: the result takes the place of ours.

What needs a person is written into the file as `conflicts`, with both readings; a graph with such a file is refused
until somebody has decided, so that a half-decided merge never goes into use.
"""

from __future__ import annotations

from pathlib import Path

from commons.errors import BadInput, Faults
from commons.writing import output_folder
from knowledge_graph.bounded import read_bounded
from knowledge_graph.emit import conflict_lines
from knowledge_graph.keep import kept_parts
from knowledge_graph.load import read_graph, read_text
from knowledge_graph.merge import Merged, merge
from knowledge_graph.model import Graph
from knowledge_graph.page import Gathered
from knowledge_graph.save import EDGES, ENTITIES, graph_files, write_all

__all__ = ["merge_paths"]

CONFLICTS = "_conflicts.yaml"


def merge_paths(base: Path, ours: Path, theirs: Path, into: Path | None = None) -> Merged:
    """Merge three folders, or three versions of one file, and write the result to `into` (default: `ours`).

    A folder is checked as a whole graph, a file for what it alone can show. Raises Faults, naming the side, where one
    of the three cannot be read; nothing is written then.
    """
    kinds = {path.is_dir() for path in (base, ours, theirs)}
    if len(kinds) > 1:
        raise BadInput("folders and files are mixed", next="Name three folders, or three versions of one file.")
    whole = kinds == {True}
    sides = [_read(path, word, whole) for path, word in ((base, "base"), (ours, "ours"), (theirs, "theirs"))]
    merged = merge(*sides, whole=whole)
    told = [{"at": c.place, "base": c.base, "ours": c.ours, "theirs": c.theirs} for c in merged.conflicts]
    told += [{"at": fault} for fault in merged.faults]
    (_write_folder if whole else _write_file)(merged.graph, told, ours, into or ours)
    return merged


def _read(path: Path, word: str, whole: bool) -> Graph:
    found = Gathered()
    if whole:
        graph, faults = read_graph(path)
        faults = [] if not graph.concepts and not list(path.glob("*.yaml")) else faults
    else:
        text = read_bounded(path)
        if text.strip():
            read_text(path.name, text, found)
        graph, faults = found.graph(), found.faults
    if faults:
        raise Faults(faults, where=f"{word} ({path})", next="Correct it, then merge again; nothing was written.")
    return graph


def _write_folder(graph: Graph, told: list[dict[str, str]], ours: Path, into: Path) -> None:
    before = {path.name: read_bounded(path) for path in sorted(ours.glob("*.yaml"))}
    files = graph_files(graph, before)
    if told:
        files[CONFLICTS] = "\n".join(["conflicts:", *conflict_lines(told)]) + "\n"
    output_folder(into)
    write_all({into / name: text for name, text in files.items()})
    if into == ours:
        for name in before.keys() - files.keys():
            (into / name).unlink()


def _write_file(graph: Graph, told: list[dict[str, str]], ours: Path, into: Path) -> None:
    text = read_bounded(ours)
    before = {}
    if text.strip():
        # A file without an area goes by the name of what it holds, so that its comment stays.
        name = ENTITIES if graph.entities or graph.ties else EDGES
        before = {ours.name if kept_parts(ours.name, text).area else name: text}
    parts = list(graph_files(graph, before).values())
    if told:
        parts.append("\n".join(["conflicts:", *conflict_lines(told)]) + "\n")
    write_all({into: "".join(parts)})

"""Reads the graph from its text files and refuses a faulty one with all faults and their lines at once.

Several folders are laid over one another: what a later one says of a concept, an edge or an entity replaces what
an earlier one said. Twice in one folder is a fault. `knowledge_graph.page` knows what a file may say.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from commons.errors import BadInput, Faults
from knowledge_graph.bounded import read_bounded
from knowledge_graph.check import graph_faults
from knowledge_graph.model import Graph
from knowledge_graph.page import Gathered, read_page
from knowledge_graph.yaml_lines import read_yaml

__all__ = ["SHIPPED", "graph_folders", "load_graph", "read_graph", "sound_graph"]

SHIPPED = Path(__file__).parent / "content"


def graph_folders(home: Path) -> tuple[Path, ...]:
    """The folders of a platform's graph: what ships, then what its teachers wrote under `home`."""
    return (SHIPPED, home / "graph" / "content")


def load_graph(folders: Path | Sequence[Path] | None = None) -> Graph:
    """The graph of a folder or of several laid over one another (default: the one that ships).

    A folder that is not there holds nothing. Raises Faults with every fault of every file at once.
    """
    graph, faults = read_graph(folders)
    if faults:
        where = ", ".join(str(folder) for folder in _listed(folders))
        raise Faults(faults, where=where, next="Correct these lines, then load the graph again.")
    return graph


def read_graph(folders: Path | Sequence[Path] | None = None) -> tuple[Graph, list[str]]:
    """What could be read, and every fault in it with its place; the graph keeps its invariants where there is none."""
    whole = Gathered()
    for number, folder in enumerate(_listed(folders)):
        one = Gathered()
        for path in sorted(folder.glob("*.yaml")):
            _read_file(path, str(path) if number else path.name, one)
        whole.lay(one)
    graph = whole.graph()
    return graph, whole.faults + graph_faults(graph, whole.places)


def sound_graph(home: Path) -> tuple[Graph, list[str], list[str]]:
    """The graph of a platform without the files under `home` that are at fault, the names of those, and every fault.

    Where what is left does not hold together without them, what ships stands alone. Raises Faults where that is faulty.
    """
    shipped, mine = graph_folders(home)
    graph, faults = read_graph((shipped, mine))
    if not faults:
        return graph, [], []
    paths = sorted(mine.glob("*.yaml"))
    bad = [path for path in paths if any(fault.startswith((f"{path},", f"{path}:")) for fault in faults)]
    graph, left = _without(shipped, [path for path in paths if path not in bad])
    if left or not bad:
        return load_graph(shipped), [path.name for path in bad or paths], faults
    return graph, [path.name for path in bad], faults


def _without(shipped: Path, paths: Sequence[Path]) -> tuple[Graph, list[str]]:
    """What ships with `paths` laid over it, and its faults."""
    whole, mine = Gathered(), Gathered()
    for path in sorted(shipped.glob("*.yaml")):
        _read_file(path, path.name, whole)
    for path in paths:
        _read_file(path, str(path), mine)
    whole.lay(mine)
    graph = whole.graph()
    return graph, whole.faults + graph_faults(graph, whole.places)


def _listed(folders: Path | Sequence[Path] | None) -> Sequence[Path]:
    if folders is None:
        return [SHIPPED]
    return [folders] if isinstance(folders, Path) else folders


def _read_file(path: Path, name: str, into: Gathered) -> None:
    try:
        text = read_bounded(path)
    except BadInput as error:
        place = error.where.replace(path.name, name, 1)
        into.faults.append(f"{place}: {error.found}" + (f". {error.next}" if error.next else ""))
        return
    read_text(name, text, into)


def read_text(name: str, text: str, into: Gathered) -> None:
    """Take in the text of one file; `name` is what its faults are told with."""
    page = read_yaml(text)
    into.faults += [f"{name}, {fault}" for fault in page.faults]
    if page.value is None and page.faults:
        return
    read_page(name, page, into)

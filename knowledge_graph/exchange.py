"""Graphs between files and this platform: read whatever form a path holds, and add what was read to what is there."""

from __future__ import annotations

from pathlib import Path

from commons.errors import BadInput, Faults, NotFound
from knowledge_graph.bounded import read_bounded
from knowledge_graph.check import graph_faults
from knowledge_graph.load import load_graph, read_text
from knowledge_graph.model import Graph
from knowledge_graph.page import Gathered
from knowledge_graph.skos import FORMATS, import_skos
from knowledge_graph.statements import graph_of, statements

__all__ = ["ENDINGS", "combined", "graph_at"]

ENDINGS = {".ttl": "turtle", ".jsonld": "json-ld", ".json": "json-ld", ".nt": "nt", ".csv": "csv"}
MOST, LINE = 64 << 20, 16 << 20


def graph_at(path: Path, format: str = "") -> Graph:
    """The checked graph in a folder of text files, in one such file, or in an export (`format`, else by its ending).

    Raises NotFound, BadInput, or Faults with everything that is wrong.
    """
    if not path.exists():
        raise NotFound(f"there is nothing at {path}", next="Name a folder of text files or an exported file.")
    if path.is_dir():
        return load_graph(path)
    if path.suffix == ".yaml" and not format:
        return _one_file(path)
    kind = format or ENDINGS.get(path.suffix.lower(), "")
    if kind not in FORMATS:
        raise BadInput(f"format of {path.name} is not known", next=f"Say --format with one of {', '.join(FORMATS)}.")
    text = read_bounded(path, most=MOST, line=LINE)
    try:
        return import_skos(text, kind)  # type: ignore[arg-type]
    except BadInput as error:
        error.where = error.where or path.name
        raise


def combined(graph: Graph, added: Graph) -> Graph:
    """`graph` with what `added` says beside it; where both speak of the same thing, every statement of `added` holds.

    Raises Faults where the two together break an invariant (a circle, say).

    >>> from knowledge_graph import load_graph
    >>> from knowledge_graph.versions import content_hash
    >>> content_hash(combined(load_graph(), load_graph())) == content_hash(load_graph())
    True
    """
    found = graph_of(statements(graph) | statements(added))
    faults = graph_faults(found)
    if faults:
        raise Faults(faults, where="both graphs together", next="Nothing was taken over.")
    return found


def _one_file(path: Path) -> Graph:
    found = Gathered()
    read_text(path.name, read_bounded(path), found)
    faults = found.faults + graph_faults(found.graph(), found.places)
    if faults:
        raise Faults(faults, where=str(path), next="Correct these lines, then load the file again.")
    return found.graph()

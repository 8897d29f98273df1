"""Reads the graph from its text files, one a subject area, and refuses a faulty one with all faults and their
lines at once.

A file says: `area`, `label`, `provenance` (author, method, confidence of its edges) and `concepts`, each
with `id`, `label`, `definition` and `needs`. An entry of `needs` is a name of the same area, an
`<area>.<name>`, or a map with `id` and its own provenance.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from commons.errors import Faults
from commons.languages import Text, text_faults
from knowledge_graph.check import NAME, graph_faults
from knowledge_graph.model import Concept, Graph, Prerequisite
from knowledge_graph.near import did_you_mean
from knowledge_graph.yaml_lines import Lined, read_yaml

__all__ = ["load_graph"]

FILE_KEYS = {"area", "label", "provenance", "concepts"}
CONCEPT_KEYS = {"id", "label", "definition", "needs"}
PROVENANCE_KEYS = {"author", "method", "confidence"}


def load_graph(folder: Path | None = None) -> Graph:
    """The graph of `folder` (default: the one that ships). Raises Faults with every fault of every file at
    once.
    """
    folder = folder or Path(__file__).parent / "content"
    gathered = _Gathered()
    for path in sorted(folder.glob("*.yaml")):
        _read_file(path, gathered)
    graph = Graph(gathered.concepts, tuple(gathered.edges), gathered.areas)
    faults = gathered.faults + graph_faults(graph, gathered.places)
    if faults:
        raise Faults(faults, where=str(folder), next="Correct these lines, then load the graph again.")
    return graph


class _Gathered:
    """What the files have said so far, with the place of each thing and the faults of their form."""

    def __init__(self) -> None:
        self.areas: dict[str, Text] = {}
        self.concepts: dict[str, Concept] = {}
        self.edges: list[Prerequisite] = []
        self.places: dict[object, str] = {}
        self.faults: list[str] = []


def _read_file(path: Path, into: _Gathered) -> None:
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError as error:
        into.faults.append(f"{path.name}: not UTF-8 at byte {error.start}")
        return
    page = read_yaml(text)
    into.faults += [f"{path.name}, {fault}" for fault in page.faults]
    if page.value is None and page.faults:
        return
    if not isinstance(page.value, dict):
        into.faults.append(f"{path.name}, line 1: wanted a map with {', '.join(sorted(FILE_KEYS))}")
        return
    _read_page(path.name, page, into)


def _read_page(name: str, page: Lined, into: _Gathered) -> None:
    value = page.value
    _unknown_keys(f"{name}, line 1", value, FILE_KEYS, into)
    area = value.get("area")
    if not isinstance(area, str) or not NAME.fullmatch(area):
        into.faults.append(f"{name}, line {page.line('area')}: 'area' is missing or not a name in small letters")
        return
    if area in into.areas:
        into.faults.append(f"{name}, line {page.line('area')}: area '{area}' is there twice")
    into.faults += text_faults(value.get("label"), f"{name}, line {page.line('label')}: area '{area}', label")
    into.areas[area] = value["label"] if isinstance(value.get("label"), dict) else {}
    provenance = value.get("provenance")
    if not isinstance(provenance, dict):
        into.faults.append(
            f"{name}, line {page.line('provenance')}: 'provenance' is missing (author, method, confidence)"
        )
        provenance = {}
    concepts = value.get("concepts")
    if not isinstance(concepts, list):
        into.faults.append(f"{name}, line {page.line('concepts')}: 'concepts' is missing or not a list")
        return
    for index, entry in enumerate(concepts):
        _read_concept(name, page, index, entry, area, provenance, into)


def _read_concept(
    name: str, page: Lined, index: int, entry: Any, area: str, provenance: dict[str, Any], into: _Gathered
) -> None:
    place = f"{name}, line {page.line('concepts', index)}"
    if not isinstance(entry, dict) or not isinstance(entry.get("id"), str):
        into.faults.append(f"{place}: a concept without 'id'")
        return
    _unknown_keys(place, entry, CONCEPT_KEYS, into)
    full = f"{area}.{entry['id']}"
    if full in into.concepts:
        into.faults.append(f"{place}: concept '{full}' is there twice, first in {into.places[full]}")
        return
    into.concepts[full] = Concept(full, _text(entry.get("label")), _text(entry.get("definition")), area)
    into.places[full] = place
    needs = entry.get("needs", [])
    if not isinstance(needs, list):
        into.faults.append(f"{place}: concept '{full}', 'needs' is not a list")
        return
    for position, need in enumerate(needs):
        line = f"{name}, line {page.line('concepts', index, 'needs', position)}"
        _read_need(line, need, full, area, provenance, into)


def _read_need(line: str, need: Any, after: str, area: str, provenance: dict[str, Any], into: _Gathered) -> None:
    said = need if isinstance(need, dict) else {"id": need}
    _unknown_keys(line, said, PROVENANCE_KEYS | {"id"}, into)
    before, origin = said.get("id"), provenance | said
    if not isinstance(before, str):
        into.faults.append(f"{line}: concept '{after}' needs {before!r}, wanted the id of a concept")
        return
    confidence = origin.get("confidence")
    if isinstance(confidence, bool) or not isinstance(confidence, int | float):
        into.faults.append(
            f"{line}: concept '{after}' needs '{before}' with confidence {confidence!r}, wanted a number"
        )
        return
    author, method = str(origin.get("author") or ""), str(origin.get("method") or "")
    edge = Prerequisite(before if "." in before else f"{area}.{before}", after, author, method, float(confidence))
    into.edges.append(edge)
    into.places[edge] = line


def _unknown_keys(place: str, found: dict[str, Any], known: set[str], into: _Gathered) -> None:
    for key in found.keys() - known:
        into.faults.append(f"{place}: unknown key '{key}'. {did_you_mean(key, known)}".rstrip())


def _text(found: Any) -> Text:
    return found if isinstance(found, dict) else {}

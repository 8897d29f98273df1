"""Writes a graph into its text files: one file an area, `_entities.yaml` for entities and ties, `_prerequisites.yaml`
for edges between concepts of other folders.

The lines of a concept that did not change stay as a person wrote them, with their comments. Everything is written
beside the files first and then put in their place; what does not read back as it should is not written at all.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from commons.errors import BadInput, Faults
from commons.writing import output, told_errors
from knowledge_graph.bounded import read_bounded
from knowledge_graph.check import graph_faults
from knowledge_graph.emit import concept_lines, edge_lines, entity_lines, header_lines, tie_lines, usual_provenance
from knowledge_graph.keep import Kept, kept_parts
from knowledge_graph.load import read_text
from knowledge_graph.model import Graph, Prerequisite
from knowledge_graph.page import Gathered
from knowledge_graph.versions import content_hash

__all__ = ["beyond", "editing", "graph_files", "save_beyond", "save_graph", "write_all"]

ENTITIES, EDGES = "_entities.yaml", "_prerequisites.yaml"


def graph_files(graph: Graph, before: Mapping[str, str] | None = None) -> dict[str, str]:
    """The text of each file of `graph` by name. `before` are the texts that are there now, whose unchanged lines are
    kept. Raises Faults where `before` cannot be read.
    """
    kept = [kept_parts(name, text) for name, text in (before or {}).items()]
    homes = {one.area: one for one in kept if one.area}
    needs: dict[str, list[Prerequisite]] = {concept: [] for concept in graph.concepts}
    loose: list[Prerequisite] = []
    for edge in graph.prerequisites:
        needs.get(edge.after, loose).append(edge)
    files = {}
    for area in graph.areas:
        home = homes.get(area)
        files[home.name if home else f"{area}.yaml"] = _area_text(graph, area, needs, home)
    head = {one.name: one.comment for one in kept}
    if graph.entities or graph.ties:
        files[ENTITIES] = head.get(ENTITIES, "") + _entities_text(graph)
    if loose:
        files[EDGES] = head.get(EDGES, "") + "\n".join(["prerequisites:", *edge_lines(loose)]) + "\n"
    return files


def save_graph(graph: Graph, folder: Path) -> list[Path]:
    """Write the whole `graph` into `folder`; files of areas that are gone are taken away. Returns what changed.

    Raises Faults where `graph` breaks an invariant or the folder holds a faulty file: nothing is written then.
    """
    faults = graph_faults(graph)
    if faults:
        raise Faults(faults, where="the graph", next="Nothing was written.")
    return _save(graph, folder)


def save_beyond(graph: Graph, base: Graph, folder: Path) -> list[Path]:
    """Write into `folder`, which lies over the folders of `base`, what `graph` says beyond `base`.

    Raises Faults like save_graph, BadInput where `graph` lacks something that `base` has.
    """
    faults = graph_faults(graph)
    if faults:
        raise Faults(faults, where="the graph", next="Nothing was written.")
    return _save(beyond(graph, base), folder)


def beyond(graph: Graph, base: Graph) -> Graph:
    """The part of `graph` that `base` does not say; not a whole graph: its edges may lead into `base`. Raises BadInput
    where something of `base` is missing, for a folder laid over another cannot take anything out.
    """
    edges = {(edge.before, edge.after): edge for edge in graph.prerequisites}
    gone = [f"concept '{one}'" for one in base.concepts if one not in graph.concepts]
    gone += [f"entity '{one}'" for one in base.entities if one not in graph.entities]
    gone += [f"'{e.after}' needs '{e.before}'" for e in base.prerequisites if (e.before, e.after) not in edges]
    gone += [f"tie '{t.source}' {t.relation} '{t.target}'" for t in base.ties if t not in set(graph.ties)]
    if gone:
        raise BadInput(f"taken out: {'; '.join(gone[:5])}", next="What ships can only be added to; edit its own files.")
    concepts = {name: one for name, one in graph.concepts.items() if base.concepts.get(name) != one}
    had, tied = set(base.prerequisites), set(base.ties)
    areas = {
        area: {} if base.areas.get(area) == label else label
        for area, label in graph.areas.items()
        if base.areas.get(area) != label or any(one.area == area for one in concepts.values())
    }
    return Graph(
        concepts,
        tuple(edge for edge in graph.prerequisites if edge not in had),
        areas,
        {name: one for name, one in graph.entities.items() if base.entities.get(name) != one},
        tuple(tie for tie in graph.ties if tie not in tied),
    )


@contextmanager
def editing(folder: Path) -> Iterator[None]:
    """Alone with `folder` among all processes: for reading, changing and saving without losing another's edit."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _save(graph: Graph, folder: Path) -> list[Path]:
    with told_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    before = {path.name: read_bounded(path) for path in sorted(folder.glob("*.yaml"))}
    files = graph_files(graph, before)
    _must_read_back(graph, files)
    changed = {folder / name: text for name, text in files.items() if before.get(name) != text}
    write_all(changed)
    gone = [folder / name for name in before if name not in files]
    for path in gone:
        path.unlink()
    return sorted([*changed, *gone])


def _must_read_back(graph: Graph, files: Mapping[str, str]) -> None:
    found = Gathered()
    for name, text in sorted(files.items()):
        read_text(name, text, found)
    if found.faults or content_hash(found.graph()) != content_hash(graph):
        faults = found.faults or ["the text does not say what the graph says"]
        raise Faults(faults, where="the graph as text", next="Nothing was written.")


def write_all(texts: Mapping[Path, str]) -> None:
    """Write each text beside its file, then put all in place; a reader never sees half a file.

    Raises BadInput where a folder is not there or something else than a file stands in the place, Unavailable where
    it cannot be written.
    """
    with ExitStack() as all_files:
        for path, text in texts.items():
            file = all_files.enter_context(output(path))
            file.write(text.encode())
            # A full disk shows here, before the first is put in place.
            file.flush()
            os.fsync(file.fileno())


def _area_text(graph: Graph, area: str, needs: Mapping[str, list[Prerequisite]], home: Kept | None) -> str:
    mine = [one for one in graph.concepts.values() if one.area == area]
    edges = [edge for one in mine for edge in needs[one.id]]
    same = home is not None and home.label == graph.areas[area]
    usual = home.provenance if home and home.provenance else usual_provenance(edges)
    if home and home.head and same:
        out = [home.head]
    else:
        out = [home.comment if home else "", "\n".join(header_lines(area, graph.areas[area], usual)) + "\n"]
    out.append("concepts:\n" if mine else "concepts: []\n")
    for concept in mine:
        block = home.concepts.get(concept.id) if home else None
        if block and block.concept == concept and set(block.needs) == set(needs[concept.id]):
            out.append(block.text)
        else:
            out += [block.comment if block else "", "\n".join(concept_lines(concept, needs[concept.id], usual)) + "\n"]
    return "".join(out)


def _entities_text(graph: Graph) -> str:
    out = []
    if graph.entities:
        out += ["entities:", *(line for one in graph.entities.values() for line in entity_lines(one))]
    if graph.ties:
        out += ["ties:", *tie_lines(graph.ties)]
    return "\n".join(out) + "\n"

"""One decision, kept for good: checked, appended to the record, then written into the platform's graph, alone among all processes.

Nobody's decision is overwritten unseen: whoever decides says how often the thing had been decided about when they saw it. A crash between
record and graph is mended by the next `settle`, for `.applied` beside the record counts the decisions that the graph holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from commons.errors import BadInput, Conflict
from commons.languages import Text
from knowledge_graph.check import graph_faults
from knowledge_graph.load import SHIPPED, graph_folders, load_graph
from knowledge_graph.model import Graph
from knowledge_graph.review.decisions import Decision, append, decisions_path, edge_of, read_decisions
from knowledge_graph.review.effect import Effect, circle, effect
from knowledge_graph.review.standing import Standing, standing
from knowledge_graph.save import editing, save_beyond, write_all

__all__ = ["Circle", "Lost", "Taken", "Unfit", "decide", "is_settled", "settle"]


class Taken(Conflict):
    """Somebody decided meanwhile; `by` is their decision, None where theirs was taken back."""

    def __init__(self, by: Decision | None) -> None:
        super().__init__("somebody has decided about this meanwhile", next="Look at it again.")
        self.by = by


class Circle(Conflict):
    """The edge would close a circle; `way` are the concepts round it, the first again at the end."""

    def __init__(self, way: list[str]) -> None:
        super().__init__(
            f"this edge would close a circle: {' → '.join(way)}", next="Take one of these edges back first."
        )
        self.way = way


class Lost(Conflict):
    """The edge names `concept`, which was rejected."""

    def __init__(self, concept: str) -> None:
        super().__init__(f"concept '{concept}' was rejected", next="Take that decision back first.")
        self.concept = concept


class Unfit(BadInput):
    """The graph that would follow breaks an invariant; `faults` say which."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults[:5]), next="Nothing was changed.")
        self.faults = faults


def decide(home: Path, decision: Decision, seen: int, areas: Mapping[str, Text]) -> Effect:
    """Keep `decision`, made when its thing had been decided about `seen` times; gives the graph that follows and what waits.

    Raises Taken, Circle, Lost, Unfit or BadInput; nothing is changed then.
    """
    folder = graph_folders(home)[-1]
    path = decisions_path(home)
    with editing(folder):
        before = read_decisions(path)
        stand = standing(before)
        if stand.version(decision.of) != seen:
            raise Taken(stand.newest(decision.of))
        shipped, now = load_graph(SHIPPED), load_graph(graph_folders(home))
        _check(now, stand, decision)
        after = (*before, decision)
        found = effect(now, shipped, after, _fresh(home, after), areas)
        if found.graph != now and (faults := graph_faults(found.graph)):
            raise Unfit(faults)
        append(path, decision)
        _write(home, found, now, shipped, len(after))
        return found


def settle(home: Path, areas: Mapping[str, Text]) -> None:
    """Write into the graph what the record holds and the graph does not: after a crash. Raises Unfit."""
    with editing(graph_folders(home)[-1]):
        made = read_decisions(decisions_path(home))
        if not _fresh(home, made):
            return
        shipped, now = load_graph(SHIPPED), load_graph(graph_folders(home))
        found = effect(now, shipped, made, _fresh(home, made), areas)
        if found.graph != now and (faults := graph_faults(found.graph)):
            raise Unfit(faults)
        _write(home, found, now, shipped, len(made))


def is_settled(home: Path) -> bool:
    """Whether the graph holds every decision of the record."""
    return not _fresh(home, read_decisions(decisions_path(home)))


def _check(now: Graph, stand: Standing, decision: Decision) -> None:
    """Raises Circle for an edge round, Lost for one whose concept was rejected, BadInput for what makes no sense."""
    ends = edge_of(decision.of)
    if decision.kind == "undo" and stand.newest(decision.of) is None:
        raise BadInput("there is nothing to take back", next="Look at it again.")
    if decision.kind == "accept" and ends:
        here, there = map(stand.goes_to, ends)
        if here == there:
            raise Circle([here, there])
        if lost := [end for end in (here, there) if end in stand.rejected]:
            raise Lost(lost[0])
        if way := circle(now, stand, here, there):
            raise Circle(way)
    if decision.kind == "merge":
        target = stand.goes_to(decision.into)
        if ends or target == decision.of or not target:
            raise BadInput("a concept can only be merged into another concept", next="Choose another concept.")
    if decision.kind == "edit" and ends:
        raise BadInput("an edge has no words to edit")


def _fresh(home: Path, made: tuple[Decision, ...]) -> set[str]:
    """The things decided about since the graph was last written."""
    try:
        written = int(_mark(home).read_text("ascii"))
    except (OSError, ValueError):
        written = 0
    return {one.of for one in made[written:]}


def _write(home: Path, found: Effect, now: Graph, shipped: Graph, count: int) -> None:
    if found.graph != now:
        save_beyond(found.graph, shipped, graph_folders(home)[-1])
    write_all({_mark(home): str(count)})


def _mark(home: Path) -> Path:
    return decisions_path(home).with_name(".applied")

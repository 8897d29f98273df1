"""Where every concept of the whole graph stands on one large map: a lane for each area, from what comes first at the left to what
comes last at the right. Coordinates only, in pixels at zoom 1; the template draws. The same graph gives the same map.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from commons.languages import pick
from knowledge_graph.layout import layout
from knowledge_graph.model import Concept, Entity, Graph, Prerequisite
from knowledge_graph.queries import order

__all__ = ["LAYER_KINDS", "Chart", "ChartNode", "Lane", "Line", "chart", "is_machine"]

ROW, EDGE, HEAD, BETWEEN = 32.0, 18.0, 40.0, 22.0
DOT, GUTTER, LETTERS = 26.0, 62.0, 44
LAYER_KINDS = ("person", "place", "period")
MOST_ENTITIES = 120
MOST_SWEPT = 600


@dataclass(frozen=True)
class ChartNode:
    """A concept or, in the entities' lane, an entity at (x, y), the middle of its dot; `width` reaches to the end of its label."""

    id: str
    x: float
    y: float
    width: float
    label: str
    name: str
    is_entity: bool = False


@dataclass(frozen=True)
class Line:
    """An edge (or a tie, from entity to concept) as the `d` of an SVG path. `kind` is person, machine or tie."""

    before: str
    after: str
    d: str
    kind: str


@dataclass(frozen=True)
class Lane:
    """An area's stripe: its name, and where it begins and how high it is; `area` is "" for the entities."""

    area: str
    name: str
    y: float
    height: float


@dataclass(frozen=True)
class Chart:
    """The whole map, `width` × `height` pixels at zoom 1. `left_out` counts entities there was no room for."""

    width: float
    height: float
    lanes: tuple[Lane, ...]
    nodes: tuple[ChartNode, ...]
    lines: tuple[Line, ...]
    left_out: int = 0


def is_machine(edge: Prerequisite) -> bool:
    """Whether nobody but a machine has said so."""
    return edge.method not in ("authored", "") and not edge.confirmed_by


def chart(graph: Graph, shown: Collection[str], language: str, *, entities: bool = False, others: str = "") -> Chart:
    """The map of the concepts `shown`; with `entities` a lane (named `others`) of people, places and periods tied to them."""
    cells = _cells(graph, shown)
    columns = _columns(graph, cells, language)
    lanes, nodes, y = [], {}, EDGE
    for area in dict.fromkeys(graph.concepts[one].area for one in _by_area(graph, shown)):
        mine = {depth: some for (where, depth), some in cells.items() if where == area}
        rows = max(len(some) for some in mine.values())
        height = HEAD + rows * ROW
        lanes.append(Lane(area, pick(graph.areas.get(area, {}), language) or area, y, height))
        for depth, some in mine.items():
            first = y + HEAD + (rows - len(some)) / 2 * ROW + ROW / 2
            for row, name in enumerate(some):
                nodes[name] = _node(graph.concepts[name], columns[depth], first + row * ROW, language)
        y += height + BETWEEN
    width = max((node.x + node.width for node in nodes.values()), default=0.0) + EDGE
    lines = [_line(nodes[e.before], nodes[e.after], _kind(e)) for e in graph.prerequisites if _both(nodes, e)]
    left_out = 0
    if entities:
        people, left_out = _entities(graph, nodes)
        if people:
            tied, height = _entity_lane(graph, people, nodes, y, width, language)
            lanes.append(Lane("", others, y, height))
            lines += tied
            y += height + BETWEEN
    return Chart(
        round(width, 1), round(y - BETWEEN + EDGE, 1), tuple(lanes), tuple(nodes.values()), tuple(lines), left_out
    )


def _by_area(graph: Graph, shown: Collection[str]) -> list[str]:
    places = {area: number for number, area in enumerate(graph.areas)}
    here = [name for name in graph.concepts if name in shown]
    return sorted(here, key=lambda name: places.get(graph.concepts[name].area, len(places)))


def _cells(graph: Graph, shown: Collection[str]) -> dict[tuple[str, int], list[str]]:
    """The concepts of each area at each depth, in an order that keeps the lines short."""
    cells: dict[tuple[str, int], list[str]] = {}
    for name in _ordered(graph, shown):
        cells.setdefault((graph.concepts[name].area, graph.depth[name]), []).append(name)
    return cells


def _ordered(graph: Graph, shown: Collection[str]) -> list[str]:
    """`shown` from top to bottom: by the layered layout, or, where that would take seconds, each near what it needs."""
    if len(shown) <= MOST_SWEPT:
        return [place.concept for place in sorted(layout(graph, shown).places, key=lambda one: (one.y, one.concept))]
    height: dict[str, float] = {}
    for number, name in enumerate(order(graph, shown)):
        needs = [height[one] for one in graph.needs[name] if one in height]
        height[name] = sum(needs) / len(needs) if needs else number / len(shown)
    return sorted(height, key=lambda name: (height[name], name))


def _columns(graph: Graph, cells: dict[tuple[str, int], list[str]], language: str) -> dict[int, float]:
    """The x of each depth that is used; a column is as wide as its longest label."""
    wide: dict[int, float] = {}
    for (_, depth), some in cells.items():
        longest = max(_long(_cut(pick(graph.concepts[name].label, language))) for name in some)
        wide[depth] = max(wide.get(depth, 0.0), longest)
    found, x = {}, EDGE + DOT / 2
    for depth in sorted(wide):
        found[depth] = x
        x += DOT + wide[depth] + GUTTER
    return found


def _node(one: Concept | Entity, x: float, y: float, language: str) -> ChartNode:
    name = pick(one.label, language) or one.id
    label = _cut(name)
    is_entity = isinstance(one, Entity)
    return ChartNode(one.id, round(x, 1), round(y, 1), round(DOT + _long(label), 1), label, name, is_entity)


def _kind(edge: Prerequisite) -> str:
    return "machine" if is_machine(edge) else "person"


def _both(nodes: dict[str, ChartNode], edge: Prerequisite) -> bool:
    return edge.before in nodes and edge.after in nodes


def _line(here: ChartNode, there: ChartNode, kind: str) -> Line:
    x1, x2 = here.x + here.width - 6, there.x - 11
    pull = min(90.0, max(30.0, abs(x2 - x1) / 2))
    d = f"M{x1:.0f} {here.y:.0f}C{x1 + pull:.0f} {here.y:.0f} {x2 - pull:.0f} {there.y:.0f} {x2:.0f} {there.y:.0f}"
    return Line(here.id, there.id, d, kind)


def _entities(graph: Graph, nodes: Iterable[str]) -> tuple[list[Entity], int]:
    """The entities with the most ties to what is shown, at most MOST_ENTITIES, and how many more there are."""
    count: dict[str, int] = {}
    for name in nodes:
        for tie in graph.ties_of.get(name, ()):
            count[tie.source] = count.get(tie.source, 0) + 1
    some = [one for one in graph.entities.values() if one.kind in LAYER_KINDS and one.id in count]
    some.sort(key=lambda one: (-count[one.id], one.id))
    kept = sorted(some[:MOST_ENTITIES], key=lambda one: (LAYER_KINDS.index(one.kind), one.id))
    return kept, max(0, len(some) - MOST_ENTITIES)


def _entity_lane(
    graph: Graph, some: list[Entity], nodes: dict[str, ChartNode], y: float, width: float, language: str
) -> tuple[list[Line], float]:
    """Put `some` into `nodes`, in rows beneath the areas; gives their ties and the height of their lane."""
    wide = max(_long(_cut(pick(one.label, language) or one.id)) for one in some) + DOT + EDGE
    per_row = max(1, int((width - EDGE) // wide))
    lines = []
    for number, one in enumerate(some):
        row, column = divmod(number, per_row)
        node = _node(one, EDGE + DOT / 2 + column * wide, y + HEAD + row * ROW + ROW / 2, language)
        targets = [nodes[tie.target] for tie in graph.ties_of[one.id] if tie.target in nodes]
        lines += [_tie(node, there) for there in targets if not there.is_entity]
        nodes[one.id] = node
    return lines, HEAD + ROW * -(-len(some) // per_row)


def _tie(here: ChartNode, there: ChartNode) -> Line:
    return Line(here.id, there.id, f"M{here.x:.0f} {here.y - 9:.0f}L{there.x:.0f} {there.y + 9:.0f}", "tie")


def _cut(name: str) -> str:
    return name if len(name) <= LETTERS else name[: LETTERS - 1] + "…"


def _long(label: str) -> float:
    """About how many pixels a label takes in 15 px type."""
    return sum(15.0 if ord(letter) > 0x2E7F else 7.6 for letter in label)

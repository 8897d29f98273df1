"""Two people's edits of one graph become one graph. Edits of different statements combine; where both changed the same
one, both readings are reported and ours stands until somebody decides. Nothing is lost in silence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from knowledge_graph.check import graph_faults, shape_faults
from knowledge_graph.model import Graph
from knowledge_graph.statements import Key, Thing, graph_of, statements

__all__ = ["Conflict", "Merged", "merge"]

Said = dict[Key, str]


@dataclass(frozen=True)
class Conflict:
    """Two edits that cannot both stand: where, what was there before, what each of the two says ("" for nothing)."""

    place: str
    base: str
    ours: str
    theirs: str

    def told(self) -> str:
        """The conflict as a line.

        >>> Conflict("concept 'x.a', label in en", "mean", "average", "").told()
        "concept 'x.a', label in en: ours says 'average', theirs says nothing (before: 'mean')"
        """
        ours, theirs, base = (repr(one) if one else "nothing" for one in (self.ours, self.theirs, self.base))
        return f"{self.place}: ours says {ours}, theirs says {theirs} (before: {base})"


@dataclass(frozen=True)
class Merged:
    """The merged graph; `conflicts` need a person, `faults` are invariants that the merge broke (a circle, say)."""

    graph: Graph
    conflicts: tuple[Conflict, ...]
    faults: tuple[str, ...]


def merge(base: Graph, ours: Graph, theirs: Graph, *, whole: bool = True) -> Merged:
    """What both edits of `base` say together. `whole=False` is for one file of several: ids of other files are then
    taken on trust, and only what one file can show (circles, itself, twice) is checked.

    >>> from knowledge_graph.example import small_graph
    >>> base = small_graph("ac", "bc")
    >>> both = merge(base, small_graph("ac", "bc", "ab"), small_graph("ac", "bc", "cd"))
    >>> sorted((edge.before, edge.after) for edge in both.graph.prerequisites), both.conflicts
    ([('a', 'b'), ('a', 'c'), ('b', 'c'), ('c', 'd')], ())
    """
    said = [statements(graph) for graph in (base, ours, theirs)]
    parts = [_by_thing(one) for one in said]
    found: Said = {}
    conflicts: list[Conflict] = []
    for thing in dict.fromkeys([*parts[1], *parts[2], *parts[0]]):
        here, there, before = (part.get(thing, {}) for part in (parts[1], parts[2], parts[0]))
        found.update(_merge_thing(thing, before, here, there, conflicts))
    found.update(_still_named(parts, found, conflicts))
    graph = graph_of(found)
    faults = graph_faults(graph) if whole else shape_faults(graph)
    return Merged(graph, tuple(conflicts), tuple(faults))


def _merge_thing(thing: Thing, base: Said, ours: Said, theirs: Said, conflicts: list[Conflict]) -> Said:
    if base and not ours and not theirs:
        return {}
    for gone, left, mine in ((ours, theirs, True), (theirs, ours, False)):
        if base and not gone:
            if left == base:
                return {}
            changed = "; ".join(f"{key.field} {key.language} {left.get(key)!r}" for key in _differing(base, left))
            pair = ("taken out", f"changed: {changed}") if mine else (f"changed: {changed}", "taken out")
            conflicts.append(Conflict(Key(*thing, "").told(), "there", *pair))
            return left
    found: Said = {}
    for key in dict.fromkeys([*ours, *theirs]):
        was, here, there = base.get(key), ours.get(key), theirs.get(key)
        value = there if here == was else here
        if here != there and was not in (here, there):
            conflicts.append(Conflict(key.told(), was or "", here or "", there or ""))
            value = there if here is None else here
        if value is not None:
            found[key] = value
    return found


def _still_named(parts: Sequence[Mapping[Thing, Said]], found: Said, conflicts: list[Conflict]) -> Said:
    """A thing one side took out while the other began to name it comes back, and is a conflict."""
    there = {key.about for key in found}
    back: Said = {}
    for namer, name in _references(found):
        for kind in ("concept", "entity"):
            thing = (kind, name, "")
            if thing in there or thing not in parts[0] or thing in back:
                continue
            mine = thing not in parts[1]
            pair = ("taken out", f"named by {namer}") if mine else (f"named by {namer}", "taken out")
            conflicts.append(Conflict(Key(*thing, "").told(), "there", *pair))
            there.add(thing)
            back.update(parts[2 if mine and thing in parts[2] else 1].get(thing) or parts[0][thing])
    return back


def _references(said: Said) -> Iterator[tuple[str, str]]:
    for key in said:
        if key.thing in ("prerequisite", "tie"):
            yield key.told(), key.id
            yield key.told(), key.to
        elif key.field in ("broader", "related"):
            yield key.told(), key.member


def _differing(left: Said, right: Said) -> list[Key]:
    return sorted(key for key in left.keys() | right.keys() if left.get(key) != right.get(key))


def _by_thing(said: Said) -> dict[Thing, Said]:
    found: dict[Thing, Said] = {}
    for key, value in said.items():
        found.setdefault(key.about, {})[key] = value
    return found

"""The graph that follows from the decisions. Pure: nothing is read or written here.

An accepted concept joins the graph once it has its words in every language and an accepted edge; an accepted edge once both its concepts
are there. Until then they wait, and it is said for what. What a person wrote by hand is changed only by a decision that names it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import Any

from commons.languages import Text, text_faults
from knowledge_graph.model import Concept, Graph, Prerequisite
from knowledge_graph.review.decisions import Decision, edge_of
from knowledge_graph.review.standing import Standing, standing

__all__ = ["AUTHOR", "METHOD", "Effect", "circle", "concept_of", "effect", "waiting_of"]

Ends = tuple[str, str]
AUTHOR, METHOD = "shuyuan graph suggest", "suggested by machine"


@dataclass(frozen=True)
class Effect:
    """`graph` as the decisions want it; `waiting` names for each accepted thing left out why: words, edge or ends."""

    graph: Graph
    waiting: Mapping[str, str]


def effect(
    now: Graph, shipped: Graph, decisions: Sequence[Decision], fresh: Set[str], areas: Mapping[str, Text]
) -> Effect:
    """`now` after `decisions`, of which those about `fresh` have not been written yet. `areas` are labels for areas it lacks."""
    stand = standing(decisions)
    once = {one.of for one in decisions if one.kind == "accept"}
    concepts, waiting = _concepts(now, shipped, stand, fresh, once)
    concepts = _alt(concepts, stand, decisions, fresh)
    edges = _edges(now, shipped, stand, concepts)
    touched = {end for edge in edges.values() for end in (edge.before, edge.after)}
    touched |= {wide for one in concepts.values() for wide in one.broader} | set(now.ties_of)
    for key in stand.accepted:
        if key in concepts and key not in shipped.concepts and key not in touched and not concepts[key].broader:
            del concepts[key]
            waiting[key] = "edge"
    for key in stand.accepted:
        ends = edge_of(key)
        if ends and not stand.is_moot(key) and tuple(map(stand.goes_to, ends)) not in edges:
            waiting[key] = "ends"
    labels = {one.area: now.areas.get(one.area) or areas.get(one.area) or {} for one in concepts.values()}
    graph = replace(now, concepts=concepts, prerequisites=tuple(edges.values()), areas={**now.areas, **labels})
    return Effect(graph, waiting)


def circle(graph: Graph, stand: Standing, before: str, after: str) -> list[str]:
    """The way round that an edge from `before` to `after` would close, over the graph and all accepted edges; [] where none."""
    opens = {name: list(some) for name, some in graph.opens.items()}
    for key in stand.accepted:
        if (ends := edge_of(key)) and not stand.is_moot(key):
            opens.setdefault(stand.goes_to(ends[0]), []).append(stand.goes_to(ends[1]))
    came: dict[str, str] = {after: ""}
    todo = [after]
    while todo and before not in came:
        here = todo.pop(0)
        for there in opens.get(here, ()):
            if there not in came:
                came[there] = here
                todo.append(there)
    if before not in came:
        return []
    way = [before]
    while way[-1] != after:
        way.append(came[way[-1]])
    return [before, *reversed(way)]


def concept_of(key: str, text: Mapping[str, Any]) -> Concept:
    """The concept that a decision's words describe; words of the wrong shape count as missing."""
    alt = {tag: tuple(map(str, some)) for tag, some in _map(text.get("alt")).items() if isinstance(some, list | tuple)}
    label, definition = (
        {tag: word for tag, word in _map(text.get(part)).items() if isinstance(word, str) and word.strip()}
        for part in ("label", "definition")
    )
    return Concept(key, label, definition, key.partition(".")[0], {tag: some for tag, some in alt.items() if some})


def _map(found: Any) -> Mapping[str, Any]:
    return found if isinstance(found, Mapping) else {}


def _concepts(
    now: Graph, shipped: Graph, stand: Standing, fresh: Set[str], once: Set[str]
) -> tuple[dict[str, Concept], dict[str, str]]:
    concepts, waiting = dict(now.concepts), {}
    for key in fresh & once:
        if key not in shipped.concepts:
            concepts.pop(key, None)
    for key in stand.accepted:
        if edge_of(key) or key in concepts:
            continue
        one = concept_of(key, stand.text(key))
        if text_faults(one.label, "") or text_faults(one.definition, ""):
            waiting[key] = "words"
            continue
        kept = now.concepts.get(key)
        if kept is not None:
            alt = _joined(one.alt, kept.alt)
            one = replace(one, broader=kept.broader, related=kept.related, exact=kept.exact, alt=alt)
        concepts[key] = _clean(one)
    return concepts, waiting


def _edges(now: Graph, shipped: Graph, stand: Standing, concepts: Collection[str]) -> dict[Ends, Prerequisite]:
    """The edges by their ends: those that decisions made are worked out anew each time, since merges move their ends."""
    ships = set(shipped.prerequisites)
    edges = {
        (edge.before, edge.after): edge
        for edge in now.prerequisites
        if edge in ships or edge.author != AUTHOR or not edge.confirmed_by
    }
    for key in stand.accepted:
        said = edge_of(key)
        if said is None or stand.is_moot(key):
            continue
        before, after = map(stand.goes_to, said)
        if (before, after) not in edges and before in concepts and after in concepts:
            edges[before, after] = _confirmed(stand, key, before, after)
    return edges


def _confirmed(stand: Standing, key: str, before: str, after: str) -> Prerequisite:
    decision = stand.of(key)
    assert decision is not None
    said = decision.text.get("probability")
    sure = float(said) if isinstance(said, int | float) and 0 < said <= 1 else 0.5
    return Prerequisite(before, after, AUTHOR, METHOD, round(sure, 4), decision.teacher)


def _alt(
    concepts: dict[str, Concept], stand: Standing, decisions: Sequence[Decision], fresh: Set[str]
) -> dict[str, Concept]:
    """Names of merged concepts become other labels of what they were merged into; those of a merge taken back go again."""
    for one in decisions:
        if one.kind != "merge" or not fresh & {one.of, one.into}:
            continue
        target, names = (
            concepts.get(stand.goes_to(one.into)),
            _names(concept_of(one.of, stand.text(one.of) or one.text)),
        )
        if target is None:
            continue
        held = stand.of(one.of)
        if held == one:
            concepts[target.id] = _clean(replace(target, alt=_joined(target.alt, names)))
        elif held is None or held.kind != "merge":
            left = {tag: tuple(n for n in some if n not in names.get(tag, ())) for tag, some in target.alt.items()}
            concepts[target.id] = replace(target, alt={tag: some for tag, some in left.items() if some})
    return concepts


def _clean(one: Concept) -> Concept:
    """The concept without other labels that are its label."""
    alt = {tag: tuple(word for word in some if word != one.label.get(tag)) for tag, some in one.alt.items()}
    return replace(one, alt={tag: some for tag, some in alt.items() if some})


def _names(one: Concept) -> dict[str, tuple[str, ...]]:
    labels = {tag: (word,) for tag, word in one.label.items()}
    return _joined(labels, one.alt)


def _joined(left: Mapping[str, tuple[str, ...]], right: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    found = {tag: tuple(dict.fromkeys((*left.get(tag, ()), *right.get(tag, ())))) for tag in {**left, **right}}
    return {tag: some for tag, some in found.items() if some}


def waiting_of(graph: Graph, stand: Standing) -> dict[str, str]:
    """Why each accepted thing is not in `graph` (the platform's) yet: words, edge or ends."""
    joined = {(edge.before, edge.after) for edge in graph.prerequisites}
    found = {}
    for key in stand.accepted:
        ends = edge_of(key)
        if ends:
            if not stand.is_moot(key) and tuple(map(stand.goes_to, ends)) not in joined:
                found[key] = "ends"
        elif key not in graph.concepts:
            one = concept_of(key, stand.text(key))
            lacks = text_faults(one.label, "") or text_faults(one.definition, "")
            found[key] = "words" if lacks else "edge"
    return found

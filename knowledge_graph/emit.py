"""A graph's things as lines of YAML: one thing a line, stable order, quotes only where they are needed. What is written
reads back as the same value.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache

import yaml

from commons.languages import LANGUAGES, Text
from knowledge_graph.model import Concept, Entity, Prerequisite, Tie

__all__ = [
    "concept_lines",
    "conflict_lines",
    "edge_lines",
    "entity_lines",
    "header_lines",
    "scalar",
    "tie_lines",
    "usual_provenance",
]

PLAIN = re.compile(r"[^\W\d_][^\n]*")
# What no plain scalar may hold or end with; in a map on one line commas and brackets as well.
QUOTED = re.compile(r"\s#|:\s|:$|^\s|\s$|[^\x20-\x7e\xa1-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]")
BRACKETS = re.compile(r"[,\[\]{}]")
INLINE = 110
Provenance = tuple[str, str, float, str]


@cache
def scalar(text: str, *, flow: bool = False) -> str:
    """`text` as a YAML scalar on one line, alone or (`flow`) among others: plain where that is safe, else in quotes.

    >>> scalar("比，而已"), scalar("yes"), scalar('a "b": c'), scalar("urn:x")
    ('比，而已', '"yes"', '"a \\\\"b\\\\": c"', 'urn:x')
    """
    plain = PLAIN.fullmatch(text) and not QUOTED.search(text) and not (flow and BRACKETS.search(text))
    if plain and yaml.SafeLoader("").resolve(yaml.ScalarNode, text, (True, False)) == "tag:yaml.org,2002:str":
        return text
    return re.sub(
        r"[\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]", _escaped, json.dumps(text, ensure_ascii=False)
    )


def _in(text: str) -> str:
    return scalar(text, flow=True)


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found.group()):04x}"


def header_lines(area: str, label: Text, provenance: Provenance | None) -> list[str]:
    """The head of an area's file, up to its concepts."""
    author, method, confidence, who = provenance or ("", "", 1.0, "")
    said = {"author": _in(author), "method": _in(method), "confidence": repr(confidence)}
    if who:
        said["confirmed_by"] = _in(who)
    head = [f"area: {area}"]
    if label:
        head += _text("label", label, "")
    return [*head, f"provenance: {_flow(said)}"]


def usual_provenance(edges: Sequence[Prerequisite]) -> Provenance | None:
    """The provenance most of `edges` have; the first by letter among equals."""
    counts = Counter((edge.author, edge.method, edge.confidence, edge.confirmed_by) for edge in edges)
    return min(counts, key=lambda one: (-counts[one], one)) if counts else None


def concept_lines(concept: Concept, needs: Iterable[Prerequisite], usual: Provenance | None) -> list[str]:
    """`concept` with what it needs, as an entry of `concepts`."""
    out = [f"  - id: {concept.id.partition('.')[2]}", *_text("label", concept.label, "    ")]
    if concept.alt:
        out.append("    alt:")
        for language, labels in concept.alt.items():
            out += [f"      {scalar(language)}:", *(f"        - {scalar(label)}" for label in labels)]
    out += _block("definition", concept.definition, "    ")
    for field, members in (("broader", concept.broader), ("related", concept.related)):
        out += _members(field, [_short(one, concept.area) for one in members])
    out += _members("exact", concept.exact)
    entries = [_need(edge, concept.area, usual) for edge in needs]
    return [*out, "    needs:", *(f"      - {entry}" for entry in entries)] if entries else [*out, "    needs: []"]


def edge_lines(edges: Iterable[Prerequisite]) -> list[str]:
    """Edges as entries of `prerequisites`, each with all of its provenance."""
    out = []
    for edge in edges:
        said = {"before": _in(edge.before), "after": _in(edge.after)} | _provenance(edge, None)
        out.append(f"  - {_flow(said)}")
    return out


def entity_lines(entity: Entity) -> list[str]:
    """`entity` as an entry of `entities`."""
    out = [f"  - id: {scalar(entity.id)}", *_text("label", entity.label, "    ")]
    out += _members("same", entity.same)
    return out + (_block("note", entity.note, "    ") if entity.note else [])


def tie_lines(ties: Iterable[Tie]) -> list[str]:
    """Ties as entries of `ties`."""
    parts = ([_in(word) for word in (tie.source, tie.relation, tie.target)] for tie in ties)
    return [f"  - {{source: {source}, relation: {relation}, target: {target}}}" for source, relation, target in parts]


def conflict_lines(told: Iterable[Mapping[str, str]]) -> list[str]:
    """Conflicts as entries of `conflicts`: `at` and the readings."""
    out = []
    for one in told:
        out += [f"{'    ' if at else '  - '}{key}: {scalar(value)}" for at, (key, value) in enumerate(one.items())]
    return out


def _need(edge: Prerequisite, area: str, usual: Provenance | None) -> str:
    other = _provenance(edge, usual)
    name = _short(edge.before, area)
    return _flow({"id": _in(name)} | other) if other else scalar(name)


def _provenance(edge: Prerequisite, usual: Provenance | None) -> dict[str, str]:
    mine = (edge.author, edge.method, edge.confidence, edge.confirmed_by)
    names = ("author", "method", "confidence", "confirmed_by")
    base: Sequence[object] = usual or (None, None, None, "")
    return {
        name: repr(value) if isinstance(value, float) else _in(str(value))
        for name, value, was in zip(names, mine, base, strict=True)
        if value != was
    }


def _short(concept: str, area: str) -> str:
    return concept.removeprefix(f"{area}.")


def _text(key: str, text: Text, indent: str) -> list[str]:
    line = f"{indent}{key}: {_flow({_in(one): _in(text[one]) for one in _languages(text)})}"
    return [line] if len(line) <= INLINE else _block(key, text, indent)


def _block(key: str, text: Text, indent: str) -> list[str]:
    if not text:
        return [f"{indent}{key}: {{}}"]
    return [f"{indent}{key}:", *(f"{indent}  {scalar(one)}: {scalar(text[one])}" for one in _languages(text))]


def _languages(text: Text) -> list[str]:
    return sorted(text, key=lambda one: (LANGUAGES.index(one) if one in LANGUAGES else len(LANGUAGES), one))


def _members(key: str, members: Sequence[str]) -> list[str]:
    return [f"    {key}:", *(f"      - {scalar(one)}" for one in members)] if members else []


def _flow(pairs: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{key}: {value}" for key, value in pairs.items()) + "}"

"""Museum objects as nodes of the graph and as items: entities of object, maker, place and period, with ties between them.

Rule: an entity's id follows from the museum's words alone, so that two imports of one object make one node; makers nobody
knows make none.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import replace

from commons.items import Item
from knowledge_graph.culture.concepts import concepts_of
from knowledge_graph.culture.record import CultureRecord, Maker
from knowledge_graph.model import Entity, Graph, Tie

__all__ = ["entities_of", "graph_with", "item_of", "object_id", "ties_of"]

MINUTES = 2.0


def object_id(record: CultureRecord) -> str:
    """`object:<source>/<name>`: the id of the item and of the entity alike."""
    return f"object:{record.id}"


def item_of(record: CultureRecord) -> Item:
    """The object as something that can be visited: a page of ours, and the concepts it shows."""
    return Item(object_id(record), "object", concepts_of(record), MINUTES, dict(record.title), f"/objects/{record.id}")


def entities_of(record: CultureRecord) -> tuple[Entity, ...]:
    """The object and what it is tied to, each once."""
    same = tuple(value for kind, value in record.identifiers if kind == "wikidata" and value.startswith("http"))
    note = {"en": ", ".join(part for part in (record.museum, record.accession) if part)}
    found = [Entity(object_id(record), "object", dict(record.title), same, note)]
    found += [Entity(_person(maker), "person", {"en": maker.name}) for maker in record.makers if maker.is_known]
    found += [Entity(_named("place", place), "place", {"en": place}) for place in record.places]
    found += [Entity(_named("period", name), "period", {"en": name}) for name in _periods(record)]
    return tuple({entity.id: entity for entity in found}.values())


def ties_of(record: CultureRecord) -> tuple[Tie, ...]:
    """Who made it, where and when, and what it shows."""
    here = object_id(record)
    found = [Tie(here, "made-by", _person(maker)) for maker in record.makers if maker.is_known]
    found += [Tie(here, "made-in", _named("place", place)) for place in record.places]
    found += [Tie(here, "of-period", _named("period", name)) for name in _periods(record)]
    found += [Tie(here, "shows", concept) for concept in concepts_of(record)]
    return tuple(dict.fromkeys(found))


def graph_with(graph: Graph, records: Iterable[CultureRecord]) -> Graph:
    """The graph with these objects in it; what it had before stays. Ties to concepts it lacks are left out."""
    entities, ties = dict(graph.entities), dict.fromkeys(graph.ties)
    for record in records:
        entities |= {one.id: one for one in entities_of(record) if one.id not in entities}
        ties |= dict.fromkeys(tie for tie in ties_of(record) if tie.relation != "shows" or tie.target in graph.concepts)
    return replace(graph, entities=entities, ties=tuple(ties))


def _periods(record: CultureRecord) -> list[str]:
    return [name for name in dict.fromkeys((record.period, record.dynasty)) if name]


def _person(maker: Maker) -> str:
    return _named("person", maker.name)


def _named(kind: str, words: str) -> str:
    """An id from a name: small Latin letters and digits where it has them; else, or where it is long, a hash tells it apart."""
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    if not name or len(name) > 60 or not words.isascii():
        name = f"{name[:60].strip('-')}-{hashlib.sha256(words.encode()).hexdigest()[:8]}".strip("-")
    return f"{kind}:{name}"

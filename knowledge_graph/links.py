"""Links of items to concepts. They are derived from the items at run time, so that content and graph cannot
drift apart.
"""

from __future__ import annotations

from collections.abc import Iterable

from commons.items import Item
from knowledge_graph.model import Link, Relation

__all__ = ["items_by_concept", "links_of"]

RELATIONS: dict[str, Relation] = {
    "unit": "teaches",
    "exercise": "assesses",
    "stop": "shows",
    "object": "shows",
}


def links_of(items: Iterable[Item]) -> tuple[Link, ...]:
    """One link for each concept an item names: units teach, exercises assess, stops and objects show.

    >>> item = Item("stop:garden/pond", "stop", ("jiangnan.pond",), 3, {"en": "Pond"}, "/tours/garden/?stop=pond")
    >>> links_of([item])
    (Link(concept='jiangnan.pond', item='stop:garden/pond', relation='shows'),)
    """
    return tuple(Link(concept, item.id, RELATIONS[item.kind]) for item in items for concept in item.concepts)


def items_by_concept(items: Iterable[Item]) -> dict[str, list[Item]]:
    """For each concept the items that name it, in the order given."""
    found: dict[str, list[Item]] = {}
    for item in items:
        for concept in dict.fromkeys(item.concepts):
            found.setdefault(concept, []).append(item)
    return found

"""The smallest graph worth asking, shared by examples and tests: c needs a and b, d needs c."""

from __future__ import annotations

from knowledge_graph.model import Concept, Graph, Prerequisite

__all__ = ["small_graph"]


def small_graph(*edges: str) -> Graph:
    """A graph of one-letter concepts; each edge is two letters, the first before the second.

    >>> small_graph("ac", "bc", "cd").needs["c"]
    ('a', 'b')
    """
    pairs = edges or ("ac", "bc", "cd")
    letters = sorted(set("".join(pairs)))
    concepts = {one: Concept(one, {"zh-CN": one, "en": one}, {"zh-CN": one, "en": one}, "x") for one in letters}
    found = tuple(Prerequisite(pair[0], pair[1], "an editor", "authored", 1.0) for pair in pairs)
    return Graph(concepts, found, {"x": {"zh-CN": "例", "en": "example"}})

"""Search over courses, units, tours and concepts, in both languages at once; ranked by the graph's own search."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from knowledge_graph.culture.meaning import meanings_of
from knowledge_graph.culture.store import find
from portal.web.call import Here

__all__ = ["router"]

LONGEST = 200
EXAMPLES = (
    "statistics.median",
    "architecture.moon-gate",
    "geometry.pythagoras",
    "architecture.bracket-set",
    "jiangnan.grand-canal",
)


def router() -> APIRouter:
    """The page at /search."""
    found = APIRouter(include_in_schema=False)
    found.add_api_route("/search", search, methods=["GET", "HEAD"])
    return found


def search(call: Here, q: str = "") -> Response:
    query = q.strip()[:LONGEST]
    catalogue = call.house.catalogue
    hits = catalogue.index.search(query, language=call.language) if query else []
    examples = [catalogue.graph.concepts[name] for name in EXAMPLES if name in catalogue.graph.concepts]
    collected = 0
    if query:
        with call.house.store.read() as conn:
            collected = find(conn, query, size=1, meanings=meanings_of(catalogue.graph)).total
    return call.page("search.html", query=query, hits=hits, examples=examples, collected=collected)

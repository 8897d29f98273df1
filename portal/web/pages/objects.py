"""Museum objects: the collections with search and pages, one object with its rights, and the same as Linked Art and IIIF.

Rule: a picture that is not free is neither shown nor linked; words say so in its place. No picture is loaded from a museum.
"""

from __future__ import annotations

import re
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from commons.errors import NotFound
from knowledge_graph.culture.concepts import concepts_of
from knowledge_graph.culture.graph_part import entities_of
from knowledge_graph.culture.iiif import NO_IMAGE, manifest, no_image_key
from knowledge_graph.culture.linked_art import linked_art
from knowledge_graph.culture.meaning import meanings_of
from knowledge_graph.culture.record import CultureRecord
from knowledge_graph.culture.sources import SOURCES
from knowledge_graph.culture.store import counts_by_source, find, record_of
from portal.web.call import Call, Here
from portal.web.jsonld import artwork_ld, block, museum_ld

__all__ = ["router"]

SIZE = 24
LONGEST = 200
LAST = 10_000
# Anybody's viewer may read these; they hold nothing of a visitor.
OPEN = {"Access-Control-Allow-Origin": "*", "Cache-Control": "public, max-age=300"}
SHOWN = (("kind", "kind"), ("culture", "culture"), ("period", "period"), ("medium", "medium"),
         ("dimensions", "dimensions"), ("accession", "accession"), ("credit", "credit"), ("isli", "isli"))  # fmt: skip


def router() -> APIRouter:
    """/objects/, /objects/<source>/<name>, the same with .json (Linked Art) and with /manifest.json (IIIF)."""
    found = APIRouter(include_in_schema=False)
    found.add_api_route("/objects/", objects, methods=["GET", "HEAD"])
    found.add_api_route("/objects/{source}/{name}/manifest.json", iiif, methods=["GET", "HEAD"])
    found.add_api_route("/objects/{source}/{name}.json", art, methods=["GET", "HEAD"])
    found.add_api_route("/objects/{source}/{name}", one, methods=["GET", "HEAD"])
    return found


def objects(call: Here) -> Response:
    asked = {
        key: (call.request.query_params.get(key) or "").strip()[:LONGEST] for key in ("q", "source", "concept", "tied")
    }
    page = _page(call.request.query_params.get("page", ""))
    graph = call.house.catalogue.graph
    with call.house.store.read() as conn:
        sources = {name: (_museum(name), number) for name, number in counts_by_source(conn).items()}
        found = find(
            conn, asked["q"], source=asked["source"], tied=asked["concept"] or asked["tied"], page=page, size=SIZE,
            meanings=meanings_of(graph),
        )  # fmt: skip
    last = max(1, -(-found.total // SIZE))
    keep = urlencode({key: value for key, value in asked.items() if value})
    museum = next((record.museum for record in found.records), asked["source"])
    about = (
        museum_ld(museum, f"{_base(call)}/objects/?source={asked['source']}") if asked["source"] in sources else None
    )
    return call.page(
        "objects.html", asked=asked, found=found, sources=sources, page=found.page, last=last, keep=keep,
        concept=graph.concepts.get(asked["concept"]), ld=block(about) if about else "",
    )  # fmt: skip


def one(call: Here, source: str, name: str) -> Response:
    record = _record(call, source, name)
    graph = call.house.catalogue.graph
    people = {entity.label["en"]: entity.id for entity in entities_of(record) if entity.kind == "person"}
    return call.page(
        "object.html", record=record, graph=graph, concepts=concepts_of(record), people=people, ld=block(artwork_ld(record, _base(call))),
        facts=[(key, getattr(record, field)) for key, field in SHOWN if getattr(record, field)], why=no_image_key(record),
        period=record.period or record.dynasty, drawing=NO_IMAGE,
    )  # fmt: skip


def art(call: Here, source: str, name: str) -> Response:
    return JSONResponse(
        linked_art(_record(call, source, name), _base(call)), headers=OPEN, media_type="application/ld+json"
    )


def iiif(call: Here, source: str, name: str) -> Response:
    found = manifest(_record(call, source, name), _base(call), call.house.messages)
    form = 'application/ld+json;profile="http://iiif.io/api/presentation/3/context.json"'
    return JSONResponse(found, headers=OPEN, media_type=form)


def _record(call: Call, source: str, name: str) -> CultureRecord:
    if len(name) > LONGEST:
        raise NotFound("no object has so long a name", next="Look for it in /objects/.")
    with call.house.store.read() as conn:
        return record_of(conn, f"{source}/{name}")


def _museum(source: str) -> str:
    return SOURCES[source].museum if source in SOURCES else source


def _base(call: Call) -> str:
    return call.house.settings.address


def _page(text: str) -> int:
    return min(int(text), LAST) if re.fullmatch(r"[1-9]\d{0,5}", text) else 1

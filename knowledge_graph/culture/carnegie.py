"""Carnegie Museum of Art: JSON Lines, one object a line, as in its open data. The images of it are not free."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from knowledge_graph.culture.record import CultureRecord, Image, Maker, name_of
from knowledge_graph.culture.rights import Open, rights_of
from knowledge_graph.culture.words import date_year, one_line, period_of

__all__ = ["JSON_KEYS", "MUSEUM", "read_carnegie"]

MUSEUM = "Carnegie Museum of Art"
JSON_KEYS = frozenset({"id", "title", "accession_number", "web_url", "credit_line", "medium"})
SIZES = (("item_height", "height"), ("item_width", "width"), ("item_depth", "depth"), ("item_diameter", "diameter"))


def read_carnegie(row: Mapping[str, Any], raw: str) -> CultureRecord:
    """A record from one line; `raw` is the line's SHA-256."""
    source_id = one_line(row.get("id"))
    makers = tuple(_maker(one) for one in row.get("creator") or () if one_line(one.get("full_name")))
    date = one_line(row.get("creation_date"))
    period, dynasty = period_of(date)
    image_rights = rights_of(one_line(row.get("image_rights")))
    urls = [one_line(image.get("image_url")) for image in row.get("images") or ()]
    is_free = image_rights.open is Open.yes
    return CultureRecord(
        source="carnegie",
        name=name_of(source_id.removeprefix("cmoa:things/")),
        source_id=source_id,
        accession=one_line(row.get("accession_number")),
        museum=MUSEUM,
        url=one_line(row.get("web_url")),
        title={"en": one_line(row.get("title"))},
        title_language="en",
        kind=one_line(row.get("classification")),
        makers=makers,
        date=date,
        earliest=date_year(row.get("creation_date_earliest")),
        latest=date_year(row.get("creation_date_latest")),
        period=period,
        dynasty=dynasty,
        culture=makers[0].nationality if makers else "",
        medium=one_line(row.get("medium")),
        classification=one_line(row.get("classification")),
        department=one_line(row.get("department")),
        dimensions=_dimensions(row),
        credit=one_line(row.get("credit_line")),
        rights=rights_of(one_line(row.get("metadata_rights"))),
        image_rights=image_rights,
        identifiers=_identifiers(row),
        images=tuple(Image(url) for url in urls if url) if is_free else (),
        withheld=0 if is_free else len(urls),
        raw=raw,
    )


def _maker(one: Mapping[str, Any]) -> Maker:
    born, died = date_year(one.get("birth_date")), date_year(one.get("death_date"))
    return Maker(
        name=one_line(one.get("full_name")),
        role=one_line(one.get("role")),
        nationality=one_line(one.get("nationality")),
        born="" if born is None else str(born),
        died="" if died is None else str(died),
        place=one_line(one.get("birth_place")),
        kind="group" if one_line(one.get("party_type")).lower() == "organization" else "person",
        source_id=one_line(one.get("artist_id")),
    )


def _dimensions(row: Mapping[str, Any]) -> str:
    """The sizes the museum gives, in inches; a zero there means that nobody measured."""
    found = [(name, row.get(key)) for key, name in SIZES]
    sizes = [f"{name} {size:g} in" for name, size in found if isinstance(size, int | float) and size > 0]
    return "; ".join(sizes)


def _identifiers(row: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple((kind, one_line(row[kind])) for kind in ("isli", "wikidata") if one_line(row.get(kind)))

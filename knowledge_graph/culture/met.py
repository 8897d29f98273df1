"""The Metropolitan Museum of Art: `MetObjects.csv`. Its texts are CC0; it names no image, and says which objects are in the public domain.

Several makers of one object stand in the same cells with a bar between them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from knowledge_graph.culture.record import CultureRecord, Maker, name_of
from knowledge_graph.culture.rights import CC0, COPYRIGHT, NOT_EVALUATED, Open, Rights, rights_of
from knowledge_graph.culture.words import one_line, pieces, whole

__all__ = ["CSV_COLUMNS", "MUSEUM", "read_met"]

MUSEUM = "The Metropolitan Museum of Art"
CSV_COLUMNS = frozenset(
    {"Object Number", "Is Public Domain", "Object ID", "Object Name", "Title", "Culture", "Period", "Dynasty", "Medium", "Link Resource"}
)  # fmt: skip
PLACES = ("City", "State", "County", "Country", "Region", "Subregion", "Locale", "Locus", "Excavation", "River")
ALIVE = "9999"


def read_met(row: Mapping[str, Any], raw: str) -> CultureRecord:
    """A record from one row; `raw` is its SHA-256."""
    say = {key: one_line(value) for key, value in row.items()}
    culture = say.get("Culture", "")
    return CultureRecord(
        source="met", name=name_of(say.get("Object ID", "")), source_id=say.get("Object ID", ""),
        accession=say.get("Object Number", ""),
        museum=say.get("Repository") or MUSEUM, url=say.get("Link Resource", ""),
        title={"en": say.get("Title") or say.get("Object Name", "")},
        title_language="en", kind=say.get("Object Name", ""), makers=_makers(say), date=say.get("Object Date", ""),
        earliest=whole(say.get("Object Begin Date")), latest=whole(say.get("Object End Date")),
        period=say.get("Period") or say.get("Reign", ""), dynasty=say.get("Dynasty", ""), culture=culture,
        places=tuple(dict.fromkeys(say[key].replace("|", ", ") for key in PLACES if say.get(key))),
        medium=say.get("Medium", ""), classification=say.get("Classification", ""), department=say.get("Department", ""),
        dimensions=say.get("Dimensions", ""), credit=say.get("Credit Line", ""), rights=rights_of("CC0"),
        image_rights=_image_rights(say), identifiers=_identifiers(say), raw=raw,
    )  # fmt: skip


def _image_rights(say: Mapping[str, str]) -> Rights:
    note = say.get("Rights and Reproduction", "")
    told = say.get("Is Public Domain", "").lower()
    if told == "true" and not note:
        return Rights(Open.yes, CC0, "Is Public Domain: True")
    if note:
        return Rights(Open.no, COPYRIGHT, note)
    return Rights(Open.no, NOT_EVALUATED, "Is Public Domain: False") if told == "false" else Rights()


def _makers(say: Mapping[str, str]) -> tuple[Maker, ...]:
    columns = (
        "Artist Role",
        "Artist Prefix",
        "Artist Nationality",
        "Artist Begin Date",
        "Artist End Date",
        "Constituent ID",
    )
    lists = {column: pieces(say.get(column, ""), "|") for column in columns}

    def at(column: str, place: int) -> str:
        return lists[column][place] if place < len(lists[column]) else ""

    return tuple(
        Maker(
            name=name,
            role=" ".join(word for word in (at("Artist Prefix", place), at("Artist Role", place)) if word),
            nationality=at("Artist Nationality", place),
            born=at("Artist Begin Date", place),
            died="" if at("Artist End Date", place) == ALIVE else at("Artist End Date", place),
            source_id=at("Constituent ID", place),
        )
        for place, name in enumerate(pieces(say.get("Artist Display Name", ""), "|"))
        if name
    )


def _identifiers(say: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    found = (("isli", say.get("ISLI", "")), ("wikidata", say.get("Object Wikidata URL", "")))
    return tuple((kind, value) for kind, value in found if value)

"""The Cleveland Museum of Art: `data.csv` or `data.json` of its open access set. Its own word says object by object what is free.

The two files say the same with other shapes: lists are text in the CSV, images have sizes in the JSON only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from knowledge_graph.culture.record import CultureRecord, Image, Maker, name_of
from knowledge_graph.culture.rights import COPYRIGHT, Open, Rights, rights_of
from knowledge_graph.culture.words import language_of, one_line, period_of, pieces, whole

__all__ = ["CSV_COLUMNS", "JSON_KEYS", "MUSEUM", "read_cleveland"]

MUSEUM = "The Cleveland Museum of Art"
CSV_COLUMNS = frozenset(
    {"id", "accession_number", "share_license_status", "title", "creation_date", "technique", "type", "url"}
)
JSON_KEYS = frozenset({"id", "accession_number", "share_license_status", "title", "technique", "url"})
MAKER = re.compile(r"(?P<name>.*?)\s*\((?P<who>[^()]*)\)\s*(?:,\s*(?P<role>[^()]*))?")
LIFE = re.compile(r"(?:b\. ?|born )?(?P<born>(?:c\. ?)?\d{3,4})?\s*[-–]?\s*(?:d\. ?)?(?P<died>(?:c\. ?)?\d{3,4})?")


def read_cleveland(row: Mapping[str, Any], raw: str) -> CultureRecord:
    """A record from one row of the CSV or one object of the JSON; `raw` is its SHA-256."""
    said = one_line(row.get("share_license_status"))
    image_rights = _image_rights(said, one_line(row.get("copyright")))
    found = row.get("culture")
    culture = one_line("; ".join(map(str, found)) if isinstance(found, list) else found)
    images = _images(row)
    is_free = image_rights.open is Open.yes
    period, dynasty = period_of(culture)
    title, own = _title(row, culture)
    return CultureRecord(
        source="cleveland", name=name_of(one_line(row.get("id"))), source_id=one_line(row.get("id")),
        accession=one_line(row.get("accession_number")), museum=MUSEUM, url=one_line(row.get("url")),
        title=title, title_language=own, kind=one_line(row.get("type")), makers=_makers(row.get("creators")),
        date=one_line(row.get("creation_date")), earliest=whole(row.get("creation_date_earliest")),
        latest=whole(row.get("creation_date_latest")), period=period, dynasty=dynasty, culture=culture,
        places=_places(culture, one_line(row.get("find_spot"))), medium=one_line(row.get("technique")),
        materials=_materials(row.get("support_materials")), classification=one_line(row.get("type")),
        department=one_line(row.get("department")), dimensions=one_line(row.get("measurements")),
        credit=one_line(row.get("creditline")), rights=_text_rights(said), image_rights=image_rights,
        identifiers=_identifiers(row), images=images if is_free else (), withheld=0 if is_free else len(images), raw=raw,
    )  # fmt: skip


def _text_rights(said: str) -> Rights:
    """Free where the record says so. "Copyrighted" is said of the work, not of its description: that stays unknown."""
    found = rights_of(said)
    return found if found.open is Open.yes else Rights(note=said)


def _image_rights(said: str, copyright_: str) -> Rights:
    """CC0 where the museum says so; a copyright line without it means that the image is not free."""
    found = rights_of(said)
    if found.open is not Open.yes and copyright_:
        return Rights(Open.no, COPYRIGHT, copyright_)
    return found


def _title(row: Mapping[str, Any], culture: str) -> tuple[dict[str, str], str]:
    """The titles by language, and which one is the original."""
    title = {"en": one_line(row.get("title"))}
    original = one_line(row.get("title_in_original_language"))
    if not original:
        return title, "en"
    language = language_of(original, culture)
    return title | {language: original}, language


def _makers(found: Any) -> tuple[Maker, ...]:
    if isinstance(found, str):
        return tuple(_written(part) for part in pieces(found, ";") if part)
    return tuple(_listed(one) for one in found or () if isinstance(one, Mapping) and one_line(one.get("description")))


def _listed(one: Mapping[str, Any]) -> Maker:
    told = _written(one_line(one.get("description")))
    return Maker(
        name=told.name,
        role=one_line(one.get("role")) or told.role,
        nationality=told.nationality,
        born=one_line(one.get("birth_year")) or told.born,
        died=one_line(one.get("death_year")) or told.died,
        source_id=one_line(one.get("id")),
    )


def _written(text: str) -> Maker:
    """A maker as the museum writes one: name (nationality, life), role."""
    read = MAKER.fullmatch(text)
    if not read:
        return Maker(name=text)
    nationality, _, life = read["who"].partition(",")
    years = LIFE.fullmatch(life.strip())
    return Maker(
        name=read["name"] or text,
        role=one_line(read["role"]),
        nationality=one_line(nationality),
        born=(years["born"] or "") if years else "",
        died=(years["died"] or "") if years else "",
    )


def _images(row: Mapping[str, Any]) -> tuple[Image, ...]:
    """The pictures in their order, each in the museum's size for screens; the CSV names the first one only."""
    listed = row.get("images")
    if isinstance(listed, Mapping):
        others = row.get("alternate_images") or []
        sets = [listed, *(one for one in others if isinstance(one, Mapping))]
        return tuple(image for one in sets for image in _for_screens(one))
    found = (one_line(row.get(key)) for key in ("image_web", "image_print", "image_full"))
    return tuple(Image(url) for url in found if url)[:1]


def _for_screens(sizes: Mapping[str, Any]) -> tuple[Image, ...]:
    for size in ("web", "print", "full"):
        one = sizes.get(size)
        if isinstance(one, Mapping) and one_line(one.get("url")):
            return (Image(one_line(one["url"]), whole(one.get("width")) or 0, whole(one.get("height")) or 0),)
    return ()


def _places(culture: str, find_spot: str) -> tuple[str, ...]:
    """The first word of the culture is where it comes from; the find spot is said beside it."""
    return tuple(dict.fromkeys(place for place in (one_line(culture.partition(",")[0]), find_spot) if place))


def _materials(found: Any) -> tuple[str, ...]:
    if isinstance(found, list):
        return tuple(one_line(one.get("description") if isinstance(one, Mapping) else one) for one in found)
    return (one_line(found),) if one_line(found) else ()


def _identifiers(row: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    found = [("isli", one_line(row.get("isli")))]
    outside = row.get("external_resources")
    listed = (
        outside.get("wikidata", [])
        if isinstance(outside, Mapping)
        else re.findall(r"https?://www\.wikidata\.org/wiki/Q\d+", str(outside or ""))
    )
    found += [("wikidata", one_line(url)) for url in listed[:1]]
    return tuple((kind, value) for kind, value in found if value)

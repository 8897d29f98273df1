"""Reads Linked Art 1.0 documents of objects: ours without loss of what they carry, others as far as their types tell.

Nothing is fetched: an address in a document is kept or passed over, never followed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from commons.errors import BadInput
from knowledge_graph.culture.linked_art import (
    ACCESSION,
    ISLI,
    LANGUAGES_AAT,
    MAKER_NOTES,
    NOTE,
    OWNERS_NUMBER,
    PRIMARY,
    RIGHTS,
    STATEMENTS,
)
from knowledge_graph.culture.record import CultureRecord, Image, Maker, name_of
from knowledge_graph.culture.rights import UNKNOWN, Open, Rights, rights_of
from knowledge_graph.culture.words import date_year, whole

__all__ = ["JSON_KEYS", "read_linked_art"]

JSON_KEYS = frozenset({"id", "type", "identified_by"})
OURS = re.compile(r"/objects/([a-z][a-z0-9-]*)/([A-Za-z0-9][A-Za-z0-9._-]*)$")


def read_linked_art(doc: Mapping[str, Any], raw: str) -> CultureRecord:
    """The record of one document. Raises BadInput where it is no HumanMadeObject."""
    ident = str(doc.get("id", ""))
    if doc.get("type") != "HumanMadeObject" or not ident:
        raise BadInput(f"a {doc.get('type', 'document')!r}, wanted a HumanMadeObject with an id")
    source, name = _place(ident)
    title, own = _titles(doc)
    said = {key: _statements(doc, key) for key in STATEMENTS}
    rights = [_rights(one) for one in _typed(doc.get("referred_to_by"), RIGHTS)]
    image_rights = rights[1] if len(rights) > 1 else UNKNOWN
    pictures = tuple(Image(url) for url in _pictures(doc))
    is_free = image_rights.open is Open.yes
    made = doc.get("produced_by") or {}
    span = made.get("timespan") or {}
    return CultureRecord(
        source=source, name=name, source_id=_number(doc, OWNERS_NUMBER) or ident, accession=_number(doc, ACCESSION),
        museum=next((one.get("_label", "") for one in _list(doc.get("current_owner"))), ""), url=_page(doc), title=title,
        title_language=own, kind=_first(said["kind"]), makers=tuple(_makers(made)),
        date=next((one.get("content", "") for one in _list(span.get("identified_by"))), ""),
        earliest=date_year(_day(span, "begin_of_the_begin")), latest=_last_year(_day(span, "end_of_the_end")),
        period=_first(said["period"]), dynasty=_first(said["dynasty"]), culture=_first(said["culture"]),
        places=tuple(one.get("_label", "") for one in _list(made.get("took_place_at"))), medium=_first(said["medium"]),
        materials=tuple(said["materials"]), classification=_first(said["classification"]), department=_first(said["department"]),
        dimensions=_first(said["dimensions"]), credit=_first(said["credit"]), rights=rights[0] if rights else UNKNOWN,
        image_rights=image_rights, identifiers=_identifiers(doc), images=pictures if is_free else (),
        withheld=_withheld(doc) + (0 if is_free else len(pictures)), raw=raw,
    )  # fmt: skip


def _place(ident: str) -> tuple[str, str]:
    ours = OURS.search(urlsplit(ident).path)
    return (ours[1], ours[2]) if ours else ("linked-art", name_of(ident))


def _list(found: Any) -> list[Mapping[str, Any]]:
    listed = found if isinstance(found, list) else [found]
    return [one for one in listed if isinstance(one, Mapping)]


def _typed(found: Any, aat: str) -> Iterator[Mapping[str, Any]]:
    """Those of `found` that are classified as `aat`, a number of AAT or a whole address."""
    for one in _list(found):
        if any(str(kind.get("id", "")).endswith(aat) for kind in _list(one.get("classified_as"))):
            yield one


def _statements(doc: Mapping[str, Any], key: str) -> list[str]:
    """What the statements of a kind say; a note says which kind it is by its label only."""
    found = list(_typed(doc.get("referred_to_by"), STATEMENTS[key]))
    if STATEMENTS[key] == NOTE:
        found = [one for one in found if one.get("_label") == key]
    return [str(one.get("content", "")) for one in found]


def _withheld(doc: Mapping[str, Any]) -> int:
    notes = (one for one in _typed(doc.get("referred_to_by"), NOTE) if one.get("_label") == "images withheld")
    return next((whole(one.get("content")) or 0 for one in notes), 0)


def _first(found: list[str]) -> str:
    return found[0] if found else ""


def _titles(doc: Mapping[str, Any]) -> tuple[dict[str, str], str]:
    """The names by language; the primary one is the museum's own."""
    languages = {address: tag for tag, address in LANGUAGES_AAT.items()}
    title: dict[str, str] = {}
    own = ""
    names = [one for one in _list(doc.get("identified_by")) if one.get("type") == "Name"]
    for name in names:
        spoken = next(iter(_list(name.get("language"))), {})
        address = str(spoken.get("id", ""))
        tag = languages.get(address) or (address.rpartition("/")[2] if "iso639" in address else "und")
        title.setdefault(tag, str(name.get("content", "")))
        if not own and any(True for _ in _typed([name], PRIMARY)):
            own = tag
    if not title and doc.get("_label"):
        title = {"und": str(doc["_label"])}
    return title, own or next(iter(title), "und")


def _number(doc: Mapping[str, Any], aat: str) -> str:
    return next((str(one.get("content", "")) for one in _typed(doc.get("identified_by"), aat)), "")


def _identifiers(doc: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    found = [("isli", _number(doc, ISLI))]
    found += [
        ("wikidata", str(one.get("id", "")))
        for one in _list(doc.get("equivalent"))
        if "wikidata.org" in str(one.get("id"))
    ]
    return tuple((kind, value) for kind, value in found if value)


def _rights(statement: Mapping[str, Any]) -> Rights:
    note = str(statement.get("content", ""))
    for kind in _list(statement.get("classified_as")):
        told = str(kind.get("_label", "")).removeprefix("open: ")
        if str(kind.get("_label", "")).startswith("open: ") and told in {one.value for one in Open}:
            uri = str(kind.get("id", ""))
            return Rights(Open(told), "" if uri.endswith("/objects/#rights") else uri, "" if note == told else note)
    return rights_of(note)


def _makers(made: Mapping[str, Any]) -> Iterator[Maker]:
    for part in [made, *_list(made.get("part"))]:
        said = {str(one.get("_label", "")): str(one.get("content", "")) for one in _list(part.get("referred_to_by"))}
        notes = {key: said.get(key, "") for key in MAKER_NOTES}
        for one in _list(part.get("carried_out_by")):
            kind = "group" if one.get("type") == "Group" else "person"
            yield Maker(str(one.get("_label", "")), kind=kind, **notes)
        if said.get("maker"):
            yield Maker(said["maker"], **notes)


def _day(span: Mapping[str, Any], key: str) -> str | None:
    return str(span[key]).partition("T")[0] if span.get(key) else None


def _last_year(day: str | None) -> int | None:
    """The year a day lies in; the last day of a year belongs to it."""
    read = re.match(r"(-?\d{1,6})-", day or "")
    return int(read[1]) if read else None


def _page(doc: Mapping[str, Any]) -> str:
    for text in _list(doc.get("subject_of")):
        for page in _list(text.get("digitally_carried_by")):
            for point in _list(page.get("access_point")):
                return str(point.get("id", ""))
    return ""


def _pictures(doc: Mapping[str, Any]) -> Iterator[str]:
    for seen in _list(doc.get("representation")):
        for file in _list(seen.get("digitally_shown_by")):
            yield from (str(point.get("id", "")) for point in _list(file.get("access_point")))

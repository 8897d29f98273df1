"""A museum object as Linked Art 1.0 (JSON-LD), made with cromulent.

Rule: the museum's words stay its words, as statements; addresses are ours, the museum's and Getty's alone. A picture is
named only where it is free. `linked_art_read` reads back what is written here.
"""

from __future__ import annotations

from typing import Any

from knowledge_graph.culture.concepts import concepts_of
from knowledge_graph.culture.graph_part import entities_of
from knowledge_graph.culture.record import CultureRecord, Maker
from knowledge_graph.culture.rights import Rights

__all__ = ["LANGUAGES_AAT", "MAKER_NOTES", "STATEMENTS", "linked_art"]

AAT = "http://vocab.getty.edu/aat/"
PRIMARY, ACCESSION, OWNERS_NUMBER, RIGHTS, WEB_PAGE = "300404670", "300312355", "300404621", "300435434", "300264578"
ISLI = "urn:iso:std:iso:17316"
LANGUAGES_AAT = {"en": AAT + "300388277", "zh-CN": AAT + "300388113", "ja": AAT + "300388486", "ko": AAT + "300388633"}
OTHER_LANGUAGE = "https://iso639-3.sil.org/code/"
NOTE, MADE = "300027200", "300435436"
# What a statement says ← its type in AAT; a plain note is told apart by its label.
STATEMENTS = {
    "medium": "300435429", "dimensions": "300435430", "credit": "300026687", "culture": "300435431", "period": "300435432",
    "kind": NOTE, "classification": NOTE, "dynasty": NOTE, "department": NOTE, "materials": NOTE,
}  # fmt: skip
MAKER_NOTES = ("role", "nationality", "born", "died", "place", "source_id")


def linked_art(record: CultureRecord, base: str) -> dict[str, Any]:
    """The document; `base` is the platform's address without a slash at its end."""
    from cromulent import model

    model.factory.auto_assign_id = False
    here = model.HumanMadeObject(ident=f"{base}/objects/{record.id}", label=record.original_title)
    for name in _names(record, model):
        here.identified_by = name
    for concept in concepts_of(record):
        here.classified_as = model.Type(
            ident=f"{base}/concepts/{concept}", label=concept.partition(".")[2].replace("-", " ")
        )
    for kind, value in record.identifiers:
        if kind == "wikidata":
            here.equivalent = model.HumanMadeObject(ident=value, label=record.original_title)
    for key, aat in STATEMENTS.items():
        for words in _said(record, key):
            here.referred_to_by = _statement(model, key, words, AAT + aat)
    here.referred_to_by = _rights(model, "rights of the text", record.rights, base)
    here.referred_to_by = _rights(model, "rights of the images", record.image_rights, base)
    if record.withheld:
        here.referred_to_by = _statement(model, "images withheld", str(record.withheld), AAT + NOTE)
    here.produced_by = _production(record, base, model)
    here.current_owner = model.Group(ident=f"{base}/objects/?source={record.source}", label=record.museum)
    if record.url:
        here.subject_of = _page(record, model)
    for image in record.images:
        here.representation = _picture(image.url, model)
    return dict(model.factory.toJSON(here))


def _names(record: CultureRecord, model: Any) -> list[Any]:
    found = []
    for language, text in record.title.items():
        name = model.Name(content=text)
        if language == record.title_language:
            name.classified_as = model.Type(ident=AAT + PRIMARY, label="Primary Name")
        known = LANGUAGES_AAT.get(language, OTHER_LANGUAGE + language)
        name.language = model.Language(ident=known, label=language)
        found.append(name)
    for kind, value, types in _numbers(record):
        number = model.Identifier(content=value, label=kind)
        for ident, label in types:
            number.classified_as = model.Type(ident=ident, label=label)
        found.append(number)
    return found


def _numbers(record: CultureRecord) -> list[tuple[str, str, list[tuple[str, str]]]]:
    found = [("source_id", record.source_id, [(AAT + OWNERS_NUMBER, "Owner-Assigned Number")])]
    if record.accession:
        found.append(("accession", record.accession, [(AAT + ACCESSION, "Accession Number")]))
    if record.isli:
        found.append(("isli", record.isli, [(ISLI, "International Standard Link Identifier")]))
    return found


def _said(record: CultureRecord, key: str) -> tuple[str, ...]:
    found = getattr(record, key)
    return found if isinstance(found, tuple) else (found,) if found else ()


def _statement(model: Any, key: str, words: str, *types: str) -> Any:
    statement = model.LinguisticObject(content=words, label=key)
    for ident in types:
        statement.classified_as = model.Type(ident=ident, label=key)
    return statement


def _rights(model: Any, key: str, rights: Rights, base: str) -> Any:
    """A rights statement: the museum's words, and the licence (or that there is none) as one more type of it."""
    statement = _statement(model, key, rights.note or rights.open.value, AAT + RIGHTS)
    licence = rights.uri or f"{base}/objects/#rights"
    statement.classified_as = model.Type(ident=licence, label=f"open: {rights.open.value}")
    return statement


def _production(record: CultureRecord, base: str, model: Any) -> Any:
    made = model.Production()
    if record.date or record.earliest is not None or record.latest is not None:
        made.timespan = _span(record, model)
    ids = {entity.label.get("en", ""): entity.id for entity in entities_of(record)}
    for place in record.places:
        made.took_place_at = model.Place(ident=f"{base}/objects/?tied={ids[place]}", label=place)
    for maker in record.makers:
        made.part = _part(maker, ids.get(maker.name, ""), base, model)
    return made


def _part(maker: Maker, entity: str, base: str, model: Any) -> Any:
    """One maker's share; what the museum says of the maker stands in notes. A maker nobody knows is a statement."""
    part = model.Production()
    if maker.is_known:
        kind = model.Group if maker.kind == "group" else model.Person
        part.carried_out_by = kind(ident=f"{base}/objects/?tied={entity}", label=maker.name)
    else:
        part.referred_to_by = _statement(model, "maker", maker.name, AAT + MADE)
    for key in MAKER_NOTES:
        if getattr(maker, key):
            part.referred_to_by = _statement(model, key, getattr(maker, key), AAT + NOTE)
    return part


def _span(record: CultureRecord, model: Any) -> Any:
    span = model.TimeSpan()
    if record.date:
        span.identified_by = model.Name(content=record.date)
    if record.earliest is not None:
        span.begin_of_the_begin = f"{_year(record.earliest)}-01-01T00:00:00Z"
    if record.latest is not None:
        span.end_of_the_end = f"{_year(record.latest)}-12-31T23:59:59Z"
    return span


def _year(year: int) -> str:
    return f"{'-' if year < 0 else ''}{abs(year):04d}"


def _page(record: CultureRecord, model: Any) -> Any:
    text = model.LinguisticObject(label=f"{record.museum}: {record.original_title}")
    page = model.DigitalObject(label=record.original_title)
    page.classified_as = model.Type(ident=AAT + WEB_PAGE, label="Web Page")
    page.format = "text/html"
    page.access_point = model.DigitalObject(ident=record.url)
    text.digitally_carried_by = page
    return text


def _picture(url: str, model: Any) -> Any:
    seen, file = model.VisualItem(), model.DigitalObject()
    file.access_point = model.DigitalObject(ident=url)
    seen.digitally_shown_by = file
    return seen

"""What a page is about, as schema.org JSON-LD in a data block of the page.

Rule: nothing in it can end the block or become markup: every <, > and & is written as an escape. Only what the page itself
shows is said; a picture that is not free is not named.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from commons.languages import pick
from courses.manifest import Course, Unit
from knowledge_graph.culture.record import CultureRecord
from knowledge_graph.model import Concept, Graph

__all__ = ["artwork_ld", "block", "concept_ld", "course_ld", "museum_ld", "unit_ld"]

CONTEXT = "https://schema.org"
ESCAPED = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}

Data = dict[str, Any]


def block(data: Data) -> Markup:
    """The data as a script element that is never run.

    >>> str(block({"name": "</script><b>"}))
    '<script type="application/ld+json">{"@context": "https://schema.org", "name": "\\\\u003c/script\\\\u003e\\\\u003cb\\\\u003e"}</script>'
    """
    text = json.dumps({"@context": CONTEXT, **data}, ensure_ascii=False)
    for sign, escaped in ESCAPED.items():
        text = text.replace(sign, escaped)
    return Markup('<script type="application/ld+json">{}</script>').format(Markup(text))


def course_ld(course: Course, graph: Graph, base: str, language: str) -> Data:
    """A Course with its units as parts."""
    here = f"{base}/courses/{course.id}"
    teaches = dict.fromkeys(one for unit in course.units for one in unit.teaches)
    return {
        "@type": ["Course", "LearningResource"],
        "@id": here,
        "url": here,
        "name": pick(course.title, language),
        "description": pick(course.summary, language),
        "inLanguage": list(course.languages),
        "license": course.license,
        "isAccessibleForFree": True,
        "provider": {"@type": "Organization", "name": "Shuyuan 书院", "url": base},
        "teaches": _terms(list(teaches), graph, base, language),
        "hasPart": [{"@type": "LearningResource", "@id": f"{here}/{unit.id}", "name": pick(unit.title, language)} for unit in course.units],
    }  # fmt: skip


def unit_ld(course: Course, unit: Unit, graph: Graph, base: str, language: str) -> Data:
    """A unit as a LearningResource of its course."""
    here = f"{base}/courses/{course.id}/{unit.id}"
    return {
        "@type": "LearningResource",
        "@id": here,
        "url": here,
        "name": pick(unit.title, language),
        "description": pick(unit.summary, language),
        "inLanguage": language,
        "license": course.license,
        "isAccessibleForFree": True,
        "learningResourceType": "notebook",
        "timeRequired": f"PT{round(unit.minutes)}M",
        "teaches": _terms(unit.teaches, graph, base, language),
        "isPartOf": {"@type": "Course", "@id": f"{base}/courses/{course.id}", "name": pick(course.title, language)},
    }


def concept_ld(concept: Concept, graph: Graph, base: str, language: str) -> Data:
    """A concept's page: a LearningResource about one DefinedTerm, with what should be known before it."""
    here = f"{base}/concepts/{concept.id}"
    term = {
        "@type": "DefinedTerm",
        "@id": f"{here}#term",
        "termCode": concept.id,
        "name": pick(concept.label, language),
        "description": pick(concept.definition, language),
        "inDefinedTermSet": f"{base}/concepts/#area-{concept.area}",
    }
    same = list(concept.exact)
    return {
        "@type": "LearningResource",
        "@id": here,
        "url": here,
        "name": pick(concept.label, language),
        "inLanguage": language,
        "isAccessibleForFree": True,
        "about": term | ({"sameAs": same} if same else {}),
        "competencyRequired": _terms(graph.needs.get(concept.id, ()), graph, base, language),
    }


def museum_ld(name: str, url: str) -> Data:
    """A museum whose collection was imported; `url` is its page here."""
    return {"@type": "Museum", "@id": url, "name": name}


def artwork_ld(record: CultureRecord, base: str) -> Data:
    """A museum object as a VisualArtwork, in the museum's own words."""
    here = f"{base}/objects/{record.id}"
    found: Data = {
        "@type": "VisualArtwork",
        "@id": here,
        "url": here,
        "name": _titles(record),
        "sameAs": [url for url in (record.url, *(value for _, value in record.identifiers if value.startswith("http"))) if url],
        "creator": [_maker(maker.name, maker.kind) for maker in record.makers if maker.is_known],
        "dateCreated": record.date,
        "artMedium": record.medium,
        "artform": record.kind or record.classification,
        "creditText": record.credit,
        "identifier": _numbers(record),
        "locationCreated": [{"@type": "Place", "name": place} for place in record.places],
        "holdingArchive": museum_ld(record.museum, f"{base}/objects/?source={record.source}"),
        "sdLicense": record.rights.uri,
        "image": [{"@type": "ImageObject", "contentUrl": image.url, "license": record.image_rights.uri} for image in record.images],
    }  # fmt: skip
    return {key: value for key, value in found.items() if value}


def _titles(record: CultureRecord) -> Any:
    titles = [{"@value": text, "@language": language} for language, text in record.title.items() if text]
    return titles[0]["@value"] if len(titles) == 1 else titles


def _maker(name: str, kind: str) -> Data:
    return {"@type": "Organization" if kind == "group" else "Person", "name": name}


def _numbers(record: CultureRecord) -> list[Data]:
    found = [("accession number", record.accession), ("ISLI", record.isli)]
    return [{"@type": "PropertyValue", "propertyID": kind, "value": value} for kind, value in found if value]


def _terms(ids: Sequence[str], graph: Graph, base: str, language: str) -> list[Data]:
    return [
        {
            "@type": "DefinedTerm",
            "@id": f"{base}/concepts/{one}#term",
            "name": pick(graph.concepts[one].label, language),
        }
        for one in ids
        if one in graph.concepts
    ]

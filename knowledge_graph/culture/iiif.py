"""A museum object as a IIIF Presentation 3 manifest, made with iiif-prezi3: one canvas a picture, or one that says why there is none.

Rule: a picture that is not free is neither painted nor linked; a drawing of ours and plain words stand in its place.
"""

from __future__ import annotations

import json
import re
from mimetypes import guess_type
from typing import Any
from urllib.parse import urlsplit

from commons.languages import LANGUAGES, Messages
from knowledge_graph.culture.record import CultureRecord
from knowledge_graph.culture.rights import NOT_EVALUATED, Open

__all__ = ["NO_IMAGE", "manifest", "no_image_key"]

KNOWN_RIGHTS = re.compile(r"http://(creativecommons\.org/(licenses|publicdomain)|rightsstatements\.org/vocab)/")
NO_IMAGE = "/static/no-image.svg"
WIDTH, HEIGHT = 1200, 900  # of our drawing, and of a picture whose size nobody says
SHOWN = (("graph.object.made", "date"), ("graph.object.medium", "medium"), ("graph.object.dimensions", "dimensions"),
         ("graph.object.accession", "accession"), ("graph.object.credit", "credit"), ("graph.object.isli", "isli"))  # fmt: skip

Strings = dict[str, list[str]]


def manifest(record: CultureRecord, base: str, messages: Messages) -> dict[str, Any]:
    """The manifest as JSON; `base` is the platform's address without a slash at its end."""
    from iiif_prezi3 import KeyValueString, Manifest

    here = f"{base}/objects/{record.id}"
    label: Strings = {language: [text] for language, text in record.title.items() if text}
    found = Manifest(id=f"{here}/manifest.json", label=label, rights=_rights(record))
    for key, name in SHOWN:
        if getattr(record, name):
            found.add_metadata(label=_words(messages, key), value={"none": [getattr(record, name)]})
    required = {"label": _words(messages, "graph.object.rights"), "value": _required(record, messages)}
    found.requiredStatement = KeyValueString(**required)
    for number, image in enumerate(record.images, 1):
        form = guess_type(urlsplit(image.url).path)[0] or "image/jpeg"
        _canvas(found, here, number, image.url, form, (image.width or WIDTH, image.height or HEIGHT), label)
    if not record.images:
        said = _words(messages, no_image_key(record))
        _canvas(found, here, 1, base + NO_IMAGE, "image/svg+xml", (WIDTH, HEIGHT), said)
    answer: dict[str, Any] = json.loads(found.json())
    answer["homepage"] = [{"id": here, "type": "Text", "label": label, "format": "text/html"}]
    answer["seeAlso"] = [{"id": f"{here}.json", "type": "Dataset", "format": "application/ld+json"}]
    return answer


def no_image_key(record: CultureRecord) -> str:
    """Which words say why there is no picture."""
    if record.image_rights.open is Open.yes:
        return "graph.object.image.elsewhere"
    return "graph.object.image.unknown" if record.image_rights.open is Open.unknown else "graph.object.image.not-free"


def _rights(record: CultureRecord) -> str:
    """The address as IIIF wants it: with http, and of the two places it knows."""
    uri = record.image_rights.uri.replace("https://", "http://", 1)
    return uri if KNOWN_RIGHTS.match(uri) else NOT_EVALUATED


def _required(record: CultureRecord, messages: Messages) -> Strings:
    key = "graph.object.image.free" if record.images else no_image_key(record)
    note = record.image_rights.note
    form = {True: "graph.object.image.said", False: "graph.object.image.told"}[bool(note)]
    return {
        language: [messages.say(form, language, museum=record.museum, words=messages.say(key, language), note=note)]
        for language in LANGUAGES
    }


def _words(messages: Messages, key: str) -> Strings:
    return {language: [messages.say(key, language)] for language in LANGUAGES}


def _canvas(found: Any, here: str, number: int, url: str, form: str, size: tuple[int, int], label: Strings) -> None:
    """A canvas with one picture painted on it."""
    place = f"{here}/canvas/{number}"
    canvas = found.make_canvas(id=place, label=label, width=size[0], height=size[1])
    ids = {"anno_id": f"{place}/image", "anno_page_id": f"{place}/page"}
    canvas.add_image(image_url=url, **ids, format=form, width=size[0], height=size[1])

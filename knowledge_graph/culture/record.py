"""One museum object as we keep it: a frozen record that says where each thing came from and what one may do with it.

Rule: what is known about the description and what is known about the pictures are two different rights, and an image
that is not free is not in the record at all. The text is the museum's own; nothing is translated or guessed.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from commons.errors import Faults
from knowledge_graph.culture.rights import UNKNOWN, Open, Rights

__all__ = ["CultureRecord", "Image", "Maker", "from_json", "name_of", "record_faults", "to_json"]

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}")
SOURCE = re.compile(r"[a-z][a-z0-9-]{0,39}")
TAG = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z]{1,8})*")


@dataclass(frozen=True)
class Maker:
    """Somebody who had a hand in it, as the museum names them: `born`/`died` are its words, `kind` "person" or "group".

    `is_known` is False for what museums write where they know nobody ("unknown Chinese").
    """

    name: str
    role: str = ""
    nationality: str = ""
    born: str = ""
    died: str = ""
    place: str = ""
    kind: str = "person"
    source_id: str = ""

    @property
    def is_known(self) -> bool:
        return not re.match(r"(unknown|unidentified|anonymous|maker unknown)\b", self.name.strip(), re.I)


@dataclass(frozen=True)
class Image:
    """A picture one may use freely: its address at the museum, and its size in pixels (0 where the museum does not say)."""

    url: str
    width: int = 0
    height: int = 0


@dataclass(frozen=True)
class CultureRecord:
    """An object of a collection. `id` is `<source>/<name>`; years are astronomical as the museum counts them (BCE negative).

    `title` maps languages to text and `title_language` says which one the museum's own is; `images` holds free ones
    only, `withheld` counts the others. `places` say where it was made. `raw` is the SHA-256 of the line it was read from.
    """

    source: str
    name: str
    source_id: str
    accession: str
    museum: str
    url: str
    title: Mapping[str, str] = field(hash=False)
    title_language: str
    kind: str = ""
    makers: tuple[Maker, ...] = ()
    date: str = ""
    earliest: int | None = None
    latest: int | None = None
    period: str = ""
    dynasty: str = ""
    culture: str = ""
    places: tuple[str, ...] = ()
    medium: str = ""
    materials: tuple[str, ...] = ()
    classification: str = ""
    department: str = ""
    dimensions: str = ""
    credit: str = ""
    rights: Rights = UNKNOWN
    image_rights: Rights = UNKNOWN
    identifiers: tuple[tuple[str, str], ...] = ()
    images: tuple[Image, ...] = ()
    withheld: int = 0
    raw: str = ""

    @property
    def id(self) -> str:
        return f"{self.source}/{self.name}"

    @property
    def isli(self) -> str:
        """The International Standard Link Identifier (ISO 17316), or ""."""
        return dict(self.identifiers).get("isli", "")

    @property
    def original_title(self) -> str:
        return self.title.get(self.title_language, "") or next(iter(self.title.values()), "")

    @property
    def digest(self) -> str:
        """SHA-256 of everything the record says, the hash of its source line left out: it changes when the object does."""
        said = {key: value for key, value in to_json(self).items() if key != "raw"}
        return hashlib.sha256(json.dumps(said, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def name_of(source_id: str) -> str:
    """The museum's id as a name that may stand in an address; what had to be changed is told apart by a hash.

    >>> name_of("cmoa:things/01ba"), name_of("74539")
    ('cmoa-things-01ba-6cb4fd4c', '74539')
    """
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", source_id).strip("-._")
    if plain == source_id and NAME.fullmatch(plain) and not plain.endswith(".json"):
        return plain
    return f"{plain[:100] or 'object'}-{hashlib.sha256(source_id.encode()).hexdigest()[:8]}"


def to_json(record: CultureRecord) -> dict[str, Any]:
    """The record as plain JSON; `from_json` reads it back without loss."""
    # The parts by hand: dataclasses.asdict copies every leaf, and takes most of an import's time.
    found: dict[str, Any] = dict(vars(record))
    found["title"] = dict(record.title)
    found["identifiers"] = [list(pair) for pair in record.identifiers]
    found["makers"] = [dict(vars(maker)) for maker in record.makers]
    found["images"] = [dict(vars(image)) for image in record.images]
    found["places"], found["materials"] = list(record.places), list(record.materials)
    for key in ("rights", "image_rights"):
        found[key] = {**vars(found[key]), "open": found[key].open.value}
    return found


def from_json(found: Mapping[str, Any]) -> CultureRecord:
    """The record that `to_json` wrote. Raises Faults where it breaks a rule."""
    values = dict(found)
    for key, kind in (("makers", Maker), ("images", Image)):
        values[key] = tuple(kind(**one) for one in values.get(key, ()))
    for key in ("rights", "image_rights"):
        values[key] = Rights(**values[key]) if key in values else UNKNOWN
    for key in ("places", "materials"):
        values[key] = tuple(values.get(key, ()))
    values["identifiers"] = tuple((str(kind), str(value)) for kind, value in values.get("identifiers", ()))
    record = CultureRecord(**values)
    if faults := record_faults(record):
        raise Faults(faults, where=f"object {record.id}")
    return record


def record_faults(record: CultureRecord) -> list[str]:
    """What keeps a record from being kept; empty when nothing does."""
    faults = []
    if not SOURCE.fullmatch(record.source):
        faults.append(f"source {record.source!r} is not a name in small letters")
    if not NAME.fullmatch(record.name):
        faults.append(f"name {record.name!r} cannot stand in an address")
    if not record.source_id:
        faults.append("no id of the museum's own")
    if not record.original_title.strip():
        faults.append("no title")
    if record.earliest is not None and record.latest is not None and record.earliest > record.latest:
        faults.append(f"the earliest year {record.earliest} comes after the latest {record.latest}")
    if record.images and record.image_rights.open is not Open.yes:
        faults.append("it has images, but they are not known to be free")
    faults += [f"address {url[:80]!r} is not http(s)" for url in _addresses(record) if not _is_web(url)]
    tags = (record.title_language, *record.title)
    faults += [f"{tag[:40]!r} is no language tag" for tag in dict.fromkeys(tags) if not TAG.fullmatch(tag)]
    return faults + _isli_faults(record.isli)


def _addresses(record: CultureRecord) -> list[str]:
    found = (record.url, record.rights.uri, record.image_rights.uri, *(image.url for image in record.images))
    return [url for url in found if url]


def _is_web(url: str) -> bool:
    return bool(re.fullmatch(r"https?://[^\s<>\"'\\]+", url))


def _isli_faults(isli: str) -> list[str]:
    # ISO 17316: service code (6 digits), link field, check character; written with hyphens. The link field's length
    # is the service's own matter, so only the alphabet and the service code are asked for here.
    if isli and not re.fullmatch(r"(ISLI\s*)?\d{6}-[0-9A-Za-z-]{1,60}", isli):
        return [f"isli {isli[:60]!r} is not <six digits>-<link>-<check>"]
    return []

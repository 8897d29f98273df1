"""Keeps museum objects in the database and finds them again: by id, by concept, by words, a page at a time.

Rule: a record is written only where it differs from the one that is there, together with its ties; nothing here reads a
file or a page. Every function takes the caller's connection.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, and_, delete, func, inspect, literal, or_, select

from commons.errors import NotFound
from knowledge_graph.culture.graph_part import ties_of
from knowledge_graph.culture.meaning import Meanings
from knowledge_graph.culture.record import CultureRecord, from_json, to_json
from knowledge_graph.culture.tables import culture_link, culture_object

__all__ = ["Found", "all_records", "counts_by_source", "find", "has_collections", "put", "record_of", "records_showing"]

Outcome = Literal["new", "changed", "same"]
BATCH = 500
LONGEST_QUERY = 200


@dataclass(frozen=True)
class Found:
    """A page of objects, how many there are in all, and which page it is."""

    records: tuple[CultureRecord, ...]
    total: int
    page: int = 1


def put(conn: Connection, records: Sequence[CultureRecord]) -> dict[Outcome, int]:
    """Keep these records (at most some hundred, one of each id); says how many were new, changed or the same."""
    counts: dict[Outcome, int] = {"new": 0, "changed": 0, "same": 0}
    ids = [record.id for record in records]
    known = {
        row.id: row.digest
        for row in conn.execute(
            select(culture_object.c.id, culture_object.c.digest).where(culture_object.c.id.in_(ids))
        )
    }
    changed: list[dict[str, Any]] = []
    links: list[dict[str, str]] = []
    for record in records:
        ties = sorted({(tie.relation, tie.target[:200]) for tie in ties_of(record)})
        digest = _digest(record, ties)
        if known.get(record.id) == digest:
            counts["same"] += 1
            continue
        counts["changed" if record.id in known else "new"] += 1
        changed.append(_row(record, digest))
        links += [{"object": record.id, "relation": relation, "target": target} for relation, target in ties]
    _write(conn, changed, links, known.keys())
    return counts


def record_of(conn: Connection, object_id: str) -> CultureRecord:
    """The record `<source>/<name>`. Raises NotFound."""
    found = conn.execute(select(culture_object.c.record).where(culture_object.c.id == object_id)).scalar()
    if found is None:
        raise NotFound(f"no object '{object_id[:200]}'", where="the collections", next="Look for it in /objects/.")
    return from_json(found)


def records_showing(conn: Connection, target: str, limit: int = 12) -> Found:
    """Objects tied to a concept or entity, in the order of their ids."""
    mine = select(culture_link.c.object).where(culture_link.c.target == target).distinct()
    total = conn.execute(select(func.count()).select_from(mine.subquery())).scalar_one()
    ids = mine.order_by(culture_link.c.object).limit(limit)
    rows = conn.execute(
        select(culture_object.c.record).where(culture_object.c.id.in_(ids)).order_by(culture_object.c.id)
    )
    return Found(tuple(from_json(row.record) for row in rows), total)


def find(
    conn: Connection,
    words: str = "",
    *,
    source: str = "",
    tied: str = "",
    page: int = 1,
    size: int = 24,
    meanings: Meanings | None = None,
) -> Found:
    """One page of the objects that hold every one of `words`, of `source` and tied to `tied` (a concept or an entity) where given.

    `meanings` gives what a word stands for beside itself. A page beyond the last is the last.
    """
    wanted = _wanted(words, source, tied, meanings)
    total = conn.execute(select(func.count()).select_from(culture_object).where(wanted)).scalar_one()
    chosen = select(culture_object.c.record).where(wanted).order_by(culture_object.c.id)
    page = min(page, max(1, -(-total // size)))
    rows = conn.execute(chosen.offset((page - 1) * size).limit(size))
    return Found(tuple(from_json(row.record) for row in rows), total, page)


def counts_by_source(conn: Connection) -> Mapping[str, int]:
    """How many objects each source has."""
    counted = (
        select(culture_object.c.source, func.count().label("number"))
        .group_by(culture_object.c.source)
        .order_by(culture_object.c.source)
    )
    return {row.source: row.number for row in conn.execute(counted)}


def has_collections(conn: Connection) -> bool:
    """Whether the database has the tables of museum objects at all."""
    return inspect(conn).has_table(culture_object.name)


def all_records(conn: Connection, source: str = "") -> Iterator[CultureRecord]:
    """Every record in the order of ids, read a batch at a time."""
    after = ""
    while True:
        chosen = select(culture_object.c.id, culture_object.c.record).where(culture_object.c.id > after)
        if source:
            chosen = chosen.where(culture_object.c.source == source)
        rows = conn.execute(chosen.order_by(culture_object.c.id).limit(BATCH)).all()
        if not rows:
            return
        yield from (from_json(row.record) for row in rows)
        after = rows[-1].id


def _wanted(words: str, source: str, tied: str, meanings: Meanings | None) -> ColumnElement[bool]:
    parts = [_holds(word, meanings) for word in words[:LONGEST_QUERY].lower().split()[:8]]
    if source:
        parts.append(culture_object.c.source == source)
    if tied:
        parts.append(culture_object.c.id.in_(select(culture_link.c.object).where(culture_link.c.target == tied)))
    return and_(culture_object.c.id != "", *parts)


def _holds(word: str, meanings: Meanings | None) -> ColumnElement[bool]:
    """The word itself, a word of the museum's language for it, or a tie to a concept or entity of that name."""
    found = [culture_object.c.words.contains(word, autoescape=True)]
    if meanings is not None:
        meant = meanings(word)
        text = literal(" ") + culture_object.c.words
        found += [text.contains(f" {one}", autoescape=True) for one in meant.words]
        if meant.targets:
            tied = select(culture_link.c.object).where(culture_link.c.target.in_(meant.targets))
            found.append(culture_object.c.id.in_(tied))
    return or_(*found)


def _digest(record: CultureRecord, ties: list[tuple[str, str]]) -> str:
    return hashlib.sha256(json.dumps([record.digest, ties]).encode()).hexdigest()


def _row(record: CultureRecord, digest: str) -> dict[str, Any]:
    return {"id": record.id, "source": record.source, "record": to_json(record), "digest": digest, "words": _words(record),
            "earliest": record.earliest, "updated": datetime.now(UTC)}  # fmt: skip


def _write(conn: Connection, rows: list[dict[str, Any]], links: list[dict[str, str]], known: Set[str]) -> None:
    """Insert the new rows, update the others, and put the ties of all in the place of what was there."""
    fresh = [row | {"created": row["updated"]} for row in rows if row["id"] not in known]
    for row in rows:
        if row["id"] in known:
            conn.execute(culture_object.update().where(culture_object.c.id == row["id"]).values(**row))
            conn.execute(delete(culture_link).where(culture_link.c.object == row["id"]))
    if fresh:
        conn.execute(culture_object.insert(), fresh)
    if links:
        conn.execute(culture_link.insert(), links)


def _words(record: CultureRecord) -> str:
    makers = (f"{maker.name} {maker.nationality}" for maker in record.makers)
    parts = (*record.title.values(), *makers, record.accession, record.source_id, record.kind, record.medium,
             record.date, record.period, record.dynasty, record.culture, *record.places, record.museum, record.isli)  # fmt: skip
    return " ".join(parts).lower()

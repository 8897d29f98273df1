"""What a learner does is written down once: append-only learning records with the xAPI verbs, by a random actor id.

Erasing a person blanks all free text here; the numbers stay, and no longer belong to anybody.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Connection,
    Float,
    Integer,
    Row,
    String,
    Table,
    Text,
    func,
    select,
    update,
)

from commons.errors import BadInput
from commons.store import UtcTime, metadata

__all__ = ["LearningRecord", "Verb", "add_records", "blank_text", "latest_seq", "record", "records_of"]


class Verb(StrEnum):
    """The xAPI (ADL) verbs this house uses."""

    launched = "launched"
    experienced = "experienced"
    attempted = "attempted"
    answered = "answered"
    passed = "passed"
    failed = "failed"
    completed = "completed"
    asked = "asked"
    skipped = "skipped"


record = Table(
    "record",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("id", String(36), nullable=False, unique=True),
    Column("actor", String(36), nullable=False, index=True),
    Column("verb", String(16), nullable=False),
    Column("item", String(200), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("concepts", JSON, nullable=False),
    Column("score", Float),
    Column("success", Boolean),
    Column("attempt", String(36), nullable=False),
    Column("seconds", Float),
    Column("text", Text, nullable=False),
    Column("time", UtcTime, nullable=False),
)


@dataclass(frozen=True)
class LearningRecord:
    """One act by one learner on one item. `score` is in 0..1, `seconds` ≥ 0, `time` is aware (UTC)."""

    actor: str
    verb: Verb
    item: str
    kind: str
    concepts: tuple[str, ...]
    time: datetime
    score: float | None = None
    success: bool | None = None
    attempt: str = ""
    seconds: float | None = None
    text: str = ""
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    seq: int = 0

    def __post_init__(self) -> None:
        if self.time.tzinfo is None:
            raise BadInput("a learning record's time has no zone", where=self.item, next="Give an aware UTC time.")
        if self.score is not None and not 0 <= self.score <= 1:
            raise BadInput(f"score {self.score} is outside 0..1", where=self.item)
        if self.seconds is not None and not 0 <= self.seconds < 1e7:
            raise BadInput(f"{self.seconds} seconds cannot be", where=self.item)


def add_records(conn: Connection, records: Iterable[LearningRecord]) -> int:
    """Append `records`; one whose id is there already is left as it is. Gives how many were new.

    Until the transaction ends nobody else appends for the same actors: a reader that goes by `seq` misses none.
    """
    new = 0
    records = list(records)
    _hold(conn, sorted({one.actor for one in records}))
    for one in records:
        if conn.execute(select(record.c.seq).where(record.c.id == one.id)).first() is None:
            conn.execute(record.insert().values(**_values(one)))
            new += 1
    return new


def records_of(conn: Connection, actor: str, *, after: int = 0, limit: int | None = None) -> list[LearningRecord]:
    """The records of `actor` with `seq` > `after`, oldest first."""
    query = select(record).where(record.c.actor == actor, record.c.seq > after).order_by(record.c.seq)
    return [_record(row) for row in conn.execute(query.limit(limit) if limit else query)]


def latest_seq(conn: Connection, actor: str) -> int:
    """The `seq` of the newest record of `actor`, or 0."""
    return conn.execute(select(func.max(record.c.seq)).where(record.c.actor == actor)).scalar() or 0


def blank_text(conn: Connection, actor: str) -> int:
    """Erase all free text of `actor`'s records; gives how many rows held any."""
    query = update(record).where(record.c.actor == actor, record.c.text != "").values(text="")
    return conn.execute(query).rowcount


def _hold(conn: Connection, actors: list[str]) -> None:
    # SQLite has one writer at a time anyway. On PostgreSQL a lower seq could commit after a higher one was read.
    if conn.dialect.name == "postgresql":
        for actor in actors:
            conn.execute(select(func.pg_advisory_xact_lock(func.hashtext(actor))))


def _values(one: LearningRecord) -> dict[str, object]:
    names = [column.name for column in record.columns if column.name != "seq"]
    values = {name: getattr(one, name) for name in names}
    return values | {"verb": str(one.verb), "concepts": list(one.concepts)}


def _record(row: Row) -> LearningRecord:
    values = dict(row._mapping)
    return LearningRecord(**values | {"verb": Verb(values["verb"]), "concepts": tuple(values["concepts"])})

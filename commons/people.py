"""The mapping from a random actor id to a person lies here and nowhere else: erasing a person deletes this row."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Boolean, Column, Connection, Row, String, Table, delete, select, update

from commons.store import UtcTime, metadata

__all__ = ["AGE_BANDS", "Person", "ensure_person", "forget_person", "person", "person_of_account", "person_of_actor"]

AGE_BANDS = ("", "under14", "14-17", "adult")

person = Table(
    "person",
    metadata,
    Column("actor", String(36), primary_key=True),
    Column("account", String(120), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("language", String(16), nullable=False),
    Column("age_band", String(16), nullable=False),
    Column("guardian", Boolean, nullable=False),
    Column("created", UtcTime, nullable=False),
)


@dataclass(frozen=True)
class Person:
    """Somebody with an account. `age_band` is one of AGE_BANDS, never a birth date."""

    actor: str
    account: str
    name: str
    language: str
    age_band: str
    guardian: bool
    created: datetime


def ensure_person(
    conn: Connection,
    account: str,
    *,
    name: str = "",
    language: str = "zh-CN",
    age_band: str = "",
    guardian: bool = False,
) -> Person:
    """The person with that account, made if new. Values given here fill in what the row lacks, and never blank it."""
    known = person_of_account(conn, account)
    if known is None:
        row = {
            "actor": str(uuid.uuid4()),
            "account": account,
            "name": name or account,
            "language": language,
            "age_band": age_band,
            "guardian": guardian,
            "created": datetime.now(UTC),
        }
        conn.execute(person.insert().values(**row))
    else:
        news: dict[str, object] = {}
        if name and known.name in ("", account):
            news["name"] = name
        if age_band and not known.age_band:
            news.update(age_band=age_band, guardian=guardian, language=language)
        if news:
            conn.execute(update(person).where(person.c.account == account).values(**news))
    found = person_of_account(conn, account)
    assert found is not None
    return found


def person_of_account(conn: Connection, account: str) -> Person | None:
    """The person with that hub account, or None."""
    return _person(conn.execute(select(person).where(person.c.account == account)).first())


def person_of_actor(conn: Connection, actor: str) -> Person | None:
    """The person behind that actor id, or None when unknown or erased."""
    return _person(conn.execute(select(person).where(person.c.actor == actor)).first())


def forget_person(conn: Connection, actor: str) -> int:
    """Delete the mapping; gives the number of rows that went (0 or 1)."""
    return conn.execute(delete(person).where(person.c.actor == actor)).rowcount


def _person(row: Row | None) -> Person | None:
    return None if row is None else Person(**row._mapping)

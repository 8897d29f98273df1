"""The recommender's tables, all keyed by the random actor id. They hold what somebody said; what is
worked out from records is not stored.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Column, Connection, String, Table

from commons.store import UtcTime, metadata

__all__ = ["overrule", "preference", "put", "tag", "verdict"]

preference = Table(
    "preference",
    metadata,
    Column("actor", String(36), primary_key=True),
    Column("mode", String(16), nullable=False),
    Column("goal", String(120), nullable=False),
    Column("updated", UtcTime, nullable=False),
)

verdict = Table(
    "verdict",
    metadata,
    Column("actor", String(36), primary_key=True),
    Column("item", String(200), primary_key=True),
    Column("what", String(20), nullable=False),
    Column("time", UtcTime, nullable=False),
)

tag = Table(
    "tag",
    metadata,
    Column("actor", String(36), primary_key=True),
    Column("tag", String(160), primary_key=True),
    Column("word", String(16), nullable=False),
    Column("time", UtcTime, nullable=False),
)

overrule = Table(
    "overrule",
    metadata,
    Column("course", String(64), primary_key=True),
    Column("actor", String(36), primary_key=True),
    Column("word", String(16), primary_key=True),
    Column("target", String(200), primary_key=True),
    Column("author", String(36), nullable=False, index=True),
    Column("time", UtcTime, nullable=False),
)


def put(conn: Connection, table: Table, row: Mapping[str, Any], changes: Collection[str] = ()) -> None:
    """Write `row`, or where its key is there already change that row: all of it, or only the columns `changes`. Two who
    write at once are no error, on either database.
    """
    if conn.dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert
    else:
        from sqlalchemy.dialects.sqlite import insert  # type: ignore[assignment]
    keys = [column.name for column in table.primary_key]
    changed = {name: value for name, value in row.items() if name in (changes or set(row) - set(keys))}
    conn.execute(insert(table).values(**row).on_conflict_do_update(index_elements=keys, set_=changed))

"""The recommender's tables, all keyed by the random actor id. They hold what somebody said; what is
worked out from records is not stored.
"""

from __future__ import annotations

from sqlalchemy import Column, String, Table

from commons.store import UtcTime, metadata

__all__ = ["overrule", "preference", "tag", "verdict"]

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

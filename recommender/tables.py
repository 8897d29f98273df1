"""The recommender's four tables, all keyed by the random actor id. Everything here can be recomputed from
records but preference and verdict.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, String, Table

from commons.store import UtcTime, metadata

__all__ = ["cursor", "mastery", "preference", "verdict"]

preference = Table(
    "preference",
    metadata,
    Column("actor", String(36), primary_key=True),
    Column("mode", String(16), nullable=False),
    Column("goal", String(120), nullable=False),
    Column("updated", UtcTime, nullable=False),
)

mastery = Table(
    "mastery",
    metadata,
    Column("actor", String(36), primary_key=True),
    Column("concept", String(120), primary_key=True),
    Column("right", Float, nullable=False),
    Column("wrong", Float, nullable=False),
    Column("last", UtcTime, nullable=False),
)

cursor = Table(
    "cursor",
    metadata,
    Column("actor", String(36), primary_key=True),
    Column("seq", BigInteger, nullable=False),
)

verdict = Table(
    "verdict",
    metadata,
    Column("actor", String(36), primary_key=True),
    Column("item", String(200), primary_key=True),
    Column("what", String(20), nullable=False),
    Column("time", UtcTime, nullable=False),
)

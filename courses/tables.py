"""The tables of courses: who takes what, what was released, what was handed in and how it was marked.

Rule: a release and an attempt are never changed in what they hold, only an attempt's state moves
(received → grading → graded | failed). It knows columns only; the functions that use them are beside it.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from commons.store import UtcTime, metadata

__all__ = ["attempt", "course", "mark", "membership", "release"]

course = Table(
    "course",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("title", JSON, nullable=False),
    Column("manifest", JSON, nullable=False),
    Column("join_code", String(32), nullable=False, unique=True),
    Column("created", UtcTime, nullable=False),
)

release = Table(
    "release",
    metadata,
    Column("id", String(160), primary_key=True),
    Column("course", String(64), nullable=False),
    Column("assignment", String(64), nullable=False),
    Column("version", Integer, nullable=False),
    Column("manifest", JSON, nullable=False),
    Column("source_blob", String(64), nullable=False),
    Column("created", UtcTime, nullable=False),
    UniqueConstraint("course", "assignment", "version"),
)

membership = Table(
    "membership",
    metadata,
    Column("course", String(64), primary_key=True),
    Column("actor", String(36), primary_key=True),
    Column("role", String(16), primary_key=True),
    Column("created", UtcTime, nullable=False),
)

attempt = Table(
    "attempt",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("course", String(64), nullable=False),
    Column("assignment", String(64), nullable=False),
    Column("release", String(160), nullable=False),
    Column("actor", String(36), nullable=False, index=True),
    Column("number", Integer, nullable=False),
    Column("language", String(16), nullable=False),
    Column("blob", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("score", Float),
    Column("max_score", Float),
    Column("feedback", JSON),
    Column("created", UtcTime, nullable=False),
    Column("graded", UtcTime),
    UniqueConstraint("course", "assignment", "actor", "number"),
)

mark = Table(
    "mark",
    metadata,
    Column("attempt", String(36), primary_key=True),
    Column("grade_id", String(256), primary_key=True),
    Column("points", Float),
    Column("max_points", Float, nullable=False),
    Column("state", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("passed", Boolean),
)

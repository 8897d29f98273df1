"""The tables of courses: who takes what, what was released, what was handed in and how it was marked; and what teachers decide.

Rule: a release and an attempt are never changed in what they hold, only an attempt's state moves
(received → grading → graded | failed). It knows columns only; the functions that use them are beside it.
`author` is the actor id of the teacher who decided.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
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

__all__ = [
    "attempt", "audit", "course", "extension", "feedback_release", "late_rule", "manual_mark", "mark", "membership",
    "regrade", "regrade_change", "release", "rubric",
]  # fmt: skip

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
    Column("receipt", JSON(none_as_null=True)),
    Column("repairs", JSON(none_as_null=True)),
    # Seconds after the deadline that held for this learner; null where there is none, 0 or less when in time.
    Column("late_s", Float),
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
    Column("passed", Boolean),  # "sealed", "compatible" or "" (not run, or by hand).
    Column("mode", String(16), nullable=False, server_default=""),
    # What the test said where it failed, hidden ones too: for teachers only.
    Column("said", Text, nullable=False, server_default=""),
)

manual_mark = Table(
    "manual_mark",
    metadata,
    Column("attempt", String(36), primary_key=True),
    Column("grade_id", String(256), primary_key=True),
    # Null where only a comment was written.
    Column("points", Float),
    Column("comment", Text, nullable=False),
    Column("items", JSON, nullable=False),
    # The mark that was there before a hand: {"points", "state", "reason", "passed"}.
    Column("was", JSON, nullable=False),
    Column("author", String(36), nullable=False),
    Column("version", Integer, nullable=False),
    Column("time", UtcTime, nullable=False),
)

rubric = Table(
    "rubric",
    metadata,
    Column("course", String(64), primary_key=True),
    Column("assignment", String(64), primary_key=True),
    Column("grade_id", String(256), primary_key=True),
    Column("items", JSON, nullable=False),
    Column("author", String(36), nullable=False),
    Column("version", Integer, nullable=False),
    Column("time", UtcTime, nullable=False),
)

extension = Table(
    "extension",
    metadata,
    Column("course", String(64), primary_key=True),
    Column("assignment", String(64), primary_key=True),
    # "" stands for everybody in the course.
    Column("actor", String(36), primary_key=True),
    Column("due", UtcTime),
    Column("attempts", Integer, nullable=False),
    Column("author", String(36), nullable=False),
    Column("time", UtcTime, nullable=False),
)

late_rule = Table(
    "late_rule",
    metadata,
    Column("course", String(64), primary_key=True),
    Column("assignment", String(64), primary_key=True),
    Column("method", String(16), nullable=False),
    Column("percent", Float, nullable=False),
    Column("author", String(36), nullable=False),
    Column("time", UtcTime, nullable=False),
)

feedback_release = Table(
    "feedback_release",
    metadata,
    Column("course", String(64), primary_key=True),
    Column("assignment", String(64), primary_key=True),
    Column("mode", String(16), nullable=False),
    Column("author", String(36), nullable=False),
    Column("time", UtcTime, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("course", String(64), nullable=False, index=True),
    Column("assignment", String(64), nullable=False),
    Column("author", String(36), nullable=False),
    Column("what", String(40), nullable=False),
    Column("detail", JSON, nullable=False),
    Column("time", UtcTime, nullable=False),
)

regrade = Table(
    "regrade",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("course", String(64), nullable=False, index=True),
    Column("assignment", String(64), nullable=False),
    # The draft's release, or what applying will release it as; "" until the draft is made.
    Column("release", String(160), nullable=False),
    Column("manifest", JSON, nullable=False),
    Column("source_blob", String(64), nullable=False),
    # waiting → running → ready → applied, or failed with the error.
    Column("state", String(16), nullable=False),
    Column("error", Text, nullable=False),
    Column("total", Integer, nullable=False),
    Column("done", Integer, nullable=False),
    Column("runs", Integer, nullable=False),
    Column("author", String(36), nullable=False),
    Column("created", UtcTime, nullable=False),
    Column("applied", UtcTime),
)

regrade_change = Table(
    "regrade_change",
    metadata,
    Column("regrade", String(36), primary_key=True),
    Column("attempt", String(36), primary_key=True),
    Column("before", Float),
    Column("after", Float),
    Column("max_before", Float),
    Column("max_after", Float),
    # The whole new verdict, and the fingerprint of the marks it was worked out against.
    Column("marks", JSON, nullable=False),
    Column("cells", JSON, nullable=False),
    Column("feedback", JSON, nullable=False),
    Column("receipt", JSON(none_as_null=True)),
    Column("based_on", String(64), nullable=False),
)

"""A class without a grader: a course with a tested and a written question, learners, hand-ins with marks as grading leaves them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from commons import blobs
from commons.people import Person, ensure_person
from commons.store import Store
from courses import registry, tables
from courses.archive import pack
from courses.attempts import Mark
from courses.feedback import compose

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
TITLES = {"mean": {"zh-CN": "平均", "en": "The mean"}, "essay": {"zh-CN": "为什么", "en": "Why"}}
MANIFEST: dict[str, Any] = {
    "course": "tea", "assignment": "u1", "title": {"zh-CN": "一", "en": "One"}, "languages": ["zh-CN", "en"],
    "notebooks": ["u1"], "attempts": 2, "due": "2026-11-20T12:00:00+00:00", "options": {}, "order": ["mean", "essay"],
    "cells": {
        "mean": {"notebook": "u1", "cell": "mean", "points": 2.0, "manual": False},
        "essay": {"notebook": "u1", "cell": "essay", "points": 4.0, "manual": True},
    },
    "exercises": [
        {"grade_id": name, "title": title, "concepts": [f"statistics.{name}"], "minutes": 5, "hint": {}, "tests": [name]}
        for name, title in TITLES.items()
    ],
}  # fmt: skip


@dataclass(frozen=True)
class Class:
    store: Store
    teacher: Person
    other: Person
    lin: Person
    chen: Person


def make_class(store: Store) -> Class:
    """The course released, two teachers, two learners."""
    with store.begin() as conn:
        people = [ensure_person(conn, name, name=name.title()) for name in ("teacher", "other", "lin", "chen")]
        row = {"id": "tea", "title": {"en": "Tea"}, "manifest": {}, "join_code": "ABCDEFGH", "created": NOW}
        conn.execute(tables.course.insert().values(**row))
        for person, role in zip(people, ("teacher", "teacher", "learner", "learner"), strict=True):
            registry.add_member(conn, "tea", person, role)  # type: ignore[arg-type]
        release(conn, MANIFEST)
    return Class(store, *people)


def release(conn: Connection, manifest: dict[str, Any], version: int = 1) -> str:
    name = f"tea:u1:{version}"
    row = {"id": name, "course": "tea", "assignment": "u1", "version": version, "manifest": manifest, "created": NOW}
    conn.execute(
        tables.release.insert().values(**row, source_blob=blobs.put(conn, pack({"en/source/u1.ipynb": b"{}"})))
    )
    return name


def hand_in(
    conn: Connection,
    who: Person,
    *,
    number: int = 1,
    mean: float | None = 2.0,
    essay: float | None = None,
    said: str = "",
    hidden: str = "",
    hours: float = 0,
    state: str = "graded",
    late_s: float | None = 0.0,
) -> str:
    """An attempt whose tested question has `mean` points and whose written one `essay` (None: waits for a hand)."""
    attempt = str(uuid.uuid4())
    marks = [
        Mark(attempt, "mean", mean, 2.0, "not-graded" if mean is None else "graded", "timeout 30" if mean is None else "",
             None if mean is None else mean == 2.0, "sealed", said or hidden),
        Mark(attempt, "essay", essay, 4.0, "manual" if essay is None else "graded", "", None if essay is None else essay == 4.0),
    ]  # fmt: skip
    rehearsed = {"u1": {"cells": {"mean": {"failed": bool(said), "message": said}}, "events": []}}
    known = [mark.points for mark in marks if mark.points is not None]
    row = {
        "id": attempt, "course": "tea", "assignment": "u1", "release": "tea:u1:1", "actor": who.actor, "number": number,
        "language": "en", "blob": blobs.put(conn, pack({"u1.ipynb": attempt.encode()})), "state": state, "reason": "",
        "created": NOW + timedelta(hours=hours), "late_s": late_s,
    }  # fmt: skip
    if state == "graded":
        row |= {
            "score": sum(known) if known else None,
            "max_score": 6.0,
            "graded": NOW,
            "feedback": compose(MANIFEST, marks, rehearsed),
        }
    conn.execute(tables.attempt.insert().values(**row))
    if state == "graded":
        for mark in marks:
            conn.execute(tables.mark.insert().values(**vars(mark)))
    return attempt


def scores(conn: Connection, attempts: Sequence[str]) -> list[float | None]:
    from courses.attempts import attempt_of

    return [attempt_of(conn, one).score for one in attempts]

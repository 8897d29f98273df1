"""A small seeded world: the real courses, graph and scenes, three learners, a teacher, marked attempts. Grading itself is not run here.

Rows are made through the rooms' own functions wherever these exist; releases and marks are written as grading writes them.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection

from commons import blobs
from commons.people import Person, ensure_person
from commons.records import LearningRecord, Verb, add_records
from commons.settings import Settings, load_settings
from commons.store import Store, migrate, open_store
from courses import registry, tables
from courses.archive import pack
from courses.attempts import Mark
from courses.feedback import compose
from courses.items import exercise_item_id
from courses.manifest import Course
from courses.places import course_folders, load_courses
from courses.release import release_manifest, source_files

__all__ = ["HOSTILE", "SAID", "World", "add_attempt", "make_world"]

HOSTILE = '=HYPERLINK("http://evil.example")<img src=x onerror=alert(1)>'
SAID = "NameError: <script>alert('said')</script> & ‮gnp.exe"
NOW = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)


@dataclass(frozen=True)
class World:
    """`people` by account: teacher, lin, chen, ada (whose name is hostile). `attempts`: lin's, oldest first."""

    settings: Settings
    store: Store
    people: dict[str, Person]
    course: Course
    attempts: tuple[str, ...]
    code: str


def make_world(home: Path, ports: Sequence[int]) -> World:
    """Fill a new store under `home`; `ports` are those of portal, hub and apps."""
    env = {"SHUYUAN_HOME": str(home), "SHUYUAN_PORTAL_PORT": str(ports[0]), "SHUYUAN_PORT": str(ports[0])}
    env |= {
        "SHUYUAN_HUB_PORT": str(ports[1]),
        "SHUYUAN_APPS_PORT": str(ports[2]),
        "SHUYUAN_HELP_LINE": "0571-8800 0000",
    }
    settings = load_settings(env)
    store = open_store(settings.database_url)
    migrate(store)
    course = load_courses()["heritage"]
    names = {"teacher": "周老师", "lin": "林晓", "chen": "陈默", "ada": HOSTILE}
    with store.begin() as conn:
        people = {account: ensure_person(conn, account, name=name) for account, name in names.items()}
        code = registry.sync_course(conn, course)
        registry.add_member(conn, course.id, people["teacher"], "teacher")
        for account in ("lin", "chen", "ada"):
            registry.add_member(conn, course.id, people[account], "learner")
        for unit in course.units:
            _release(conn, course, unit.id)
        first = add_attempt(conn, course, people["lin"], "u1", number=1, shares=[0.0, 1.0])
        second = add_attempt(conn, course, people["lin"], "u1", number=2, shares=[1.0], days=1)
        add_attempt(conn, course, people["chen"], "u1", number=1, shares=[0.5, 1.0], days=1)
        add_records(conn, [_visit(people["lin"], "stop:garden/moon-gate")])
    return World(settings, store, people, course, (first, second), code)


def add_attempt(
    conn: Connection,
    course: Course,
    who: Person,
    unit: str,
    *,
    number: int,
    shares: Sequence[float],
    days: int = 0,
    state: str = "graded",
) -> str:
    """An attempt whose marks are `shares` of the points, taken in turn; with state "received" it has none."""
    release = registry.latest_release(conn, course.id, unit)
    attempt, when = str(uuid.uuid4()), NOW + timedelta(days=days, minutes=number)
    marks = _marks(release, attempt, shares) if state == "graded" else []
    said = {cell["cell"]: {"failed": True, "message": SAID} for cell in release.manifest["cells"].values()}
    rehearsed = {name: {"cells": said, "events": []} for name in release.manifest["notebooks"]}
    row = {
        "id": attempt, "course": course.id, "assignment": unit, "release": release.id, "actor": who.actor, "number": number,
        "language": "zh-CN", "blob": blobs.put(conn, pack({f"{unit}.ipynb": f"{attempt}".encode()})), "state": state, "reason": "",
        "score": sum(mark.points or 0 for mark in marks) if marks else None,
        "max_score": sum(mark.max_points for mark in marks) if marks else None,
        "feedback": compose(release.manifest, marks, rehearsed) if marks else None, "created": when,
        "graded": when + timedelta(seconds=4) if marks else None,
    }  # fmt: skip
    conn.execute(tables.attempt.insert().values(**row))
    for mark in marks:
        conn.execute(tables.mark.insert().values(**vars(mark)))
    if marks:
        add_records(conn, _answers(course, unit, who, attempt, shares, when))
    return attempt


def _release(conn: Connection, course: Course, unit: str) -> None:
    folder = course_folders()[course.id]
    here = course.unit(unit)
    languages = {name: source_files(course, folder, here, name) for name in course.languages}
    files = {f"{name}/release/{path}": data for name, paths in languages.items() for path, data in paths.items()}
    row = {
        "id": f"{course.id}:{unit}:1", "course": course.id, "assignment": unit, "version": 1, "created": NOW,
        "manifest": release_manifest(course, here, languages[course.languages[0]]), "source_blob": blobs.put(conn, pack(files)),
    }  # fmt: skip
    conn.execute(tables.release.insert().values(**row))


def _marks(release: registry.Release, attempt: str, shares: Sequence[float]) -> list[Mark]:
    marks = []
    for place, name in enumerate(release.manifest["order"]):
        most = float(release.manifest["cells"][name]["points"])
        share = shares[place % len(shares)]
        marks.append(Mark(attempt, name, share * most, most, "graded", "", share == 1.0))
    return marks


def _answers(
    course: Course, unit: str, who: Person, attempt: str, shares: Sequence[float], when: datetime
) -> list[LearningRecord]:
    return [
        LearningRecord(
            who.actor,
            Verb.answered,
            exercise_item_id(course.id, unit, one.grade_id),
            "exercise",
            one.concepts,
            when,
            score=shares[place % len(shares)],
            success=shares[place % len(shares)] == 1.0,
            attempt=attempt,
        )
        for place, one in enumerate(course.unit(unit).exercises)
    ]


def _visit(who: Person, item: str) -> LearningRecord:
    return LearningRecord(who.actor, Verb.experienced, item, "stop", ("architecture.moon-gate",), NOW, seconds=40)

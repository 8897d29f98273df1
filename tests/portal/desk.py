"""A second course for these tests, put into a house that runs: tea, with a tested and a written question, and hand-ins to mark."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import update

from commons import blobs
from commons.people import Person
from commons.store import Store
from courses import registry, tables
from courses.archive import pack, unpack
from courses.manifest import Course, load_course
from courses.release import release_manifest, source_files
from tests.courses.conftest import COURSE, cells, write_course
from tests.portal.conftest import Served
from tests.portal.world import NOW, add_attempt

__all__ = ["ANSWERS", "Tea", "add_tea"]

ESSAY: dict[str, Any] = {
    "grade_id": "why", "grade": True, "solution": True, "locked": False, "task": False, "points": 4.0, "schema_version": 3,
}  # fmt: skip
ANSWERS = {
    "lin": "因为每一篮都算进去，所以**平均数**会被很重的一篮拉高。\n\n<script>alert('answer')</script>",
    "chen": "The mean uses every basket, so one heavy basket pulls it up.",
    "ada": "I do not know.",
}
MANIFEST = (
    COURSE
    + """      - grade_id: why
        title: {zh-CN: 为什么用平均数, en: Why the mean}
        concepts: [statistics.mean]
        minutes: 5
        hint: {zh-CN: 想想很重的一篮。, en: Think of a heavy basket.}
"""
)


@dataclass(frozen=True)
class Tea:
    """The course, its attempts by account."""

    course: Course
    attempts: dict[str, str]


def add_tea(served: Served, *, due: str = "") -> Tea:
    """The course in the house's folder, released, with one hand-in of each learner whose written answer waits."""
    home, store = served.world.settings.home, served.world.store
    manifest = MANIFEST.replace("    attempts: 3\n", f"    attempts: 3\n    due: {due}\n") if due else MANIFEST
    essay = {
        "cell_type": "markdown",
        "metadata": {"nbgrader": ESSAY},
        "source": "### BEGIN SOLUTION\nmodel answer\n### END SOLUTION",
    }
    folder = write_course(home / "courses", manifest, [*cells(), essay])
    course = load_course(folder)
    people = served.world.people
    with store.begin() as conn:
        registry.sync_course(conn, course)
        registry.add_member(conn, "tea", people["teacher"], "teacher")
        _release(conn, course, folder)
        for account in ANSWERS:
            registry.add_member(conn, "tea", people[account], "learner")
    shares = {"lin": [1.0, 1.0, 0.0], "chen": [0.0, 1.0, 0.0], "ada": [0.0, 0.0, 0.0]}
    return Tea(course, {name: _hand_in(store, course, people[name], shares[name], ANSWERS[name]) for name in ANSWERS})


def _release(conn: Any, course: Course, folder: Path) -> None:
    unit = course.unit("u1")
    sources = {name: source_files(course, folder, unit, name) for name in course.languages}
    files = {
        f"{name}/{kind}/{path}": data
        for name, some in sources.items()
        for path, data in some.items()
        for kind in ("source", "release")
    }
    row = {
        "id": "tea:u1:1", "course": "tea", "assignment": "u1", "version": 1, "created": NOW,
        "manifest": release_manifest(course, unit, sources[course.languages[0]]), "source_blob": blobs.put(conn, pack(files)),
    }  # fmt: skip
    conn.execute(tables.release.insert().values(**row))


def _hand_in(store: Store, course: Course, who: Person, shares: list[float], answer: str) -> str:
    with store.begin() as conn:
        attempt = add_attempt(conn, course, who, "u1", number=1, shares=shares)
        release = registry.latest_release(conn, "tea", "u1")
        nb = json.loads(unpack(blobs.get(conn, release.source_blob), "zh-CN/release")["u1.ipynb"])
        nb["cells"][-1]["source"] = answer
        t, m = tables.attempt, tables.mark
        blob = blobs.put(conn, pack({"u1.ipynb": json.dumps(nb).encode()}))
        feedback = dict(conn.execute(t.select().where(t.c.id == attempt)).one().feedback)
        for one in feedback["exercises"]:
            if one["grade_id"] == "why":
                one |= {"points": None, "state": "manual", "passed": False, "message": "", "visible_failed": False}
        score = sum(share * most for share, most in zip(shares[:2], (2, 1), strict=True))
        conn.execute(
            update(m)
            .where(m.c.attempt == attempt, m.c.grade_id == "why")
            .values(points=None, state="manual", passed=None)
        )
        conn.execute(update(m).where(m.c.attempt == attempt, m.c.grade_id != "why").values(mode="sealed"))
        conn.execute(update(t).where(t.c.id == attempt).values(blob=blob, feedback=feedback, score=score))
    return attempt

"""Marking again after a test was mended: what would change is told first, only what is needed runs, and applying is one step."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import update

from commons.errors import Conflict
from commons.jobs import Worker, job
from commons.people import Person, ensure_person
from commons.records import records_of
from commons.settings import Settings, load_settings
from commons.store import Store
from courses import registry
from courses.attempts import Attempt, attempt_of, marks_of, submit
from courses.audit import entries
from courses.grading import grade_job
from courses.manifest import load_course
from courses.marking import mark_by_hand
from courses.notebook import dump_notebook
from courses.regrade import Preview, apply, ask, newcomers, preview
from courses.regrade_job import job_handlers
from courses.regrade_plan import plan
from courses.regrade_words import regrade_here
from courses.release import release_course
from courses.replay import replay
from tests.courses.conftest import check, notebook, write_course

FAIR = (
    "assert mean([1, 2, 3]) in (2, 2.5)\n### BEGIN HIDDEN TESTS\nassert mean([41.5, 42.5]) > 41\n### END HIDDEN TESTS"
)
WRONG = {
    "mean-weight-answer": "def mean(values):\n    return 2 if len(values) == 3 else 41.9",
    "heaviest-answer": "heaviest_basket = 1",
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A home whose course is the released one."""
    write_course(tmp_path / "home" / "courses")
    return load_settings({"SHUYUAN_HOME": str(tmp_path / "home")})


def _mend(settings: Settings, some: list[dict[str, Any]], **changes: str) -> None:
    """The course with other sources in these cells (`_` for `-`)."""
    wanted = {name.replace("_", "-"): source for name, source in changes.items()}
    for cell in some:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") in wanted:
            cell["source"] = wanted[cell["metadata"]["nbgrader"]["grade_id"]]
    write_course(settings.home / "courses", some=some)


def _learner(store: Store, name: str) -> Person:
    with store.begin() as conn:
        person = ensure_person(conn, name, language="en")
        registry.add_member(conn, "tea", person, "learner")
        return person


def _graded(store: Store, who: Person, files: Mapping[str, bytes]) -> Attempt:
    made = submit(store, who, "tea", "u1", "en", files)
    Worker(store, {"grade": grade_job}).run_pending()
    return _attempt(store, made.id)


def _attempt(store: Store, name: str) -> Attempt:
    with store.read() as conn:
        return attempt_of(conn, name)


def _preview(store: Store, settings: Settings, who: Person) -> Preview:
    name = ask(store, who, "tea", "u1")
    assert ask(store, who, "tea", "u1") == name
    assert Worker(store, job_handlers(settings)).run_pending() == 1
    with store.read() as conn:
        return preview(conn, name)


@pytest.mark.slow
def test_issue3_item_07_a_mended_test_is_previewed_then_applied(
    released: Store, settings: Settings, lin: Person, fetched: dict[str, bytes], world: SimpleNamespace
) -> None:
    chen, ada = _learner(released, "chen"), _learner(released, "ada")
    wrong, right = world.fill(fetched, WRONG), world.fill(fetched, world.RIGHT)
    first, same, good = _graded(released, lin, wrong), _graded(released, chen, wrong), _graded(released, ada, right)
    assert [one.score for one in (first, same, good)] == [0.0, 0.0, 3.0]
    _mend(settings, world.cells(), mean_weight=FAIR)

    one = _preview(released, settings, lin)
    assert (one.state, one.release, one.total, one.done, one.runs) == ("ready", "", 3, 3, 2)
    assert one.summary | {"points": 4.0} == {
        "touched": 3,
        "runs": 2,
        "changed": 2,
        "up": 2,
        "down": 0,
        "points": 4.0,
        "failed": 0,
    }
    assert {change.attempt.id for change in one.changed} == {first.id, same.id}
    assert [(c["grade_id"], c["before"], c["after"]) for c in one.changed[0].cells] == [("mean-weight", 0.0, 2.0)]
    assert _attempt(released, first.id).score == 0.0

    done = apply(released, one.id, lin)
    assert (done.changed, done.overtaken, done.release) == (2, 0, "tea:u1:2")
    assert apply(released, one.id, lin).changed == 0
    mended = _attempt(released, first.id)
    assert (mended.score, mended.release) == (2.0, "tea:u1:2") and mended.feedback is not None
    assert mended.feedback["exercises"][0]["passed"] and not mended.feedback["exercises"][1]["passed"]
    with released.read() as conn:
        assert [(m.grade_id, m.points) for m in marks_of(conn, first.id)] == [("mean-weight", 2.0), ("heaviest", 0.0)]
        (told,) = entries(conn, "tea", what="regrade")
        records = [r for r in records_of(conn, lin.actor) if r.item.endswith("mean-weight")]
    assert {(c["attempt"], c["before"], c["after"]) for c in told.detail["changed"]} == {
        (first.id, 0.0, 2.0),
        (same.id, 0.0, 2.0),
    }
    assert [r.score for r in records] == [0.0, 1.0]

    again = _preview(released, settings, lin)
    assert (again.release, again.total, again.runs, again.changed) == ("tea:u1:2", 0, 0, ())


@pytest.mark.slow
def test_issue3_item_07_a_mark_by_hand_outlives_a_regrade_and_newcomers_are_told(
    released: Store, settings: Settings, lin: Person, fetched: dict[str, bytes], world: SimpleNamespace
) -> None:
    made = _graded(released, lin, world.fill(fetched, WRONG))
    with released.begin() as conn:
        mark_by_hand(conn, lin, made.id, "heaviest", points=0.5, comment="half right")
    _mend(settings, world.cells(), mean_weight=FAIR)
    one = _preview(released, settings, lin)
    assert (one.changed[0].before, one.changed[0].after) == (0.5, 2.5)
    submit(released, _learner(released, "late"), "tea", "u1", "en", world.fill(fetched, world.RIGHT))
    with released.read() as conn:
        assert newcomers(conn, one) == 1
    apply(released, one.id, lin)
    assert _attempt(released, made.id).score == 2.5
    with released.begin() as conn:
        mark_by_hand(conn, lin, made.id, "heaviest", points=None, version=1)
        assert attempt_of(conn, made.id).score == 2.0


@pytest.mark.slow
def test_issue3_item_07_two_previews_cannot_both_be_applied_to_the_same_marks(
    released: Store, settings: Settings, lin: Person, fetched: dict[str, bytes], world: SimpleNamespace
) -> None:
    made = _graded(released, lin, world.fill(fetched, WRONG))
    _mend(settings, world.cells(), mean_weight=FAIR)
    first, second = _preview(released, settings, lin), _preview(released, settings, lin)
    assert apply(released, first.id, lin).changed == 1
    done = apply(released, second.id, lin)
    assert (done.changed, done.overtaken) == (0, 1) and _attempt(released, made.id).score == 2.0
    name = ask(released, lin, "tea", "u1")
    with pytest.raises(Conflict):
        apply(released, name, lin)


@pytest.mark.slow
def test_issue3_item_07_a_draft_is_not_put_over_a_newer_release_and_a_receipt_outlives_it(
    released: Store, settings: Settings, lin: Person, fetched: dict[str, bytes], world: SimpleNamespace
) -> None:
    made = _graded(released, lin, world.fill(fetched, WRONG))
    with released.begin() as conn:
        mark_by_hand(conn, lin, made.id, "heaviest", points=1)
    _mend(settings, world.cells(), mean_weight=FAIR)
    stale = _preview(released, settings, lin)
    _mend(settings, world.cells(), mean_weight=FAIR, heaviest="assert heaviest_basket > 0")
    folder = settings.home / "courses" / "tea"
    release_course(released, load_course(folder), folder)
    with pytest.raises(Conflict):
        apply(released, stale.id, lin)
    assert _attempt(released, made.id).score == 1.0
    apply(released, _preview(released, settings, lin).id, lin)
    assert _attempt(released, made.id).score == 3.0
    again = replay(released, made.id, settings.kernels_env)
    assert again.same and not [line for line in again.lines if "then" in line], again.lines


@pytest.mark.slow
def test_a_draft_that_cannot_be_released_is_told_and_changes_nothing(
    released: Store, settings: Settings, lin: Person
) -> None:
    (settings.home / "courses" / "tea" / "u1" / "u1.ipynb").write_text("{}", encoding="utf-8")
    name = ask(released, lin, "tea", "u1")
    worker = Worker(released, job_handlers(settings))
    for _ in range(3):
        worker.run_pending()
        with released.begin() as conn:
            conn.execute(update(job).where(job.c.state == "queued").values(lease=job.c.created))
    with released.read() as conn:
        one = preview(conn, name)
    assert one.state == "failed" and one.error


@pytest.mark.slow
def test_the_command_tells_what_would_change_and_changes_it_only_when_asked(
    released: Store, settings: Settings, lin: Person, fetched: dict[str, bytes], world: SimpleNamespace
) -> None:
    made = _graded(released, lin, world.fill(fetched, WRONG))
    _mend(settings, world.cells(), mean_weight=FAIR)
    said = list(regrade_here(released, settings, "tea", "u1", "teacher", is_applied=False))
    assert said[0] == "- lin, attempt 1: 0 → 2 of 3 (mean-weight 0 → 2)" and "--apply" in said[-1]
    assert _attempt(released, made.id).score == 0.0
    said = list(regrade_here(released, settings, "tea", "u1", "teacher", is_applied=True))
    assert "1 attempts changed" in said[-1] and _attempt(released, made.id).score == 2.0


def _files(*cells: dict[str, Any], **beside: bytes) -> dict[str, bytes]:
    return {"u1.ipynb": dump_notebook(notebook(list(cells))), **beside}


def _manifest(**points: float) -> dict[str, Any]:
    cells = {name: {"notebook": "u1", "cell": name, "points": value, "manual": False} for name, value in points.items()}
    return {"notebooks": ["u1"], "options": {}, "cells": cells, "order": list(cells)}


def test_only_what_a_change_can_touch_is_marked_again(world: SimpleNamespace) -> None:
    a, b = check("a", 1, "assert x"), check("b", 1, "assert y")
    locked = world.code("import math", grade_id="setup", solution=False, grade=False, locked=True)
    old, both = _files(locked, a, b), _manifest(a=1, b=1)
    assert plan(both, old, both, old).is_empty
    assert plan(both, old, both, _files(locked, a, check("b", 1, "assert not y"))).touched == {"b"}
    assert plan(both, old, _manifest(a=1, b=2), old).touched == {"b"}
    assert plan(both, old, both, _files({**locked, "source": "import cmath"}, a, b)).touched == {"a", "b"}
    assert plan(both, old, both, {**old, "data.csv": b"1"}).touched == {"a", "b"}
    dropped = plan(both, old, _manifest(a=1), _files(locked, a))
    assert (dropped.touched, dropped.gone, dropped.needs_run) == (frozenset(), {"b"}, False)
    assert plan(both, old, both, _files(locked, world.text("read me"), a, b)).is_empty


def test_a_written_question_worth_more_needs_no_run(world: SimpleNamespace) -> None:
    old, new = _manifest(essay=2), _manifest(essay=4)
    for one in (old, new):
        one["cells"]["essay"]["manual"] = True
    files = _files(world.code("", grade_id="essay", solution=True, grade=True, locked=False, points=2))
    chosen = plan(old, files, new, files)
    assert chosen.touched == {"essay"} and not chosen.needs_run

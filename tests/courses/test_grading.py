"""Grading by the warm grader behind its walls: marks, records, feedback, and what a killed worker leaves behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import func, select

from commons.errors import SandboxError
from commons.jobs import Worker, claim, state_of
from commons.people import Person
from commons.places import ROOT
from commons.records import Verb, records_of
from commons.store import Store
from courses import tables
from courses.attempts import Attempt, attempt_of, marks_of, submit
from courses.feedback import feedback_html
from courses.grading import grade_job
from courses.warm.pair import Walls

pytestmark = pytest.mark.slow


def graded(store: Store, person: Person, files: dict[str, bytes], language: str = "en") -> Attempt:
    attempt = submit(store, person, "tea", "u1", language, files)
    assert Worker(store, {"grade": grade_job}).run_pending() == 1
    with store.read() as conn:
        return attempt_of(conn, attempt.id)


def test_item_05_a_right_answer_gets_full_marks_and_records(
    released: Store, lin: Person, fetched: dict[str, bytes], world: SimpleNamespace
) -> None:
    done = graded(released, lin, world.fill(fetched, world.RIGHT))
    assert (done.state, done.score, done.max_score, done.reason) == ("graded", 3.0, 3.0, "")
    with released.read() as conn:
        marks = marks_of(conn, done.id)
        records = records_of(conn, lin.actor)
    assert [(m.grade_id, m.points, m.passed) for m in marks] == [("mean-weight", 2.0, True), ("heaviest", 1.0, True)]
    assert [(r.verb, r.item, r.score, r.success) for r in records] == [
        (Verb.answered, "exercise:tea/u1/mean-weight", 1.0, True),
        (Verb.answered, "exercise:tea/u1/heaviest", 1.0, True),
        (Verb.passed, "unit:tea/u1", 1.0, True),
    ]
    assert records[0].concepts == ("statistics.mean",)
    assert done.feedback is not None and [e["hint"] for e in done.feedback["exercises"]] == [{}, {}]


def test_item_05_feedback_names_the_visible_check_and_never_a_hidden_one(
    released: Store, lin: Person, fetched: dict[str, bytes], world: SimpleNamespace
) -> None:
    spy = (
        "def mean(values):\n"
        "    source = get_ipython().history_manager.input_hist_raw[-1]\n"
        "    print(source, values)\n"
        "    if len(values) == 2:\n        raise ValueError(f'{source} {values}')\n"
        "    return 2\n"
    )
    answers = {"mean-weight-answer": spy, "heaviest-answer": "heaviest_basket = '<script>alert(1)</script>'"}
    done = graded(released, lin, world.fill(fetched, answers))
    assert done.score == 0.0
    assert done.feedback is not None
    mean, heaviest = done.feedback["exercises"]
    assert mean["hidden"] and not mean["visible_failed"] and mean["message"] == ""
    assert mean["hint"]["en"] == "Add up and divide by the count."
    assert heaviest["message"] == "AssertionError: Not the heaviest." and not heaviest["hidden"]
    everything = json.dumps(done.feedback, ensure_ascii=False) + feedback_html(done, {"en": "Mean"}, "zh-CN")
    assert "41.5" not in everything and "42.5" not in everything and "HIDDEN" not in everything


def test_feedback_is_escaped_and_bounded(
    released: Store, lin: Person, fetched: dict[str, bytes], world: SimpleNamespace
) -> None:
    answers = {
        "heaviest-answer": "raise ValueError('<script>alert(1)</script>' + 'x' * 100_000)",
        "mean-weight-answer": "mean = 1",
    }
    broken = world.fill(fetched, answers)
    broken = world.fill(broken, {"heaviest": "pass", "mean-weight": "pass"})
    done = graded(released, lin, broken)
    page = feedback_html(done, {"en": "Mean <weight>"})
    assert "<script" not in page and len(page) < 20_000 and "Mean &lt;weight&gt;" in page
    assert done.score == 0.0


def test_the_language_handed_in_is_the_language_of_the_checks(
    released: Store, lin: Person, fetched: dict[str, bytes], world: SimpleNamespace
) -> None:
    done = graded(released, lin, world.fill(fetched, {"heaviest-answer": "heaviest_basket = 0"}), "zh-CN")
    assert done.feedback is not None
    assert done.feedback["exercises"][1]["message"].startswith("AssertionError: ")
    assert 'lang="zh-CN"' in feedback_html(done, {"zh-CN": "茶", "en": "Tea"})


def test_a_killed_kernel_is_not_graded_with_a_reason(
    released: Store, lin: Person, fetched: dict[str, bytes], world: SimpleNamespace
) -> None:
    answers = {**world.RIGHT, "heaviest-answer": "import os\nos._exit(1)"}
    done = graded(released, lin, world.fill(fetched, answers))
    with released.read() as conn:
        marks = marks_of(conn, done.id)
    assert [(m.points, m.state) for m in marks] == [(2.0, "graded"), (None, "not-graded")]
    assert marks[1].reason == "kernel-died 7"
    assert "7" in marks[1].why("zh-CN") and "7" in marks[1].why("en")
    assert (done.state, done.score) == ("graded", 2.0)


def test_an_endless_loop_is_stopped_and_told(
    released: Store, lin: Person, fetched: dict[str, bytes], world: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("courses.warm.grade.CELL_S", 3)
    answers = {**world.RIGHT, "heaviest-answer": "while True:\n    print('tea' * 1000)"}
    done = graded(released, lin, world.fill(fetched, answers))
    assert (done.state, done.score) == ("graded", 2.0)
    assert done.feedback is not None and done.feedback["events"]
    assert "Cell 7 ran for more than 3 seconds" in done.feedback["events"][0]["en"]


def test_too_much_memory_ends_the_notebook_there_with_a_reason(
    released: Store, lin: Person, fetched: dict[str, bytes], world: SimpleNamespace
) -> None:
    hog = (
        "import subprocess, sys, time\n"
        "take = 'x = b\"x\" * 300_000_000; import time; time.sleep(20)'\n"
        "some = [subprocess.Popen([sys.executable, '-c', take]) for _ in range(6)]\n"
        "time.sleep(20)"
    )
    attempt = submit(released, lin, "tea", "u1", "en", world.fill(fetched, {**world.RIGHT, "heaviest-answer": hog}))
    job = partial(grade_job, walls=Walls(memory_mb=700))
    assert Worker(released, {"grade": job}).run_pending() == 1
    with released.read() as conn:
        done, marks = attempt_of(conn, attempt.id), marks_of(conn, attempt.id)
    assert [(m.points, m.reason) for m in marks] == [(2.0, ""), (None, "memory 700")] and done.score == 2.0
    assert "700" in marks[1].why("en") and "700" in marks[1].why("zh-CN")


@pytest.mark.parametrize(
    ("deed", "reason"),
    [
        ("import os\nos._exit(0)", "kernel-died 7"),
        ("import ctypes\nctypes.string_at(0)", "kernel-died 7"),
        (
            "import os\nfor fd in range(3, 99):\n    try:\n        os.close(fd)\n    except OSError:\n        pass",
            "kernel-died 7",
        ),
    ],
)
def test_code_that_ends_its_kernel_costs_what_follows_and_no_more(
    released: Store, lin: Person, fetched: dict[str, bytes], world: SimpleNamespace, deed: str, reason: str
) -> None:
    done = graded(released, lin, world.fill(fetched, {**world.RIGHT, "heaviest-answer": deed}))
    with released.read() as conn:
        marks = marks_of(conn, done.id)
    assert [(m.points, m.reason) for m in marks] == [(2.0, ""), (None, reason)]
    assert "cell 7" in marks[1].why("en") and "第 7 个单元格" in marks[1].why("zh-CN")


def test_a_deleted_check_is_put_back_and_told(
    released: Store, lin: Person, fetched: dict[str, bytes], world: SimpleNamespace
) -> None:
    nb = json.loads(world.fill(fetched, world.RIGHT)["u1.ipynb"])
    nb["cells"] = [c for c in nb["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") != "mean-weight"]
    done = graded(released, lin, {**fetched, "u1.ipynb": json.dumps(nb).encode()})
    with released.read() as conn:
        marks = marks_of(conn, done.id)
    assert [(m.points, m.state, m.reason) for m in marks] == [(2.0, "graded", ""), (1.0, "graded", "")]
    assert done.repairs and done.repairs[0]["grade_id"] == "mean-weight"
    assert done.feedback is not None and "mean-weight" in done.feedback["repairs"][0]["en"]


def test_changed_checks_and_data_are_put_back(
    released: Store, lin: Person, fetched: dict[str, bytes], world: SimpleNamespace
) -> None:
    cheat = world.fill(
        fetched, {"mean-weight": "pass", "heaviest": "pass", "heaviest-answer": "heaviest_basket = max(weights)"}
    )
    done = graded(released, lin, {**cheat, "harvest.csv": b"basket,weight\na,99\n"})
    assert done.score == 1.0


def test_item_05_killed_between_acknowledgement_and_grading_it_is_graded_once(
    released: Store, lin: Person, fetched: dict[str, bytes], world: SimpleNamespace, tmp_path: Path
) -> None:
    attempt = submit(released, lin, "tea", "u1", "en", world.fill(fetched, world.RIGHT))
    url = str(released.engine.url)
    script = (
        "import sys\nfrom commons.jobs import Worker\nfrom commons.store import open_store\nfrom courses.grading import grade_job\n"
        "print('ready', flush=True)\nWorker(open_store(sys.argv[1]), {'grade': grade_job}, lease_s=1).run_pending()"
    )
    worker = subprocess.Popen([sys.executable, "-c", script, url], cwd=ROOT, stdout=subprocess.PIPE)
    assert worker.stdout is not None and worker.stdout.readline()
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with released.read() as conn:
            if attempt_of(conn, attempt.id).state == "grading":
                break
        time.sleep(0.05)
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    worker.stdout.close()
    with released.read() as conn:
        assert attempt_of(conn, attempt.id).state == "grading"
    while Worker(released, {"grade": grade_job}).run_pending() == 0:
        time.sleep(0.2)
    with released.read() as conn:
        done = attempt_of(conn, attempt.id)
        assert (done.state, done.score, state_of(conn, "grade", done.id)) == ("graded", 3.0, "done")
        assert len(records_of(conn, lin.actor)) == 3
        assert conn.execute(select(func.count()).select_from(tables.mark)).scalar() == 2


def test_a_late_worker_is_fenced_and_changes_nothing(
    released: Store, lin: Person, fetched: dict[str, bytes], world: SimpleNamespace
) -> None:
    attempt = submit(released, lin, "tea", "u1", "en", world.fill(fetched, world.RIGHT))
    late = claim(released, ["grade"], "late", 0.0)
    assert late is not None
    assert Worker(released, {"grade": grade_job}).run_pending() == 1
    grade_job_again = Worker(released, {"grade": grade_job}).run_pending
    assert grade_job_again() == 0
    with pytest.raises(Exception, match="no longer"):
        grade_job(late, released)
    with released.read() as conn:
        assert len(records_of(conn, lin.actor)) == 3
        assert attempt_of(conn, attempt.id).state == "graded"


def test_without_its_walls_grading_refuses_and_says_so(
    released: Store, lin: Person, fetched: dict[str, bytes], world: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise SandboxError("the sandbox lacks seccomp")

    attempt = submit(released, lin, "tea", "u1", "en", fetched)
    monkeypatch.setattr("courses.warm.pair.ensure_sound", refuse)
    monkeypatch.setattr("commons.jobs.RETRY_S", 0.0)
    assert Worker(released, {"grade": grade_job}).run_pending() == 3
    with released.read() as conn:
        done = attempt_of(conn, attempt.id)
        assert (done.state, done.reason, state_of(conn, "grade", done.id)) == ("failed", "engine", "failed")
        assert marks_of(conn, done.id) == []
    assert "not your fault" in done.why("en")
    monkeypatch.undo()
    again = graded(released, lin, fetched)
    assert (again.number, again.state, again.score) == (2, "graded", 0.0)

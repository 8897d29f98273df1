"""Whatever is killed while it grades: nothing that was acknowledged is lost, no mark is given twice, nothing keeps running."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
from sqlalchemy import func, select
from typer.testing import CliRunner

from commons.jobs import Worker, claim
from commons.people import Person
from commons.places import ROOT
from commons.records import records_of
from commons.store import Store
from courses import tables
from courses.attempts import Attempt, attempt_of, marks_of, submit
from courses.batch import Progress, grade_pending
from courses.engine import KERNELS_ENV
from courses.grading import grade_job
from courses.replay import replay
from courses.warm.grade import ENV
from courses.warm.pair import Walls, warm_of

pytestmark = pytest.mark.slow

# Where a worker is killed: the name of a function, and whether before or after it did its work.
STEPS = (
    "courses.grading.unpack before",
    "courses.warm.pair.Warm._start after",
    "courses.warm.judge._Judge._prepare after",
    "courses.warm.judge._Judge._sealed after",
    "courses.grading.grade after",
    "courses.grading.rehearse after",
    "courses.grading._keep before",
    "courses.grading._keep after",
    "courses.grading.finish after",
)
WORKER = """
import importlib, os, signal, sys
from commons.jobs import Worker
from commons.store import open_store
from courses.grading import grade_job
place, when = sys.argv[2].split()
parts = place.split(".")
owner = importlib.import_module(".".join(parts[:3] if parts[1] == "warm" else parts[:2]))
for name in parts[3 if parts[1] == "warm" else 2:-1]:
    owner = getattr(owner, name)
real = getattr(owner, parts[-1])
def killed(*args, **options):
    if when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    result = real(*args, **options)
    os.kill(os.getpid(), signal.SIGKILL)
    return result
setattr(owner, parts[-1], killed)
Worker(open_store(sys.argv[1]), {"grade": grade_job}, lease_s=1).run_pending()
"""


def hand_in(store: Store, lin: Person, fetched: dict[str, bytes], world: SimpleNamespace) -> Attempt:
    answers = {**world.RIGHT, "heaviest-answer": "heaviest_basket = 1"}
    return submit(store, lin, "tea", "u1", "en", world.fill(fetched, answers))


@pytest.mark.parametrize("step", STEPS)
def test_issue3_item_11_a_worker_killed_at_any_step_loses_and_doubles_nothing(
    released: Store, lin: Person, fetched: dict[str, bytes], world: SimpleNamespace, step: str
) -> None:
    attempt = hand_in(released, lin, fetched, world)
    worker = subprocess.Popen([sys.executable, "-c", WORKER, str(released.engine.url), step], cwd=ROOT)
    below: dict[int, psutil.Process] = {}
    while worker.poll() is None:
        try:
            below |= {p.pid: p for p in psutil.Process(worker.pid).children(recursive=True)}
        except psutil.NoSuchProcess:
            break
        time.sleep(0.01)
    assert worker.wait() == -signal.SIGKILL
    _, alive = psutil.wait_procs(list(below.values()), timeout=5)
    assert alive == []
    with released.read() as conn:
        before = attempt_of(conn, attempt.id)
        assert before.state in ("received", "grading") and marks_of(conn, attempt.id) == []
        assert records_of(conn, lin.actor) == []
    time.sleep(1.1)
    assert Worker(released, {"grade": grade_job}).run_pending() == 1
    with released.read() as conn:
        done = attempt_of(conn, attempt.id)
        rows = conn.execute(select(func.count()).select_from(tables.mark)).scalar()
        assert (done.state, done.score, rows, len(records_of(conn, lin.actor))) == ("graded", 2.0, 2, 3)


def test_issue3_item_11_a_late_result_of_a_lost_worker_is_fenced(
    released: Store, lin: Person, fetched: dict[str, bytes], world: SimpleNamespace
) -> None:
    attempt = hand_in(released, lin, fetched, world)
    lost = claim(released, ["grade"], "lost", lease_s=0)
    assert lost is not None
    assert Worker(released, {"grade": grade_job}).run_pending() == 1
    with released.read() as conn:
        first = attempt_of(conn, attempt.id)
    with pytest.raises(Exception, match="no longer this worker's"):
        grade_job(lost, released)
    with released.read() as conn:
        assert attempt_of(conn, attempt.id) == first and len(records_of(conn, lin.actor)) == 3


def test_issue3_item_11_a_warm_grader_killed_at_work_is_nobodys_fault(
    released: Store, lin: Person, fetched: dict[str, bytes], world: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = "import time\ntime.sleep(2)\nheaviest_basket = max(weights)"
    attempt = submit(released, lin, "tea", "u1", "en", world.fill(fetched, {**world.RIGHT, "heaviest-answer": slow}))
    monkeypatch.setattr("commons.jobs.RETRY_S", 0.0)
    warm = warm_of(KERNELS_ENV, ENV)
    with warm.pair(Walls()):
        first = warm.process
    assert first is not None
    killer = threading.Timer(1.0, first.kill)
    killer.start()
    assert Worker(released, {"grade": grade_job}).run_pending() == 2
    killer.join()
    with released.read() as conn:
        assert (attempt_of(conn, attempt.id).state, attempt_of(conn, attempt.id).score) == ("graded", 3.0)
    assert warm.process is not first


def test_issue3_item_11_a_full_disk_keeps_the_hand_in_until_there_is_room(
    released: Store, lin: Person, fetched: dict[str, bytes], world: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt = hand_in(released, lin, fetched, world)
    monkeypatch.setattr("commons.jobs.RETRY_S", 0.0)
    with released.engine.connect() as conn:
        pages = conn.exec_driver_sql("PRAGMA page_count").scalar()
    import courses.grading as grading

    real, tries = grading._keep, list[int]()

    def keep(conn: Any, *rest: Any) -> None:
        tries.append(1)
        if len(tries) == 1:
            conn.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
            conn.exec_driver_sql("CREATE TABLE filler (x)")
            conn.exec_driver_sql("INSERT INTO filler VALUES (zeroblob(9000000))")
        conn.exec_driver_sql("PRAGMA max_page_count = 1000000")
        real(conn, *rest)

    monkeypatch.setattr(grading, "_keep", keep)
    assert Worker(released, {"grade": grade_job}).run_pending() == 2
    with released.read() as conn:
        done = attempt_of(conn, attempt.id)
        assert (len(tries), done.state, done.score, len(records_of(conn, lin.actor))) == (2, "graded", 2.0, 3)


def test_issue3_item_10_a_receipt_reproduces_the_mark(
    released: Store, lin: Person, fetched: dict[str, bytes], world: SimpleNamespace
) -> None:
    attempt = hand_in(released, lin, fetched, world)
    assert Worker(released, {"grade": grade_job}).run_pending() == 1
    with released.read() as conn:
        receipt = attempt_of(conn, attempt.id).receipt or {}
    assert {name: len(str(receipt[name])) for name in ("submission", "tests", "environment", "log")} == dict.fromkeys(
        ("submission", "tests", "environment", "log"), 64
    )
    again = replay(released, attempt.id, KERNELS_ENV)
    assert again.same and again.lines[-1] == "the same"
    with released.begin() as conn:
        conn.execute(tables.attempt.update().values(receipt={**receipt, "log": "0" * 64}))
    changed = replay(released, attempt.id, KERNELS_ENV)
    assert not changed.same and any(line.startswith("log: 000") for line in changed.lines)


def test_issue3_item_01_an_assignment_is_graded_in_one_go_with_its_progress(
    released: Store, lin: Person, fetched: dict[str, bytes], world: SimpleNamespace, tmp_path: Path
) -> None:
    for number in range(3):
        answers = {**world.RIGHT, "heaviest-answer": f"heaviest_basket = {number + 1.5}"}
        submit(released, lin, "tea", "u1", "en", world.fill(fetched, answers))
    heard: list[Progress] = []
    found = grade_pending(released, "tea", "u1", look=heard.append)
    assert (found.total, found.graded, found.failed, sorted(found.scores)) == (3, 3, 0, [2.0, 2.0, 3.0])
    assert heard[-1].done == heard[-1].total == 3 and heard[-1].rate > 0
    assert grade_pending(released, "tea", "u1").total == 0


def test_issue3_item_01_the_command_says_what_became_of_them(
    released: Store, lin: Person, fetched: dict[str, bytes], world: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    from courses.cli import app

    attempt = hand_in(released, lin, fetched, world)
    monkeypatch.setenv("SHUYUAN_DATABASE_URL", str(released.engine.url))
    done = CliRunner().invoke(app, ["grade", "tea", "u1"])
    assert done.exit_code == 0 and "tea/u1: 1 graded in" in done.output and "mean 2.00 points" in done.output
    assert "nothing waits" in CliRunner().invoke(app, ["grade"]).output
    unknown = CliRunner().invoke(app, ["grade", "tea", "u9"])
    assert unknown.exit_code == 1 and "u9" in unknown.output + unknown.stderr
    again = CliRunner().invoke(app, ["replay", attempt.id])
    assert again.exit_code == 0 and "the same" in again.output


@pytest.mark.parametrize(
    ("deed", "words"),
    [
        ("import numpy as np\nnp.ones((10**5, 10**6))", "Cell 7 ran out of memory: it wanted 745 GiB, a notebook has 2048 MB"),
        ("with open('big', 'wb') as f:\n    [f.write(b'x' * 2**20) for _ in range(60)]\n"
         "import shutil\n[shutil.copy('big', f'big{n}') for n in range(9)]", "Cell 7 filled the disk: a notebook may write 256 MB"),
        ("import os\nos._exit(3)", "Cell 7 ended the kernel"),
    ],
)  # fmt: skip
def test_issue3_item_09_the_learner_reads_which_cell_what_it_wanted_and_the_limit(
    released: Store, lin: Person, fetched: dict[str, bytes], world: SimpleNamespace, deed: str, words: str
) -> None:
    import re

    attempt = submit(released, lin, "tea", "u1", "en", world.fill(fetched, {**world.RIGHT, "heaviest-answer": deed}))
    assert Worker(released, {"grade": grade_job}).run_pending() == 1
    with released.read() as conn:
        done = attempt_of(conn, attempt.id)
    assert done.score == 2.0 and done.feedback is not None
    said = " ".join(event["en"] for event in done.feedback["events"])
    assert re.search(words, said), said
    assert all(event["zh-CN"] for event in done.feedback["events"])


def test_nothing_of_a_grading_is_left_running_when_its_platform_ends(
    released: Store, lin: Person, fetched: dict[str, bytes], world: SimpleNamespace
) -> None:
    hand_in(released, lin, fetched, world)
    script = (
        "import sys, time\nfrom commons.jobs import Worker\nfrom commons.store import open_store\n"
        "from courses.grading import grade_job\nWorker(open_store(sys.argv[1]), {'grade': grade_job}).run_pending()\n"
        "print('done', flush=True)\ntime.sleep(60)"
    )
    worker = subprocess.Popen(
        [sys.executable, "-c", script, str(released.engine.url)], cwd=ROOT, stdout=subprocess.PIPE
    )
    assert worker.stdout is not None and worker.stdout.readline() == b"done\n"
    below = psutil.Process(worker.pid).children(recursive=True)
    assert below, "the warm process stays for the next hand-in"
    os.kill(worker.pid, signal.SIGKILL)
    worker.communicate()
    _, alive = psutil.wait_procs(below, timeout=5)
    assert alive == []

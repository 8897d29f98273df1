"""Nothing acknowledged is lost: `kill -9` of portal, worker and hub on the running platform (must-show 5)."""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from collections.abc import Callable

import httpx
import pytest

from tests.e2e.learner import Learner
from tests.e2e.platform import Platform

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


def _until(is_so: Callable[[], bool], what: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if is_so():
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.2)
    raise AssertionError(f"{what} did not come about in {seconds} s")


def _counts(platform: Platform, attempt: str) -> tuple[int, int, int]:
    """(marks, learning records, finished jobs) of one attempt."""
    with sqlite3.connect(f"file:{platform.home / 'shuyuan.db'}?mode=ro", uri=True) as db:
        marks = db.execute("SELECT count(*) FROM mark WHERE attempt = ?", (attempt,)).fetchone()[0]
        records = db.execute("SELECT count(*) FROM record WHERE attempt = ?", (attempt,)).fetchone()[0]
        jobs = db.execute("SELECT count(*) FROM job WHERE key = ? AND state = 'done'", (attempt,)).fetchone()[0]
    return marks, records, jobs


def test_portal_and_worker_killed_between_acknowledgement_and_grading_and_the_attempt_is_graded_once(platform: Platform) -> None:
    with Learner(platform.url) as learner:
        learner.join("heritage", platform.join_code("heritage"))
        worker = platform.pid_of("worker")
        os.kill(worker, signal.SIGSTOP)
        answer = learner.submit("heritage", "u1", learner.release("heritage", "u1"))
        assert answer.status_code == 201, answer.text
        attempt = answer.json()["attempt"]
        os.kill(platform.pid_of("portal"), signal.SIGKILL)
        os.kill(worker, signal.SIGKILL)
        _until(lambda: learner.attempt(attempt)["state"] == "graded", "grading", 120)
        marks, records, jobs = _counts(platform, attempt)
        assert marks > 0 and jobs == 1
        # One record per exercise and one for the unit.
        assert records == len(learner.attempt(attempt)["feedback"]["exercises"]) + 1


def test_worker_killed_in_the_middle_of_grading_and_the_attempt_is_graded_once(platform: Platform) -> None:
    with Learner(platform.url) as learner:
        learner.join("heritage", platform.join_code("heritage"))
        attempt = learner.submit("heritage", "u2", learner.release("heritage", "u2")).json()["attempt"]
        _until(lambda: learner.attempt(attempt)["state"] == "grading", "grading has begun")
        os.kill(platform.pid_of("worker"), signal.SIGKILL)
        platform.lapse_leases()
        _until(lambda: learner.attempt(attempt)["state"] == "graded", "grading", 150)
        assert _counts(platform, attempt)[2] == 1


def test_hub_killed_and_pages_and_tours_go_on(platform: Platform) -> None:
    with Learner(platform.url) as learner:
        learner.join("heritage", platform.join_code("heritage"))
        hub = platform.pid_of("hub")
        os.kill(hub, signal.SIGKILL)
        # At once, while there is no hub.
        for path in ("/", "/courses/heritage", "/my/", "/tours/", "/tours/garden/"):
            assert learner.client.get(path).status_code == 200, path
        _until(lambda: httpx.get(f"{platform.url}/health", trust_env=False).status_code == 200, "health", 60)
        assert platform.pid_of("hub") != hub

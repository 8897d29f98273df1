"""Durable jobs: done once, by the worker that holds the claim, whatever happens to the others (item 3)."""

from __future__ import annotations

import threading

import pytest

from commons import jobs
from commons.jobs import Fenced, Job, Worker
from commons.store import Store


def _enqueue(store: Store, key: str = "k", **more: int) -> str:
    with store.begin() as conn:
        return jobs.enqueue(conn, "grade", key, {"n": 1}, **more)


def _state(store: Store, key: str = "k") -> str:
    with store.read() as conn:
        return jobs.state_of(conn, "grade", key)


def _finishing(job: Job, store: Store) -> None:
    with store.begin() as conn:
        jobs.finish(conn, job, {"by": job.token})


def test_item_03_a_job_asked_for_twice_is_one_job(either_store: Store) -> None:
    assert _enqueue(either_store) == _enqueue(either_store)
    assert Worker(either_store, {"grade": _finishing}).run_pending() == 1
    assert _state(either_store) == "done"
    assert jobs.claim(either_store, ["grade"], "w") is None


def test_a_worker_that_lost_its_lease_is_fenced_off(either_store: Store) -> None:
    _enqueue(either_store)
    first = jobs.claim(either_store, ["grade"], "first", lease_s=-1)
    second = jobs.claim(either_store, ["grade"], "second")
    assert first and second and second.token == first.token + 1
    assert not jobs.renew(either_store, first)
    with pytest.raises(Fenced), either_store.begin() as conn:
        jobs.finish(conn, first)
    _finishing(second, either_store)
    with pytest.raises(Fenced), either_store.begin() as conn:
        jobs.finish(conn, second)
    assert _state(either_store) == "done"


def test_a_held_lease_keeps_others_away(either_store: Store) -> None:
    _enqueue(either_store)
    assert jobs.claim(either_store, ["grade"], "one") is not None
    assert jobs.claim(either_store, ["grade"], "two") is None
    assert jobs.claim(either_store, ["other"], "two") is None


def test_one_who_asks_for_many_does_not_hold_up_the_others(either_store: Store) -> None:
    for key, turn in [("a1", "ada"), ("a2", "ada"), ("a3", "ada"), ("plain", ""), ("b1", "bo"), ("b2", "bo")]:
        with either_store.begin() as conn:
            jobs.enqueue(conn, "grade", key, {"turn": turn} if turn else {})
    claimed = [jobs.claim(either_store, ["grade"], "w") for _ in range(7)]
    assert [one and one.key for one in claimed] == ["a1", "plain", "b1", "a2", "a3", "b2", None]


def test_a_turn_is_free_again_once_its_job_ended_or_its_worker_is_lost(either_store: Store) -> None:
    for key, turn in [("a1", "ada"), ("a2", "ada"), ("b1", "bo")]:
        with either_store.begin() as conn:
            jobs.enqueue(conn, "grade", key, {"turn": turn})
    first = jobs.claim(either_store, ["grade"], "w")
    assert first and first.key == "a1"
    _finishing(first, either_store)
    second = jobs.claim(either_store, ["grade"], "w", lease_s=-1)
    again = jobs.claim(either_store, ["grade"], "w")
    assert second and again and (second.key, again.key) == ("a2", "a2")


def test_a_failing_job_is_tried_again_and_then_given_up(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "RETRY_S", -1)
    _enqueue(store, max_tries=2)
    tries: list[int] = []

    def broken(job: Job, store: Store) -> None:
        tries.append(job.tries)
        raise RuntimeError("no paper")

    Worker(store, {"grade": broken}).run_pending()
    assert tries == [1, 2]
    assert _state(store) == "failed"


def test_a_job_whose_workers_all_died_comes_back_once_to_be_settled(store: Store) -> None:
    _enqueue(store, max_tries=2)
    claims = [jobs.claim(store, ["grade"], f"w{n}", lease_s=-1) for n in range(4)]
    assert [one and one.is_lost for one in claims] == [False, False, True, None]
    assert _state(store) == "failed"


def test_many_workers_do_each_job_once(either_store: Store) -> None:
    for n in range(20):
        _enqueue(either_store, f"k{n}")
    done: list[str] = []
    lock = threading.Lock()

    def handler(job: Job, store: Store) -> None:
        with store.begin() as conn:
            jobs.finish(conn, job)
        with lock:
            done.append(job.key)

    workers = [Worker(either_store, {"grade": handler}) for _ in range(3)]
    threads = [threading.Thread(target=worker.run_pending) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == sorted(f"k{n}" for n in range(20))


def test_a_worker_stops_when_told(store: Store) -> None:
    stop = threading.Event()
    thread = threading.Thread(target=Worker(store, {"grade": _finishing}).run, args=(stop,))
    thread.start()
    _enqueue(store)
    while _state(store) != "done":
        assert thread.is_alive()
    stop.set()
    thread.join(10)
    assert not thread.is_alive()

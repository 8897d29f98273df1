"""Training as a durable job: asked for once a night or by command, followed on a bar, killed and gone on with."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from typer.testing import CliRunner

from commons.errors import BadInput, Unavailable
from commons.jobs import Fenced, Job, Worker, claim, enqueue, job
from commons.people import ensure_person
from commons.places import ROOT
from commons.records import LearningRecord, Verb, add_records
from commons.settings import Settings, load_settings
from commons.store import Store, migrate, open_store
from knowledge_graph import load_graph
from portal import training
from portal.apart import apart
from portal.cli import app
from portal.cli_recommender import Shown, bar
from portal.training import ask, ask_nightly, last_training
from recommender.simulate_items import simulate_items
from recommender.training import registry as registry_module
from recommender.training.registry import SHIPPED, registry_of
from recommender.training.ship import read_items

NIGHT = datetime(2026, 11, 23, 3, 20)  # noqa: DTZ001 (the machine's own time)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings({"SHUYUAN_HOME": str(tmp_path / "home")})


@pytest.fixture
def opened(settings: Settings) -> Iterator[Store]:
    settings.home.mkdir()
    store = open_store(settings.database_url)
    migrate(store)
    yield store
    store.close()


def keys(store: Store) -> list[str]:
    with store.read() as conn:
        return list(conn.execute(select(job.c.key).where(job.c.kind == "train").order_by(job.c.created)).scalars())


def test_issue5_item_06_a_night_asks_once_in_its_hour(opened: Store, settings: Settings) -> None:
    assert settings.train_hour == 3
    ask_nightly(opened, settings, NIGHT.replace(hour=2))
    assert keys(opened) == []
    for more in (0, 1, 30):
        ask_nightly(opened, settings, NIGHT + timedelta(minutes=more))
    assert keys(opened) == ["night 2026-11-23"]
    with opened.begin() as conn:
        conn.execute(update(job).values(state="done"))
    ask_nightly(opened, settings, NIGHT)
    assert len(keys(opened)) == 1, "done is not asked for again"
    ask_nightly(opened, settings, NIGHT + timedelta(days=1))
    assert keys(opened) == ["night 2026-11-23", "night 2026-11-24"]


def test_issue5_item_06_many_workers_ask_for_one_training_a_night(either_store: Store, settings: Settings) -> None:
    with either_store.begin() as conn:
        conn.execute(job.delete())
    faults: list[Exception] = []

    def one() -> None:
        try:
            ask_nightly(either_store, settings, NIGHT)
        except Exception as error:
            faults.append(error)

    threads = [threading.Thread(target=one) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert keys(either_store) == ["night 2026-11-23"] and faults == []


def test_issue5_item_06_off_means_that_no_night_asks(opened: Store, tmp_path: Path) -> None:
    off = load_settings({"SHUYUAN_HOME": str(tmp_path / "home"), "SHUYUAN_TRAIN_HOUR": "off"})
    assert off.train_hour == -1
    for hour in range(24):
        ask_nightly(opened, off, NIGHT.replace(hour=hour))
    assert keys(opened) == []
    with pytest.raises(BadInput, match="an hour from 0 to 23, or off"):
        load_settings({"SHUYUAN_TRAIN_HOUR": "24"})


def test_issue5_item_06_the_worker_looks_again_and_again_and_not_without_torch(
    opened: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, stop = list[int](), threading.Event()

    def look(*_: object) -> None:
        asked.append(1)
        if len(asked) == 3:
            stop.set()
        raise Unavailable("the disk is full")

    monkeypatch.setattr(training, "LOOK_S", 0.01)
    monkeypatch.setattr(training, "ask_nightly", look)
    training.keep_asking(opened, settings, stop)
    assert len(asked) == 3, "a fault of one minute does not end it"
    monkeypatch.setattr(registry_module, "find_spec", lambda name: None if name == "torch" else name)
    training.keep_asking(opened, settings, threading.Event())
    assert len(asked) == 3


def test_issue5_item_06_what_waits_or_runs_is_not_asked_for_twice(opened: Store) -> None:
    with opened.begin() as conn:
        first = ask(conn, seed=4)
        assert ask(conn, synthetic=True) == first
    assert claim(opened, ["train"], "w") is not None
    with opened.begin() as conn:
        assert ask(conn) == first
        told = conn.execute(select(job.c.payload)).scalar()
    assert told == {"turn": "train", "synthetic": False, "seed": 4, "until": 0}


def say_twice(say: training.Tell, word: str) -> Mapping[str, Any]:
    for number in (1, 2):
        say({"done": number})
    return {"said": word, "pid": os.getpid(), "nice": os.nice(0)}


def refuse(_: training.Tell, kind: str) -> Mapping[str, Any]:
    if kind == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    raise (BadInput if kind == "bad" else Unavailable)("no such thing", next="Look again.")


def sleep(say: training.Tell) -> Mapping[str, Any]:
    say({"pid": os.getpid()})
    time.sleep(600)
    return {}


def alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def test_issue5_item_06_the_work_is_done_apart_and_tells_how_far_it_is() -> None:
    heard: list[Mapping[str, Any]] = []
    done = apart(say_twice, "well", tell=heard.append)
    assert (done["said"], heard) == ("well", [{"done": 1}, {"done": 2}])
    assert done["pid"] != os.getpid() and done["nice"] >= 10 and not alive(done["pid"])


@pytest.mark.parametrize(
    ("kind", "error", "words"),
    [
        ("bad", BadInput, "no such thing"),
        ("away", Unavailable, "no such thing"),
        ("die", Unavailable, "ended by itself"),
    ],
)
def test_issue5_item_06_what_goes_wrong_apart_is_told_here(kind: str, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        apart(refuse, kind, tell=print)


def test_issue5_item_06_a_training_ends_with_its_worker_and_with_its_claim() -> None:
    stop, heard = threading.Event(), list[int]()

    def end(told: Mapping[str, Any]) -> None:
        heard.append(told["pid"])
        stop.set()

    with pytest.raises(Unavailable, match="the worker was stopped"):
        apart(sleep, tell=end, stop=stop)

    def fenced(told: Mapping[str, Any]) -> None:
        heard.append(told["pid"])
        raise Fenced("taken over")

    with pytest.raises(Fenced):
        apart(sleep, tell=fenced)
    assert len(heard) == 2 and not any(alive(pid) for pid in heard)


def linger(say: training.Tell, _: Settings, payload: Mapping[str, Any]) -> Mapping[str, Any]:
    say({"done": 1, "total": 2, "auc": 0.6, "best": 0.6})
    time.sleep(3)
    return {"name": "", "said": f"up to {payload['until']}"}


def test_issue5_item_06_the_lease_is_renewed_and_the_progress_told_while_a_training_runs(
    opened: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "_work", linger)
    with opened.begin() as conn:
        key = ask(conn)
    worker = Worker(opened, training.job_handlers(settings), lease_s=2.0)
    running = threading.Thread(target=worker.step)
    running.start()
    seen = []
    while running.is_alive():
        time.sleep(0.2)
        assert claim(opened, ["train"], "another") is None, "the lease never lapses"
        with opened.read() as conn:
            known = training.training(conn, key)
        seen.append((known.state, known.told.get("best")) if known else None)
    running.join()
    assert ("running", 0.6) in seen
    with opened.read() as conn:
        known = training.training(conn, key)
    assert known and known.state == "done" and known.told["said"] == "up to 0"


def test_issue5_item_06_a_training_that_another_worker_took_over_is_given_up(
    opened: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened.begin() as conn:
        key = ask(conn)
    one = claim(opened, ["train"], "first", lease_s=-1)
    assert one and claim(opened, ["train"], "second")

    def work(*_: object, tell: Any, **__: object) -> Mapping[str, Any]:
        tell({"done": 1, "total": 2})
        raise AssertionError("it goes on")

    monkeypatch.setattr(training, "apart", work)
    with pytest.raises(Fenced):
        training.job_handlers(settings)["train"](one, opened)
    with opened.read() as conn:
        known = training.training(conn, key)
    assert known and known.state == "running" and known.told == {}


def test_issue5_item_06_a_training_stopped_by_hand_is_not_gone_on_with_unasked(
    opened: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work(*_: object, **__: object) -> Mapping[str, Any]:
        raise KeyboardInterrupt

    monkeypatch.setattr(training, "apart", work)
    with opened.begin() as conn:
        first = ask(conn)
    with pytest.raises(KeyboardInterrupt):
        Worker(opened, training.job_handlers(settings)).step()
    with opened.begin() as conn:
        known = last_training(conn)
        assert known and known.state == "failed" and "goes on where it was" in known.error
        assert ask(conn) != first


def test_issue5_item_06_a_training_whose_workers_all_died_ends_as_failed(opened: Store, settings: Settings) -> None:
    with opened.begin() as conn:
        enqueue(conn, "train", "k", {"synthetic": False, "seed": 0, "until": 0}, max_tries=1)
    lost: Job | None = None
    for name in ("a", "b"):
        lost = claim(opened, ["train"], name, lease_s=-1)
    assert lost and lost.is_lost
    training.job_handlers(settings)["train"](lost, opened)
    with opened.read() as conn:
        known = last_training(conn)
    assert known and known.state == "failed" and "lost at every try" in known.error


def test_issue5_item_06_the_bar_tells_epochs_and_the_best_auc() -> None:
    assert bar({}) == f"[{'.' * 30}] 0/0"
    assert bar({"done": 40, "total": 40, "best": 0.7}) == f"[{'#' * 30}] 40/40  AUC 0.7000"


class Terminal(io.StringIO):
    """Somebody looks on."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("screen", "drawn"), [(Terminal(), True), (io.StringIO(), False)])
def test_issue5_item_06_the_bar_is_drawn_from_the_jobs_row_where_somebody_looks_on(
    opened: Store, monkeypatch: pytest.MonkeyPatch, screen: io.StringIO, drawn: bool
) -> None:
    with opened.begin() as conn:
        key = ask(conn)
        conn.execute(update(job).values(result={"done": 20, "total": 40, "auc": 0.7, "best": 0.7123}))
    monkeypatch.setattr(sys, "stderr", screen)
    with Shown(opened, key):
        until = time.monotonic() + (20 if drawn else 1)
        while "AUC" not in screen.getvalue() and time.monotonic() < until:
            time.sleep(0.05)
    told = f"[{'#' * 15}{'.' * 15}] 20/40  AUC 0.7123"
    assert (told in screen.getvalue()) is drawn and (screen.getvalue() == "") is not drawn


def shuyuan(home: Path, *words: str) -> tuple[int, str]:
    done = CliRunner(env={"SHUYUAN_HOME": str(home)}).invoke(app, ["recommender", *words])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.output


def test_issue5_item_06_the_commands_list_promote_and_roll_back(opened: Store, settings: Settings) -> None:
    registry = registry_of(settings.home)
    name = registry.add(registry.load(SHIPPED), {"origin": "records", "learners": 31, "figures": {"auc": 0.7123}})
    code, told = shuyuan(settings.home, "models")
    assert code == 0 and "* shipped " in told and f"  {name} " in told and "auc 0.7123" in told
    assert "last training: none yet" in told
    assert shuyuan(settings.home, "promote", name) == (0, f"{name} is live\n")
    assert f"* {name} " in shuyuan(settings.home, "models")[1]
    assert shuyuan(settings.home, "rollback") == (0, "shipped is live again\n")
    registry.promote(name)
    (registry.folder / name / "tracer.json").write_text("{}")
    code, told = shuyuan(settings.home, "models")
    assert code == 1 and f"live should be '{name}', but it is refused; shipped serves" in told
    with pytest.raises(BadInput, match="refused"):
        shuyuan(settings.home, "promote", name)


def test_issue5_item_06_the_command_writes_the_exercises(tmp_path: Path) -> None:
    assert shuyuan(tmp_path, "items", "--out", str(tmp_path / "items.json"))[0] == 0
    assert read_items(tmp_path / "items.json") == read_items()


def with_records(store: Store, learners: int = 40) -> None:
    """So many people, each with the answers of a synthetic learner."""
    rows = simulate_items(load_graph(), read_items(), learners=learners, answers=40, seed=5)
    begin = datetime(2026, 1, 5, 8, tzinfo=UTC)
    with store.begin() as conn:
        actors = {name: ensure_person(conn, name.replace(" ", "-")).actor for name in {row.learner for row in rows}}
        add_records(
            conn,
            (
                LearningRecord(
                    actors[row.learner], Verb.answered, row.question, "exercise", row.concepts,
                    begin + timedelta(seconds=row.time), score=float(row.correct),
                )
                for row in rows
            ),
        )  # fmt: skip


@pytest.mark.slow
def test_issue5_item_06_the_command_says_that_there_is_too_little_to_train_on(
    opened: Store, settings: Settings
) -> None:
    code, told = shuyuan(settings.home, "train")
    assert code == 1 and "too little to train on: 0 learners and 0 answers" in told
    assert not (settings.home / "models").exists()


@pytest.mark.slow
def test_issue5_must_06_kill_9_in_training_resumes_to_the_same_figure(opened: Store, settings: Settings) -> None:
    """By the command as an operator types it: one home is left alone, its twin is killed and asked again."""
    with_records(opened)
    opened.close()
    twin = settings.home.with_name("twin")
    shutil.copytree(settings.home, twin)
    assert shuyuan(settings.home, "train")[0] == 0

    store = open_store(f"sqlite:///{twin / 'shuyuan.db'}")
    try:
        command = [sys.executable, "-m", "portal.cli", "recommender", "train"]
        env = {**os.environ, "SHUYUAN_HOME": str(twin)}
        with subprocess.Popen(command, cwd=ROOT, env=env) as one:
            reached = epochs(store, 4)
            one.send_signal(signal.SIGKILL)
        assert registry_of(twin).live() == SHIPPED and len(registry_of(twin).entries()) == 1
        with store.begin() as conn:
            conn.execute(update(job).values(lease=datetime.now(UTC)))
        assert (twin / "models" / "tracer" / ".training" / "checkpoint.safetensors").exists() and reached < 40
        Worker(store, training.job_handlers(load_settings(env))).run_pending()
        with store.read() as conn:
            known = last_training(conn)
    finally:
        store.close()
    assert known and known.state == "done" and known.told["name"]
    pages = [
        json.loads((registry_of(home).folder / known.told["name"] / "about.json").read_text("utf-8"))
        for home in (settings.home, twin)
    ]
    for name in ("figures", "live", "constant", "data_sha256", "learners", "sha256"):
        assert pages[0][name] == pages[1][name], name
    assert registry_of(settings.home).live() == registry_of(twin).live()


def epochs(store: Store, wanted: int) -> int:
    """Wait until the training has done so many epochs; gives how many."""
    until = time.monotonic() + 120
    while time.monotonic() < until:
        with store.read() as conn:
            known = last_training(conn)
        if known and known.told.get("done", 0) >= wanted:
            return int(known.told["done"])
        time.sleep(0.01)
    raise AssertionError("the training did not begin")


@pytest.mark.slow
def test_issue5_item_06_the_installed_command_trains_and_says_when_there_is_too_little(tmp_path: Path) -> None:
    command = [str(Path(sys.executable).with_name("shuyuan")), "recommender", "train"]
    told = subprocess.run(
        command,
        env={**os.environ, "SHUYUAN_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert told.returncode == 1 and "too little to train on" in told.stdout + told.stderr, told

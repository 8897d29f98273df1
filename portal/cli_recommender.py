"""`shuyuan recommender …`: training of the tracer and the registry of its models. Heavy imports stay inside the command."""

from __future__ import annotations

import os
import sys
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from commons.settings import load_settings
from portal.cli_fairness import add_fairness_command

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commons.settings import Settings
    from commons.store import Store
    from portal.training import Training
    from recommender.training.registry import Entry, Registry

__all__ = ["Shown", "bar", "recommender_app", "row"]

recommender_app = typer.Typer(no_args_is_help=True, help="The recommender's model: train it, list, promote, roll back.")
add_fairness_command(recommender_app)
WIDTH, WAIT_S = 30, 0.3


@recommender_app.command("train")
def train_tracer(
    synthetic: Annotated[
        bool, typer.Option("--synthetic", help="From invented learners of this platform's graph and courses.")
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help="Another seed is another training of the same data.")] = 0,
) -> None:
    """Train on the records of everybody whose mode is personal. The model goes live only where it beats the live one.

    Ends at Ctrl-C; asked again it goes on where it was. Exit 1 where nothing was trained.
    """
    from commons.store import migrate, open_store
    from portal.training import ask

    settings = load_settings(os.environ)
    store = open_store(settings.database_url)
    try:
        migrate(store)
        with store.begin() as conn:
            own = str(uuid.uuid4())
            key = ask(conn, synthetic=synthetic, seed=seed, key=own)
        if key != own:
            sys.stderr.write("A training was asked for before and is not done: this follows it. Ask again afterwards for another.\n")
            sys.stderr.write("If it was cut off, it goes on here within a minute or so.\n")
        done = _wait(store, settings, key)
    finally:
        store.close()
    if done.state != "done":
        sys.stderr.write(f"shuyuan: {done.error}\n")
        raise typer.Exit(1)
    print(done.told["said"])
    raise typer.Exit(0 if done.told["name"] else 1)


@recommender_app.command("models")
def list_models() -> None:
    """List the models with their figures on held-out learners; * marks the live one. Exit 1 where one is refused."""
    registry = _registry()
    entries, live = registry.entries(), registry.in_use_name()
    for entry in entries:
        print(row(entry, live))
    marked = registry.marked()
    serves = f"{live} serves" if live else "no model is sound, the model on counts serves"
    if marked != live:
        print(f"- live should be '{marked}', but it is refused; {serves}" if marked else f"- {registry.fault()} {serves}")
    print(f"last training: {_last()}")
    raise typer.Exit(1 if marked != live or any(entry.fault for entry in entries) else 0)


@recommender_app.command("promote")
def promote_model(name: Annotated[str, typer.Argument(help="A model of `shuyuan recommender models`.")]) -> None:
    """Make a model live, whatever its figures; one that is altered or broken is refused and the old one stays live."""
    _registry().promote(name)
    print(f"{name} is live")


@recommender_app.command("rollback")
def roll_back_model() -> None:
    """Make the model live again that was live before this one."""
    print(f"{_registry().roll_back()} is live again")


@recommender_app.command("items")
def list_items(
    out: Annotated[Path, typer.Option(help="The file to write; - is standard output.")] = Path("-"),
) -> None:
    """Write the exercises of this platform's courses as JSON: what synthetic learners answer."""
    from commons.writing import output
    from portal.catalogue import load_catalogue
    from recommender.training.ship import items_page

    with output(out) as file:
        file.write(items_page(load_catalogue(load_settings(os.environ).home).items).encode())


def bar(told: Mapping[str, Any]) -> str:
    """One line: a bar, how many epochs are done of at most how many, the best AUC on validation learners so far.

    >>> bar({"done": 20, "total": 40, "auc": 0.71, "best": 0.7123})
    '[###############...............] 20/40  AUC 0.7123'
    """
    done, total = int(told.get("done", 0)), int(told.get("total", 0))
    filled = WIDTH * done // total if total else 0
    best = f"  AUC {told['best']:.4f}" if told.get("best") else ""
    return f"[{'#' * filled}{'.' * (WIDTH - filled)}] {done}/{total}{best}"


def row(entry: Entry, live: str) -> str:
    """One model on one line: what it learnt from, and its figures; of one that is refused, why."""
    mark = "*" if entry.name == live else " "
    if entry.fault:
        return f"{mark} {entry.name:<14} refused: {entry.fault}"
    told, own = entry.about, entry.about.get("figures", {})
    figures = ", ".join(
        f"{name.replace('_', ' ')} {own[name]:.4f}" for name in ("auc", "log_loss", "ece") if name in own
    )
    data = f"{told.get('origin', '?')}, {told.get('learners', 0)} learners, {told.get('answers', 0)} answers"
    rival = told.get("live", {})
    beside = f" (live then: {rival['name']}, auc {rival['auc']:.4f})" if rival else ""
    return f"{mark} {entry.name:<14} {told.get('created', '')[:16]}  {data}: {figures}{beside}"


def _registry() -> Registry:
    from recommender.training.registry import registry_of

    return registry_of(load_settings(os.environ).home)


def _last() -> str:
    from commons.store import migrate, open_store
    from portal.training import last_training

    store = open_store(load_settings(os.environ).database_url)
    try:
        migrate(store)
        with store.read() as conn:
            known = last_training(conn)
    finally:
        store.close()
    if known is None:
        return "none yet"
    how = bar(known.told) if known.is_waiting else known.error or known.told.get("said", "")
    return f"{known.asked:%Y-%m-%d %H:%M} UTC, {known.state}: {how}"


def _wait(store: Store, settings: Settings, key: str) -> Training:
    """Do the job here, or follow the worker that was quicker, until it has ended."""
    from commons.jobs import Worker
    from portal.training import job_handlers, training

    following = Shown(store, key)
    worker = Worker(store, job_handlers(settings), keys={key})
    with following:
        while True:
            worker.step()
            with store.read() as conn:
                known = training(conn, key)
            assert known is not None, "the job was asked for"
            if not known.is_waiting:
                return known
            time.sleep(WAIT_S)


class Shown:
    """The bar on a terminal, drawn from the job's row while it runs here or elsewhere; silent where nobody looks on."""

    def __init__(self, store: Store, key: str) -> None:
        import threading

        self._store, self._key, self._ended = store, key, threading.Event()
        self._thread = threading.Thread(target=self._draw, daemon=True)

    def __enter__(self) -> None:
        if sys.stderr.isatty():
            self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()
            sys.stderr.write("\n")

    def _draw(self) -> None:
        from commons.errors import ShuyuanError
        from portal.training import training

        while not self._ended.wait(WAIT_S):
            try:
                with self._store.read() as conn:
                    known = training(conn, self._key)
            except ShuyuanError:
                continue
            if known is not None and known.is_waiting:
                sys.stderr.write("\r\x1b[K" + bar(known.told))
                sys.stderr.flush()

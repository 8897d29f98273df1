"""The registry of trained tracers: a folder for each, `live.json` names the one in use and those that were before it.

Rule: what is half-written, altered or broken is never in use. `live.json` is replaced in one step, so that whenever a
process dies the old model or the new one is live, and both are whole. The one that ships is always there, as `shipped`.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commons.errors import BadInput, Conflict, NotFound, ShuyuanError, Unavailable
from commons.writing import output, told_errors
from recommender.training.sealed import checked, sealing, swept

if TYPE_CHECKING:
    from recommender.tracing.ours import Ours, Texts

__all__ = ["SHIPPED", "Entry", "Live", "Registry", "live_tracer", "need_torch", "registry_of"]

SHIPPED = "shipped"
PLACE = Path(__file__).parents[1] / "shipped" / "tracer"
BEFORE, KEPT, CHANGES = 10, 10, 200  # remembered before the live one; others kept on disk; rows of the history


@dataclass(frozen=True)
class Entry:
    """A model of the registry: `about` is what its about.json says; `fault` is why it is refused, or ""."""

    name: str
    about: Mapping[str, Any]
    fault: str = ""


@dataclass(frozen=True)
class Live:
    """The model that serves. `about` is as in Entry."""

    name: str
    about: Mapping[str, Any]
    tracer: Ours


@dataclass(frozen=True)
class _Page:
    """live.json: the name of the live one, those before it (newest first), and every change with its time."""

    live: str = SHIPPED
    before: tuple[str, ...] = ()
    history: tuple[Mapping[str, str], ...] = ()


class Registry:
    """The models in `folder`, which is made when the first is added. `shipped` is the folder of the one that ships."""

    def __init__(self, folder: Path, shipped: Path = PLACE) -> None:
        self.folder, self.shipped = folder, shipped

    def entries(self) -> list[Entry]:
        """Every model with what is said of it, the oldest first and before them the one that ships; a refused one with
        its fault.
        """
        places = self.folder.iterdir() if self.folder.is_dir() else ()
        found = []
        for name in [SHIPPED, *(one.name for one in places if one.is_dir() and one.name[0] != ".")]:
            try:
                found.append(Entry(name, checked(self._place(name))))
            except BadInput as error:
                found.append(Entry(name, {}, str(error)))
        return sorted(found, key=lambda one: (one.name != SHIPPED, str(one.about.get("created", "")), one.name))

    def live(self) -> str:
        """The name of the live model. Raises BadInput where live.json is broken."""
        return self._page().live

    def before(self) -> tuple[str, ...]:
        """The models that were live before, the newest first; the last one that is tried, `shipped`, is not among them
        unless it was live. Raises BadInput where live.json is broken.
        """
        return self._page().before

    def about(self, name: str) -> dict[str, Any]:
        """What is said about a model, after every file was held against its SHA-256. Raises NotFound, BadInput."""
        place = self._place(name)
        if not place.is_dir():
            raise NotFound(f"there is no model '{name}'", next="shuyuan recommender models lists them.")
        return checked(place)

    def add(self, tracer: Ours, about: Mapping[str, Any]) -> str:
        """Keep a trained tracer, not live, and give its name: the day and a number. Raises Unavailable where it cannot
        be written. Of models that were never live the newest ten stay.
        """
        with self._alone():
            swept(self.folder)
            created = datetime.now(UTC)
            name = self._free(f"{created:%Y-%m-%d}")
            _quiet()
            with sealing(self.folder / name, {"created": created.isoformat(), **about}) as place:
                tracer.save(place)
            self._prune(name)
        return name

    def promote(self, name: str, *, instead_of: str | None = None) -> None:
        """Make a model live that is whole and can be loaded. Raises NotFound, BadInput where it is refused (nothing
        changes then), Conflict where another than `instead_of` is marked live.

        A live.json that is broken is begun anew.
        """
        with self._alone():
            marked = self.marked()
            if instead_of is not None and marked != instead_of:
                raise Conflict(f"'{marked}' is live by now, not '{instead_of}'", next="Train again.")
            page = self._page() if marked else _Page()
            _must_answer(name, self.load(name))
            if name != page.live:
                self._write(name, (page.live, *(one for one in page.before if one != name)), page, "promoted")

    def roll_back(self) -> str:
        """Make the model live that was live before, and give its name. Raises Conflict where there is none, BadInput
        where it is refused.
        """
        with self._alone():
            page = self._page()
            if not page.before:
                raise Conflict("no model was live before this one", next="shuyuan recommender promote NAME takes any.")
            name, *rest = page.before
            _must_answer(name, self.load(name))
            self._write(name, tuple(rest), page, "rolled back")
        return name

    def load(self, name: str, texts: Texts | None = None) -> Ours:
        """A model, loaded from safetensors and JSON after every file was held against its SHA-256. Raises NotFound, or
        BadInput where it is refused.

        Where `texts` are by other vectors than the model learnt with, or none are given, it reads no texts.
        """
        return self.serving(name, texts).tracer

    def serving(self, name: str, texts: Texts | None = None) -> Live:
        """A model as `load` gives it, with what is said about it."""
        from recommender.training.texts import fitting

        about = self.about(name)
        from recommender.tracing.ours import load

        tracer = load(self._place(name))
        tracer.texts = fitting(texts, str(about.get("vectors", "")), tracer.text_width)
        return Live(name, about, tracer)

    def in_use(self, texts: Texts | None = None) -> Live:
        """The live model. Where it is refused the reason is logged, and the one before it serves, at last the one that
        ships. Raises BadInput where that one is refused too.
        """
        try:
            names = self._names()
        except BadInput as error:
            _log(error)
            names = []
        for name in names:
            try:
                return self.serving(name, texts)
            except (BadInput, NotFound) as error:
                _log(error)
        return self.serving(SHIPPED, texts)

    def in_use_name(self) -> str:
        """The name of the model that would serve, "" where none is sound, as far as files tell: nothing is loaded and no torch
        is needed.
        """
        try:
            names = self._names()
        except BadInput:
            names = []
        for name in [*names, SHIPPED]:
            try:
                self.about(name)
            except (BadInput, NotFound):
                continue
            return name
        return ""

    def fault(self) -> str:
        """Why live.json cannot be read, or ""."""
        try:
            self._page()
        except BadInput as error:
            return str(error)
        return ""

    def was_live(self, name: str) -> bool:
        """Whether a model is or was live, as far as live.json can be read."""
        try:
            return name in {str(row.get("name")) for row in self._page().history}
        except BadInput:
            return False

    def marked(self) -> str:
        """What live.json names; "" where it is broken."""
        try:
            return self._page().live
        except BadInput:
            return ""

    def _names(self) -> list[str]:
        """The live model and those before it, up to the one that ships."""
        page = self._page()
        names = [page.live, *page.before]
        return names[: names.index(SHIPPED)] if SHIPPED in names else names

    def _place(self, name: str) -> Path:
        if name == SHIPPED:
            return self.shipped
        if not name or name[0] == "." or Path(name).name != name:
            raise NotFound(f"there is no model '{name}'", next="shuyuan recommender models lists them.")
        return self.folder / name

    def _page(self) -> _Page:
        file = self.folder / "live.json"
        try:
            page = json.loads(file.read_text("utf-8"))
            names = [page["live"], *page["before"]]
            if not all(isinstance(name, str) for name in names):
                raise TypeError("a name is a text")
            return _Page(page["live"], tuple(page["before"]), tuple(page["history"]))
        except FileNotFoundError:
            return _Page()
        except (OSError, ValueError, KeyError, TypeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not what a promotion writes"
            raise BadInput(
                f"it cannot be read which model is live ({why})",
                where=str(file),
                next="shuyuan recommender promote NAME writes it anew; until then the one that ships serves.",
            ) from error

    def _write(self, live: str, before: tuple[str, ...], page: _Page, why: str) -> None:
        row = {"time": datetime.now(UTC).isoformat(timespec="seconds"), "name": live, "why": why}
        told = {"live": live, "before": before[:BEFORE], "history": [*page.history, row][-CHANGES:]}
        with output(self.folder / "live.json") as file:
            file.write(json.dumps(told, indent=1).encode())

    def _free(self, day: str) -> str:
        """A name that no model has, nor one that is gone and was live."""
        number = 1
        while (self.folder / f"{day}-{number}").exists() or self.was_live(f"{day}-{number}"):
            number += 1
        return f"{day}-{number}"

    def _prune(self, newest: str) -> None:
        """Take models away that are neither live nor were, nor among the newest."""
        try:
            page = self._page()
        except BadInput:
            return
        keep = {page.live, *page.before, newest, SHIPPED}
        others = [one.name for one in self.entries() if one.name not in keep]
        for name in others[: max(0, len(others) - KEPT + 1)]:
            gone = self.folder / f".new-{name}"
            os.rename(self.folder / name, gone)
            shutil.rmtree(gone, ignore_errors=True)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Alone with the registry among all processes; a process that dies lets go."""
        with told_errors(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = (self.folder / ".lock").open("w")
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def live_tracer(home: Path, texts: Texts | None = None) -> Live:
    """The model in use below `home`: see Registry.in_use."""
    return registry_of(home).in_use(texts)


def registry_of(home: Path) -> Registry:
    """The registry of the platform whose home folder that is."""
    return Registry(home / "models" / "tracer")


def need_torch() -> None:
    """Raises Unavailable where torch or transformers is not installed."""
    absent = [name for name in ("torch", "transformers", "safetensors") if find_spec(name) is None]
    if absent:
        raise Unavailable(f"{' and '.join(absent)} not installed", where="the tracer", next="Run `make setup`.")


def _must_answer(name: str, tracer: Ours) -> None:
    """Raises BadInput where a tracer that can be read gives no probability."""
    from recommender.tracing.ours import Asked

    p, _ = tracer.ask(tracer.empty(), [Asked(0, (0,))])
    if not 0 < float(p[0]) < 1:
        told = f"the model is refused: it says {float(p[0])} where a probability is wanted"
        raise BadInput(told, where=name, next="Train again.")


def _quiet() -> None:
    """Let transformers draw no bars while it reads and writes weights: nobody waits for these few files."""
    from transformers.utils import logging as told

    told.disable_progress_bar()


def _log(error: ShuyuanError) -> None:
    logging.getLogger("shuyuan.recommender").error("%s", error)

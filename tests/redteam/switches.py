"""Switching one defence off, so that an attack can show that it is a real one.

Rule: each switch takes away exactly one defence, in this process only, and is undone at the end. A name that has no switch here is
shown by what stock nbgrader does.
"""

from __future__ import annotations

import dataclasses
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from courses import grading
from courses.warm import pair
from courses.warm.pair import Defences, Walls

__all__ = ["SWITCHES", "graded_with", "old_runner", "switched_off"]


@contextmanager
def graded_with(**parts: Any) -> Iterator[None]:
    """Grading with other defences or walls than everybody's."""
    grade_files = grading.grade_files

    def graded(*args: Any, **given: Any) -> grading.Verdict:
        return grade_files(*args, **(given | parts))

    with mock.patch("courses.grading.grade_files", graded):
        yield


def _defences(**values: bool) -> Callable[[], AbstractContextManager[None]]:
    return lambda: graded_with(defences=Defences(**values))


@contextmanager
def _cells_of_the_hand_in() -> Iterator[None]:
    """A locked cell's text is what the hand-in says it is: nothing is put back, neither by healing nor by the plan."""
    from courses.warm import plan

    def unhealed(released: Any, files: Mapping[str, bytes], *rest: Any) -> Any:
        return dataclasses.replace(healed_files(released, files, *rest), files=dict(files), unsure=())

    def trusting(nb: Any, book: Mapping[str, Any], *rest: Any, **more: Any) -> Any:
        unlocked = {name: dataclasses.replace(cell, locked=False) for name, cell in book.items()}
        return plan.plan_of(nb, unlocked, *rest, **more)

    healed_files = grading.healed_files
    with mock.patch("courses.warm.grade.plan_of", trusting), mock.patch("courses.grading.healed_files", unhealed):
        yield


@contextmanager
def _words_of_the_marks_run() -> Iterator[None]:
    """What the learner reads comes from the run in which the hidden tests were."""
    from courses.warm.grade import grade

    def told(task: Any, files: Mapping[str, bytes], env: Path, judged: Any, **more: Any) -> dict[str, Any]:
        found = {}
        for name, again in grade(task, files, env, **more).items():
            cells = {key: {"failed": one.failed, "message": one.message} for key, one in again.cells.items()}
            found[name] = {"cells": cells, "events": again.events}
        return found

    with mock.patch("courses.grading.rehearse", told):
        yield


@contextmanager
def old_runner(changes: Mapping[str, list[tuple[str, str]]]) -> Iterator[None]:
    """The warm process with some lines of its own files changed back. Raises AssertionError where a line is not there."""
    with tempfile.TemporaryDirectory(prefix="shuyuan-runner-") as folder:
        copy = Path(folder) / "runner"
        shutil.copytree(pair.RUNNER, copy, ignore=shutil.ignore_patterns("__pycache__"))
        for name, lines in changes.items():
            path = copy / "shuyuan_inside" / name
            text = path.read_text("utf-8")
            for old, new in lines:
                assert old in text, f"{name} holds no {old!r}"
                text = text.replace(old, new)
            path.write_text(text, "utf-8")
        for path in (Path(folder), copy, *copy.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        with mock.patch.object(pair, "RUNNER", copy), mock.patch.object(pair, "_WARM", {}):
            try:
                yield
            finally:
                pair.stop_all()


PICKLE = {
    "values.py": [
        (
            "        packed = self._rare(value, kind, depth)\n",
            "        packed = self._rare(value, kind, depth)\n"
            "        if packed is None and kind.__name__ == 'Gift':\n"
            "            import pickle\n"
            "            return ['p', self.blob(pickle.dumps(value))]\n",
        ),
        (
            '        if tag == "d":\n',
            '        if tag == "p":\n            import pickle\n            return pickle.loads(self.blobs[parts[0]])\n'
            '        if tag == "d":\n',
        ),
    ]
}

ANY_KIND = {
    "library.py": [("def _is_kind(value: Any) -> bool:\n", "def _is_kind(value: Any) -> bool:\n    return True\n")]
}
EVERY_NAME = {
    "library.py": [
        (
            "{name for name in sys.stdlib_module_names if name in sys.modules or importlib.util.find_spec(name)}",
            "set(sys.stdlib_module_names)",
        )
    ]
}
SWALLOWED = {
    "remote.py": [
        (
            "        self.refused = self.refused or kind(why)\n        return self.refused\n",
            "        return kind(why)\n",
        )
    ]
}
THEIR_FILES = {"teacher_files.py": [("file = COPY / place if place in files else file", "file = file")]}
CALLED_HERE = {
    "objects.py": [
        (
            "        if kind in FUNCTIONS or library.is_function(value):\n",
            "        if library.is_function(value) and (named := library.name_of(value, self.known)):\n"
            "            return ['lib', *named]\n"
            "        if kind in FUNCTIONS or library.is_function(value):\n",
        )
    ],
    "remote.py": [
        ("if not library.is_plain_class(found):", "if not (library.is_plain_class(found) or library.is_function(found)):")
    ],
}
LEFT_OPEN = {
    "zygote.py": [
        ("    os.close(int(sys.argv[2]))\n", ""),
        ("        _close_but(mine)\n", ""),
    ]
}


def _pairs_with(**values: bool) -> Callable[[], AbstractContextManager[None]]:
    """Every pair of processes, also those whose words are read, without a defence."""

    @contextmanager
    def without() -> Iterator[None]:
        made = pair.Warm.pair

        def forced(self: pair.Warm, walls: Walls, defences: Defences = Defences(), **more: Any) -> Any:
            return made(self, walls, dataclasses.replace(defences, **values), **more)

        with mock.patch.object(pair.Warm, "pair", forced), mock.patch.object(pair, "_WARM", {}):
            try:
                yield
            finally:
                pair.stop_all()

    return without


@contextmanager
def _hand_in_for_the_tester() -> Iterator[None]:
    """The tester gets the hand-in's files as well, and takes any name of the standard library for a library."""
    from courses.warm import grade

    judge = grade.judge

    def generous(some: Any, plan: Any, files: Any, released: Any, **more: Any) -> Any:
        return judge(some, plan, files, {**files, **released}, **more)

    with old_runner(EVERY_NAME), mock.patch("courses.warm.grade.judge", generous):
        yield


@contextmanager
def _no_names_of_tests() -> Iterator[None]:
    """A name that only tests bind is the hand-in's as soon as it binds one too."""
    from courses.warm import plan

    def without(*args: Any, **more: Any) -> Any:
        return plan.plan_of(*args, **(more | {"own": ()}))

    with mock.patch("courses.warm.grade.plan_of", without):
        yield


@contextmanager
def _endless_answers() -> Iterator[None]:
    """The judge waits for the rest of an answer as long as it takes."""
    with mock.patch("courses.warm.judge.ANSWER_S", 1e6):
        yield


@contextmanager
def _large_answers() -> Iterator[None]:
    """The judge takes answers of any size and of any number of parts."""
    with (
        mock.patch.object(pair, "ANSWER_BYTES", 64 << 20),
        mock.patch("courses.runner.shuyuan_inside.wire.PART_BYTES", 1),
    ):
        yield


@contextmanager
def _locks() -> Iterator[None]:
    """File locks and watches reach other sandboxes."""
    from commons.sandbox import filter_fd

    with mock.patch("courses.warm.pair.filter_fd", lambda alone: filter_fd()), mock.patch.object(pair, "_WARM", {}):
        try:
            yield
        finally:
            pair.stop_all()


SWITCHES: dict[str, Callable[[], AbstractContextManager[None]]] = {
    "sealed": _defences(sealed=False, canaries=False),
    "canaries": _defences(canaries=False),
    "exact types": _defences(exact_types=False),
    "namespaces": _pairs_with(apart=False),
    "seccomp": _pairs_with(filter=False),
    "locks refused": _locks,
    "cells from the release": _cells_of_the_hand_in,
    "words from another run": _words_of_the_marks_run,
    "plain data": lambda: old_runner(PICKLE),
    "libraries by kind": lambda: old_runner(ANY_KIND),
    "tester without the hand-in": _hand_in_for_the_tester,
    "calls go home": lambda: old_runner(CALLED_HERE),
    "refusals stay": lambda: old_runner(SWALLOWED),
    "data from the release": lambda: old_runner(THEIR_FILES),
    "tests' own names": _no_names_of_tests,
    "descriptors closed": lambda: old_runner(LEFT_OPEN),
    "time for an answer": _endless_answers,
    "messages bounded": _large_answers,
    "words cleaned": lambda: mock.patch("courses.feedback.plain", lambda message: str(message or "")[:2000]),
}


def walls_of(limits: Mapping[str, int]) -> AbstractContextManager[None]:
    """Grading within an attack's own limits."""
    return graded_with(walls=Walls(**limits))


@contextmanager
def switched_off(name: str) -> Iterator[None]:
    """Without the defence `name`. Raises KeyError for one that cannot be switched off here."""
    with SWITCHES[name]():
        yield

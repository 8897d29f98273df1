"""The assignment that is attacked: thirteen small exercises whose hidden tests carry a secret that is new in every run.

Rule: it is made as any course is made (courses.release), and nothing in it is a special door for an attack. Each exercise stands
for one way of testing: `==`, math, a builtin, unittest, numpy.testing, chance, the standard library, a bare `except`, a data file
(twice), a name of an earlier test, one answer put into another, and one that cannot be sealed.
"""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from commons.store import Store, migrate, open_store
from courses.manifest import load_course
from courses.registry import Release, latest_release
from courses.release import release_course, release_files
from tests.ports import free_ports

__all__ = ["COURSE", "DATA", "EXERCISES", "LAZY", "RIGHT", "UNIT", "World", "make_world", "notebook_of"]

COURSE, UNIT = "vaults", "vault"
EXERCISES = (
    "pack",
    "shout",
    "mean",
    "gap",
    "tally",
    "grid",
    "clamp",
    "middle",
    "strict",
    "ledger",
    "weigh",
    "twice",
    "spin",
)
CELL_S = 4
DATA = "numbers.txt"
NUMBERS = b"3\n8\n31\n"

RIGHT = {
    "shout": "def shout(text):\n    return text.upper() + '!'",
    "mean": "def mean(values):\n    return sum(values) / len(values)",
    "gap": "def gap(a, b):\n    return abs(a - b)",
    "tally": "def tally(word):\n    return {letter: word.count(letter) for letter in word}",
    "grid": "def grid(a):\n    return a / a.max()",
    "clamp": "def clamp(x, low, high):\n    return min(max(x, low), high)",
    "middle": "def middle(values):\n    return sorted(values)[len(values) // 2]",
    "strict": "def strict(x):\n    if x < 0:\n        raise ValueError('below zero')\n    return x",
    "ledger": f"def ledger():\n    with open('{DATA}') as file:\n        return sum(int(line) for line in file)",
    "weigh": f"def weigh():\n    return float(np.loadtxt('{DATA}').sum())",
    "pack": "def encode(text):\n    return text[::-1]\ndef decode(text):\n    return text[::-1]",
    "twice": f"def twice():\n    with open('{DATA}') as file:\n        return 2 * sum(int(line) for line in file)",
    "spin": "def spin(n):\n    found = []\n    while n:\n        found.append(n)\n        n -= 1\n    return found",
}
# Wrong everywhere: worth nothing.
LAZY = {
    "shout": "def shout(text):\n    return ''",
    "mean": "def mean(values):\n    return -1.5",
    "gap": "def gap(a, b):\n    return 99",
    "tally": "def tally(word):\n    return {}",
    "grid": "def grid(a):\n    return a * 0",
    "clamp": "def clamp(x, low, high):\n    return 1000",
    "middle": "def middle(values):\n    return -10 ** 6",
    "strict": "def strict(x):\n    return -1",
    "ledger": "def ledger():\n    return 0",
    "weigh": "def weigh():\n    return 0.0",
    "pack": "def encode(text):\n    return ''\ndef decode(text):\n    return ''",
    "twice": "def twice():\n    return 0",
    "spin": "def spin(n):\n    return []",
}
VISIBLE = {
    "shout": "assert shout('tea') == 'TEA!', 'Upper case, then an exclamation mark.'",
    "mean": "assert math.isclose(mean([1, 2, 3]), 2)",
    "gap": "assert abs(gap(2, 5) - 3) < 1e-9",
    "tally": "unittest.TestCase().assertEqual(tally('aab'), {'a': 2, 'b': 1})",
    "grid": "np.testing.assert_allclose(grid(np.array([1.0, 2.0])), [0.5, 1.0])",
    "clamp": "assert clamp(5, 0, 3) == 3",
    "middle": "import statistics\nassert middle([3, 1, 2]) == statistics.median([3, 1, 2])",
    "strict": "try:\n    strict(-3)\n    raised = False\nexcept:\n    raised = True\nassert raised\nassert strict(4) == 4",
    "ledger": f"wanted = sum(int(line) for line in open('{DATA}'))\nassert ledger() == wanted",
    "weigh": f"assert weigh() == np.loadtxt('{DATA}').sum()",
    "pack": "assert decode(encode('tea')) == 'tea'",
    "twice": "assert twice() == 2 * wanted",
    "spin": "import inspect\nassert 'while' in inspect.getsource(spin), 'Use a while loop.'\nassert spin(2) == [2, 1]",
}


def _hidden(secret: str) -> dict[str, str]:
    lower, upper = f"vault {secret}", f"VAULT {secret.upper()}!"
    return {
        "shout": f"assert shout('{lower}') == '{upper}', 'hidden {secret}'",
        "mean": "assert math.isclose(mean([3.25, 4.5, 9.75]), 5.833333333333333)",
        "gap": "assert abs(gap(-4, 7.5) - 11.5) < 1e-9",
        "tally": "unittest.TestCase().assertEqual(tally('oolong'), {'o': 3, 'l': 1, 'n': 1, 'g': 1})",
        "grid": "np.testing.assert_allclose(grid(np.array([3.0, 6.0, 12.0])), [0.25, 0.5, 1.0])",
        "clamp": (
            "import random\nfor _ in range(20):\n    x = random.randint(-500, 500)\n"
            "    assert clamp(x, -20, 30) == min(max(x, -20), 30)"
        ),
        "middle": "assert middle([9, 4, 7, 1, 30]) == statistics.median([9, 4, 7, 1, 30])",
        "strict": "assert raised is True",
        "ledger": "assert ledger() == wanted",
        "weigh": f"assert weigh() == np.loadtxt('{DATA}').sum()",
        "pack": "assert decode(encode('oolong')) == 'oolong'",
        "twice": "assert twice() == 2 * wanted",
        "spin": f"assert spin(5) == [5, 4, 3, 2, 1], 'hidden {secret}'",
    }


def _code(source: str, **nbgrader: Any) -> dict[str, Any]:
    meta = {"nbgrader": {"schema_version": 3, "task": False, **nbgrader}} if nbgrader else {}
    return {"cell_type": "code", "execution_count": None, "metadata": meta, "outputs": [], "source": source}


def _cells(secret: str) -> list[dict[str, Any]]:
    found = [
        {"cell_type": "markdown", "metadata": {}, "source": "# The vault"},
        _code("import math\nimport unittest\nimport numpy as np"),
    ]
    hidden = _hidden(secret)
    for name in EXERCISES:
        head, _, body = RIGHT[name].partition("\n")
        solution = f"{head}\n    ### BEGIN SOLUTION\n{body}\n    ### END SOLUTION"
        test = f"{VISIBLE[name]}\n### BEGIN HIDDEN TESTS\n{hidden[name]}\n### END HIDDEN TESTS"
        found.append(_code(solution, grade_id=f"{name}-answer", solution=True, grade=False, locked=False))
        found.append(_code(test, grade_id=name, solution=False, grade=True, locked=True, points=1))
    return [{**cell, "id": f"cell-{n}"} for n, cell in enumerate(found)]


def _manifest() -> dict[str, Any]:
    exercises = [
        {"grade_id": n, "title": {"en": n}, "concepts": ["statistics.mean"], "minutes": 5, "hint": {"en": "Think."}}
        for n in EXERCISES
    ]
    unit = {
        "id": UNIT, "title": {"en": "The vault"}, "summary": {"en": "To be attacked."}, "minutes": 20,
        "teaches": ["statistics.mean"], "stop": "", "attempts": 3, "exercises": exercises,
    }  # fmt: skip
    return {
        "id": COURSE, "title": {"en": "Vaults"}, "summary": {"en": "To be attacked."}, "license": "CC-BY-4.0",
        "languages": ["en"], "packages": [], "units": [unit], "nbgrader": {"ExecutePreprocessor": {"timeout": CELL_S}},
    }  # fmt: skip


@dataclass(frozen=True)
class World:
    """One run's world. `secret` stands in hidden tests only, `token` in the grader's environment and behind `port` on
    loopback; `marker` names what an attack leaves behind; `breach` is what an attack says that got through a wall."""

    root: Path
    secret: str
    token: str
    marker: str
    breach: str
    port: int
    source: Mapping[str, bytes]
    released: Mapping[str, bytes]
    release: Release
    store_file: Path

    def hand_in(self, **answers: str) -> dict[str, bytes]:
        """The released files, answered wrongly everywhere but for these exercises."""
        return self.filled(LAZY | answers)

    def filled(self, answers: Mapping[str, str]) -> dict[str, bytes]:
        """The released files with these answers."""
        nb = notebook_of(self.released)
        for cell in nb["cells"]:
            name = cell["metadata"].get("nbgrader", {}).get("grade_id", "").removesuffix("-answer")
            if cell["metadata"].get("nbgrader", {}).get("solution") and name in answers:
                cell["source"] = answers[name]
        return {**self.released, f"{UNIT}.ipynb": json.dumps(nb).encode()}

    def with_notebook(self, nb: Mapping[str, Any]) -> dict[str, bytes]:
        """The released files with this notebook."""
        return {**self.released, f"{UNIT}.ipynb": json.dumps(nb).encode()}

    def store(self, folder: Path) -> Store:
        """A store of its own below `folder`, in which the vault is released. The caller closes it."""
        shutil.copyfile(self.store_file, folder / "store.db")
        return open_store(f"sqlite:///{folder / 'store.db'}")

    def words(self, text: str) -> str:
        """An attack's text with this run's names in it: @PORT@, @MARKER@ and @BREACH@ (written so that it is not in the source)."""
        half = len(self.breach) // 2
        said = f"({self.breach[:half]!r} + {self.breach[half:]!r})"
        return text.replace("@PORT@", str(self.port)).replace("@MARKER@", self.marker).replace("@BREACH@", said)


def notebook_of(files: Mapping[str, bytes]) -> dict[str, Any]:
    """The vault's notebook as plain data."""
    return dict(json.loads(files[f"{UNIT}.ipynb"]))


def make_world(root: Path) -> World:
    """Author and release the vault below `root`, which must exist."""
    secret = "k" + secrets.token_hex(6)
    folder = root / "content" / COURSE
    (folder / UNIT).mkdir(parents=True)
    (folder / "course.yaml").write_text(json.dumps(_manifest()), encoding="utf-8")
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nb = {"cells": _cells(secret), "metadata": {"kernelspec": spec}, "nbformat": 4, "nbformat_minor": 5}
    (folder / UNIT / f"{UNIT}.ipynb").write_text(json.dumps(nb), encoding="utf-8")
    (folder / UNIT / DATA).write_bytes(NUMBERS)
    file = root / "released.db"
    store = open_store(f"sqlite:///{file}")
    migrate(store)
    release_course(store, load_course(folder), folder)
    with store.begin() as conn:
        # The file alone holds everything once the log is folded in.
        conn.rollback()
        conn.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        conn.exec_driver_sql("BEGIN IMMEDIATE")
    with store.read() as conn:
        release = latest_release(conn, COURSE, UNIT)
        released = release_files(conn, release, "en")
    store.close()
    nonce = secrets.token_hex(6)
    return World(
        root=root, secret=secret, token=f"token-{secrets.token_hex(8)}", marker=f"redteam-{nonce}",
        breach=f"breach-{nonce}", port=free_ports(1)[0], source={f"{UNIT}.ipynb": json.dumps(nb).encode(), DATA: NUMBERS},
        released=released, release=release, store_file=file,
    )  # fmt: skip

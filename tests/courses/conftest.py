"""The small world of these tests: a bilingual course about tea with two exercises, a store, a learner.

Rule: everything is made in tmp_path; nothing of the shipped course is read.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from commons.people import Person, ensure_person
from commons.store import Store, migrate, open_store
from courses import registry
from courses.manifest import load_course
from courses.release import release_course, release_files

COURSE = """
id: tea
title: {zh-CN: 茶山上的数据, en: Data from the tea hills}
summary: {zh-CN: 一门小课。, en: A small course.}
license: CC-BY-4.0
packages: []
units:
  - id: u1
    title: {zh-CN: 平均重量, en: Mean weight}
    summary: {zh-CN: 算平均数。, en: Compute a mean.}
    minutes: 20
    teaches: [statistics.mean]
    stop: garden/moon-gate
    attempts: 3
    exercises:
      - grade_id: mean-weight
        title: {zh-CN: 平均, en: The mean}
        concepts: [statistics.mean]
        minutes: 5
        hint: {zh-CN: 先求和再除以个数。, en: Add up and divide by the count.}
      - grade_id: heaviest
        title: {zh-CN: 最重的篮子, en: The heaviest basket}
        concepts: [statistics.range]
        minutes: 5
        hint: {zh-CN: 试试 max。, en: Try max.}
"""

SECRET = "assert mean([41.5, 42.5]) == 42.0"


def text(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def code(source: str, **nbgrader: Any) -> dict[str, Any]:
    meta = {"nbgrader": {"schema_version": 3, "task": False, **nbgrader}} if nbgrader else {}
    return {"cell_type": "code", "execution_count": None, "metadata": meta, "outputs": [], "source": source}


def answer(grade_id: str, source: str) -> dict[str, Any]:
    return code(source, grade_id=f"{grade_id}-answer", solution=True, grade=False, locked=False)


def check(grade_id: str, points: float, source: str) -> dict[str, Any]:
    return code(source, grade_id=grade_id, solution=False, grade=True, locked=True, points=points)


def cells() -> list[dict[str, Any]]:
    return [
        text(
            "<!-- zh-CN -->\n# 平均重量\n\n![一篮茶叶](basket.svg)\n<!-- en -->\n# Mean weight\n\n![A basket of tea](basket.svg)"
        ),
        code(
            'LANGUAGE = "zh-CN"\nimport csv\n# zh-CN: 读数据\n# en: Read the data\n'
            "def say(zh, en):\n    return zh if LANGUAGE == 'zh-CN' else en\n"
            "with open('harvest.csv', encoding='utf-8') as file:\n"
            "    weights = [float(row['weight']) for row in csv.DictReader(file)]"
        ),
        text("<!-- zh-CN -->\n写一个函数 `mean`。\n<!-- en -->\nWrite a function `mean`."),
        answer(
            "mean-weight",
            "def mean(values):\n    ### BEGIN SOLUTION\n    return sum(values) / len(values)\n    ### END SOLUTION",
        ),
        check(
            "mean-weight",
            2,
            "assert mean([1, 2, 3]) == 2, say('先求和,再除以个数。', 'Add up, then divide.')\n"
            f"### BEGIN HIDDEN TESTS\n{SECRET}\n### END HIDDEN TESTS",
        ),
        text("<!-- zh-CN -->\n最重的篮子有多重?\n<!-- en -->\nHow heavy is the heaviest basket?"),
        answer("heaviest", "### BEGIN SOLUTION\nheaviest_basket = max(weights)\n### END SOLUTION"),
        check("heaviest", 1, "assert heaviest_basket == 3.5, say('不对。', 'Not the heaviest.')"),
    ]


def notebook(some: list[dict[str, Any]]) -> dict[str, Any]:
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    numbered = [{**cell, "id": f"cell-{n}"} for n, cell in enumerate(some)]
    return {"cells": numbered, "metadata": {"kernelspec": spec}, "nbformat": 4, "nbformat_minor": 5}


def write_course(root: Path, manifest: str = COURSE, some: list[dict[str, Any]] | None = None) -> Path:
    folder = root / "tea"
    (folder / "u1").mkdir(parents=True, exist_ok=True)
    (folder / "course.yaml").write_text(manifest, encoding="utf-8")
    (folder / "u1" / "harvest.csv").write_text("basket,weight\na,2.5\nb,3.5\n", encoding="utf-8")
    (folder / "u1" / "basket.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>", encoding="utf-8")
    nb = notebook(cells() if some is None else some)
    (folder / "u1" / "u1.ipynb").write_text(json.dumps(nb, ensure_ascii=False), encoding="utf-8")
    return folder


def fill(files: dict[str, bytes], answers: dict[str, str]) -> dict[str, bytes]:
    """The files with these sources in the cells of these ids (solution cells or others)."""
    nb = json.loads(files["u1.ipynb"])
    for cell in nb["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if name in answers:
            cell["source"] = answers[name]
    return {**files, "u1.ipynb": json.dumps(nb).encode()}


RIGHT = {
    "mean-weight-answer": "def mean(values):\n    return sum(values) / len(values)",
    "heaviest-answer": "heaviest_basket = max(weights)",
}


@pytest.fixture(scope="session")
def builders() -> SimpleNamespace:
    """The builders above, for tests that want another course or other answers."""
    return SimpleNamespace(
        COURSE=COURSE, SECRET=SECRET, RIGHT=RIGHT, answer=answer, cells=cells, check=check, code=code, fill=fill,
        notebook=notebook, text=text, write_course=write_course,
    )  # fmt: skip


@pytest.fixture
def world(builders: SimpleNamespace) -> SimpleNamespace:
    """The same, for one test."""
    return builders


@pytest.fixture
def tea(tmp_path: Path) -> Path:
    """The course's folder."""
    return write_course(tmp_path / "content")


@pytest.fixture
def make_tea(tmp_path: Path) -> Callable[..., Path]:
    """write_course below this test's folder, with another manifest or other cells."""

    def make(manifest: str = COURSE, some: list[dict[str, Any]] | None = None) -> Path:
        return write_course(tmp_path / "content", manifest, some)

    return make


@pytest.fixture(scope="session")
def released_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store's file in which the tea course is released, made once."""
    root = tmp_path_factory.mktemp("released")
    folder = write_course(root / "content")
    one = open_store(f"sqlite:///{root / 'store.db'}")
    migrate(one)
    release_course(one, load_course(folder), folder)
    with one.begin() as conn:
        # The file alone holds everything once the log is folded in.
        conn.rollback()
        conn.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        conn.exec_driver_sql("BEGIN IMMEDIATE")
    one.close()
    return root / "store.db"


@pytest.fixture
def released(released_file: Path, tmp_path: Path) -> Iterator[Store]:
    """A store of this test's own in which the tea course is released."""
    shutil.copyfile(released_file, tmp_path / "released.db")
    one = open_store(f"sqlite:///{tmp_path / 'released.db'}")
    yield one
    one.close()


@pytest.fixture
def lin(released: Store) -> Person:
    """Somebody who learns in the tea course."""
    with released.begin() as conn:
        person = ensure_person(conn, "lin", name="Lin", language="en")
        registry.join(conn, registry.join_code(conn, "tea"), person)
    return person


@pytest.fixture
def fetched(released: Store) -> dict[str, bytes]:
    """What a learner fetches, in English."""
    with released.read() as conn:
        return release_files(conn, registry.latest_release(conn, "tea", "u1"), "en")

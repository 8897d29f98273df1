"""A small seeded world for the recommender's tests: a course of three units, a garden of three places, a
store, and records.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from commons.items import Item
from commons.records import LearningRecord, Verb
from commons.store import Store, migrate, open_store
from knowledge_graph import load_graph
from knowledge_graph.model import Graph
from recommender import Recommender
from recommender.history import read_history
from recommender.learner import Learner
from recommender.mastery import CountsModel, load_coefficients
from recommender.review import reviewed
from recommender.shelf import Shelf
from recommender.state import fold

__all__ = ["NOON", "World", "items", "record"]

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

UNITS = (
    (
        "u1",
        ("statistics.observation", "statistics.data-table", "statistics.numeric"),
        "表格与来源",
        "Tables and sources",
    ),
    ("u2", ("statistics.mean", "statistics.median"), "中心与离散", "Centre and spread"),
    ("u4", ("geometry.ratio", "geometry.scale", "geometry.pythagoras"), "量一座月洞门", "Measuring a moon gate"),
)
EXERCISES = {
    "u1": (("rows", "statistics.data-table", "有几行", "How many rows"), ("kinds", "statistics.numeric", "哪些是数", "Which are numbers")),
    "u2": (("mean", "statistics.mean", "平均跨度", "Mean span"), ("median", "statistics.median", "均值与中位数", "Mean or median")),
    "u4": (("ratio", "geometry.ratio statistics.numeric", "门与墙", "Gate and wall"), ("scale", "geometry.scale", "比例尺", "To scale")),
}  # fmt: skip
PLACES = (
    ("stop:garden/moon-gate", "stop", ("architecture.moon-gate", "geometry.radius"), "月洞门", "Moon gate"),
    ("stop:garden/bracket-set", "stop", ("architecture.bracket-set", "geometry.scale"), "斗拱", "Bracket set"),
    ("object:garden/stone-base", "object", ("architecture.stone-base",), "柱础", "Stone base"),
)


def items() -> list[Item]:
    """Three units with two exercises each, in order, then two stops and an object."""
    made = []
    for unit, concepts, chinese, english in UNITS:
        url = f"/courses/heritage/{unit}"
        made.append(Item(f"unit:heritage/{unit}", "unit", concepts, 40, {"zh-CN": chinese, "en": english}, url))
        for name, concept, zh, en in EXERCISES[unit]:
            title = {"zh-CN": zh, "en": en}
            parent = f"unit:heritage/{unit}"
            made.append(
                Item(f"exercise:heritage/{unit}/{name}", "exercise", tuple(concept.split()), 8, title, url, parent)
            )
    for name, kind, shown, zh, en in PLACES:
        made.append(Item(name, kind, shown, 3, {"zh-CN": zh, "en": en}, "/tours/garden/"))  # type: ignore[arg-type]
    return made


def record(
    item: Item, *, right: float | None = None, verb: Verb | None = None, actor: str = "ada", minute: int = 0
) -> LearningRecord:
    """An answer where `right` is given (0..1), else a visit or a launch; `minute` after NOON."""
    doing = verb or (Verb.answered if right is not None else Verb.experienced)
    success = None if right is None else right == 1
    time = NOON + timedelta(minutes=minute)
    return LearningRecord(actor, doing, item.id, item.kind, item.concepts, time, score=right, success=success)


@lru_cache
def _graph() -> Graph:
    return load_graph()


class World:
    """Graph, items and shelf; `learner` makes one from records, `store` opens a migrated SQLite store in a
    folder.
    """

    def __init__(self, shelf_items: list[Item] | None = None) -> None:
        self.graph: Graph = _graph()
        self.items = items() if shelf_items is None else shelf_items
        self.shelf = Shelf(self.graph, self.items)
        self.model = CountsModel(self.graph, load_coefficients())

    def item(self, name: str) -> Item:
        """The item whose id ends with `name`."""
        return next(item for item in self.items if item.id.endswith(name))

    def answer(self, name: str, right: float, minute: int = 0) -> LearningRecord:
        """An answer to the exercise whose id ends with `name`."""
        return record(self.item(name), right=right, minute=minute)

    def visit(self, name: str, minute: int = 0) -> LearningRecord:
        """A visit of the item whose id ends with `name`."""
        return record(self.item(name), minute=minute)

    def learner(
        self, *records: LearningRecord, goal: str = "", verdicts: dict[str, str] | None = None, days: int = 0
    ) -> Learner:
        """The learner that `records` make, looked at `days` after NOON."""
        mastery = self.model.mastery(fold({}, records))
        history = read_history(records)
        memories = reviewed({}, history.answers)
        return Learner(NOON + timedelta(days=days), mastery, history, verdicts or {}, goal, memories=memories)

    def recommender(self) -> Recommender:
        """A recommender whose clock stands one hour after NOON."""
        return Recommender(self.graph, self.items, clock=lambda: NOON + timedelta(hours=1))

    @contextmanager
    def store(self, folder: Path) -> Iterator[Store]:
        """A fresh store, closed at the end."""
        store = open_store(f"sqlite:///{folder / 'shuyuan.db'}")
        try:
            migrate(store)
            yield store
        finally:
            store.close()

"""`python -m recommender.bench_recommend`: what one more answer costs, beside a full pass of AKT at its published size, and how
long a learner waits for the next items among two thousand. The last line is JSON.

Everything runs on one core, on a made-up catalogue (speed is asked, not quality). *One more answer* is what the portal does
with it: the learner's state moves on by a step, and the next question is asked. AKT (Ghosh and others 2020; d = 256, 8 heads,
one block of each kind) reads the learner's 200 answers and the next question again, as its published code does.
"""

from __future__ import annotations

import json
import math
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from commons.items import Item
from commons.records import LearningRecord, Verb, add_records
from commons.store import Store, migrate, open_store
from knowledge_graph.model import Concept, Graph, Prerequisite
from knowledge_graph.synthetic import layered
from recommender.service import Recommender
from recommender.shelf import Shelf
from recommender.tracing.answers import Answers, Row, tables

__all__ = ["catalogue", "main", "measure"]

CONCEPTS, EDGES, UNITS, EACH, STOPS = 400, 700, 160, 10, 240
ANSWERS, LEARNERS, ROUNDS = 200, 80, 150
ACTOR = "learner"
WIDTH = 256  # of AKT as published


def catalogue() -> tuple[Graph, list[Item]]:
    """A graph of 400 concepts, and 2,000 items over it: 160 units of ten exercises, and 240 stops."""
    ids, before, after = layered(CONCEPTS, EDGES, 20)
    dice = random.Random(0)
    concepts = {one: Concept(one, _text(one), _text(one), "layer") for one in ids}
    pairs = zip(before.tolist(), after.tolist(), strict=True)
    edges = tuple(Prerequisite(ids[low], ids[high], "seed", "made", 1.0) for low, high in pairs)
    items: list[Item] = []
    for unit in range(UNITS):
        own = tuple(ids[unit * CONCEPTS // UNITS :][:3])
        parent = f"unit:made/u{unit}"
        items.append(Item(parent, "unit", own, 40, _text(f"unit {unit}"), "/"))
        for number in range(EACH):
            name = f"exercise:made/u{unit}/e{number}"
            items.append(Item(name, "exercise", (dice.choice(own),), 8, _text(f"exercise {number}"), "/", parent))
    stops = 2000 - len(items)
    items += [
        Item(f"stop:made/s{one}", "stop", (dice.choice(ids),), 3, _text(f"stop {one}"), "/") for one in range(stops)
    ]
    return Graph(concepts, edges, {}), items


def _text(name: str) -> dict[str, str]:
    return {"zh-CN": name, "en": name}


def _rows(items: list[Item], learner: int, count: int) -> list[Row]:
    """`count` answers of a learner who goes through the exercises in order, some of them twice."""
    dice, exercises = random.Random(learner), [item for item in items if item.kind == "exercise"]
    first, able = dice.randrange(len(exercises) - count), dice.gauss(0.6, 0.15)
    given = []
    for number in range(count):
        item = exercises[first + max(0, number - dice.choice((0, 0, 0, 1, 5)))]
        right = int(dice.random() < able)
        given.append(Row(f"l{learner}", item.id, item.concepts, right, 1.7e9 + 90.0 * number))
    return given


@contextmanager
def _one_core() -> Iterator[None]:
    import torch
    from threadpoolctl import threadpool_limits

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with threadpool_limits(1):
            yield
    finally:
        torch.set_num_threads(threads)


def measure(rounds: int = ROUNDS, learners: int = LEARNERS) -> dict[str, Any]:
    """All figures; times in milliseconds."""
    from recommender.serving.traced import Traced
    from recommender.tracing.neural import Settings
    from recommender.tracing.ours import Ours

    graph, items = catalogue()
    people = [_rows(items, one, ANSWERS) for one in range(learners)]
    table = tables([row for rows in people for row in rows])[0]
    with _one_core():
        tracer = Ours(Settings(epochs=1))
        cut = learners * 4 // 5
        tracer.fit(table.pick(range(cut)), table.pick(range(cut, learners)), 0)
        traced = Traced(tracer, Shelf(graph, items))
        ours = _ours(traced, people[0], rounds)
        peer = _akt(table, rounds // 3)
        waits = _next_items(graph, items, traced, rounds)
        memory = _memory(traced, people)
    return {
        "bench": "recommend",
        "ratio": round(_p50(peer) / _p50(ours), 1),
        "next_items_p95_ms": round(_p95(waits), 1),
        "next_items_p50_ms": round(_p50(waits), 1),
        "one_more_answer_p50_ms": round(_p50(ours), 2),
        "one_more_answer_p95_ms": round(_p95(ours), 2),
        "akt_full_pass_p50_ms": round(_p50(peer), 1),
        "learner_kb": round(memory / 1e3, 1),
        "items": len(items),
        "answers": ANSWERS,
    }


def _times(act: Callable[[int], object], rounds: int) -> list[float]:
    """Milliseconds of each of `rounds` calls; three calls before are not counted."""
    found = []
    for number in range(-3, rounds):
        begun = time.perf_counter()
        act(number)
        found.append(1e3 * (time.perf_counter() - begun))
    return found[3:]


def _ours(traced: Any, rows: list[Row], rounds: int) -> list[float]:
    state = traced.read(rows)
    following = traced.prepared(rows[-1])
    now = rows[-1].time + 60

    def one_more(number: int) -> None:
        moved = traced.grown(state, [rows[number % len(rows)]._replace(time=now)])
        traced.chance(moved, following, now + 60)

    return _times(one_more, rounds)


def _akt(table: Answers, rounds: int) -> list[float]:
    import numpy as np
    import torch
    from torch import nn

    from recommender.tracing.batches import batches, windows
    from recommender.tracing.nets import AKT
    from recommender.tracing.seen import seen_in

    seen = seen_in(table)
    net = AKT(seen.questions, seen.concepts, WIDTH, 1, 8, 0.0).eval()
    # The published head: two layers of 512 and 256.
    wide = (nn.Linear(2 * WIDTH, 512), nn.ReLU(), nn.Linear(512, 256), nn.ReLU(), nn.Linear(256, 1))
    net.out = nn.Sequential(*wide)
    one = table.pick([0])
    batch = next(batches(one, seen, windows(one, ANSWERS), np.zeros((len(one), 0), np.float32), 10**6, None))

    def full_pass(number: int) -> None:
        with torch.inference_mode():
            net(batch)

    return _times(full_pass, rounds)


def _next_items(graph: Graph, items: list[Item], traced: Any, rounds: int) -> list[float]:
    """From the moment a new answer is in the records to the next items in words, with every query of the store."""
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{Path(folder) / 'bench.db'}")
        try:
            migrate(store)
            return _waits(store, Recommender(graph, items, tracing=lambda shelf: traced), items, rounds)
        finally:
            store.close()


def _waits(store: Store, recommender: Recommender, items: list[Item], rounds: int) -> list[float]:
    start, exercises = datetime.now(UTC) - timedelta(days=20), [item for item in items if item.kind == "exercise"]
    dice = random.Random(1)

    def answer(number: int) -> LearningRecord:
        item, right = exercises[number + 3], dice.random() < 0.7
        when = start + timedelta(minutes=number)
        return LearningRecord(
            ACTOR, Verb.answered, item.id, item.kind, item.concepts, when, score=float(right), success=right
        )

    with store.begin() as conn:
        add_records(conn, [answer(number) for number in range(-3, ANSWERS - 3)])
        recommender.set_preference(conn, ACTOR, goal=items[-STOPS - 20].concepts[0])

    found = []
    for number in range(-3, rounds):
        with store.begin() as conn:
            add_records(conn, [answer(ANSWERS + number)])
        begun = time.perf_counter()
        with store.read() as conn:
            steps = recommender.next_items(conn, ACTOR, 3, "en")
        found.append(1e3 * (time.perf_counter() - begun))
        if len(steps) < 3 or not all(step.reasons for step in steps):
            raise AssertionError("fewer than three suggestions with reasons")
    return found[3:]


def _memory(traced: Any, people: list[list[Row]]) -> float:
    """Bytes that one more learner's state takes, tensors and counts."""
    import pickle

    return statistics.fmean(len(pickle.dumps(traced.read(rows))) for rows in people[:5])


def _p50(values: list[float]) -> float:
    return statistics.median(values)


def _p95(values: list[float]) -> float:
    return sorted(values)[math.ceil(0.95 * len(values)) - 1]


def main() -> int:
    """Print the figures as one line of JSON."""
    print(json.dumps(measure()))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""`python -m recommender.training.ship`: the small model that comes with the product, made again from synthetic learners
of the graph and the exercises that ship. No real person's answers are in it, and its about.json says so.

`recommender/shipped/items.json` holds the exercises (`shuyuan recommender items` writes them), for this room knows no
course.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from commons.errors import BadInput
from commons.items import Item
from knowledge_graph import load_graph
from knowledge_graph.vectors import embedded
from knowledge_graph.versions import content_hash
from recommender.simulate_items import practice, simulate_items
from recommender.tracing.neural import Settings
from recommender.tracing.readers import counted
from recommender.training.data import Parts, parts
from recommender.training.registry import PLACE
from recommender.training.sealed import sealing
from recommender.training.texts import item_texts

__all__ = ["ITEMS", "items_page", "main", "read_items", "ship", "synthetic_parts"]

ITEMS = PLACE.parent / "items.json"
SEED, LEARNERS, ANSWERS = 20, 1500, 60
SIZES = Settings(width=32, layers=1, heads=4, batch=768, seconds=float("inf"))
DATA = "synthetic learners over the shipped graph and exercises (recommender/simulate_items.py); nobody's real answers"


def items_page(items: Sequence[Item]) -> str:
    """The exercises among `items` as JSON, one a line."""
    told = [
        {"id": one.id, "concepts": one.concepts, "minutes": one.minutes, "title": dict(one.title)}
        for one in items
        if one.kind == "exercise"
    ]
    return "[\n" + ",\n".join(json.dumps(one, ensure_ascii=False) for one in told) + "\n]\n"


def read_items(file: Path = ITEMS) -> list[Item]:
    """The exercises that `items_page` wrote. Raises BadInput."""
    try:
        told = json.loads(file.read_text("utf-8"))
        return [Item(one["id"], "exercise", tuple(one["concepts"]), one["minutes"], one["title"], "") for one in told]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadInput(f"no items can be read ({error})", where=str(file), next="shuyuan recommender items.") from error


def synthetic_parts(graph: Any, items: Sequence[Item], *, learners: int, answers: int, seed: int) -> Parts:
    """Synthetic learners' answers, in the parts of a training."""
    return parts(counted(simulate_items(graph, items, learners=learners, answers=answers, seed=seed)))


def ship(
    out: Path = PLACE, *, learners: int = LEARNERS, settings: Settings = SIZES, seed: int = SEED
) -> dict[str, Any]:
    """Make the model and put it at `out`, in place of what is there; gives what about.json says of it."""
    from recommender.tracing.harness import judge
    from recommender.tracing.ours import Ours
    from recommender.tracing.plain import Constant, LogisticCounts

    graph, items, vectors = load_graph(), read_items(), embedded()
    made = synthetic_parts(graph, items, learners=learners, answers=ANSWERS, seed=seed)
    tracer = Ours(settings, item_texts(graph, [*items, *practice(graph)], vectors))
    found = {}
    for name, one in (("figures", tracer), ("logistic", LogisticCounts()), ("constant", Constant())):
        one.fit(made.train, made.valid, seed)
        told = judge(made.held_out.correct, one.predict(made.held_out))
        found[name] = {figure: round(value, 4) for figure, value in told.items()}
    about = {
        "origin": "synthetic",
        "data": DATA,
        "terms": "ours, Apache-2.0",
        "graph": content_hash(graph),
        "data_sha256": made.sha256(),
        "vectors": vectors.name,
        "seed": seed,
        "learners": made.learners,
        "answers": made.answers,
        "held_out": {"learners": len(made.held_out.learners), "answers": len(made.held_out)},
        **found,
    }
    new = out.with_name(f"{out.name}-new")
    shutil.rmtree(new, ignore_errors=True)
    with sealing(new, about) as place:
        tracer.save(place)
    shutil.rmtree(out, ignore_errors=True)
    new.rename(out)
    return about


def main() -> int:
    """Make it, and print what is said of it."""
    sys.stdout.write(json.dumps(ship(), ensure_ascii=False) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

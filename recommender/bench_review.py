"""`python -m recommender.bench_review`: will a card be recalled when it comes up again? FSRS with its published weights, beside the
tracer (fitted on other cards) and a constant, on real reviews of one person. The last line is JSON.

A card is a sequence of its own here; the cards of one third are judged. Counted are reviews at least a day after the one before,
as is usual for schedulers: what lies closer is still being learnt. Recalled is any rating but "again".
"""

from __future__ import annotations

import csv
import os
import random
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commons.errors import BadInput
from recommender.benching import Say, tell
from recommender.review import scheduler
from recommender.tracing.answers import Answers, Row, tables
from recommender.tracing.harness import judge

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["cards_of", "fsrs_says", "main", "measure", "read_reviews"]

DAY = 86400.0
OWN = "kt/fsrs_anki_one_user/review_logs.csv"
Review = tuple[datetime, int]


def read_reviews(path: Path) -> dict[str, list[Review]]:
    """The reviews by card, oldest first: time and rating, 1 (again) to 4 (easy). Raises BadInput with the line at fault."""
    if not path.is_file():
        raise BadInput("there is no such table of reviews", where=str(path), next="Name one with DATA.")
    found: dict[str, list[Review]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), 2):
            try:
                time, rating = datetime.fromisoformat(row["review_time"]), int(row["review_rating"])
                if not 1 <= rating <= 4:
                    raise ValueError(f"rating {rating}")
                found.setdefault(row["card_id"], []).append((time, rating))
            except (KeyError, ValueError, TypeError) as error:
                wanted = "Wanted: card_id, review_rating (1 to 4), review_time (ISO 8601)."
                raise BadInput(f"no review: {error}", where=f"{path.name} line {number}", next=wanted) from error
    return {card: sorted(reviews) for card, reviews in found.items()}


def cards_of(cards: Mapping[str, list[Review]]) -> Answers:
    """A table in which each card is a learner with one question; scored are reviews a day or more after the one before."""
    rows = []
    for card, reviews in cards.items():
        before = None
        for time, rating in reviews:
            late = before is not None and (time - before).total_seconds() >= DAY
            rows.append(Row(card, "card", ("card",), int(rating > 1), time.timestamp(), late))
            before = time
    return tables(rows)[0]


def fsrs_says(cards: Mapping[str, list[Review]]) -> NDArray:
    """For each review in the order of `cards_of` the recall that FSRS expected just before it; 0.5 for the first of a card."""
    import numpy as np
    from fsrs import Card, Rating

    plan, found = scheduler(), []
    for reviews in cards.values():
        card = Card(card_id=1, due=reviews[0][0])
        for time, rating in reviews:
            found.append(plan.get_card_retrievability(card, time) if card.last_review else 0.5)
            card = plan.review_card(card, Rating(rating), time)[0]
    return np.array(found)


def measure(path: Path, say: Say) -> dict[str, Any]:
    """The figures of each on the held-out cards."""
    from recommender.tracing.neural import Settings
    from recommender.tracing.ours import Ours
    from recommender.tracing.plain import Constant

    cards = read_reviews(path)
    order = random.Random(0).sample(sorted(cards), len(cards))
    cuts = (len(order) * 6 // 10, len(order) * 2 // 3)
    parts = [
        {card: cards[card] for card in some} for some in (order[: cuts[0]], order[cuts[0] : cuts[1]], order[cuts[1] :])
    ]
    train, valid, test = (cards_of(part) for part in parts)
    models: dict[str, dict[str, float]] = {}
    for name, p in (
        ("constant", _fitted(Constant(), train, valid, test)),
        ("fsrs", fsrs_says(parts[2])),
        ("ours", _fitted(Ours(Settings(width=32, seconds=120)), train, valid, test)),
    ):
        models[name] = {key: round(value, 4) for key, value in judge(test.correct[test.scored], p[test.scored]).items()}
        say(f"  {name:9} " + "  ".join(f"{key} {value:.4f}" for key, value in models[name].items()))
    return {
        "bench": "review",
        "cards": len(cards),
        "reviews": sum(map(len, cards.values())),
        "judged": int(test.scored.sum()),
        "better_than_fsrs": int(models["ours"]["log_loss"] < models["fsrs"]["log_loss"]),
        "models": models,
    }


def _fitted(model: Any, train: Answers, valid: Answers, test: Answers) -> NDArray:
    model.fit(train, valid, 0)
    return model.predict(test)


def main(environment: Mapping[str, str], say: Say = print) -> int:
    """Print the figures as they come and the JSON last, or one line that says what is absent or wrong."""
    named = environment.get("DATA")
    return tell(environment, OWN, lambda data: measure(Path(named or data / OWN).expanduser(), say), say)


if __name__ == "__main__":
    sys.exit(main(os.environ))

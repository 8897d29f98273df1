"""What the benches of this room share: mean and spread, when one model beats another, and one line of JSON or of words at the end."""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from commons.errors import ShuyuanError

__all__ = ["Say", "absent", "beats", "spread_of", "tell"]

Say = Callable[[str], None]


def spread_of(values: Sequence[float]) -> dict[str, float]:
    """Mean and sample standard deviation (0 for one value), to four places."""
    spread = statistics.stdev(values) if len(values) > 1 else 0.0
    return {"mean": round(statistics.fmean(values), 4), "spread": round(spread, 4)}


def beats(ours: Mapping[str, float], other: Mapping[str, float]) -> bool:
    """Whether the mean is higher by more than the larger of both spreads."""
    return ours["mean"] - other["mean"] > max(ours["spread"], other["spread"])


def absent(place: Path, data: Path) -> str:
    """Why a bench is skipped whose own data at `place` are not there, or ""."""
    if place.exists():
        return ""
    where = f"{place.relative_to(data)} in {data}" if place.is_relative_to(data) else str(place)
    return f"skipped: no {where}; name a data set with DATA, or set SHUYUAN_DATA"


def tell(measure: Callable[[], Mapping[str, object]], say: Say) -> int:
    """Say the figures as one line of JSON, or what was wrong as one line of words; gives the exit status."""
    try:
        say(json.dumps(measure()))
    except ShuyuanError as error:
        say(str(error))
        return 1
    return 0

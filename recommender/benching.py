"""What the benches of this room share: mean and spread, when one model beats another, and one line of JSON or of words at the end."""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from commons.errors import ShuyuanError
from commons.settings import load_settings

__all__ = ["Say", "beats", "spread_of", "tell"]

Say = Callable[[str], None]


def spread_of(values: Sequence[float]) -> dict[str, float]:
    """Mean and sample standard deviation (0 for one value), to four places."""
    spread = statistics.stdev(values) if len(values) > 1 else 0.0
    return {"mean": round(statistics.fmean(values), 4), "spread": round(spread, 4)}


def beats(ours: Mapping[str, float], other: Mapping[str, float]) -> bool:
    """Whether the mean is higher by more than the larger of both spreads."""
    return ours["mean"] - other["mean"] > max(ours["spread"], other["spread"])


def tell(
    environment: Mapping[str, str], own: str, measure: Callable[[Path], Mapping[str, object]], say: Say
) -> int:
    """Say the figures as one line of JSON, or in one line of words what is absent or wrong; gives the exit status.
    `measure` gets the folder of data sets, `own` is what it takes in it where DATA names no other.
    """
    data = load_settings(environment).data
    if not environment.get("DATA") and not (data / own).exists():
        say(f"skipped: no {own} in {data}; name a data set with DATA, or set SHUYUAN_DATA")
        return 0
    try:
        say(json.dumps(measure(data)))
    except ShuyuanError as error:
        say(str(error))
        return 1
    return 0

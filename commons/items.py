"""An item is something that can be learned or visited; courses, scenes and recommender meet in this type and not in each other."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

from commons.errors import BadInput
from commons.languages import Text

__all__ = ["Item", "Kind"]

Kind = Literal["unit", "exercise", "stop", "object"]


@dataclass(frozen=True)
class Item:
    """One unit, exercise, stop or object, as the recommender and the pages see it.

    `id` is `<kind>:<place>`, e.g. `exercise:heritage/u2/median-span`; `minutes` is what it takes; `parent` is the id of
    the item it is part of, or "". Raises BadInput when id and kind disagree or minutes are not positive.
    """

    id: str
    kind: Kind
    concepts: tuple[str, ...]
    minutes: float
    title: Text = field(hash=False)
    url: str
    parent: str = ""

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind) or not self.id.startswith(self.kind + ":"):
            raise BadInput(f"item id {self.id!r} does not begin with its kind {self.kind!r}", where=self.url)
        if not self.minutes > 0:
            raise BadInput(f"item {self.id!r} takes {self.minutes} minutes", next="Give a positive number.")

"""What the decisions so far come to, thing by thing. Pure: the same record gives the same standing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from knowledge_graph.review.decisions import Decision, edge_of

__all__ = ["Standing", "standing"]


@dataclass(frozen=True)
class Standing:
    """`holding` are, for each thing, the decisions about it that hold, oldest first; `versions` how many lines name it."""

    holding: Mapping[str, tuple[Decision, ...]]
    versions: Mapping[str, int]

    def of(self, key: str) -> Decision | None:
        """What was decided about a thing (accept, reject or merge); None while it is open."""
        settled = [one for one in self.holding.get(key, ()) if one.kind != "edit"]
        return settled[-1] if settled else None

    def newest(self, key: str) -> Decision | None:
        """The decision that an undo would take back."""
        held = self.holding.get(key, ())
        return held[-1] if held else None

    def version(self, key: str) -> int:
        """How often something was decided about a thing; whoever decides says what they saw."""
        return self.versions.get(key, 0)

    def text(self, key: str) -> Mapping[str, Any]:
        """The words of a concept as they were edited and accepted, newest first."""
        said: dict[str, Any] = {}
        for one in self.holding.get(key, ()):
            said |= one.text
        return said

    def goes_to(self, concept: str) -> str:
        """The concept that stands for `concept` after all merges; a circle of merges ends where it began."""
        seen = {concept}
        while (into := self.merged.get(concept)) and into not in seen:
            seen.add(into)
            concept = into
        return concept

    @cached_property
    def merged(self) -> Mapping[str, str]:
        """What each merged concept was merged into."""
        found = {key: self.of(key) for key in self.holding}
        return {key: one.into for key, one in found.items() if one and one.kind == "merge"}

    @cached_property
    def accepted(self) -> tuple[str, ...]:
        """The concepts and edges accepted, in the order they were decided on first."""
        return tuple(key for key in self.holding if (one := self.of(key)) and one.kind == "accept")

    @cached_property
    def rejected(self) -> frozenset[str]:
        return frozenset(key for key in self.holding if (one := self.of(key)) and one.kind == "reject")

    @cached_property
    def touched(self) -> frozenset[str]:
        """All that was ever decided about, whether it still holds or not."""
        return frozenset(self.versions)

    def is_moot(self, key: str) -> bool:
        """Whether an edge has lost its sense: one of its concepts was rejected, or both were merged into one."""
        ends = edge_of(key)
        if ends is None:
            return False
        before, after = map(self.goes_to, ends)
        return before == after or before in self.rejected or after in self.rejected


def standing(decisions: Iterable[Decision]) -> Standing:
    """What `decisions` come to.

    >>> made = [Decision("2026-01-01", "t", kind, "a.b") for kind in ("edit", "accept", "undo", "reject", "undo")]
    >>> now = standing(made)
    >>> now.of("a.b"), now.newest("a.b").kind, now.version("a.b")
    (None, 'edit', 5)
    """
    holding: dict[str, list[Decision]] = {}
    versions: dict[str, int] = {}
    for one in decisions:
        versions[one.of] = versions.get(one.of, 0) + 1
        held = holding.setdefault(one.of, [])
        if one.kind != "undo":
            held.append(one)
        elif held:
            held.pop()
    return Standing({key: tuple(held) for key, held in holding.items()}, versions)

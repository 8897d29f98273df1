"""Candidates that mean the same become one: spellings, and a Chinese and an English name of one thing.

Rule: two names of different languages are joined only where each is the other's best match, by text vectors and by the
cells they share; what the graph already holds is recognised, not suggested anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from knowledge_graph.model import Concept
from knowledge_graph.suggest.candidates import Candidate, Mention, form
from knowledge_graph.vectors import Vectors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Group", "merge", "recognise"]

SAME, KNOWN = 0.93, 0.93  # cosine from which two names of one language are one
PAIR, SHARED, ENOUGH = 0.42, 0.5, 0.78  # least cosine across languages, what shared cells add, what is enough


@dataclass(frozen=True)
class Group:
    """Candidates that name one thing, the best first."""

    members: tuple[Candidate, ...]

    @property
    def head(self) -> Candidate:
        return self.members[0]

    @property
    def forms(self) -> tuple[str, ...]:
        return tuple(one.form for one in self.members)

    @property
    def mentions(self) -> tuple[Mention, ...]:
        return tuple(mention for one in self.members for mention in one.mentions)

    @property
    def score(self) -> float:
        """The best member's, the more for a second name that says the same."""
        miss = 1 - self.head.score
        for one in self.members[1:]:
            miss *= 1 - 0.3 * one.score
        return round(1 - miss, 4)

    @property
    def label(self) -> dict[str, str]:
        """The first name in each language; names of code count as English."""
        found: dict[str, str] = {}
        for one in self.members:
            found.setdefault(one.language or "en", one.label)
        return found

    @property
    def alt(self) -> dict[str, tuple[str, ...]]:
        """All further names."""
        label, found = self.label, dict[str, list[str]]()
        for one in self.members:
            tag = one.language or "en"
            if one.label != label[tag]:
                found.setdefault(tag, []).append(one.label)
        return {tag: tuple(dict.fromkeys(names)) for tag, names in found.items()}


def merge(found: Sequence[Candidate], vectors: Vectors) -> list[Group]:
    """`found` (best first) as groups, best first."""
    if not found:
        return []
    rows = vectors.embed([one.label for one in found])
    near = rows @ rows.T
    leader = list(range(len(found)))
    for low, high in _spellings(found, near):
        leader[high] = leader[low]
    for chinese, english in _translations(found, near):
        low, high = sorted((leader[chinese], leader[english]))
        leader = [low if one == high else one for one in leader]
    groups: dict[int, list[Candidate]] = {}
    for number, one in enumerate(found):
        groups.setdefault(leader[number], []).append(one)
    made = [Group(tuple(members)) for members in groups.values()]
    return sorted(made, key=lambda one: (-one.score, one.head.form))


def recognise(groups: Sequence[Group], concepts: Mapping[str, Concept], vectors: Vectors) -> dict[int, str]:
    """For each group (by place) that the graph knows, the id of its concept: by name, else by nearness in meaning."""
    names = [(name, id) for id, one in concepts.items() for name in _names(one)]
    if not names or not groups:
        return {}
    by_form = {form(name): id for name, id in reversed(names)}
    near = vectors.embed([group.head.label for group in groups]) @ vectors.embed([name for name, _ in names]).T
    found: dict[int, str] = {}
    for number, group in enumerate(groups):
        known = next((by_form[one] for one in group.forms if one in by_form), "")
        best = int(near[number].argmax())
        if known or (near[number, best] >= KNOWN and group.head.kind != "code"):
            found[number] = known or names[best][1]
    return found


def _names(one: Concept) -> Iterator[str]:
    for label in one.label.values():
        yield label
        if "(" in label:
            yield label.partition("(")[0].strip()
    for words in one.alt.values():
        yield from words


def _spellings(found: Sequence[Candidate], near: NDArray[np.float32]) -> Iterator[tuple[int, int]]:
    """Pairs (better, worse) of one language that are near and share a word, each worse one once."""
    for high in range(1, len(found)):
        for low in range(high):
            same = found[low].language == found[high].language != ""
            if same and near[low, high] >= SAME and _share(found[low].form, found[high].form):
                yield low, high
                break


def _share(left: str, right: str) -> bool:
    if " " in left + right or left.isascii():
        return bool(set(left.split()) & set(right.split()))
    return bool(set(left) & set(right))


def _translations(found: Sequence[Candidate], near: NDArray[np.float32]) -> Iterator[tuple[int, int]]:
    """Pairs (Chinese, English) that are each other's best."""
    import numpy as np

    chinese = [n for n, one in enumerate(found) if one.language == "zh-CN"]
    english = [n for n, one in enumerate(found) if one.language == "en"]
    if not chinese or not english:
        return
    score = np.full((len(chinese), len(english)), -1.0)
    for row, left in enumerate(chinese):
        for column, right in enumerate(english):
            if near[left, right] >= PAIR:
                here, there = found[left].cells, found[right].cells
                together = len(here & there) / len(here | there)
                score[row, column] = near[left, right] + SHARED * together
    for row in range(len(chinese)):
        column = int(score[row].argmax())
        if score[row, column] >= ENOUGH and int(score[:, column].argmax()) == row:
            yield chinese[row], english[column]

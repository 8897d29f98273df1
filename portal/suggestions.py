"""What a machine suggests for one course, as the review page needs it. What cannot be read is told in words and shown as nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from commons.errors import BadInput
from knowledge_graph.suggest.store import (
    Place,
    SuggestedConcept,
    SuggestedEdge,
    read_suggestions,
    suggestions_path,
)

__all__ = ["Proof", "Reason", "Suggested", "proofs_of", "suggested_of"]

PROOFS = 6
REASONS = {
    "both": "names both",
    "part": "“(?P<inner>.*)” is part of the name “(?P<outer>.*)”",
    "first": "“(?P<name>.*)” is named first",
}


@dataclass(frozen=True)
class Reason:
    """Why a sentence speaks for an edge: both, part or first, with the `names` that the words need; "" with the words themselves."""

    key: str
    names: Mapping[str, str] = field(hash=False)


@dataclass(frozen=True)
class Proof:
    """A sentence that speaks for a suggestion, why it does, and where it stands: file and cell, from 1."""

    sentence: str
    reasons: tuple[Reason, ...]
    source: str
    cell: int


@dataclass(frozen=True)
class Suggested:
    """The suggestions for a course by id and by ends. `problem` says why there are none (none, version, broken, or ""), `told` how so."""

    concepts: Mapping[str, SuggestedConcept] = field(default_factory=dict)
    edges: Mapping[tuple[str, str], SuggestedEdge] = field(default_factory=dict)
    problem: str = ""
    told: str = ""


def suggested_of(home: Path, course: str) -> Suggested:
    """The newest suggestions for `course`."""
    try:
        path = suggestions_path(home, course)
        if not path.is_file():
            return Suggested(problem="none")
        found = read_suggestions(path)
    except (BadInput, OSError) as error:
        told = error.found if isinstance(error, BadInput) else str(error)
        return Suggested(problem="version" if "(version " in told else "broken", told=told)
    return Suggested(
        {one.id: one for one in found.concepts}, {(one.before, one.after): one for one in found.edges if one.before != one.after}
    )  # fmt: skip


def proofs_of(one: SuggestedConcept | SuggestedEdge | None) -> tuple[Proof, ...]:
    """The sentences beside a suggestion, at most PROOFS; of a concept the one that defines it comes first."""
    if one is None:
        return ()
    if isinstance(one, SuggestedEdge):
        found: dict[Place, list[Reason]] = {}
        for each in one.evidence:
            found.setdefault(each.place, []).append(_reason(each.text))
    else:
        places = [*([one.definition_place] if one.definition_place else []), *one.places]
        found = {place: [] for place in places}
    proofs = (Proof(_plain(at.sentence), tuple(reasons), at.source, at.cell + 1) for at, reasons in found.items())
    return tuple(proofs)[:PROOFS]


def _plain(sentence: str) -> str:
    """A sentence of a notebook without its marks of emphasis, code, heading and list.

    >>> _plain("- the **mean** of `rows`, 2 * 3")
    'the mean of rows, 2 * 3'
    """
    return re.sub(
        r"\*\*|__|`|(?<!\w)\*(?=\S)|(?<=\S)\*(?!\w)", "", re.sub(r"^\s*(#+|[-*+>]|\d+\.)\s+", "", sentence)
    ).strip()


def _reason(text: str) -> Reason:
    """The machine's reason, taken apart so that it can be said in the reader's language.

    >>> _reason("“list” is part of the name “list of lists”")
    Reason(key='part', names={'inner': 'list', 'outer': 'list of lists'})
    """
    for key, pattern in REASONS.items():
        if found := re.fullmatch(pattern, text, re.S):
            return Reason(key, found.groupdict())
    return Reason("", {"words": text})

"""The record of decisions, `<SHUYUAN_HOME>/graph/decisions.jsonl`: one JSON object a line, appended and flushed to the disk, never changed.

A last line that a crash cut short counts as not written and is taken off before the next one; any other line that cannot be read is
named and left out. A teacher is named by the random id of `commons.people`, so that erasing a person leaves nothing of them here.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

__all__ = [
    "KINDS",
    "Decision",
    "Record",
    "append",
    "decisions_path",
    "edge_key",
    "edge_of",
    "read_decisions",
    "read_record",
]

KINDS = ("accept", "reject", "edit", "merge", "undo")
ARROW = " -> "


@dataclass(frozen=True)
class Decision:
    """What `teacher` decided in `course` about `of` (a concept's id, or `edge_key`) at `time` (ISO 8601, UTC).

    `into` is the concept that a merge leads to. `text` holds what was decided on: of a concept its label, definition, alt and area, of
    an edge its probability; so that the record stands by itself when the suggestions are made anew. An undo takes back the newest
    decision about `of` that still holds.
    """

    time: str
    teacher: str
    kind: str
    of: str
    into: str = ""
    text: Mapping[str, Any] = field(default_factory=dict, hash=False)
    course: str = ""

    @classmethod
    def now(cls, teacher: str, kind: str, of: str, **more: Any) -> Decision:
        """A decision at this moment."""
        return cls(datetime.now(UTC).isoformat(timespec="milliseconds"), teacher, kind, of, **more)

    @property
    def moment(self) -> datetime:
        return datetime.fromisoformat(self.time)


@dataclass(frozen=True)
class Record:
    """All decisions in order; `faults` name lines that could not be read."""

    decisions: tuple[Decision, ...]
    faults: tuple[str, ...] = ()


def edge_key(before: str, after: str) -> str:
    """The name of an edge in a decision.

    >>> edge_key("a.b", "a.c"), edge_of("a.b -> a.c"), edge_of("a.b")
    ('a.b -> a.c', ('a.b', 'a.c'), None)
    """
    return before + ARROW + after


def edge_of(key: str) -> tuple[str, str] | None:
    """The two concepts of an edge's name; None for a concept's."""
    before, arrow, after = key.partition(ARROW)
    return (before, after) if arrow else None


def decisions_path(home: Path) -> Path:
    """Where the platform at `home` keeps the record."""
    return home / "graph" / "decisions.jsonl"


def read_decisions(path: Path) -> tuple[Decision, ...]:
    """The decisions in the order they were made; none where there is no file."""
    return read_record(path).decisions


def read_record(path: Path) -> Record:
    """The decisions, and what could not be read, with its line."""
    if not path.exists():
        return Record(())
    whole, _, _ = path.read_bytes().rpartition(b"\n")
    found, faults = [], []
    for number, line in enumerate(whole.split(b"\n") if whole else (), 1):
        try:
            found.append(_decision(json.loads(line)))
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            faults.append(f"{path.name}, line {number}: no decision ({error})")
    return Record(tuple(found), tuple(faults))


def append(path: Path, decision: Decision) -> None:
    """Add `decision` at the end; when this returns, it survives a crash. The caller holds the folder's lock."""
    path.parent.mkdir(parents=True, exist_ok=True)
    line = json.dumps(vars(decision), ensure_ascii=False, separators=(",", ":")) + "\n"
    with path.open("ab+") as file:
        file.seek(0)
        whole, newline, torn = file.read().rpartition(b"\n")
        if torn:
            file.truncate(len(whole) + len(newline))
        file.write(line.encode())
        file.flush()
        os.fsync(file.fileno())


def _decision(found: Any) -> Decision:
    if not isinstance(found, dict):
        raise ValueError("a line is one object")
    words = {key: found.get(key, "") for key in ("time", "teacher", "kind", "of", "into", "course")}
    if not all(isinstance(word, str) for word in words.values()) or words["kind"] not in KINDS or not words["of"]:
        raise ValueError("time, teacher, kind and of are words")
    datetime.fromisoformat(words["time"])
    text = found.get("text") or {}
    if not isinstance(text, dict):
        raise ValueError("text is no object")
    return Decision(text=text, **words)

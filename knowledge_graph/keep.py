"""The lines of a hand-written file that can stay: its head, and for each concept the text it was read from with the
comment above it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from commons.errors import Faults
from commons.languages import Text
from knowledge_graph.emit import Provenance
from knowledge_graph.load import read_text
from knowledge_graph.model import Concept, Prerequisite
from knowledge_graph.page import Gathered
from knowledge_graph.yaml_lines import read_yaml

__all__ = ["Block", "Kept", "kept_parts"]

KEY = re.compile(r"[A-Za-z_]+:")
BARE = re.compile(r"\s*(#.*)?")


@dataclass(frozen=True)
class Block:
    """A concept as it was read, its text, and the comment lines above it."""

    concept: Concept
    needs: tuple[Prerequisite, ...]
    text: str
    comment: str


@dataclass(frozen=True)
class Kept:
    """A file's area and what of its text may stay; `head` is everything above `concepts:`, `comment` its first lines."""

    name: str
    area: str = ""
    label: Text = field(default_factory=dict)
    provenance: Provenance | None = None
    comment: str = ""
    head: str = ""
    concepts: dict[str, Block] = field(default_factory=dict)


def kept_parts(name: str, text: str) -> Kept:
    """What of the file's text may stay. Raises Faults where it has faults of form."""
    found = Gathered()
    read_text(name, text, found)
    if found.faults:
        raise Faults(found.faults, where=name, next="Correct the file first; nothing was written.")
    lines = text.splitlines(keepends=True)
    comment = "".join(lines[: next((i for i, line in enumerate(lines) if not BARE.fullmatch(line.rstrip())), 0)])
    area = next(iter(found.areas), "")
    starts = {KEY.match(line).group(): i for i, line in enumerate(lines) if KEY.match(line)}  # type: ignore[union-attr]
    if not area or "concepts:" not in starts or lines[starts["concepts:"]].strip() != "concepts:":
        return Kept(name, area, comment=comment)
    first = starts["concepts:"]
    end = min((start for start in starts.values() if start > first), default=len(lines))
    head = "".join(lines[:first]) if _head_first(starts, first) else ""
    return Kept(
        name, area, found.areas[area], _provenance(text), comment, head, _blocks(found, name, lines, first, end)
    )


def _head_first(starts: dict[str, int], first: int) -> bool:
    return {key for key, start in starts.items() if start < first} == {"area:", "label:", "provenance:"} - (
        set() if "label:" in starts else {"label:"}
    )


def _provenance(text: str) -> Provenance | None:
    said = read_yaml(text).value.get("provenance") or {}
    try:
        confidence = float(said.get("confidence", "nan"))
    except (TypeError, ValueError):
        return None
    return str(said.get("author") or ""), str(said.get("method") or ""), confidence, str(said.get("confirmed_by") or "")


def _blocks(found: Gathered, name: str, lines: list[str], first: int, end: int) -> dict[str, Block]:
    begins = sorted((int(found.places[one].rpartition(" ")[2]) - 1, one) for one in found.concepts)
    needs: dict[str, list[Prerequisite]] = {}
    for edge in found.edges:
        needs.setdefault(edge.after, []).append(edge)
    blocks: dict[str, Block] = {}
    above = first + 1
    for position, (start, one) in enumerate(begins):
        stop = begins[position + 1][0] if position + 1 < len(begins) else end
        last = stop
        while position + 1 < len(begins) and BARE.fullmatch(lines[last - 1].rstrip()):
            last -= 1
        comment, text = "".join(lines[above:start]), "".join(lines[above:last])
        text += "" if text.endswith("\n") else "\n"
        blocks[one] = Block(found.concepts[one], tuple(needs.get(one, ())), text, comment)
        above = last
    return blocks

"""A returned notebook's bytes, read as forgivingly as is safe: older formats, odd bytes, broken cells.

Rule: reading never raises and never runs anything; what cannot be read is refused with a reason of courses.words, what was
put right on the way is named. Bounded: 5 MB and 5,000 cells; text of other sizes is refused before it is looked into.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from courses.notebook import MAX_BYTES, MAX_CELLS

__all__ = ["Part", "Read", "read"]

_SURROGATES = re.compile("[\ud800-\udfff]")
_OUTPUTS = {
    "stream": ("name", "text"),
    "display_data": ("data", "metadata"),
    "execute_result": ("data", "metadata", "execution_count"),
    "error": ("ename", "evalue", "traceback"),
}
_KEYS = {"cell_type", "metadata", "source", "id", "outputs", "execution_count", "attachments"}


@dataclass(frozen=True)
class Part:
    """A cell as it came back, or a piece of one: `cell` is its 1-based place; a piece that was cut out has `cut`.

    `claim` is the grade_id it carries, `id` the cell's own id, "" where there is none.
    """

    cell: int
    type: str
    text: str
    claim: str = ""
    id: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict)
    cut: bool = False
    joined: tuple[int, ...] = ()


@dataclass(frozen=True)
class Read:
    """A notebook that was read: its cells, its own metadata, what had to be put right, or why it was refused."""

    notebook: Mapping[str, Any]
    parts: tuple[Part, ...]
    mended: tuple[str, ...] = ()
    refused: str = ""


def read(submitted: object) -> Read:
    """The notebook in bytes or in parsed JSON."""
    mended: list[str] = []
    if isinstance(submitted, bytes):
        if len(submitted) > MAX_BYTES:
            return Read({}, (), refused=f"too-large {MAX_BYTES // 1_000_000}")
        try:
            submitted = _parse(submitted, mended)
        except (UnicodeDecodeError, ValueError, RecursionError, MemoryError):
            return Read({}, (), refused="unreadable")
    if not isinstance(submitted, Mapping):
        return Read({}, (), refused="unreadable")
    cells = _cells(submitted, mended)
    if cells is None:
        return Read({}, (), refused="unreadable")
    if len(cells) > MAX_CELLS:
        return Read({}, (), refused=f"too-many-cells {MAX_CELLS}")
    parts = tuple(_part(number, cell, mended) for number, cell in enumerate(cells, 1) if isinstance(cell, Mapping))
    if len(parts) < len(cells):
        mended.append("format")
    if sum(len(part.text) for part in parts) > MAX_BYTES:
        return Read({}, (), refused=f"too-large {MAX_BYTES // 1_000_000}")
    return Read(submitted, parts, tuple(dict.fromkeys(mended)))


def _parse(data: bytes, mended: list[str]) -> object:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = data.decode("utf-16")
        mended.append("bytes")
    else:
        if data.startswith(b"\xef\xbb\xbf"):
            mended.append("bytes")
        text = data.decode("utf-8-sig")
    text = text.lstrip(" \t\r\n\0")
    found, end = json.JSONDecoder().raw_decode(text)
    if text[end:].strip(" \t\r\n"):
        mended.append("bytes")
    return found


def _cells(nb: Mapping[str, Any], mended: list[str]) -> list[Any] | None:
    """The list of cells, that of older formats too; None where there is none."""
    cells = nb.get("cells")
    if isinstance(cells, list):
        if nb.get("nbformat") != 4:
            mended.append("format")
        return cells
    sheets = nb.get("worksheets")
    if not isinstance(sheets, list):
        return None
    mended.append("format")
    found: list[Any] = []
    for sheet in sheets:
        inside = sheet.get("cells") if isinstance(sheet, Mapping) else None
        found += inside if isinstance(inside, list) else []
    return found


def _part(number: int, cell: Mapping[str, Any], mended: list[str]) -> Part:
    metadata = cell.get("metadata")
    metadata = metadata if isinstance(metadata, Mapping) else {}
    grader = metadata.get("nbgrader")
    claim = grader.get("grade_id") if isinstance(grader, Mapping) else None
    own = cell.get("id")
    kind = _type(cell)
    text = _text(cell.get("source", cell.get("input", "")))
    if "\r" in text:
        mended.append("newlines")
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if _SURROGATES.search(text):
        mended.append("bytes")
        text = _SURROGATES.sub("\ufffd", text)
    if cell.get("cell_type") == "heading":
        level = cell.get("level")
        text = "#" * (level if isinstance(level, int) and 0 < level < 7 else 1) + " " + text
    if not _sound(cell, kind, metadata):
        mended.append("format")
    return Part(number, kind, text, str(claim or "")[:200], own if isinstance(own, str) else "", cell)


def _type(cell: Mapping[str, Any]) -> str:
    kind = cell.get("cell_type")
    if kind in ("code", "markdown", "raw"):
        return str(kind)
    return "code" if "outputs" in cell and kind != "heading" else "markdown"


def _text(source: object) -> str:
    if isinstance(source, str):
        return source
    if isinstance(source, Sequence):
        return "".join(line for line in source if isinstance(line, str))
    return ""


def _sound(cell: Mapping[str, Any], kind: str, metadata: Mapping[str, Any]) -> bool:
    """Whether nbformat 4 would take the cell as it is: what its schema demands, without the schema."""
    if cell.get("cell_type") != kind or cell.get("metadata") is not metadata or set(cell) - _KEYS:
        return False
    source = cell.get("source")
    if not isinstance(source, str) and not (isinstance(source, list) and all(isinstance(x, str) for x in source)):
        return False
    if kind != "code":
        return "outputs" not in cell and "execution_count" not in cell
    count, outputs = cell.get("execution_count"), cell.get("outputs")
    counted = count is None or (isinstance(count, int) and count >= 0)
    return "attachments" not in cell and counted and isinstance(outputs, list) and all(map(_sound_output, outputs))


def _sound_output(output: object) -> bool:
    if not isinstance(output, Mapping):
        return False
    wanted = _OUTPUTS.get(str(output.get("output_type")))
    return wanted is not None and set(output) == {"output_type", *wanted}

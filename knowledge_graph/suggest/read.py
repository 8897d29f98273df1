"""A course's text as passages: what was written where, in which language, as heading, text or code.

Rule: nothing is run and nothing outside the folder is read; notebooks and Markdown alike, in the order of their names,
but for pages that are about the course (licence, sources, readme).
A file that cannot be read is a fault with its place, never a silent gap.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from commons.errors import Faults
from knowledge_graph.suggest.store import Place

__all__ = ["Passage", "has_chinese", "language_of", "read_course", "sentences"]

MARK = re.compile(r"^\s*<!--\s*([A-Za-z]{2}(?:-[A-Za-z]{2})?)\s*-->\s*$")
HEADING = re.compile(r"^\s{0,3}#{1,6}\s+(.+?)\s*#*$")
FENCE = re.compile(r"^\s*(```|~~~)")
NOISE = re.compile(r"<!--.*?-->|<[^>\n]{1,200}>|\$\$.*?\$\$|!\[[^\]]*\]\([^)]*\)", re.DOTALL)
LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)|\[([^\]]+)\]\[[^\]]*\]")
TABLE = re.compile(r"^\s*\|?[\s:|-]+\|[\s:|-]*$")
MOST_BYTES, MOST_FILES = 20_000_000, 2_000
SKIPPED = {"node_modules", "__pycache__", "build", "site-packages"}
ABOUT = {
    "license",
    "licence",
    "readme",
    "sources",
    "contributing",
    "changelog",
    "code_of_conduct",
    "authors",
    "citation",
}


@dataclass(frozen=True)
class Passage:
    """One stretch of text. `kind` is heading, text, output or code; `unit` numbers the files in order."""

    kind: str
    text: str
    language: str
    source: str
    cell: int
    unit: int

    def place(self, sentence: str) -> Place:
        """The place of a sentence of this passage, cut to 300 characters."""
        said = " ".join(sentence.split())
        return Place(self.source, self.cell, said if len(said) <= 300 else said[:299] + "…")


def read_course(folder: Path) -> list[Passage]:
    """All passages of the notebooks and Markdown files below `folder` (or of the one file), in order.

    Raises Faults where nothing is there to read, with every file that could not be read.
    """
    files = [folder] if folder.is_file() else sorted(_files(folder), key=_order)
    found: list[Passage] = []
    faults: list[str] = []
    for unit, file in enumerate(files[:MOST_FILES]):
        name = file.name if folder.is_file() else file.relative_to(folder).as_posix()
        try:
            if file.stat().st_size > MOST_BYTES:
                raise ValueError(f"over {MOST_BYTES} bytes")
            text = file.read_text("utf-8-sig")
            cells = _cells(json.loads(text)) if file.suffix == ".ipynb" else [("markdown", text)]
            found += [one for number, cell in enumerate(cells) for one in _passages(cell, name, number, unit)]
        except (ValueError, KeyError, TypeError, AttributeError, OSError, RecursionError) as error:
            faults.append(f"{name}: cannot be read ({str(error)[:100] or type(error).__name__})")
    if faults or not found:
        faults = faults or ["no notebook and no Markdown file with text"]
        raise Faults(faults, where=folder.name, next="Mend or leave out what cannot be read.")
    return found


def language_of(text: str) -> str:
    """`zh-CN` where at least a tenth of the letters are Chinese, else `en`.

    >>> language_of("圆的面积 area"), language_of("the area")
    ('zh-CN', 'en')
    """
    letters = sum(one.isalpha() for one in text)
    chinese = sum("㐀" <= one <= "鿿" for one in text)
    return "zh-CN" if chinese * 10 >= max(letters, 1) else "en"


def has_chinese(text: str) -> bool:
    """Whether a Chinese character is in it."""
    return any("㐀" <= one <= "鿿" for one in text)


def sentences(text: str) -> list[str]:
    """The sentences of a text, Chinese and English; list items and table cells count as sentences.

    >>> sentences("A loop repeats. It ends！圆是曲线。- item")
    ['A loop repeats.', 'It ends！', '圆是曲线。', '- item']
    """
    parts = re.split(
        r"(?<=[。！？；])|(?<=[.!?])\s+(?=[A-Z\"“(\d*`])|\n{2,}|\n(?=\s*(?:[-*+]|\d+\.)\s)|\n\||\s\|\s", text
    )
    return [one.strip() for one in parts if one and one.strip(" |\n")]


def _files(folder: Path) -> Iterator[Path]:
    root = folder.resolve()
    for path in folder.rglob("*"):
        inside = path.relative_to(folder).parts
        hidden = any(part.startswith(".") or part in SKIPPED for part in inside)
        hidden |= path.suffix == ".md" and path.stem.casefold() in ABOUT
        if path.suffix in {".ipynb", ".md"} and not hidden and path.is_file() and path.resolve().is_relative_to(root):
            yield path


def _order(path: Path) -> tuple[list[tuple[int, str]], str]:
    """Numbers in names count as numbers: unit 10 comes after unit 9."""
    parts = re.findall(r"\d+|\D+", path.as_posix())
    return [(int(part), "") if part.isdigit() else (-1, part) for part in parts], path.as_posix()


def _cells(notebook: object) -> list[tuple[str, str]]:
    if not isinstance(notebook, dict):
        raise ValueError("not a notebook")
    sheets = notebook["worksheets"] if "cells" not in notebook else [notebook]
    cells = [cell for sheet in sheets for cell in sheet["cells"]]
    found = []
    for cell in cells:
        source = cell.get("source", cell.get("input", ""))
        found.append((str(cell["cell_type"]), "".join(source) if isinstance(source, list) else str(source)))
    return found


def _passages(cell: tuple[str, str], source: str, number: int, unit: int) -> Iterator[Passage]:
    kind, text = cell
    if kind == "code":
        if text.strip():
            yield Passage("code", text, "", source, number, unit)
        return
    for marked, block in _blocks(text):
        for what, piece in _pieces(block):
            language = marked or language_of(piece)
            if what == "code":
                yield Passage("code", piece, "", source, number, unit)
            elif clean := _clean(piece):
                yield Passage(what, clean, language, source, number, unit)


def _blocks(text: str) -> Iterator[tuple[str, str]]:
    """The blocks of a cell by language mark; "" for what stands under none."""
    language = ""
    lines: list[str] = []
    for line in text.splitlines():
        if found := MARK.match(line):
            yield language, "\n".join(lines)
            language, lines = ("" if found[1] == "all" else found[1]), []
        else:
            lines.append(line)
    yield language, "\n".join(lines)


def _pieces(block: str) -> Iterator[tuple[str, str]]:
    """Headings, fenced code and the text between them."""
    lines: list[str] = []
    fenced = False
    for line in block.splitlines():
        if FENCE.match(line):
            yield "code" if fenced else "text", "\n".join(lines)
            fenced, lines = not fenced, []
        elif not fenced and (found := HEADING.match(line)):
            yield "text", "\n".join(lines)
            yield "heading", found[1]
            lines = []
        elif not TABLE.match(line) or fenced:
            lines.append(line)
    yield "code" if fenced else "text", "\n".join(lines)


def _clean(text: str) -> str:
    text = LINK.sub(lambda found: found[1] or found[2], NOISE.sub(" ", text))
    return "\n".join(line.rstrip() for line in text.splitlines()).strip()

"""What was handed in, to be read by a teacher: the notebook's cells as text, clean HTML and pictures.

Rule: nothing a learner wrote reaches a page as markup but markdown without HTML in it, cleaned once more; HTML outputs are shown
as the plain text beside them, pictures only as PNG or JPEG bytes in the page itself. Sizes are bounded; what is cut says so.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from commons.errors import BadInput
from courses.notebook import nbgrader_of, parse_notebook

__all__ = ["Output", "WorkCell", "answer_of", "work_cells"]

CELLS = 400
TEXT_CHARS = 20_000
PICTURE_BYTES = 2_000_000
_TAGS = {"a", "b", "blockquote", "br", "code", "del", "em", "h3", "h4", "h5", "h6", "hr", "i", "li", "ol", "p", "pre", "strong",
         "table", "tbody", "td", "th", "thead", "tr", "ul"}  # fmt: skip
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_IMAGE = re.compile(r"!\[([^\]\n]{0,300})\]\([^)\n]{0,2000}\)")
_PICTURES = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}


@dataclass(frozen=True)
class Output:
    """What a cell left behind: `kind` is "text", "error" or "picture" (then `text` is a data address)."""

    kind: str
    text: str


@dataclass(frozen=True)
class WorkCell:
    """One cell. `kind` is "text" (then `html` is safe) or "code"; `grade_id` is "" for cells that nbgrader does not know."""

    notebook: str
    number: int
    kind: str
    source: str
    html: str
    grade_id: str
    is_graded: bool
    is_answer: bool
    outputs: tuple[Output, ...]


def work_cells(files: Mapping[str, bytes], notebooks: Sequence[str]) -> list[WorkCell]:
    """The cells of the handed-in notebooks in order; a notebook that cannot be read gives none."""
    found: list[WorkCell] = []
    for name in notebooks:
        try:
            nb = parse_notebook(files[f"{name}.ipynb"], name)
        except (BadInput, KeyError):
            continue
        found += [_cell(name, number, cell) for number, cell in enumerate(nb["cells"][:CELLS], 1)]
    return found


def answer_of(cells: Sequence[WorkCell], notebook: str, grade_id: str) -> list[WorkCell]:
    """What belongs to one question: the cells after the question before it up to its own, and those a task was answered in.

    Everything of the notebook where the question's cell is gone.
    """
    mine = [cell for cell in cells if cell.notebook == notebook]
    at = next((place for place, cell in enumerate(mine) if cell.grade_id == grade_id and cell.is_graded), None)
    if at is None:
        return mine
    first = at
    while first > 0 and not mine[first - 1].is_graded and at - first < 8:
        first -= 1
    last = at + 1
    if mine[at].kind == "text" and not mine[at].is_answer:
        while last < len(mine) and not mine[last].grade_id:
            last += 1
    return mine[first:last]


def _cell(notebook: str, number: int, cell: Mapping[str, Any]) -> WorkCell:
    meta = nbgrader_of(cell)
    source = _cut(cell["source"])
    is_code = cell.get("cell_type") == "code"
    return WorkCell(
        notebook, number, "code" if is_code else "text", source, "" if is_code else _html(source),
        str(meta.get("grade_id") or "")[:128], bool(meta.get("grade") or meta.get("task")), bool(meta.get("solution")),
        tuple(_outputs(cell.get("outputs"))) if is_code else (),
    )  # fmt: skip


def _html(source: str) -> str:
    """Markdown as HTML: no raw HTML, a picture's words in its place, headings below the page's own."""
    import nh3
    from markdown_it import MarkdownIt

    markdown = MarkdownIt("commonmark", {"html": False}).enable("table").enable("strikethrough").disable("image")
    source = _IMAGE.sub(lambda found: f"[{found[1]}]", source)
    text = re.sub(r"<(/?)h([1-6])>", lambda h: f"<{h[1]}h{min(6, int(h[2]) + 2)}>", str(markdown.render(source)))
    return nh3.clean(
        text, tags=_TAGS, attributes={"a": {"href"}, "ol": {"start"}}, url_schemes={"http", "https", "mailto"}
    )


def _outputs(outputs: object) -> Iterable[Output]:
    for one in outputs[:20] if isinstance(outputs, list) else []:
        if not isinstance(one, Mapping):
            continue
        kind, data = one.get("output_type"), one.get("data")
        if kind == "stream":
            yield Output("text", _text(one.get("text")))
        elif kind == "error":
            trace = "\n".join(str(line) for line in one.get("traceback") or [] if isinstance(line, str))
            yield Output("error", _text(trace or f"{one.get('ename', '')}: {one.get('evalue', '')}"))
        elif isinstance(data, Mapping):
            picture = next((found for name in _PICTURES if (found := _picture(name, data.get(name)))), "")
            yield Output("picture", picture) if picture else Output("text", _text(data.get("text/plain")))


def _picture(kind: str, data: object) -> str:
    """A data address, or "" where it is no picture of that kind or too large."""
    text = "".join(map(str, data)) if isinstance(data, list) else data if isinstance(data, str) else ""
    if not text or len(text) > PICTURE_BYTES:
        return ""
    try:
        found = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return ""
    return f"data:{kind};base64,{base64.b64encode(found).decode()}" if found.startswith(_PICTURES[kind]) else ""


def _text(value: object) -> str:
    text = "".join(map(str, value)) if isinstance(value, list) else value if isinstance(value, str) else ""
    return _cut("".join(c for c in _ANSI.sub("", text) if c in "\n\t" or ord(c) >= 32))


def _cut(text: str) -> str:
    return text if len(text) <= TEXT_CHARS else text[:TEXT_CHARS] + "\n…"

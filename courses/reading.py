"""A unit as a page for everybody: the notebook's text and code as clean HTML, without an account, without JavaScript.

Rule: no solution and no check of an exercise is in it; what comes out is sanitised, headings start at h2 and never skip a
level, pictures carry their alt texts and lie in the page itself, tables have headers.
"""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commons.languages import pick
from courses.manifest import Course, Unit, unit_folder
from courses.notebook import localise, nbgrader_of, read_notebook
from courses.release import cell_name
from courses.words import messages

if TYPE_CHECKING:
    from markdown_it.token import Token

__all__ = ["unit_html"]

PICTURE_BYTES = 500_000
_PICTURES = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif",
             ".webp": "image/webp", ".svg": "image/svg+xml"}  # fmt: skip
_TAGS = {
    "a", "abbr", "b", "blockquote", "br", "cite", "code", "dd", "del", "details", "div", "dl", "dt", "em", "figcaption",
    "figure", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "kbd", "li", "mark", "ol", "p", "pre", "q", "rp", "rt",
    "ruby", "s", "small", "span", "strong", "sub", "summary", "sup", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES = {
    "*": {"id", "class", "lang", "title"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "th": {"scope", "colspan", "rowspan"},
    "td": {"colspan", "rowspan"},
    "pre": {"tabindex"},
    "ol": {"start"},
}
_REGIONS = re.compile(r"^[ \t]*#.*BEGIN HIDDEN TESTS.*?^[ \t]*#.*END HIDDEN TESTS[^\n]*\n?", re.MULTILINE | re.DOTALL)
_SOLUTIONS = re.compile(r"^([ \t]*)#.*BEGIN SOLUTION.*?^[ \t]*#.*END SOLUTION[^\n]*", re.MULTILINE | re.DOTALL)


def unit_html(course: Course, unit: Unit, language: str) -> str:
    """The unit in `language` as an HTML fragment. Raises BadInput where its notebook cannot be read."""
    import nh3

    folder = unit_folder(course.folder, unit)
    writer = _Writer(folder)
    parts: list[str] = []
    for name in unit.notebooks:
        nb = localise(read_notebook(folder / f"{name}.ipynb"), language)
        parts += _cells(course, unit, name, nb["cells"], language, writer)
    return nh3.clean(
        "\n".join(parts),
        tags=_TAGS,
        attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
        attribute_filter=_allowed,
        url_schemes={"http", "https", "mailto", "data"},
    )


def _allowed(tag: str, name: str, value: str) -> str | None:
    if value.strip().lower().startswith("data:"):
        return value if (tag, name) == ("img", "src") and value.startswith("data:image/") else None
    # Pictures from elsewhere would be requests to third parties.
    if (tag, name) == ("img", "src") and re.match(r"\s*([a-z]+:|//)", value, re.IGNORECASE):
        return None
    return value


def _cells(
    course: Course, unit: Unit, notebook: str, cells: Sequence[dict[str, Any]], language: str, writer: _Writer
) -> Iterator[str]:
    told: set[str] = set()
    for cell in cells:
        meta = nbgrader_of(cell)
        grade_id = str(meta.get("grade_id", ""))
        if meta.get("grade") or meta.get("task"):
            exercise = unit.exercise_of(cell_name(notebook, grade_id, unit.notebooks))
            if exercise and exercise.grade_id not in told:
                told.add(exercise.grade_id)
                say = messages().say("courses.reading.exercise", language, title=pick(exercise.title, language))
                yield f'<p class="exercise">{html.escape(say)}</p>'
            if not meta.get("task"):
                continue
        if cell["cell_type"] == "markdown" and not meta.get("solution"):
            yield writer.text(cell["source"])
        elif cell["cell_type"] == "code":
            source = _open_code(cell["source"], bool(meta.get("solution")), language)
            if source.strip():
                yield _code(source)


def _open_code(source: str, is_solution: bool, language: str) -> str:
    """Code as the release shows it: hidden regions gone, solutions replaced by the line that asks for one."""
    stub = f"# {messages().say('courses.stub.code', language)}"
    source = _REGIONS.sub("", source)
    if is_solution and "BEGIN SOLUTION" not in source:
        return stub
    return _SOLUTIONS.sub(lambda m: m.group(1) + stub, source)


def _code(source: str) -> str:
    # Wide code scrolls, and what scrolls must be reachable by keyboard.
    return f'<pre tabindex="0"><code class="language-python">{html.escape(source)}</code></pre>'


class _Writer:
    """Markdown to HTML for one unit: headings go on where the text before left off."""

    def __init__(self, folder: Path) -> None:
        from markdown_it import MarkdownIt

        self.folder = folder
        self.level = 1
        self.count = 0
        self.markdown = MarkdownIt("commonmark", {"html": True}).enable("table").enable("strikethrough")

    def text(self, source: str) -> str:
        """One text cell."""
        tokens = self.markdown.parse(source)
        for token in tokens:
            self._amend(token)
        return str(self.markdown.renderer.render(tokens, self.markdown.options, {}))

    def _amend(self, token: Token) -> None:
        if token.type in ("heading_open", "heading_close"):
            if token.type == "heading_open":
                self.level = min(int(token.tag[1]) + 1, self.level + 1, 6)
                self.count += 1
                token.attrSet("id", f"s{self.count}")
            token.tag = f"h{self.level}"
        elif token.type == "th_open":
            token.attrSet("scope", "col")
        elif token.type in ("fence", "code_block"):
            content = _code(token.content.rstrip("\n"))
            token.type, token.content = "html_block", content
        elif token.type == "image":
            token.attrSet("src", self._picture(str(token.attrGet("src") or "")))
        for child in token.children or []:
            self._amend(child)

    def _picture(self, source: str) -> str:
        kind = _PICTURES.get(Path(source).suffix.lower())
        path = (self.folder / source).resolve() if kind else None
        if path is None or not path.is_relative_to(self.folder.resolve()) or not path.is_file():
            return source
        data = path.read_bytes()
        return f"data:{kind};base64,{base64.b64encode(data).decode()}" if len(data) <= PICTURE_BYTES else source

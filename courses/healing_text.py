"""What the text of a cell says without running it: its lines, the names it makes and uses, whether two texts are one.

Rule: text of strangers is parsed only where it is short, and a parser's refusal is an answer; everything else is counting
lines, so that time grows with the size of the text.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from courses.syntax import parse

__all__ = ["Names", "Texts", "exact", "indented", "lines_of", "overlap", "stands_at"]

PARSED_CHARS = 20_000
BUDGET = 300_000
_MAGIC = re.compile(r"^(\s*)[%!?].*$", re.MULTILINE)
_DEFINED = re.compile(r"^(?:async\s+)?(?:def|class)\s+(\w+)|^([A-Za-z_]\w*)\s*(?::[^=\n]+)?=(?!=)", re.MULTILINE)
_USED = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True)
class Names:
    """The names that a text gives a value at its outermost level, and those it reads."""

    made: frozenset[str]
    used: frozenset[str]


def lines_of(text: str) -> list[str]:
    """The lines of a text without blanks at their ends; lines that are empty at both ends of the text left out."""
    lines = [line.rstrip() for line in text.split("\n")]
    start, end = 0, len(lines)
    while start < end and not lines[start]:
        start += 1
    while end > start and not lines[end - 1]:
        end -= 1
    return lines[start:end]


def exact(text: str) -> str:
    """The form in which two texts are compared.

    >>> exact("\\nx = 1  \\n\\n") == exact("x = 1")
    True
    """
    return "\n".join(lines_of(text))


class Texts:
    """Reads the cells of one notebook; looks into at most BUDGET characters of them with a parser, each text once.

    What `known` has read need not be read again; it is left as it is.
    """

    def __init__(self, known: Texts | None = None) -> None:
        self.left = BUDGET
        self._refused: set[str] = set(known._refused) if known else set()
        self._trees: dict[str, ast.Module | None] = dict(known._trees) if known else {}
        self._names: dict[str, Names] = dict(known._names) if known else {}
        self._meanings: dict[str, str] = dict(known._meanings) if known else {}

    def parse(self, text: str) -> ast.Module | None:
        """The syntax tree of a cell (shell and magic lines as `pass`); None where it is none, or would take too long."""
        if text not in self._trees:
            self._trees[text] = self._parse(text)
        return self._trees[text]

    def _parse(self, text: str) -> ast.Module | None:
        if len(text) > min(PARSED_CHARS, self.left):
            return None
        self.left -= len(text)
        try:
            return parse(_MAGIC.sub(r"\1pass", text))
        except SyntaxError:
            self._refused.add(text)
            return None

    def names(self, text: str) -> Names:
        """The names of a text; of one that cannot be parsed, those that its lines give away.

        >>> sorted(Texts().names("import csv\\ndef mean(values):\\n    total = sum(values)").made)
        ['csv', 'mean']
        """
        if text not in self._names:
            self._names[text] = self._look(text)
        return self._names[text]

    def _look(self, text: str) -> Names:
        tree = self.parse(text)
        if tree is None:
            made = {one or two for one, two in _DEFINED.findall(text)}
            return Names(frozenset(made), frozenset(_USED.findall(text)))
        found: set[str] = set()
        for statement in tree.body:
            found.update(_made(statement))
        used = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
        return Names(frozenset(found), frozenset(used))

    def same_meaning(self, one: str, two: str) -> bool:
        """Whether two cells are one program: equal text, or equal syntax but for comments and blanks."""
        return exact(one) == exact(two) or self._meaning(one) == self._meaning(two)

    def _meaning(self, text: str) -> str:
        """The syntax of a text without its comments; the text where it is no program, or was not looked into."""
        if text not in self._meanings:
            tree = self.parse(text)
            try:
                self._meanings[text] = exact(text) if tree is None else ast.dump(tree)
            except RecursionError:
                self._meanings[text] = exact(text)
        return self._meanings[text]

    def broken(self, text: str) -> bool:
        """Whether a text was looked into and is no program; False where it was not looked into."""
        return self.parse(text) is None and text in self._refused

    def torn(self, first: str, second: str) -> bool:
        """Whether `second` may go on where `first` was torn off: it is indented, or `first` is no program without it."""
        return bool(exact(first)) and (indented(second) or (bool(exact(second)) and self.broken(first)))


def _made(statement: ast.stmt) -> Iterable[str]:
    """Names that a statement makes outside functions and classes."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [statement.name]
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return [(alias.asname or alias.name).split(".")[0] for alias in statement.names]
    found = []
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.append(node.id)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.append(node.name)
    return found


def indented(text: str) -> bool:
    """Whether the first line that says something stands in from the margin."""
    return text.strip() != "" and text.lstrip("\n\r")[0] in " \t"


def overlap(one: Sequence[str], two: Sequence[str]) -> float:
    """The share of lines (not empty, not counted twice) that two texts have in common, 0 to 1."""
    first, second = {x.strip() for x in one} - {""}, {x.strip() for x in two} - {""}
    return 2 * len(first & second) / (len(first) + len(second)) if first or second else 0.0


def stands_at(lines: Sequence[str], block: Sequence[str], start: int) -> bool:
    """Whether `block` stands as a whole in `lines` from `start` on."""
    return start + len(block) <= len(lines) and all(lines[start + n] == line for n, line in enumerate(block))

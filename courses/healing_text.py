"""What the text of a cell says without running it: its lines, the names it makes and uses, whether two texts are one.

Rule: text of strangers is parsed only where it is short, and a parser's refusal is an answer; everything else is counting
lines, so that time grows with the size of the text.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = ["Names", "Texts", "exact", "lines_of", "overlap", "stands_at"]

PARSED_CHARS = 20_000
BUDGET = 1_500_000
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
    """Reads the cells of one notebook; looks into at most BUDGET characters of them with a parser, each text once."""

    def __init__(self) -> None:
        self.left = BUDGET
        self._trees: dict[str, ast.Module | None] = {}
        self._names: dict[str, Names] = {}

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
            return ast.parse(_MAGIC.sub(r"\1pass", text))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
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
        if exact(one) == exact(two):
            return True
        first, second = self.parse(one), self.parse(two)
        try:
            return first is not None and second is not None and ast.dump(first) == ast.dump(second)
        except RecursionError:
            return False

    def continues(self, first: str, second: str) -> bool:
        """Whether `second` goes on where `first` was torn off: indented, or `first` is no program without it."""
        lines = lines_of(second)
        if not lines or not lines_of(first):
            return False
        if lines[0][0] not in " \t" and self.parse(first) is not None:
            return False
        return self.parse(f"{first}\n{second}") is not None


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


def overlap(one: Sequence[str], two: Sequence[str]) -> float:
    """The share of lines (not empty, not counted twice) that two texts have in common, 0 to 1."""
    first, second = {x.strip() for x in one} - {""}, {x.strip() for x in two} - {""}
    return 2 * len(first & second) / (len(first) + len(second)) if first or second else 0.0


def stands_at(lines: Sequence[str], block: Sequence[str], start: int) -> bool:
    """Whether `block` stands as a whole in `lines` from `start` on."""
    return start + len(block) <= len(lines) and all(lines[start + n] == line for n, line in enumerate(block))

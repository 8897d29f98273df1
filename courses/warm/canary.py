"""Canaries for tests that run in the student's own process: what must fail has to fail, what must come out has to come out.

Rule: each canary is made up anew, so that no hand-in can know it; a shell that keeps silent about one gets no credit. They
guard against stripped asserts, an equality that always says yes, and a shell or a traceback that was replaced.
"""

from __future__ import annotations

import ast
import secrets
from collections.abc import Callable
from typing import Any

__all__ = ["Canaries", "mutant_of"]

Said = list[dict[str, Any]]


class Canaries:
    """`run` runs a cell in the student's process, `probe` runs one without its effects."""

    def __init__(self, run: Callable[[str], Said], probe: Callable[[str], Said]) -> None:
        self.run, self.probe = run, probe

    def sing(self) -> bool:
        """Whether a false assertion fails with its own words, an error shows, and a product is what it is; in any order."""
        checks = [self._assertion, self._error, self._value]
        secrets.SystemRandom().shuffle(checks)
        return all(check() for check in checks)

    def mutant_fails(self, source: str) -> bool:
        """Whether the test, asked for other values than the teacher wants, says no. True where nothing can be changed."""
        mutant = mutant_of(source)
        return mutant is None or any(one["kind"] in ("error", "stderr") for one in self.probe(mutant))

    def _assertion(self) -> bool:
        word, low = secrets.token_hex(6), secrets.randbelow(10**6)
        said = self.probe(f"assert {low} == {low + 1 + secrets.randbelow(99)}, '{word}'")
        return any(one["kind"] == "error" and one["name"] == "AssertionError" and word in one["text"] for one in said)

    def _error(self) -> bool:
        word = secrets.token_hex(6)
        said = self.probe(f"raise ValueError('{word}')")
        return any(one["kind"] == "error" and one["name"] == "ValueError" and word in one["text"] for one in said)

    def _value(self) -> bool:
        a, b = secrets.randbelow(10**5) + 2, secrets.randbelow(10**5) + 2
        said = self.probe(f"{a} * {b}")
        return [one["text"] for one in said if one["kind"] == "result"] == [str(a * b)]


class _OtherValues(ast.NodeTransformer):
    """Replaces what a value is compared with: a number, text or truth by another, everything else by a thing equal to nothing."""

    changed = False

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        if len(node.ops) == 1 and isinstance(node.ops[0], ast.Eq | ast.Is):
            self.changed = True
            other = ast.Constant(secrets.token_hex(8))
            return ast.Compare(node.left, node.ops, [other])
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in ("assertEqual", "assert_equal", "assert_array_equal", "assertAlmostEqual") and len(node.args) >= 2:
            self.changed = True
            node.args[1] = ast.Constant(secrets.randbelow(10**9) + 10**9 + 0.5)
        self.generic_visit(node)
        return node


def mutant_of(source: str) -> str | None:
    """The test asking for other values, None where it has no comparison to change.

    >>> mutant_of("print(1)") is None
    True
    """
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return None
    other = _OtherValues()
    tree = other.visit(tree)
    return ast.unparse(ast.fix_missing_locations(tree)) if other.changed else None

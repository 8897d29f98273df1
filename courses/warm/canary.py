"""Canaries for tests that run in the student's own process: what must fail has to fail, what must come out has to come out.

Rule: the test itself, mutants of it that ask for other values, and canaries made up anew are run by the same command, each
without effect on the next, in an order nobody can know. The test's verdict counts only if every mutant said no and every
canary sang. They guard against stripped asserts, an equality that always says yes, and a shell that was replaced.
"""

from __future__ import annotations

import ast
import secrets
from collections.abc import Callable, Set
from typing import Any

from courses.syntax import parse

__all__ = ["MUTANTS", "Canaries", "mutant_of", "visible_of"]

Said = list[dict[str, Any]]
MUTANTS = 2
_ASSERTIONS = ("assertequal", "assertarrayequal", "assertalmostequal", "assertallclose")
_RANDOM = secrets.SystemRandom()


class Canaries:
    """`probe` runs a cell in the student's process without its effects, and gives what it said."""

    def __init__(self, probe: Callable[[str], Said]) -> None:
        self.probe = probe

    def verdict(self, source: str, mutants: bool, visible: Set[str] = frozenset()) -> Said | None:
        """What the test said; None where a canary was silent or, with `mutants`, one of them said yes."""
        runs = [(_as_mutants_look(source), "test"), *(_canary() for _ in range(3))]
        if mutants:
            runs += [(mutant_of(source, visible) or "raise ValueError", "mutant") for _ in range(MUTANTS)]
        _RANDOM.shuffle(runs)
        test: Said | None = None
        fine = True
        for text, wanted in runs:
            said = self.probe(text)
            if wanted == "test":
                test = said
            elif wanted == "mutant":
                fine = fine and any(one["kind"] in ("error", "stderr") for one in said)
            else:
                fine = fine and any(wanted in f"{one['kind']} {one['name']} {one['text']}" for one in said)
        failed = test is not None and any(one["kind"] in ("error", "stderr") for one in test)
        # A test that says no is believed: there is nothing to gain by it.
        return test if fine or failed else None


def _canary() -> tuple[str, str]:
    """(a cell, what it must say): a false assertion with its words, an error, or a product."""
    word, low = secrets.token_hex(6), _RANDOM.randrange(10**6)
    return _RANDOM.choice(
        [
            (f"assert {low} == {low + _RANDOM.randrange(1, 99)}, '{word}'", f"error AssertionError {word}"),
            (f"raise ValueError('{word}')", f"error ValueError {word}"),
            (f"{low} * 7919", f"result  {low * 7919}"),
        ]
    )


class _OtherValues(ast.NodeTransformer):
    """Replaces the values that are asked for by others of the same kind; what a learner can read stays word by word."""

    def __init__(self, visible: Set[str]) -> None:
        self.visible, self.changed = visible, False

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        if len(node.ops) == 1 and isinstance(node.ops[0], ast.Eq | ast.Is) and ast.unparse(node) not in self.visible:
            self.changed = True
            node.comparators[0] = _other(node.comparators[0])
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        asserts = name.lower().replace("_", "") in _ASSERTIONS and len(node.args) >= 2
        if asserts and ast.unparse(node) not in self.visible:
            self.changed = True
            node.args[1] = _other(node.args[1])
        self.generic_visit(node)
        return node


def _other(node: ast.expr) -> ast.expr:
    """Another value of the same kind and size, so that it does not look like a canary."""
    if isinstance(node, ast.List | ast.Tuple | ast.Set) and node.elts:
        return type(node)(**{**dict(ast.iter_fields(node)), "elts": [_other(one) for one in node.elts]})
    if isinstance(node, ast.Dict) and node.values:
        return ast.Dict(node.keys, [_other(one) for one in node.values])
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return ast.UnaryOp(node.op, _other(node.operand))
    if not isinstance(node, ast.Constant):
        # Something computed: one more, or one text after another, is of the same kind as often as not.
        return ast.BinOp(node, ast.Add(), node)
    value = node.value
    if isinstance(value, bool):
        return ast.Constant(not value)
    if isinstance(value, int):
        return ast.Constant(value + _RANDOM.choice([-1, 1]) * _RANDOM.randrange(1, 9 + abs(value) // 3))
    if isinstance(value, float):
        return ast.Constant(round(value * _RANDOM.uniform(1.2, 1.9) + 1, 3))
    if isinstance(value, str):
        letters = list(value) or ["a"]
        letters[_RANDOM.randrange(len(letters))] = _RANDOM.choice("aeiourstn")
        return ast.Constant("".join(letters) if "".join(letters) != value else value[::-1] + "e")
    return ast.Constant(_RANDOM.randrange(100))


def visible_of(source: str) -> tuple[str, ...]:
    """The comparisons and assertions of a released test, as they look in a mutant.

    >>> visible_of("assert f( 2 )==[2, 1]")
    ('f(2) == [2, 1]', 'f(2)')
    """
    try:
        tree = parse(source)
    except SyntaxError:
        return ()
    return tuple(ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Compare | ast.Call))


def _as_mutants_look(source: str) -> str:
    try:
        return ast.unparse(parse(source))
    except SyntaxError:
        return source


def mutant_of(source: str, visible: Set[str] = frozenset()) -> str | None:
    """The test asking for other values where a learner cannot read what it asks; None where there is nothing to change.

    >>> mutant_of("print(1)") is None
    True
    >>> mutant_of("assert f(2) == 3", {"f(2) == 3"}) is None
    True
    """
    try:
        tree = parse(source)
    except SyntaxError:
        return None
    other = _OtherValues(visible)
    changed = other.visit(tree)
    return ast.unparse(ast.fix_missing_locations(changed)) if other.changed else None

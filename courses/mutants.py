"""Mutants of a solution: small wrong programs that good tests refuse.

Rule: only what stands in a solution's regions is changed, one thing at a time; at most `most` mutants of a cell, the same ones for
the same text, of every kind in turn. Kinds: sign, off-by-one, constant, early-return, hard-coded. Nothing is run here.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise, zip_longest

from courses.syntax import parse

__all__ = ["MOST", "Mutant", "mutants"]

MOST = 12
SNIPPET = 60
PARSED_CHARS = 20_000
KINDS = ("sign", "off-by-one", "constant", "early-return", "hard-coded")
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
}  # fmt: skip
_COMPARED: dict[type[ast.cmpop], tuple[tuple[str, type[ast.cmpop]], ...]] = {
    ast.Lt: (("off-by-one", ast.LtE), ("sign", ast.Gt)), ast.LtE: (("off-by-one", ast.Lt), ("sign", ast.GtE)),
    ast.Gt: (("off-by-one", ast.GtE), ("sign", ast.Lt)), ast.GtE: (("off-by-one", ast.Gt), ("sign", ast.LtE)),
    ast.Eq: (("sign", ast.NotEq),), ast.NotEq: (("sign", ast.Eq),), ast.In: (("sign", ast.NotIn),),
    ast.NotIn: (("sign", ast.In),), ast.Is: (("sign", ast.IsNot),), ast.IsNot: (("sign", ast.Is),),
}  # fmt: skip
_OPPOSITE = {"max": "min", "min": "max", "any": "all", "all": "any", "ceil": "floor", "floor": "ceil"}
# Where an int counts or points to a place, one more is off by one; elsewhere it is another constant.
_COUNTING = (ast.Subscript, ast.Slice, ast.Compare)
_Path = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Mutant:
    """A cell with one thing changed: its kind, the line, what stood there and what stands there now, the cell's whole text."""

    kind: str
    line: int
    before: str
    after: str
    source: str


@dataclass(frozen=True)
class _Change:
    """A mutant that is not made yet: where, and what stands there instead."""

    kind: str
    line: int
    path: _Path
    before: str
    after: str
    new: ast.AST


def mutants(source: str, visible: str = "", most: int = MOST) -> tuple[Mutant, ...]:
    """Mutants of a solution cell; `visible` is the test that learners see. () for what is no plain Python.

    >>> [m.kind for m in mutants("def twice(x):\\n    return x + x")]
    ['sign']
    """
    if len(source) > PARSED_CHARS:
        return ()
    try:
        tree = parse(source)
    except SyntaxError:
        return ()
    lines = _region(source)
    by_kind: dict[str, list[_Change]] = {kind: [] for kind in KINDS}
    for change in (*_changes(tree, lines), *_hard_coded(tree, lines, visible)):
        by_kind[change.kind].append(change)
    seen = {ast.dump(tree)}
    found: list[Mutant] = []
    for change in (c for row in zip_longest(*by_kind.values()) for c in row if c is not None):
        if len(found) == most:
            break
        mutant, shape = _mutant(tree, change)
        if shape not in seen:
            seen.add(shape)
            found.append(mutant)
    return tuple(found)


def _region(source: str) -> set[int]:
    """The lines, from 1, that are solution: between the marks, or all of a cell without marks."""
    inside, found = False, set[int]()
    for number, line in enumerate(source.split("\n"), 1):
        if "BEGIN SOLUTION" in line:
            inside = True
        elif "END SOLUTION" in line:
            inside = False
        elif inside:
            found.add(number)
    return found if "BEGIN SOLUTION" in source else set(range(1, source.count("\n") + 2))


def _changes(tree: ast.Module, lines: set[int]) -> Iterator[_Change]:
    for path, node, parents in _nodes(tree, (), ()):
        own = node.body if isinstance(node, ast.FunctionDef) else [node]
        line = next((n for n in (getattr(part, "lineno", 0) for part in own) if n in lines), 0)
        for kind, new in _alternatives(node, parents) if line else ():
            yield _Change(kind, line, path, _snippet(node), _snippet(new), new)


def _mutant(tree: ast.Module, change: _Change) -> tuple[Mutant, str]:
    """The mutant, and its shape."""
    changed = copy.deepcopy(tree)
    _put(changed, change.path, change.new)
    text = ast.unparse(ast.fix_missing_locations(changed))
    return Mutant(change.kind, change.line, change.before, change.after, text), ast.dump(parse(text))


def _snippet(node: ast.AST) -> str:
    text = " ".join(ast.unparse(ast.fix_missing_locations(copy.deepcopy(node))).split())
    return text if len(text) <= SNIPPET else text[: SNIPPET - 1] + "…"


def _nodes(
    node: ast.AST, path: _Path, parents: tuple[ast.AST, ...]
) -> Iterator[tuple[_Path, ast.AST, tuple[ast.AST, ...]]]:
    """Every node below, with the way to it and the nodes it lies in; texts of f-strings and docstrings left out."""
    for name, value in ast.iter_fields(node):
        some = value if isinstance(value, list) else [value]
        for index, child in enumerate(some):
            if not isinstance(child, ast.AST) or isinstance(child, ast.JoinedStr) or _docstring(child):
                continue
            here = (*path, (name, index if isinstance(value, list) else -1))
            yield here, child, (*parents, node)
            yield from _nodes(child, here, (*parents, node))


def _docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _put(tree: ast.AST, path: _Path, new: ast.AST) -> None:
    node = tree
    for name, index in path[:-1]:
        value = getattr(node, name)
        node = value[index] if index >= 0 else value
    name, index = path[-1]
    if index >= 0:
        getattr(node, name)[index] = copy.deepcopy(new)
    else:
        setattr(node, name, copy.deepcopy(new))


def _alternatives(node: ast.AST, parents: tuple[ast.AST, ...]) -> Iterator[tuple[str, ast.AST]]:
    """(kind, what may stand instead) for one node."""
    if isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC:
        yield "sign", ast.BinOp(node.left, _ARITHMETIC[type(node.op)](), node.right)
    elif isinstance(node, ast.AugAssign) and type(node.op) in _ARITHMETIC:
        yield "sign", ast.AugAssign(node.target, _ARITHMETIC[type(node.op)](), node.value)
    elif isinstance(node, ast.BoolOp):
        yield "sign", ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Not):
        yield "sign", node.operand
    elif isinstance(node, ast.Name) and node.id in _OPPOSITE and isinstance(node.ctx, ast.Load):
        yield "sign", ast.Name(_OPPOSITE[node.id], ast.Load())
    elif isinstance(node, ast.Attribute) and node.attr in _OPPOSITE:
        yield "sign", ast.Attribute(node.value, _OPPOSITE[node.attr], ast.Load())
    elif isinstance(node, ast.Compare):
        for kind, operator in _COMPARED.get(type(node.ops[0]), ()):
            yield kind, ast.Compare(node.left, [operator(), *node.ops[1:]], node.comparators)
    elif isinstance(node, ast.Constant):
        yield from _other_constants(node, parents)
    else:
        yield from _early(node)


def _other_constants(node: ast.Constant, parents: tuple[ast.AST, ...]) -> Iterator[tuple[str, ast.AST]]:
    value, parent = node.value, parents[-1]
    if isinstance(value, bool):
        yield "constant", ast.Constant(not value)
    elif isinstance(value, int):
        counting = isinstance(parent, _COUNTING) or _is_range(parent) or isinstance(parent, ast.BinOp)
        yield "off-by-one" if counting else "constant", ast.Constant(value + 1)
    elif isinstance(value, float):
        yield "constant", ast.Constant(value * 2 + 1)
    elif isinstance(value, str) and isinstance(parent, ast.Compare | ast.Subscript | ast.Return | ast.Dict):
        yield "constant", ast.Constant(f"{value}x")


def _is_range(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "range"


def _early(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Returns that come too soon: the return behind a loop inside it, a guard that always or never holds, no last statement."""
    if isinstance(node, ast.FunctionDef):
        body = node.body
        for place, (one, two) in enumerate(pairwise(body)):
            if isinstance(one, ast.For | ast.While) and isinstance(two, ast.Return):
                loop = copy.deepcopy(one)
                loop.body = [*loop.body, copy.deepcopy(two)]
                changed = copy.deepcopy(node)
                changed.body[place] = loop
                yield "early-return", changed
    elif isinstance(node, ast.If) and any(isinstance(part, ast.Return) for part in node.body):
        yield "early-return", ast.If(ast.Constant(True), node.body, node.orelse)
        yield "early-return", ast.If(ast.Constant(False), node.body, node.orelse)


def _hard_coded(tree: ast.Module, lines: set[int], visible: str) -> Iterator[_Change]:
    """Functions that know the answers of the visible test by heart and nothing else."""
    for place, node in enumerate(tree.body):
        if not isinstance(node, ast.FunctionDef) or not lines & set(range(node.lineno, (node.end_lineno or 0) + 1)):
            continue
        known = _examples(node.name, visible)
        if not known:
            continue
        text = (
            f"def {node.name}(*given):\n    for known, answer in [{', '.join(known)}]:\n"
            "        if list(given) == list(known):\n            return answer\n    return None"
        )
        new = parse(text).body[0]
        yield _Change("hard-coded", node.lineno, (("body", place),), f"{node.name}(…)", str(len(known)), new)


def _examples(name: str, visible: str) -> list[str]:
    """The examples `name(values) == value` of a test, as texts of pairs; values that are literals only."""
    try:
        tree = parse(visible)
    except SyntaxError:
        return []
    known = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq | ast.Is):
            call, value = node.left, node.comparators[0]
            call = known.get(call.id, call) if isinstance(call, ast.Name) else call
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == name:
                arguments = [known.get(a.id, a) if isinstance(a, ast.Name) else a for a in call.args]
                if not call.keywords and all(map(_literal, [*arguments, value])):
                    given = "".join(f"{ast.unparse(a)}, " for a in arguments)
                    found.append(f"(({given}), {ast.unparse(value)})")
    return found


def _literal(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, RecursionError):
        return False
    return True

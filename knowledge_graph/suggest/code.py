"""Names in code that a course may teach: imported modules, called functions and methods, and constructions of the
language (loops, comprehensions, classes, …) under their usual English names.

Rule: code is parsed, never run; what cannot be parsed gives no names.
"""

from __future__ import annotations

import ast
import builtins
import keyword
import re
import warnings
from collections.abc import Iterator

__all__ = ["code_names", "is_language", "own_names"]

MAGIC = re.compile(r"^\s*[%!?].*$|^.*\?\??\s*$", re.MULTILINE)
CONSTRUCTIONS: dict[type[ast.AST], str] = {
    ast.ListComp: "list comprehension",
    ast.SetComp: "set comprehension",
    ast.DictComp: "dictionary comprehension",
    ast.GeneratorExp: "generator expression",
    ast.Lambda: "lambda expression",
    ast.For: "for loop",
    ast.While: "while loop",
    ast.If: "if statement",
    ast.Try: "try statement",
    ast.With: "with statement",
    ast.FunctionDef: "function definition",
    ast.ClassDef: "class definition",
    ast.Yield: "yield expression",
    ast.Slice: "slicing",
    ast.JoinedStr: "formatted string",
}
FILES = frozenset(["csv", "ipynb", "json", "md", "png", "py", "pdf", "txt", "html", "zip", "jpg", "svg"])
USUAL = frozenset(["print", "len", "str", "int", "float", "say", "show", "head", "type", "range"])


def code_names(text: str) -> Iterator[tuple[str, str]]:
    """(name, the line it stands in) of modules, functions, methods and constructions in a piece of Python.

    >>> [name for name, _ in code_names("import numpy as np\\nfor i in np.arange(3): i")]
    ['numpy', 'for loop', 'numpy.arange']
    """
    tree = _parsed(text)
    if tree is None:
        return
    lines = text.splitlines()
    known = dict(_imports(tree))
    own = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 1)
        said = lines[line - 1].strip() if line <= len(lines) else ""
        for name in _named(node, known):
            bare = isinstance(node, ast.Call) and "." not in name and not hasattr(builtins, name)
            if name.split(".")[-1] not in USUAL and name not in own and not bare:
                yield name, said


def own_names(text: str) -> set[str]:
    """Names that a piece of Python gives to things of its own: they are the course's variables, not its concepts.

    >>> sorted(own_names("def area(r): return r\\nx = area(2)"))
    ['area', 'r', 'x']
    """
    tree = _parsed(text)
    if tree is None:
        return set()
    made = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    bound = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    return made | bound | {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}


def is_language(name: str) -> bool:
    """Whether a name in running text is Python's own or reads as a call or a member, and no variable of the course.

    >>> is_language("enumerate"), is_language("math.sqrt"), is_language("area()"), is_language("area")
    (True, True, True, False)
    """
    if name.rpartition(".")[2].casefold() in FILES:
        return False
    return name.endswith("()") or "." in name or keyword.iskeyword(name) or name in dir(builtins)


def _parsed(text: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(MAGIC.sub("", text))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _imports(tree: ast.AST) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((one.asname or one.name, one.name) for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((one.asname or one.name, f"{node.module}.{one.name}") for one in node.names)


def _named(node: ast.AST, known: dict[str, str]) -> Iterator[str]:
    if type(node) in CONSTRUCTIONS:
        yield CONSTRUCTIONS[type(node)]
    if isinstance(node, ast.Import):
        yield from (one.name for one in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module:
        yield node.module
    elif isinstance(node, ast.Call):
        function = node.func
        if isinstance(function, ast.Name):
            yield known.get(function.id, function.id)
        elif _is_of(function, known):
            yield f"{known[function.value.id]}.{function.attr}"  # type: ignore[attr-defined]


def _is_of(function: ast.expr, known: dict[str, str]) -> bool:
    """Whether it is an attribute of an imported name."""
    value = function.value if isinstance(function, ast.Attribute) else None
    return isinstance(value, ast.Name) and value.id in known

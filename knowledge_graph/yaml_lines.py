"""YAML as plain values together with the line each value stands on, so that a fault can be named with its
place.

Repeated keys and aliases, which plain YAML lets pass, are faults here: the one loses data, the other can
explode.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import yaml

__all__ = ["Lined", "read_yaml"]

Path = tuple[str | int, ...]

DEPTH = 50


@dataclass(frozen=True)
class Lined:
    """`value` is what the text says; `lines[path]` is the 1-based line of the value at that path of keys and
    indices.
    """

    value: Any
    lines: dict[Path, int] = field(default_factory=dict)
    faults: tuple[str, ...] = ()

    def line(self, *path: str | int) -> int:
        """The line of the value at `path`, or of the nearest value around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read_yaml(text: str) -> Lined:
    """Read `text`. Broken YAML gives no value and one fault with its line.

    >>> read_yaml("a:\\n  - x\\n  - y").line("a", 1)
    3
    >>> read_yaml("a: [1").faults
    ("line 1: not YAML: expected ',' or ']', but got '<stream end>'",)
    """
    try:
        node = _composed(text)
    except RecursionError:
        return Lined(None, faults=("line 1: not YAML: brackets in brackets, too deep to be meant",))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        return Lined(None, faults=(f"line {line}: not YAML: {error.problem}",))
    except yaml.YAMLError as error:
        return Lined(None, faults=(f"line 1: not YAML: {error}",))
    walk = _Walk()
    value = walk.value(node, ()) if node is not None else None
    return Lined(value, walk.lines, tuple(walk.faults))


def _composed(text: str) -> yaml.Node | None:
    """The tree of `text`: by the parser in C where there is one; what it refuses is read again by the slower one,
    whose errors say more.

    The one in C builds its tree by recursion and would fall over a hundred thousand brackets, so their depth is
    measured first, on the stream of its events.
    """
    if hasattr(yaml, "CSafeLoader"):
        try:
            _measure_depth(text, yaml.CSafeLoader)
            found: yaml.Node | None = yaml.compose(text, Loader=yaml.CSafeLoader)
            return found
        except yaml.YAMLError:
            pass
    return yaml.compose(text, Loader=yaml.SafeLoader)


def _measure_depth(text: str, loader: Any) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEPTH:
            raise RecursionError


class _Walk:
    def __init__(self) -> None:
        self.lines: dict[Path, int] = {}
        self.faults: list[str] = []
        self._seen: set[int] = set()
        self._scalars = yaml.SafeLoader("")

    def value(self, node: yaml.Node, path: Path) -> Any:
        line = self.lines[path] = node.start_mark.line + 1
        if id(node) in self._seen:
            self.faults.append(f"line {line}: an alias (*name) is used; write the value out")
            return None
        self._seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(child, (*path, index)) for index, child in enumerate(node.value)]
        try:
            return self._scalars.construct_object(node)
        except (yaml.YAMLError, ValueError) as error:
            self.faults.append(f"line {line}: {error}")
            return None

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, child in node.value:
            key = str(key_node.value)
            if key in found:
                self.faults.append(f"line {key_node.start_mark.line + 1}: '{key}' is there twice")
                continue
            found[key] = self.value(child, (*path, key))
        return found

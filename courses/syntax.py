"""Python's own parser, one thread at a time.

Rule: whoever parses in the platform's process does it here: in CPython 3.11 two threads that parse at once disturb each other
("AST constructor recursion depth mismatch", python/cpython#106905).
"""

from __future__ import annotations

import ast
import threading

__all__ = ["parse"]

_LOCK = threading.Lock()


def parse(source: str) -> ast.Module:
    """The syntax tree of a module. Raises SyntaxError, also for what the parser cannot bear (null bytes, too deep)."""
    with _LOCK:
        try:
            return ast.parse(source)
        except (ValueError, RecursionError, MemoryError) as error:
            raise SyntaxError(str(error)) from error

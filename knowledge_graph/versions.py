"""A graph's version is a hash of what it says: the same content has the same version, wherever and in whatever order
it was written.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from knowledge_graph.model import Graph
from knowledge_graph.statements import Key, statements

__all__ = ["Change", "changes", "content_hash"]


def content_hash(graph: Graph) -> str:
    """SHA-256 over the sorted statements of `graph`, 64 hexadecimal digits.

    >>> from knowledge_graph.example import small_graph
    >>> content_hash(small_graph("ab", "bc")) == content_hash(small_graph("bc", "ab"))
    True
    """
    said = sorted([*key, value] for key, value in statements(graph).items())
    return hashlib.sha256(json.dumps(said, ensure_ascii=True, separators=(",", ":")).encode()).hexdigest()


@dataclass(frozen=True)
class Change:
    """A statement that was (`old`) and is (`new`); None where it was not or is not there. A member of a set shows
    itself as its value.
    """

    key: Key
    old: str | None
    new: str | None

    def told(self) -> str:
        """The change as a line.

        >>> Change(Key("concept", "x.a", "", "label", "en"), "mean", "average").told()
        "~ concept 'x.a', label in en: 'mean' → 'average'"
        """
        mark = "+" if self.old is None else "-" if self.new is None else "~"
        old, new = (self.key.member or value for value in (self.old, self.new))
        if self.old is not None and self.new is not None:
            return f"~ {self.key.told()}: {old!r} → {new!r}"
        value = new if self.old is None else old
        return f"{mark} {self.key.told()}" + (f": {value!r}" if value else "")


def changes(old: Graph, new: Graph) -> list[Change]:
    """What `new` says otherwise than `old`, by thing and field. A thing that came or went is told in all its
    statements.

    >>> from knowledge_graph.example import small_graph
    >>> [change.told() for change in changes(small_graph("ab", "bc"), small_graph("ab", "bc", "ac"))][:1]
    ["+ prerequisite 'a' → 'c', author: 'an editor'"]
    """
    was, now = statements(old), statements(new)
    keys = sorted(key for key in was.keys() | now.keys() if was.get(key) != now.get(key))
    return [Change(key, was.get(key), now.get(key)) for key in keys]

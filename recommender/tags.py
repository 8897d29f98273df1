"""Tags: what a learner wants more or less of, and which concepts they say they know or do not. Seen, edited and
taken back by the learner alone.

A tag names a subject (`area:…`), a concept (`concept:…`), a course or place (`course:…`, `place:…`) or a kind
(`kind:…`), and its word is "more" or "less". `knows:<concept>` has the word "yes" or "no". Nothing is guessed:
a tag is there because the learner set it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy import Connection, delete, select

from commons.errors import BadInput
from commons.items import Item
from recommender.shelf import LEARNING, Shelf
from recommender.tables import put
from recommender.tables import tag as tags

__all__ = ["KNOWS", "clear_said", "lift", "said_known", "set_tag", "tags_of", "tags_of_item", "tags_on"]

KNOWS = "knows:"
MORE, LESS = 0.25, -0.35  # in the worth of a move; a wrong answer that stands open is worth 0.9
MOST = 0.6  # all tags together


def tags_of(conn: Connection, actor: str) -> dict[str, str]:
    """What `actor` has said, tag → word, oldest first."""
    query = select(tags.c.tag, tags.c.word).where(tags.c.actor == actor).order_by(tags.c.time, tags.c.tag)
    return {row.tag: row.word for row in conn.execute(query)}


def set_tag(
    conn: Connection, actor: str, tag: str, word: str | None, shelf: Shelf, *, now: datetime | None = None
) -> None:
    """Remember `word` for `tag`; None takes it back, also where `shelf` has lost what it names. Raises BadInput for a
    tag that names nothing on the shelf, and for another word.
    """
    if word is not None:
        allowed = ("yes", "no") if tag.startswith(KNOWS) else ("more", "less")
        if word not in allowed:
            raise BadInput(f"no such word '{word}'", where=tag, next=f"Use {', '.join(allowed)}.")
        if tag not in tags_on(shelf):
            raise BadInput(f"nothing here is called '{tag}'", where="tags", next="Choose one of the list.")
    if word is None:
        conn.execute(delete(tags).where(tags.c.actor == actor, tags.c.tag == tag))
    else:
        put(conn, tags, {"actor": actor, "tag": tag, "word": word, "time": now or datetime.now(UTC)})


def clear_said(conn: Connection, actor: str) -> int:
    """Forget every tag of `actor`; gives how many went."""
    return conn.execute(delete(tags).where(tags.c.actor == actor)).rowcount


def tags_of_item(item: Item, shelf: Shelf) -> list[str]:
    """The tags that `item` bears: kind, course or place, subjects and concepts."""
    known = [concept for concept in item.concepts if concept in shelf.graph.concepts]
    areas = dict.fromkeys(shelf.graph.concepts[concept].area for concept in known)
    return [
        f"kind:{item.kind}",
        _where(item),
        *(f"area:{area}" for area in areas),
        *(f"concept:{concept}" for concept in known),
    ]


def tags_on(shelf: Shelf) -> dict[str, None]:
    """Every tag that one may set on this shelf, in its order; one for each concept that is known or not among them."""
    found: dict[str, None] = {}
    for item in shelf.items:
        found.update(dict.fromkeys(tags_of_item(item, shelf)))
    known = [tag.removeprefix("concept:") for tag in found if tag.startswith("concept:")]
    return found | {KNOWS + concept: None for concept in known}


def lift(item: Item, shelf: Shelf, said: Mapping[str, str]) -> tuple[float, str]:
    """How much `said` raises (or, below 0, lowers) an item, and the tag that raises it, or ""."""
    if not said:
        return 0.0, ""
    borne = [(tag, said[tag]) for tag in tags_of_item(item, shelf) if tag in said]
    whole = sum(MORE if word == "more" else LESS for _, word in borne)
    liked = next((tag for tag, word in reversed(borne) if word == "more"), "")
    return max(-MOST, min(MOST, whole)), liked


def said_known(said: Mapping[str, str], word: str = "yes") -> frozenset[str]:
    """The concepts that the learner says they know ("yes") or do not ("no")."""
    return frozenset(tag.removeprefix(KNOWS) for tag, one in said.items() if tag.startswith(KNOWS) and one == word)


def _where(item: Item) -> str:
    """The tag of the course or place that `item` belongs to."""
    place = item.id.partition(":")[2].partition("/")[0]
    return f"course:{place}" if item.kind in LEARNING else f"place:{place}"

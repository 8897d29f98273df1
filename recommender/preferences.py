"""What a learner has said about recommendations: the mode, a goal, and a word on single items. What was said
holds at once, and can be taken back.

`off`: nothing personal is computed. `topic`: only the goal and these
words are used, never the records. `personal`: the records too. The switch is the learner's; nobody else's
code sets it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, get_args

from sqlalchemy import Connection, delete, select

from commons.errors import BadInput
from recommender.tables import preference as preferences
from recommender.tables import put
from recommender.tables import verdict as verdicts
from recommender.tags import clear_said

__all__ = ["Mode", "Preference", "Word", "forget_said", "preference", "set_preference", "set_verdict", "verdicts_of"]

Mode = Literal["off", "topic", "personal"]
Word = Literal["not-interested", "known"]


@dataclass(frozen=True)
class Preference:
    """`goal` is the id of a concept to get to, or ""."""

    mode: Mode = "personal"
    goal: str = ""


def preference(conn: Connection, actor: str) -> Preference:
    """What `actor` has chosen; the default is personal without a goal."""
    row = conn.execute(select(preferences.c.mode, preferences.c.goal).where(preferences.c.actor == actor)).first()
    return Preference(row.mode, row.goal) if row else Preference()


def set_preference(
    conn: Connection, actor: str, *, mode: Mode | None = None, goal: str | None = None, now: datetime | None = None
) -> Preference:
    """Change mode, goal or both; what is not given stays. Raises BadInput for
    another mode.
    """
    old = preference(conn, actor)
    new = Preference(old.mode if mode is None else mode, old.goal if goal is None else goal)
    if new.mode not in get_args(Mode):
        raise BadInput(f"no mode '{new.mode}'", where="recommendations", next=f"Use {', '.join(get_args(Mode))}.")
    row = {"actor": actor, "mode": new.mode, "goal": new.goal, "updated": now or datetime.now(UTC)}
    given = {"mode": mode, "goal": goal}
    # Only what was given is written, so that a goal set elsewhere at the same moment cannot undo an "off".
    put(conn, preferences, row, ["updated", *(name for name, value in given.items() if value is not None)])
    return new


def verdicts_of(conn: Connection, actor: str) -> dict[str, str]:
    """What `actor` has said of single items: item id → "not-interested" or "known"."""
    query = select(verdicts.c.item, verdicts.c.what).where(verdicts.c.actor == actor)
    query = query.order_by(verdicts.c.time, verdicts.c.item)
    return {row.item: row.what for row in conn.execute(query)}


def set_verdict(conn: Connection, actor: str, item: str, what: Word | None, *, now: datetime | None = None) -> None:
    """Remember "not-interested" or "known" for `item`; None takes it back. Raises BadInput for another
    word.
    """
    if what is not None and what not in get_args(Word):
        raise BadInput(f"no such word '{what}'", where=item, next=f"Use {', '.join(get_args(Word))}.")
    if what is None:
        conn.execute(delete(verdicts).where(verdicts.c.actor == actor, verdicts.c.item == item))
    else:
        put(conn, verdicts, {"actor": actor, "item": item, "what": what, "time": now or datetime.now(UTC)})


def forget_said(conn: Connection, actor: str) -> None:
    """Forget what `actor` said: goal, verdicts and tags. The mode stays."""
    conn.execute(delete(verdicts).where(verdicts.c.actor == actor))
    clear_said(conn, actor)
    if preference(conn, actor).goal:
        set_preference(conn, actor, goal="")

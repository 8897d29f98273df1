"""The stored counts of a learner and how far into the records they reach: each record is counted once,
however often one asks.

Counted is an answer with a result. An exercise that was right and is right again in the next attempt tells
nothing new (a notebook is handed in whole): it renews the time of the concept, and is not counted again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import Connection, delete, select
from sqlalchemy import update as change

from commons.records import LearningRecord, Verb, record, records_of
from recommender.mastery import Counts
from recommender.tables import cursor, mastery

__all__ = ["advance", "counts_now", "fold", "forget", "result"]


def result(one: LearningRecord) -> float | None:
    """How right an answer was, in 0..1, or None when the record is no answer with a result."""
    if one.verb is not Verb.answered or not one.concepts:
        return None
    return one.score if one.score is not None else None if one.success is None else float(one.success)


def fold(
    counts: Mapping[str, Counts], records: Iterable[LearningRecord], solved: Collection[str] = ()
) -> dict[str, Counts]:
    """`counts` with `records` (oldest first) added; `solved` are the exercises that were answered right
    before these.
    """
    found, right_before = dict(counts), set(solved)
    for one in records:
        share = result(one)
        if share is None:
            continue
        news = 0 if share == 1 and one.item in right_before else 1
        if share == 1:
            right_before.add(one.item)
        else:
            right_before.discard(one.item)
        for concept in dict.fromkeys(one.concepts):
            old = found.get(concept)
            right, wrong, last = (old.right, old.wrong, old.last) if old else (0.0, 0.0, one.time)
            found[concept] = Counts(right + news * share, wrong + news * (1 - share), max(last, one.time))
    return found


def counts_now(conn: Connection, actor: str) -> dict[str, Counts]:
    """The counts of `actor` up to the newest record: the stored ones and what came since. Nothing is
    written.
    """
    return _grown(conn, actor, _seq(conn, actor))[0]


def advance(conn: Connection, actor: str) -> int:
    """Bring the stored counts up to the newest record, in the caller's write transaction; gives how many
    records were new.

    Calling it again, or from two processes at once, counts nothing twice: the cursor moves in the same
    transaction.
    """
    before = _seq(conn, actor, lock=True)
    counts, fresh = _grown(conn, actor, before)
    if not fresh:
        return 0
    touched = {concept for one in fresh if result(one) is not None for concept in one.concepts}
    conn.execute(delete(mastery).where(mastery.c.actor == actor, mastery.c.concept.in_(touched)))
    rows = [
        {"actor": actor, "concept": concept, **vars(counts[concept])} for concept in sorted(touched & counts.keys())
    ]
    if rows:
        conn.execute(mastery.insert(), rows)
    conn.execute(change(cursor).where(cursor.c.actor == actor).values(seq=fresh[-1].seq))
    return len(fresh)


def forget(conn: Connection, actor: str) -> int:
    """Delete the stored counts and the cursor; gives how many rows went. The records are not touched."""
    gone = conn.execute(delete(mastery).where(mastery.c.actor == actor)).rowcount
    return gone + conn.execute(delete(cursor).where(cursor.c.actor == actor)).rowcount


def _grown(conn: Connection, actor: str, before: int) -> tuple[dict[str, Counts], list[LearningRecord]]:
    rows = conn.execute(select(mastery).where(mastery.c.actor == actor))
    counts = {row.concept: Counts(row.right, row.wrong, row.last) for row in rows}
    fresh = records_of(conn, actor, after=before)
    return fold(counts, fresh, _solved(conn, actor, fresh, before) if before else ()), fresh


def _solved(conn: Connection, actor: str, fresh: list[LearningRecord], before: int) -> set[str]:
    """Of the items answered in `fresh`, those whose newest result up to `before` was right."""
    asked = {one.item for one in fresh if result(one) == 1}
    if not asked:
        return set()
    told = record.c.score.is_not(None) | record.c.success.is_not(None)
    query = (
        select(record.c.item, record.c.score, record.c.success)
        .where(record.c.actor == actor, record.c.seq <= before, record.c.verb == Verb.answered, told)
        .where(record.c.item.in_(asked))
        .order_by(record.c.seq)
    )
    newest = {row.item: row.success if row.score is None else row.score == 1 for row in conn.execute(query)}
    return {item for item, right in newest.items() if right}


def _seq(conn: Connection, actor: str, *, lock: bool = False) -> int:
    query = select(cursor.c.seq).where(cursor.c.actor == actor)
    if not lock:
        return conn.execute(query).scalar() or 0
    found = conn.execute(query.with_for_update()).scalar()
    if found is None:
        _ensure_cursor(conn, actor)
        found = conn.execute(query.with_for_update()).scalar()
    return found or 0


def _ensure_cursor(conn: Connection, actor: str) -> None:
    """A row for `actor`, whoever comes first: on PostgreSQL two may come at once, and the second waits for
    the first.
    """
    if conn.dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert as insert_pg

        conn.execute(insert_pg(cursor).values(actor=actor, seq=0).on_conflict_do_nothing())
    else:
        from sqlalchemy.dialects.sqlite import insert as insert_lite

        conn.execute(insert_lite(cursor).values(actor=actor, seq=0).on_conflict_do_nothing())

"""Takes a collection out again: its objects, their ties, and what was noted of its imports.

Rule: all of it goes in the caller's one transaction, and nothing goes while an import of it is under way.
"""

from __future__ import annotations

from sqlalchemy import Connection, delete, select

from commons.errors import Conflict, NotFound
from commons.jobs import job
from knowledge_graph.culture.importing import JOB_KIND
from knowledge_graph.culture.store import counts_by_source
from knowledge_graph.culture.tables import culture_fault, culture_import, culture_link, culture_object

__all__ = ["objects_of", "remove_source"]


def objects_of(conn: Connection, source: str) -> int:
    """How many objects there are of `source`. Raises NotFound where there is none."""
    counts = counts_by_source(conn)
    if source not in counts:
        there = ", ".join(counts) or "nothing was imported yet"
        raise NotFound(
            f"no collection '{source[:60]}'", where=there, next="Take the name of a collection that is there."
        )
    return counts[source]


def remove_source(conn: Connection, source: str) -> int:
    """Take every object of `source` out; gives their number. Raises NotFound, or Conflict while an import is under way."""
    number = objects_of(conn, source)
    mine = select(culture_import.c.id).where(culture_import.c.source == source)
    alive = select(job.c.id).where(job.c.kind == JOB_KIND, job.c.state.in_(("queued", "running")), job.c.key.in_(mine))
    if conn.execute(alive.limit(1)).first():
        raise Conflict(f"an import of '{source}' is under way", next="Wait until it is done; shuyuan worker does it.")
    objects = select(culture_object.c.id).where(culture_object.c.source == source)
    conn.execute(delete(culture_link).where(culture_link.c.object.in_(objects)))
    conn.execute(delete(culture_object).where(culture_object.c.source == source))
    conn.execute(delete(culture_fault).where(culture_fault.c.import_id.in_(mine)))
    conn.execute(delete(culture_import).where(culture_import.c.source == source))
    return number

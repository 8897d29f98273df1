"""What the recommender keeps about a person, for export and erasure: switch and goal, verdicts, tags, and what
teachers decided for them. Of a teacher who goes, decisions stay without a name.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Select, delete, select, update

from commons.languages import Text, load_messages
from commons.people import Person
from commons.personal import PersonalStore
from recommender.tables import overrule, preference, tag, verdict

__all__ = ["PERSONAL_STORES"]

TABLES = (preference, verdict, tag)


class _Recommendations:
    name = "recommender"

    def describe(self) -> Text:
        return load_messages().entries["recommender.personal.describe"]

    def export(self, conn: Connection, person: Person) -> dict[str, Any]:
        found = {table.name: _rows(conn, select(table).where(table.c.actor == person.actor)) for table in TABLES}
        t = overrule.c
        shown = (t.course, t.word, t.target, t.time)  # whom a decision is about, and who made it, are other people
        found["overrule"] = _rows(conn, select(*shown).where(t.actor == person.actor))
        found["decided"] = _rows(conn, select(*shown).where(t.author == person.actor))
        return found

    def erase(self, conn: Connection, person: Person) -> int:
        gone = [delete(table).where(table.c.actor == person.actor) for table in (*TABLES, overrule)]
        unnamed = update(overrule).where(overrule.c.author == person.actor).values(author="")
        return sum(conn.execute(query).rowcount for query in (*gone, unnamed))


def _rows(conn: Connection, query: Select[Any]) -> list[dict[str, Any]]:
    return [
        {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in row.items()}
        for row in conn.execute(query).mappings()
    ]


PERSONAL_STORES: tuple[PersonalStore, ...] = (_Recommendations(),)

"""What the recommender keeps about a person, for export and erasure: switch and goal, verdicts, counts, and
the cursor.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, delete, select

from commons.languages import Text, load_messages
from commons.people import Person
from commons.personal import PersonalStore
from recommender.tables import cursor, mastery, preference, verdict

__all__ = ["PERSONAL_STORES"]

TABLES = (preference, verdict, mastery, cursor)


class _Recommendations:
    name = "recommender"

    def describe(self) -> Text:
        return load_messages().entries["recommender.personal.describe"]

    def export(self, conn: Connection, person: Person) -> dict[str, Any]:
        return {
            table.name: [
                {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in row.items()}
                for row in conn.execute(select(table).where(table.c.actor == person.actor)).mappings()
            ]
            for table in TABLES
        }

    def erase(self, conn: Connection, person: Person) -> int:
        return sum(conn.execute(delete(table).where(table.c.actor == person.actor)).rowcount for table in TABLES)


PERSONAL_STORES: tuple[PersonalStore, ...] = (_Recommendations(),)

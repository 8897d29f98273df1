"""What is kept about a person: each store of the house registers how to describe, export and erase it.

A room offers `PERSONAL_STORES` in its `personal.py`; the portal sees them all. Erasing is safe to repeat.
"""

from __future__ import annotations

from typing import Any, Protocol

from sqlalchemy import Connection, select

from commons import people, records
from commons.languages import Text
from commons.people import Person

__all__ = ["PERSONAL_STORES", "PersonalStore"]


class PersonalStore(Protocol):
    """One place where something about a person is kept."""

    name: str

    def describe(self) -> Text:
        """What is kept here, why, and for how long, in every language."""

    def export(self, conn: Connection, person: Person) -> dict[str, Any]:
        """All of it, as plain JSON data."""

    def erase(self, conn: Connection, person: Person) -> int:
        """Erase it; gives the number of things that went."""


class _Records:
    name = "records"

    def describe(self) -> Text:
        return {
            "zh-CN": "学习记录：您做过什么、何时、结果如何，只挂在一个随机编号上。注销后，文字删除，数字不再属于任何人。",
            "en": "Learning records: what you did, when and how it went, under a random number. After erasure all "
            "text is gone and the numbers belong to nobody.",
        }

    def export(self, conn: Connection, person: Person) -> dict[str, Any]:
        rows = records.records_of(conn, person.actor)
        return {"records": [_plain(vars(row)) for row in rows]}

    def erase(self, conn: Connection, person: Person) -> int:
        return records.blank_text(conn, person.actor)


class _Mapping:
    name = "person"

    def describe(self) -> Text:
        return {
            "zh-CN": "您的账号名、称呼、语言、年龄段和监护人同意，以及它们对应的随机编号。注销时整行删除。",
            "en": "Your account name, display name, language, age band and guardian's consent, and the random number "
            "they stand for. The whole row is deleted when you erase yourself.",
        }

    def export(self, conn: Connection, person: Person) -> dict[str, Any]:
        row = conn.execute(select(people.person).where(people.person.c.actor == person.actor)).first()
        return {"person": _plain(dict(row._mapping)) if row else {}}

    def erase(self, conn: Connection, person: Person) -> int:
        return people.forget_person(conn, person.actor)


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value.isoformat() if hasattr(value, "isoformat") else value for key, value in values.items()}


# The mapping goes last: the other stores find their rows through it.
PERSONAL_STORES: tuple[PersonalStore, ...] = (_Records(), _Mapping())

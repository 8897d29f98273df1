"""Which courses there are, who learns and who teaches in them, and what was released.

Rule: roles lie in our store and nowhere else; a join code gives the role of a learner and never more. Every function
takes the caller's connection, so that it joins the caller's transaction. Reading a course's content is not done here.
"""

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, delete, select, update

from commons.errors import BadInput, NotFound
from commons.people import Person, person
from courses import tables
from courses.manifest import Course

__all__ = [
    "Member", "Release", "Role", "add_member", "course_manifest", "courses_of", "is_member", "is_teacher", "join",
    "join_code", "latest_release", "learns_in", "members", "new_join_code", "release_of", "releases", "remove_member",
    "sync_course",
]  # fmt: skip

Role = Literal["teacher", "learner"]
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


@dataclass(frozen=True)
class Member:
    """A person in a course."""

    actor: str
    account: str
    name: str
    role: str
    created: datetime


@dataclass(frozen=True)
class Release:
    """One released version of an assignment. `manifest` holds what grading and feedback need (see courses.release)."""

    id: str
    course: str
    assignment: str
    version: int
    manifest: Mapping[str, Any]
    source_blob: str
    created: datetime

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(self.manifest["languages"])

    def language(self, wanted: str) -> str:
        """`wanted` where the release has it, else its first language."""
        return wanted if wanted in self.languages else self.languages[0]


def sync_course(conn: Connection, course: Course) -> str:
    """Write the course's title and manifest into the store; gives its join code (made at the first time)."""
    values = {
        "title": dict(course.title),
        "manifest": _plain({k: v for k, v in dataclasses.asdict(course).items() if k != "folder"}),
    }
    code = conn.execute(select(tables.course.c.join_code).where(tables.course.c.id == course.id)).scalar()
    if code is not None:
        conn.execute(update(tables.course).where(tables.course.c.id == course.id).values(**values))
        return str(code)
    code = _new_code()
    conn.execute(tables.course.insert().values(id=course.id, join_code=code, created=datetime.now(UTC), **values))
    return code


def course_manifest(conn: Connection, course_id: str) -> Mapping[str, Any]:
    """A course's manifest as plain data. Raises NotFound."""
    found = conn.execute(select(tables.course.c.manifest).where(tables.course.c.id == course_id)).scalar()
    if found is None:
        raise NotFound(f"there is no course '{course_id}'", next="The catalogue lists the courses.")
    return dict(found)


def join_code(conn: Connection, course_id: str) -> str:
    """The code that learners join by. Raises NotFound."""
    course_manifest(conn, course_id)
    return str(conn.execute(select(tables.course.c.join_code).where(tables.course.c.id == course_id)).scalar())


def new_join_code(conn: Connection, course_id: str) -> str:
    """A fresh code; the old one is void from now on. Raises NotFound."""
    course_manifest(conn, course_id)
    code = _new_code()
    conn.execute(update(tables.course).where(tables.course.c.id == course_id).values(join_code=code))
    return code


def join(conn: Connection, code: str, who: Person) -> str:
    """Make `who` a learner of the course with that code; gives the course's id. Raises NotFound. Safe to repeat."""
    wanted = "".join(c for c in code.upper() if c.isalnum())
    found = conn.execute(select(tables.course.c.id).where(tables.course.c.join_code == wanted)).scalar()
    if found is None:
        raise NotFound("no course has this join code", next="Check the code with the teacher who gave it.")
    add_member(conn, str(found), who, "learner")
    return str(found)


def add_member(conn: Connection, course_id: str, who: Person, role: Role) -> None:
    """Give `who` that role. Safe to repeat. Raises NotFound, BadInput."""
    if role not in ("teacher", "learner"):
        raise BadInput(f"'{role}' is not a role", next="Roles are teacher and learner.")
    course_manifest(conn, course_id)
    if role not in _roles(conn, course_id, who.actor):
        row = {"course": course_id, "actor": who.actor, "role": role, "created": datetime.now(UTC)}
        conn.execute(tables.membership.insert().values(**row))


def remove_member(conn: Connection, course_id: str, who: Person, role: Role) -> None:
    """Take that role away. Safe to repeat; attempts and marks stay."""
    t = tables.membership.c
    conn.execute(delete(tables.membership).where(t.course == course_id, t.actor == who.actor, t.role == role))


def members(conn: Connection, course_id: str) -> list[Member]:
    """Everybody in a course, teachers first, then by account."""
    t = tables.membership
    query = (
        select(t.c.actor, person.c.account, person.c.name, t.c.role, t.c.created)
        .join(person, person.c.actor == t.c.actor)
        .where(t.c.course == course_id)
        .order_by(t.c.role.desc(), person.c.account)
    )
    return [Member(**row._mapping) for row in conn.execute(query)]


def courses_of(conn: Connection, who: Person) -> dict[str, tuple[str, ...]]:
    """Course id → the roles that `who` has there."""
    t = tables.membership.c
    found: dict[str, tuple[str, ...]] = {}
    for row in conn.execute(select(t.course, t.role).where(t.actor == who.actor).order_by(t.course, t.role)):
        found[row.course] = (*found.get(row.course, ()), row.role)
    return found


def learns_in(conn: Connection, actor: str) -> list[str]:
    """The courses in which `actor` is a learner."""
    t = tables.membership.c
    query = select(t.course).where(t.actor == actor, t.role == "learner").order_by(t.course)
    return list(conn.execute(query).scalars())


def is_teacher(conn: Connection, course_id: str, who: Person) -> bool:
    """Whether `who` teaches that course."""
    return "teacher" in _roles(conn, course_id, who.actor)


def is_member(conn: Connection, course_id: str, who: Person) -> bool:
    """Whether `who` learns or teaches there."""
    return bool(_roles(conn, course_id, who.actor))


def releases(conn: Connection, course_id: str, assignment: str | None = None) -> list[Release]:
    """The releases of a course (or of one assignment), by assignment, newest version first."""
    t = tables.release.c
    query = select(tables.release).where(t.course == course_id).order_by(t.assignment, t.version.desc())
    if assignment is not None:
        query = query.where(t.assignment == assignment)
    return [_release(row) for row in conn.execute(query)]


def latest_release(conn: Connection, course_id: str, assignment: str) -> Release:
    """The newest release of an assignment. Raises NotFound where none is out."""
    found = releases(conn, course_id, assignment)
    if not found:
        raise NotFound(
            f"assignment '{assignment}' of course '{course_id}' is not released",
            next=f"A teacher releases it with: shuyuan course release {course_id}",
        )
    return found[0]


def release_of(conn: Connection, release_id: str) -> Release:
    """The release of that id. Raises NotFound."""
    row = conn.execute(select(tables.release).where(tables.release.c.id == release_id)).first()
    if row is None:
        raise NotFound(f"there is no release '{release_id}'")
    return _release(row)


def _release(row: Row[Any]) -> Release:
    return Release(**row._mapping)


def _roles(conn: Connection, course_id: str, actor: str) -> set[str]:
    t = tables.membership.c
    return set(conn.execute(select(t.role).where(t.course == course_id, t.actor == actor)).scalars())


def _new_code() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(8))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    return [_plain(v) for v in value] if isinstance(value, list | tuple) else value

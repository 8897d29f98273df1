"""Who is looking: the person of the session cookie, or nobody. A tour never fails because the store or the cookie does."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import HTTPConnection

from commons.errors import ShuyuanError
from commons.people import Person, person_of_account
from commons.settings import Settings
from commons.store import Store, open_store
from courses.registry import courses_of
from hub_config.secrets import ensure_secrets
from portal.web.session import SESSION_COOKIE, Signer

__all__ = ["Standing", "Visitors"]

log = logging.getLogger("shuyuan.tours")


@dataclass(frozen=True)
class Standing:
    """Who somebody is in the courses: their actor ("" for nobody), the courses they are in, and those they teach."""

    actor: str = ""
    courses: frozenset[str] = frozenset()
    teaches: frozenset[str] = frozenset()


class Visitors:
    """Reads the session cookie of a request."""

    def __init__(self, settings: Settings) -> None:
        self._signer = Signer(ensure_secrets(settings.home).session_key)
        self._store: Store = open_store(settings.database_url)

    def of(self, request: HTTPConnection) -> Person | None:
        """The person signed in, or None."""
        account = self._signer.account(request.cookies.get(SESSION_COOKIE))
        if not account:
            return None
        try:
            with self._store.read() as conn:
                return person_of_account(conn, account)
        except (ShuyuanError, SQLAlchemyError) as error:
            log.warning("the store does not answer, a visitor stays unnamed: %s", error)
            return None

    def standing(self, request: HTTPConnection) -> Standing:
        """What the person signed in is in the courses; nobody's standing for anyone else, or where the store does not answer."""
        person = self.of(request)
        if person is None:
            return Standing()
        try:
            with self._store.read() as conn:
                roles = courses_of(conn, person)
        except (ShuyuanError, SQLAlchemyError) as error:
            log.warning("the store does not answer, a visitor has no courses: %s", error)
            return Standing(person.actor)
        teaches = frozenset(course for course, mine in roles.items() if "teacher" in mine)
        return Standing(person.actor, frozenset(roles), teaches)

"""Who is looking: the person of the session cookie, or nobody. A tour never fails because the store or the cookie does."""

from __future__ import annotations

import logging

from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import HTTPConnection

from commons.errors import ShuyuanError
from commons.people import Person, person_of_account
from commons.settings import Settings
from commons.store import Store, open_store
from hub_config.secrets import ensure_secrets
from portal.web.session import SESSION_COOKIE, Signer

__all__ = ["Visitors"]

log = logging.getLogger("shuyuan.tours")


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

"""Signing in: nativeauthenticator's table of password hashes, our own pages, and no admin needed to let a learner in.

Hashing runs in a thread, so that a class signing in at once does not stop the hub.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

from jupyterhub.auth import Authenticator
from nativeauthenticator import NativeAuthenticator
from nativeauthenticator.orm import UserInfo
from tornado.ioloop import IOLoop
from tornado.web import StaticFileHandler
from traitlets import Any as AnyTrait
from traitlets import Unicode

from commons.people import ensure_person
from commons.store import Store, open_store
from hub_config import accounts, handlers
from hub_config.lockout import Lockout, address_of
from hub_config.pages import STATIC
from hub_config.signup import SignUp
from hub_config.traces import forget_in_logs

__all__ = ["HouseAuthenticator"]

LOGGED_AFTER_S = 2.0


class HouseAuthenticator(NativeAuthenticator):
    """Open sign-up; the person (name, language, age band, consent) goes to the platform's store."""

    database_url = Unicode(config=True, help="The platform's store.")
    home = Unicode(config=True, help="The platform's home folder.")
    teacher = Unicode(config=True, help="The first account.")
    lockout = AnyTrait(help="Counts failed sign-ins.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lockout = Lockout()
        self.store: Store = open_store(self.database_url)

    async def authenticate(self, handler: Any, data: Any) -> str | None:
        """The account name when the password is right and the account does not rest after failures, else None."""
        account, password = str(data.get("username", "")).strip().lower(), str(data.get("password", ""))
        now, address = time.monotonic(), address_of(handler.request.headers.get("X-Forwarded-For", ""))
        if self.lockout.seconds_left(account, address, now=now):
            return None
        info = self.known(account)
        if info is None:
            return None
        # Counted before the hash is tried: many guesses sent at once count as many.
        self.lockout.failed(account, address, now=now)
        if not await asyncio.to_thread(matches, info.password, password):
            return None
        self.lockout.succeeded(account, address)
        return account

    def known(self, account: str) -> Any:
        """The row of that account as it stands in the database now (a command may have changed it), or None."""
        info = UserInfo.find(self.db, account)
        if info is not None:
            self.db.refresh(info)
        return info

    def add(self, form: SignUp, language: str) -> None:
        """Make the account. The person is stored first: an account without a person cannot come to be."""
        with self.store.begin() as conn:
            ensure_person(
                conn,
                form.account,
                name=form.name,
                language=language,
                age_band=form.age_band,
                guardian=form.guardian,
            )
        self.set_password(form.account, form.password)

    def set_password(self, account: str, password: str) -> None:
        """Keep the hash of a new password; the first account's readable password goes."""
        accounts.set_password(self.db, account, password)
        self.db.commit()
        if account == self.teacher:
            accounts.first_password_file(Path(self.home)).unlink(missing_ok=True)

    def delete_user(self, user: Any) -> None:
        """Forget the hash together with the hub's user, and the name in the logs once this deletion is told there."""
        info = UserInfo.find(self.db, user.name)
        if info is not None:
            self.db.delete(info)
            self.db.commit()
        Authenticator.delete_user(self, user)
        IOLoop.current().call_later(LOGGED_AFTER_S, self._forget_in_logs, user.name)

    def _forget_in_logs(self, account: str) -> None:
        if self.known(account) is not None:
            return  # somebody took the name meanwhile
        try:
            forget_in_logs(Path(self.home), account)
        except OSError as error:
            self.log.error("The name of a deleted account stays in the logs: %s", error)

    def get_handlers(self, app: Any) -> list[Any]:
        """Our pages, and the two files they need."""
        return [
            (r"/login", handlers.SignInPage),
            (r"/logout", handlers.SignOutPage),
            (r"/signup", handlers.SignUpPage),
            (r"/change-password", handlers.PasswordPage),
            (r"/change-password/([a-z0-9-]+)", handlers.ResetPage),
            (r"/house/(.*)", StaticFileHandler, {"path": str(STATIC)}),
        ]


def matches(hashed: bytes, password: str) -> bool:
    """Whether `password` is the one behind `hashed` (bcrypt)."""
    import bcrypt

    try:
        return bcrypt.checkpw(password.encode(), hashed)
    except ValueError:  # longer than bcrypt reads, or no hash at all
        return False

"""Accounts from the operator's side: the first account, and a new password for one that was lost.

Passwords are bcrypt hashes in nativeauthenticator's table; only the first one lies readable, until it is changed.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from commons.errors import NotFound
from commons.people import ensure_person
from commons.settings import Settings
from commons.store import open_store
from hub_config.secrets import keep_secret

__all__ = [
    "ensure_admin",
    "first_password_file",
    "hub_database",
    "new_password",
    "reset_password",
    "set_password",
]

# No letter that looks like another: passwords are read from a screen and typed.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


def hub_database(settings: Settings) -> str:
    """The URL of the hub's own database; its folder is made."""
    folder = settings.home / "hub"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return f"sqlite:///{folder / 'hub.sqlite'}"


def first_password_file(home: Path) -> Path:
    """Where the first account's generated password lies until it is changed."""
    return home / "secrets" / "first-password"


def new_password() -> str:
    """Three groups of five letters and digits: 74 bits, easy to read aloud."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(3))


def ensure_admin(settings: Settings) -> str | None:
    """Make the first account (`settings.teacher`) and give its password; None when it was there already.

    The store must be migrated. Raises Unavailable when the store or the secrets folder cannot be written.
    """
    account = settings.teacher
    with _session(settings) as session:
        if _user_info(session, account) is not None:
            return None
        password = new_password()
        store = open_store(settings.database_url)
        try:
            with store.begin() as conn:
                ensure_person(conn, account, language=settings.language, age_band="adult")
        finally:
            store.close()
        # The password is on the disk before the account is: a crash between the two leaves nothing locked.
        keep_secret(settings.home / "secrets", "first-password", password)
        set_password(session, account, password)
        session.commit()
    return password


def reset_password(settings: Settings, account: str) -> str:
    """Give `account` a new generated password and return it; it works at once, whether the hub runs or not.

    Raises NotFound for an account that does not exist.
    """
    password = new_password()
    with _session(settings) as session:
        if _user_info(session, account) is None:
            raise NotFound(
                f"no account '{account}'",
                where=str(settings.home / "hub"),
                next="Check the spelling; accounts are small letters, digits and hyphens.",
            )
        set_password(session, account, password)
        session.commit()
    if account == settings.teacher:
        first_password_file(settings.home).unlink(missing_ok=True)
    return password


def set_password(session: Any, account: str, password: str) -> None:
    """Put the hash of `password` into the account's row, made if missing; whoever was signed in with the old one is out.

    `session` is SQLAlchemy's, on the hub's database; the caller commits it.
    """
    import bcrypt
    from nativeauthenticator.orm import UserInfo

    info = _user_info(session, account)
    if info is None:
        info = UserInfo(username=account, password=b"", is_authorized=True)
        session.add(info)
    info.password = bcrypt.hashpw(password.encode(), bcrypt.gensalt())
    _sign_out(session, account)


def _sign_out(session: Any, account: str) -> None:
    from jupyterhub import orm

    user = orm.User.find(session, account)
    if user is None:
        return
    user.cookie_id = orm.new_token()
    for token in list(user.api_tokens):
        # The running server's own token stays; tokens of browsers, given out by OAuth, go.
        if token.client_id != "jupyterhub":
            session.delete(token)


def _user_info(session: Any, account: str) -> Any:
    from nativeauthenticator.orm import UserInfo

    return UserInfo.find(session, account)


@contextmanager
def _session(settings: Settings) -> Iterator[Any]:
    from jupyterhub.dbutil import upgrade_if_needed
    from jupyterhub.orm import new_session_factory
    from nativeauthenticator.orm import UserInfo  # noqa: F401  its table is made together with the hub's

    url = hub_database(settings)
    with _own_logging():
        upgrade_if_needed(url, log=logging.getLogger("jupyterhub"))
        session = new_session_factory(url)()
    try:
        yield session
    finally:
        session.close()
        session.get_bind().dispose()


@contextmanager
def _own_logging() -> Iterator[None]:
    """The hub's migrations set up logging for the whole process as they like; put ours back, and let them be quiet."""
    root = logging.getLogger()
    handlers, level, off = root.handlers[:], root.level, root.manager.disable
    known = [logger for logger in root.manager.loggerDict.values() if isinstance(logger, logging.Logger)]
    disabled = [logger.disabled for logger in known]
    logging.disable(logging.INFO)
    try:
        yield
    finally:
        logging.disable(off)
        root.handlers[:] = handlers
        root.setLevel(level)
        for logger, was in zip(known, disabled, strict=True):
            logger.disabled = was

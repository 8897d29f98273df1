"""Who is signed in, in a signed cookie, so that pages go on while the hub is down. Also the signed tokens that forms carry.

A cookie holds an account name and nothing else; whoever erased themselves is signed out everywhere, because the account is gone.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from urllib.parse import urlsplit

from itsdangerous import BadData, URLSafeTimedSerializer

__all__ = ["FORM_S", "SESSION_COOKIE", "SESSION_S", "STATE_COOKIE", "Signer", "local_path"]

SESSION_COOKIE = "shuyuan-session"
STATE_COOKIE = "shuyuan-signing-in"
SESSION_S = 7 * 24 * 3600
FORM_S = 24 * 3600
STATE_S = 20 * 60


@dataclass(frozen=True)
class Signer:
    """Signs and reads; `key` is the house's session key. A reader gives "" for what is forged, old or meant for another use."""

    key: str

    def session(self, account: str) -> str:
        """The session cookie's value for `account`."""
        return self._sign("session", account)

    def account(self, cookie: str | None) -> str:
        """The account in a session cookie, or ""."""
        return self._read("session", cookie, SESSION_S)

    def form(self, account: str) -> str:
        """The token a form of `account` carries."""
        return self._sign("form", account)

    def is_form_of(self, account: str, token: str | None) -> bool:
        """Whether `token` was made for this account within a day."""
        return bool(account) and self._read("form", token, FORM_S) == account

    def state(self, next_path: str) -> str:
        """A one-time state for a sign-in that leads to `next_path`."""
        return self._sign("state", f"{secrets.token_urlsafe(12)} {next_path}")

    def next_path(self, state: str | None) -> str | None:
        """Where a sign-in with that state leads; None when the state is not ours."""
        text = self._read("state", state, STATE_S)
        return local_path(text.partition(" ")[2]) if text else None

    def _sign(self, use: str, text: str) -> str:
        return str(URLSafeTimedSerializer(self.key, salt=f"shuyuan-{use}").dumps(text))

    def _read(self, use: str, signed: str | None, age_s: int) -> str:
        try:
            return str(URLSafeTimedSerializer(self.key, salt=f"shuyuan-{use}").loads(signed or "", max_age=age_s))
        except BadData:
            return ""


def local_path(wish: str | None) -> str:
    """`wish` when it is a path of this site, else "/my/".

    >>> local_path("/courses/?a=1"), local_path("//evil.example"), local_path("/\\\\evil"), local_path(None)
    ('/courses/?a=1', '/my/', '/my/', '/my/')
    """
    text = wish or ""
    parts = urlsplit(text) if text.isprintable() and "\\" not in text else None
    if parts is None or parts.scheme or parts.netloc or not text.startswith("/") or text.startswith("//"):
        return "/my/"
    return text

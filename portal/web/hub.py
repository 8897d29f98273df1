"""The portal's way to the hub: sign-in, the account behind a user server's token, whether the hub is there.

It keeps no password and no token longer than a minute; a hub that does not answer is an `Unavailable`, never a guess.
"""

from __future__ import annotations

import hashlib
import threading
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import httpx

from commons.errors import NotSignedIn, Unavailable

__all__ = ["CALLBACK", "CLIENT", "Hub"]

CLIENT = "service-portal"
CALLBACK = "/oauth/callback"
TIMEOUT_S = 5.0
TOKEN_CACHE_S = 60.0
CACHE_SIZE = 2000


@dataclass(frozen=True)
class Hub:
    """`base` is the hub's own address with its prefix, e.g. `http://127.0.0.1:8081/hub`; `token` is the portal's."""

    base: str
    token: str
    _known: dict[str, tuple[float, str]] = field(default_factory=dict, repr=False, compare=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def is_up(self, timeout_s: float = 1.5) -> bool:
        """Whether the hub answers its health check."""
        try:
            return httpx.get(f"{self.base}/health", timeout=timeout_s).is_success
        except httpx.HTTPError:
            return False

    def sign_in_url(self, state: str) -> str:
        """Where a browser goes to sign in (a path of this site: proxy and hub share the origin)."""
        query = {"client_id": CLIENT, "redirect_uri": CALLBACK, "response_type": "code", "state": state}
        return "/hub/api/oauth2/authorize?" + urlencode(query)

    def account_of_code(self, code: str) -> str:
        """The account that the hub vouches for with `code`. Raises NotSignedIn for a bad code, Unavailable without hub."""
        form = {
            "client_id": CLIENT,
            "client_secret": self.token,
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": CALLBACK,
        }
        answer = self._ask("POST", "/api/oauth2/token", data=form)
        if not answer.is_success:
            raise NotSignedIn("the sign-in was not completed", where="hub", next="Sign in once more.")
        return self._account(str(answer.json()["access_token"]))

    def account_of_token(self, token: str) -> str:
        """The account a hub token (of a user server) belongs to; asked at most once a minute for each token.

        Raises NotSignedIn for a token the hub does not know, Unavailable without hub.
        """
        mark, now = hashlib.sha256(token.encode()).hexdigest(), time.monotonic()
        with self._lock:
            when, account = self._known.get(mark, (0.0, ""))
        if account and now - when < TOKEN_CACHE_S:
            return account
        account = self._account(token)
        with self._lock:
            if len(self._known) >= CACHE_SIZE:
                self._known.clear()
            self._known[mark] = (now, account)
        return account

    def delete_account(self, account: str) -> None:
        """Delete the account at the hub; one that is gone already is fine. Raises Unavailable."""
        headers = {"Authorization": f"token {self.token}"}
        answer = self._ask("DELETE", f"/api/users/{quote(account, safe='')}", headers=headers)
        if answer.status_code not in (200, 204, 404):
            raise Unavailable(
                f"the hub did not delete the account (it answered {answer.status_code})",
                where="hub",
                next="Everything else is erased. Try again, or ask the operator to delete the account.",
            )

    def _account(self, token: str) -> str:
        answer = self._ask("GET", "/api/user", headers={"Authorization": f"token {token}"})
        if answer.status_code in (401, 403, 404):
            raise NotSignedIn("the hub does not know this token", where="Authorization", next="Sign in again.")
        name = answer.json().get("name") if answer.is_success else None
        if not name:
            raise Unavailable(f"the hub answered {answer.status_code}", where="hub", next="Try again in a minute.")
        return str(name)

    def _ask(self, method: str, path: str, **rest: Any) -> httpx.Response:
        try:
            return httpx.request(method, self.base + path, timeout=TIMEOUT_S, **rest)
        except httpx.HTTPError as error:
            raise Unavailable(
                "the hub does not answer",
                where="hub",
                next="Reading goes on; signing in and JupyterLab need the hub. Try again in a minute.",
            ) from error

"""The pages of accounts: sign in, sign up, sign out, change a password, reset somebody's."""

from __future__ import annotations

import math
import time
from typing import Any
from urllib.parse import quote

from jupyterhub.handlers import BaseHandler
from jupyterhub.handlers.login import LoginHandler, LogoutHandler
from jupyterhub.scopes import needs_scope
from tornado import web

from commons.errors import ShuyuanError
from hub_config import accounts
from hub_config.lockout import address_of
from hub_config.pages import look_of
from hub_config.signup import password_fault, read_sign_up

__all__ = ["PasswordPage", "ResetPage", "SignInPage", "SignOutPage", "SignUpPage"]


class SignInPage(LoginHandler):
    """`/hub/login`. A wrong name and a wrong password read the same."""

    def _render(self, login_error: str | None = None, username: str | None = None, **more: Any) -> Any:
        words: dict[str, Any] = {"fault": "hub.form-expired" if login_error else "", "minutes": 0}
        words |= {key: more.pop(key) for key in ("fault", "minutes") if key in more}
        address = self.get_argument("next", "")
        return self.render_template(
            "login.html", username=username or "", next=address, next_query=quote(address), **words, **more
        )

    async def post(self) -> None:
        account = self.get_body_argument("username", "", strip=True).lower()
        password = self.get_body_argument("password", "", strip=False)
        user = await self.login_user({"username": account, "password": password})
        if user:
            self._jupyterhub_user = user
            self.redirect(self.get_next_url(user))
            return
        address = address_of(self.request.headers.get("X-Forwarded-For", ""))
        left = self.authenticator.lockout.seconds_left(account, address, now=time.monotonic())
        self.set_status(429 if left else 403)
        fault = "hub.fault-resting" if left else "hub.fault-sign-in"
        self.finish(await self._render(username=account[:64], fault=fault, minutes=math.ceil(left / 60)))


class SignOutPage(LogoutHandler):
    """`/hub/logout`: says so, instead of asking for the password again."""

    async def render_logout_page(self) -> None:
        self.finish(await self.render_template("logout.html"))


class SignUpPage(BaseHandler):
    """`/hub/signup`: makes an account and signs it in at once."""

    async def get(self) -> None:
        self.finish(await self._page({}, {}))

    async def post(self) -> None:
        form = {name: self.get_body_argument(name, "", strip=False) for name in self.request.body_arguments}
        sign_up, faults = read_sign_up(
            form,
            is_taken=self._is_taken,
            is_common=self.authenticator.is_password_common,
        )
        if sign_up is None:
            self.set_status(400)
            self.finish(await self._page(form, faults))
            return
        try:
            self.authenticator.add(sign_up, look_of(self).language)
        except ShuyuanError as error:
            self.log.error("Sign-up was not stored: %s", error)
            raise web.HTTPError(503, str(error)) from error
        user = await self.login_user({"username": sign_up.account, "password": sign_up.password})
        self._jupyterhub_user = user
        self.redirect(self.get_next_url(user))

    def _is_taken(self, account: str) -> bool:
        return account == self.authenticator.teacher or self.authenticator.known(account) is not None

    async def _page(self, form: dict[str, str], faults: dict[str, str]) -> str:
        kept = {name: form.get(name, "") for name in ("username", "name", "age_band", "guardian")}
        address = self.get_argument("next", "")
        return await self.render_template(
            "signup.html", form=kept, faults=faults, next=address, next_query=quote(address)
        )


class PasswordPage(BaseHandler):
    """`/hub/change-password`: the old password, the new one twice."""

    @web.authenticated
    async def get(self) -> None:
        self.finish(await self.render_template("change-password.html", faults={}, done=False))

    @web.authenticated
    async def post(self) -> None:
        account = self.current_user.name
        faults = await self._faults(account)
        if not faults:
            self.authenticator.set_password(account, self.get_body_argument("password", strip=False))
            self.set_login_cookie(self.current_user)  # this browser stays signed in
        self.set_status(400 if faults else 200)
        self.finish(await self.render_template("change-password.html", faults=faults, done=not faults))

    async def _faults(self, account: str) -> dict[str, str]:
        old, new, again = (
            self.get_body_argument(name, "", strip=False) for name in ("old_password", "password", "confirmation")
        )
        right = await self.authenticator.authenticate(self, {"username": account, "password": old})
        fault = password_fault(new, account, self.authenticator.is_password_common)
        found = {
            "old_password": "" if right else "old-password",
            "password": fault,
            "confirmation": "" if new == again else "confirmation",
        }
        return {field: f"hub.fault-{what}" for field, what in found.items() if what}


class ResetPage(BaseHandler):
    """`/hub/change-password/<account>`: the operator makes a new password for somebody who lost theirs, shown once."""

    @needs_scope("admin:users")
    async def get(self, account: str) -> None:
        await self._page(account, "")

    @needs_scope("admin:users")
    async def post(self, account: str) -> None:
        password = accounts.new_password()
        self._must_exist(account)
        self.authenticator.set_password(account, password)
        self.log.warning("%s made a new password for %s", self.current_user.name, account)
        self.set_header("Cache-Control", "no-store")
        await self._page(account, password)

    async def _page(self, account: str, password: str) -> None:
        self._must_exist(account)
        self.finish(await self.render_template("reset-password.html", account=account, password=password))

    def _must_exist(self, account: str) -> None:
        if self.authenticator.known(account) is None:
            raise web.HTTPError(404)

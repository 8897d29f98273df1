"""What a sign-up form must say before an account is made. Pure: every fault is found at once, each named by its field.

An age band is asked, never a birth date; of a guardian's consent only the yes is kept.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass

__all__ = ["AGE_BANDS", "PASSWORD_BYTES", "PASSWORD_LETTERS", "RESERVED", "SignUp", "password_fault", "read_sign_up"]

AGE_BANDS: tuple[str, ...] = ("under14", "14-17", "adult")
PASSWORD_LETTERS = 8
PASSWORD_BYTES = 72  # bcrypt reads no further
RESERVED: frozenset[str] = frozenset({"admin", "hub", "operator", "portal", "root", "shuyuan", "teacher"})

_ACCOUNT = re.compile(r"[a-z](?:[a-z0-9]|-(?=[a-z0-9])){2,31}")


@dataclass(frozen=True)
class SignUp:
    """A sign-up form that holds. `account` is 3 to 32 of a-z, 0-9 and single hyphens, safe in addresses and paths."""

    account: str
    name: str
    age_band: str
    guardian: bool
    password: str

    def __repr__(self) -> str:
        return f"SignUp(account={self.account!r})"


def read_sign_up(
    form: Mapping[str, str], *, is_taken: Callable[[str], bool], is_common: Callable[[str], bool]
) -> tuple[SignUp | None, dict[str, str]]:
    """The sign-up in `form`, or None and the faults: field name → message key, each key below `hub.fault-`."""
    account = form.get("username", "").strip().lower()
    name = " ".join(unicodedata.normalize("NFC", form.get("name", "")).split())
    age_band, guardian = form.get("age_band", ""), form.get("guardian") == "yes"
    password = form.get("password", "")
    found = {
        "username": _account_fault(account, is_taken),
        "name": _name_fault(name),
        "age_band": "" if age_band in AGE_BANDS else "age",
        "guardian": "guardian" if age_band == "under14" and not guardian else "",
        "password": password_fault(password, account, is_common),
        "confirmation": "" if form.get("confirmation", "") == password else "confirmation",
    }
    faults = {field: f"hub.fault-{fault}" for field, fault in found.items() if fault}
    if faults:
        return None, faults
    return SignUp(account, name or account, age_band, guardian and age_band == "under14", password), {}


def _account_fault(account: str, is_taken: Callable[[str], bool]) -> str:
    if not _ACCOUNT.fullmatch(account):
        return "account"
    return "taken" if account in RESERVED or is_taken(account) else ""


def _name_fault(name: str) -> str:
    if len(name) > 60:
        return "name-long"
    return "name" if any(unicodedata.category(letter)[0] == "C" for letter in name) else ""


def password_fault(password: str, account: str, is_common: Callable[[str], bool]) -> str:
    """Why this password is refused, as the end of a message key; "" when it may be used.

    >>> password_fault("short", "lin", lambda _: False), password_fault("荷塘月色很美丽呀", "lin", lambda _: False)
    ('password-short', '')
    """
    if len(password) < PASSWORD_LETTERS:
        return "password-short"
    if len(password.encode()) > PASSWORD_BYTES or "\0" in password:
        return "password-long"
    if not password.strip():
        return "password-blank"
    if len(set(password)) == 1:
        return "password-same"
    if account and not password.lower().replace(account, "").strip():
        return "password-account"
    return "password-common" if is_common(password) else ""

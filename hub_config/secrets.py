"""The platform's own secrets: made once, readable by its owner alone, on the disk before anybody uses them."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass, fields
from pathlib import Path

from commons.errors import Unavailable

__all__ = ["Secrets", "ensure_secrets", "keep_secret", "read_secret"]


@dataclass(frozen=True)
class Secrets:
    """Every field is the hexadecimal text of 32 random bytes, kept in a file of that name."""

    proxy_token: str
    cookie_secret: str
    portal_token: str
    culler_token: str
    crypt_key: str
    session_key: str

    def __repr__(self) -> str:
        return "Secrets(…)"


def ensure_secrets(home: Path) -> Secrets:
    """The secrets under `home/secrets`, made where missing. Safe to call again, and from two processes at once.

    Raises Unavailable when the folder cannot be written or a secret was damaged.
    """
    folder = home / "secrets"
    return Secrets(**{field.name: _ensure(folder, field.name) for field in fields(Secrets)})


def _ensure(folder: Path, name: str) -> str:
    known = read_secret(folder, name)
    if known is None:
        keep_secret(folder, name, secrets.token_hex(32), replace=False)
        known = read_secret(folder, name)
    if known is None or len(known) != 64:
        raise Unavailable(
            f"the secret '{name}' is damaged",
            where=str(folder / name),
            next="Delete that file and start again; everybody signs in once more.",
        )
    return known


def read_secret(folder: Path, name: str) -> str | None:
    """The text kept under that name, or None."""
    try:
        return (folder / name).read_text("ascii").strip()
    except FileNotFoundError:
        return None


def keep_secret(folder: Path, name: str, text: str, *, replace: bool = True) -> None:
    """Put `text` into a file only its owner can read, whole or not at all, and synced.

    With `replace=False` a secret that is there already stays. Raises Unavailable when the disk does not take it.
    """
    draft = folder / f".{name}.{secrets.token_hex(4)}"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)
        _write_synced(draft, text)
        if replace:
            os.replace(draft, folder / name)
        else:
            _link_once(draft, folder / name)
        _sync_folder(folder)
    except OSError as error:
        raise Unavailable(
            f"cannot keep the secret '{name}' ({error.strerror})",
            where=str(folder),
            next="Check that the disk has room and the folder belongs to you.",
        ) from error


def _write_synced(path: Path, text: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())


def _link_once(draft: Path, path: Path) -> None:
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

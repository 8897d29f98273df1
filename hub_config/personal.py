"""What the hub keeps about a person: the folder with their files and their account. Erasing can be repeated.

A home belongs to somebody who may still be writing in it, so nothing here follows a link out of it.
"""

from __future__ import annotations

import base64
import os
import shutil
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from commons.languages import Text
from commons.people import Person
from commons.personal import PersonalStore
from commons.settings import Settings, load_settings
from hub_config.running import home_folder, log_files, stop_servers
from hub_config.traces import forget_in_logs

__all__ = ["PERSONAL_STORES", "Account", "HomeFolder"]

EXPORTED_BYTES = 64 << 20


class HomeFolder:
    """The learner's files, and what the learner's server wrote in its log. `settings` None: those of the environment."""

    name = "home"

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings

    def describe(self) -> Text:
        """See PersonalStore."""
        return {
            "zh-CN": "您书房里的文件：笔记本、图和数据；以及书房运行时的日志。只有您自己打得开，注销时整个删除。",
            "en": "The files of your study: notebooks, pictures, data; and the log of its running. Nobody but you can "
            "open them; all of it is deleted when you erase yourself.",
        }

    def export(self, conn: Connection, person: Person) -> dict[str, Any]:
        """Every file with path, size and time; contents in base64 until 64 MiB are reached, then `content` is null."""
        room = EXPORTED_BYTES
        files = []
        for path, size, modified, content in _files(home_folder(_settings(self.settings), person.actor)):
            taken = content(room) if size <= room else None
            room -= size if taken is not None else 0
            files.append({"path": path, "bytes": size, "modified": modified, "content": taken})
        return {"files": files}

    def erase(self, conn: Connection, person: Person) -> int:
        """Stop the person's server, delete home and logs; gives the number of files that went."""
        settings = _settings(self.settings)
        stop_servers(settings, actor=person.actor, grace_s=5.0)
        home = home_folder(settings, person.actor)
        count = sum(1 for _ in _files(home))
        shutil.rmtree(home, ignore_errors=True)
        for log in log_files(settings, person.actor):
            log.unlink(missing_ok=True)
        return count


class Account:
    """The account at the hub. The hash of the password goes here; the portal then has the hub delete the rest."""

    name = "account"

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings

    def describe(self) -> Text:
        """See PersonalStore."""
        return {
            "zh-CN": "您的账号、密码的散列值（不是密码本身）、上次活动的时间和登录状态，以及日志里出现的账号名。注销时删除。",
            "en": "Your account, a hash of your password (not the password), when you were last active, where you are "
            "signed in, and the account's name in the logs. Deleted when you erase yourself.",
        }

    def export(self, conn: Connection, person: Person) -> dict[str, Any]:
        """What the hub's tables say; never the hash."""
        query = "SELECT name AS account, created, last_activity FROM users WHERE name = ?"
        with closing(_hub_tables(_settings(self.settings), "ro")) as tables:
            row = tables.execute(query, (person.account,)).fetchone()
        return {"account": dict(row) if row else {}}

    def erase(self, conn: Connection, person: Person) -> int:
        """Delete the hash, so that nobody can sign in any more, hub or no hub, and the name in the house's logs."""
        settings = _settings(self.settings)
        forget_in_logs(settings.home, person.account)
        with closing(_hub_tables(settings, "rw")) as tables, tables:
            return tables.execute("DELETE FROM users_info WHERE username = ?", (person.account,)).rowcount


PERSONAL_STORES: tuple[PersonalStore, ...] = (HomeFolder(), Account())


def _settings(given: Settings | None) -> Settings:
    return given or load_settings(os.environ)


def _hub_tables(settings: Settings, mode: str) -> sqlite3.Connection:
    tables = sqlite3.connect(f"file:{settings.home / 'hub' / 'hub.sqlite'}?mode={mode}", uri=True, timeout=10)
    tables.row_factory = sqlite3.Row
    return tables


def _files(home: Path) -> Iterator[tuple[str, int, str, Any]]:
    """Path, bytes, time and a reader of every plain file below `home`, by descriptors, so that no swap leads outside."""
    if not home.is_dir():
        return
    for folder, _, names, handle in os.fwalk(home, follow_symlinks=False):
        for name in sorted(names):
            found = os.stat(name, dir_fd=handle, follow_symlinks=False)
            if stat.S_ISREG(found.st_mode):
                path = os.path.relpath(os.path.join(folder, name), home)
                modified = datetime.fromtimestamp(found.st_mtime, UTC).isoformat()
                yield path, found.st_size, modified, lambda most, name=name, handle=handle: _content(name, handle, most)


def _content(name: str, folder: int, most: int) -> str | None:
    """The file's bytes in base64, or None when it is no plain file any more or grew beyond `most` bytes."""
    try:
        handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    except OSError:
        return None
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return None
        data = file.read(most + 1)
    return base64.b64encode(data).decode("ascii") if len(data) <= most else None

"""Starts a learner's server through the launcher, finds it again after a hub restart, and says why when it cannot.

The launcher is a session of its own: a hub that dies takes no kernel along.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from jupyterhub.spawner import LocalProcessSpawner, SpawnException
from traitlets import Any as AnyTrait
from traitlets import Integer

from commons.errors import ShuyuanError, Unavailable
from commons.languages import COOKIE, LANGUAGES, load_messages, negotiate
from commons.people import Person, ensure_person
from commons.places import ROOT
from commons.settings import Settings
from commons.store import open_store
from hub_config.launcher import Order
from hub_config.pages import both_languages
from hub_config.rooms import FIRST_UID, room_env
from hub_config.running import born, home_folder, log_files, run_folder, stop_servers

__all__ = ["SandboxSpawner"]


class SandboxSpawner(LocalProcessSpawner):
    """One learner, one sandbox. `settings` is given by the configuration."""

    settings = AnyTrait(config=True, help="The platform's settings.")
    born = Integer(0, help="When the launcher was born, so that its number reused by another process is noticed.")

    def get_state(self) -> dict[str, Any]:
        return super().get_state() | ({"born": self.born} if self.born else {})

    def load_state(self, state: dict[str, Any]) -> None:
        super().load_state(state)
        self.born = state.get("born", 0)

    def clear_state(self) -> None:
        super().clear_state()
        self.born = 0

    def user_env(self, env: dict[str, str]) -> dict[str, str]:
        return env

    async def poll(self) -> int | None:
        if self.proc is None and self.pid and born(self.pid) != self.born:
            self.clear_state()
            return 0
        return await super().poll()

    async def progress(self) -> AsyncIterator[dict[str, Any]]:
        """What the waiting page shows."""
        for percent, key, pause in ((20, "hub.progress-room", 2.0), (60, "hub.progress-lab", 0.0)):
            yield {"progress": percent, "html_message": str(_both(key))}
            await asyncio.sleep(pause)

    async def start(self) -> tuple[str, int]:
        """The address of a server that answers. Raises SpawnException with the reason, for the page."""
        try:
            person = self._person()
            # A hub that died in the middle of a start left a server nobody knows; two must not share a home.
            await asyncio.to_thread(stop_servers, self.settings, actor=person.actor, grace_s=5.0)
            order = await asyncio.to_thread(self._order, person, self._language(person))
            self.proc = self._launch(log_files(self.settings, person.actor)[2])
            self.pid, self.born = self.proc.pid, born(self.proc.pid) or 0
            answer = await asyncio.to_thread(_ask, self.proc, order.as_json())
            if "port" not in answer:
                said = answer.get("error", {})
                raise Unavailable(said.get("message", "?"), where=said.get("where", ""), next=said.get("next", ""))
        except ShuyuanError as error:
            self.log.error("The server of %s did not start: %s", self.user.name, error)
            raise _failure(error) from error
        return "127.0.0.1", int(answer["port"])

    def _person(self) -> Person:
        store = open_store(self.settings.database_url)
        try:
            with store.begin() as conn:
                return ensure_person(conn, self.user.name, language=self.settings.language)
        finally:
            store.close()

    def _language(self, person: Person) -> str:
        """The language chosen in the browser that starts the server, else the one the person signed up in."""
        chosen = self.handler.get_cookie(COOKIE) if self.handler is not None else None
        return negotiate(asked=chosen, cookie=person.language)

    def _order(self, person: Person, language: str) -> Order:
        settings = self.settings
        home = _ensure_home(settings, person.actor)
        return Order(
            settings=settings.environment(),
            home=str(home),
            run=str(run_folder(settings, person.actor)),
            log=str(log_files(settings, person.actor)[0]),
            prefix=self.server.base_url,
            language=language,
            uid=FIRST_UID + self.user.id if os.geteuid() == 0 else None,
            argv=[*self.cmd, *self.get_args()],
            env=room_env(settings, self.get_env(), language),
        )

    def _launch(self, log: Path) -> subprocess.Popen[bytes]:
        # Never the hub's own pipe: it breaks when the hub dies, and the launcher must not.
        log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with log.open("wb") as own_words:
            return subprocess.Popen(
                [sys.executable, "-m", "hub_config.launcher"],
                cwd=ROOT,
                env={"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LANG": "C.UTF-8"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=own_words,
                start_new_session=True,
            )

    async def stop(self, now: bool = False) -> None:
        """Kernels are asked to end first; the launcher takes care of the order and of what does not obey."""
        if now and await self.poll() is None:
            await self._signal(signal.SIGTERM)
        await super().stop(now=False)


def _ensure_home(settings: Settings, actor: str) -> Path:
    """The learner's folder, private. Raises Unavailable for a nearly full disk or missing kernels' environment."""
    if not (settings.kernels_env / "bin" / "jupyterhub-singleuser").exists():
        raise Unavailable(
            "the learners' environment is missing",
            where=str(settings.kernels_env),
            next="Run `make run` once; it installs it.",
        )
    home = home_folder(settings, actor)
    try:
        home.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        home.mkdir(exist_ok=True, mode=0o700)
        free_mb = shutil.disk_usage(home).free >> 20
    except OSError as error:
        raise Unavailable(
            f"no room for the files ({error.strerror})", where=str(home), next="Check the disk."
        ) from error
    if free_mb < settings.server_free_disk_mb:
        raise Unavailable(
            f"only {free_mb} MiB of disk are free, {settings.server_free_disk_mb} are needed",
            where=str(settings.home),
            next="Make room on the disk, then try again.",
        )
    return home


def _ask(process: subprocess.Popen[bytes], order: bytes) -> dict[str, Any]:
    """Give the launcher its order and wait for its one line; it keeps its own deadline."""
    assert process.stdin is not None and process.stdout is not None
    try:
        process.stdin.write(order)
        process.stdin.close()
        return json.loads(process.stdout.readline())
    except (OSError, ValueError) as error:
        raise Unavailable("the launcher ended without a word", where="hub_config.launcher") from error


def _failure(error: ShuyuanError) -> SpawnException:
    values = {"found": error.found, "where": error.where or "–", "next": error.next}
    words = load_messages()
    text = {language: words.say("hub.spawn-failed", language, **values) for language in LANGUAGES}
    html = str(both_languages(text))
    failure = SpawnException(text["en"], reason=error.code, message_html=html, status_code=503)
    # The hub's pages look for these two.
    failure.jupyterhub_message, failure.jupyterhub_html_message = text["en"], html  # type: ignore[attr-defined]
    return failure


def _both(key: str) -> str:
    return both_languages(load_messages().entries[key])

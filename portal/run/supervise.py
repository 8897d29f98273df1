"""The supervisor: prepares the home folder, starts the parts, waits until all are healthy, and leaves nothing behind when it ends."""

from __future__ import annotations

import fcntl
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from commons.errors import Conflict, ShuyuanError, Unavailable
from commons.settings import Settings
from portal.run.part import Running
from portal.run.parts import parts
from portal.run.routes import restore_routes

__all__ = ["supervise"]

READY_S = 120.0
FALLS = 4  # starts of a part before everything is up, after which it is no accident
TICK_S = 0.3


def supervise(settings: Settings, env: Mapping[str, str]) -> None:
    """Run the platform until interrupted. Raises ShuyuanError, in words for the operator, when it cannot start."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    begun = time.monotonic()
    with _only_one(settings):
        _check_ports(settings)
        password = prepare(settings)
        logs = settings.home / "logs"
        wanted = parts(settings, env, routes=lambda starts: restore_routes(settings, known_hub=starts > 1))
        running = [Running(part, logs) for part in wanted]
        try:
            for one in running:
                one.start()
            _wait_until_healthy(settings, running, stop)
            if not stop.is_set():
                _welcome(settings, password, time.monotonic() - begun)
            while not stop.wait(TICK_S):
                for one in running:
                    one.watch()
        finally:
            _say("stopping …")
            _stop_all(settings, running)
            _say("stopped; nothing is left running")


def prepare(settings: Settings) -> str | None:
    """What must be there before the parts start: store, secrets, first account, released courses. Gives a first password or None."""
    from commons.store import migrate, open_store
    from hub_config.accounts import ensure_admin, first_password_file
    from hub_config.secrets import ensure_secrets
    from portal.run.content import ensure_courses

    store = open_store(settings.database_url)
    try:
        migrate(store)
        ensure_secrets(settings.home)
        ensure_admin(settings)
        ensure_courses(settings, store, say=_say)
    finally:
        store.close()
    file = first_password_file(settings.home)
    return file.read_text("ascii").strip() if file.exists() else None


def _say(words: str) -> None:
    sys.stdout.write(f"[shuyuan] {words}\n")
    sys.stdout.flush()


@contextmanager
def _only_one(settings: Settings) -> Iterator[None]:
    # Marks and records are in there: nobody else on the machine looks in.
    try:
        settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        settings.home.chmod(0o700)
    except OSError as error:
        raise Unavailable(
            f"the home folder cannot be made ({error.strerror})",
            where=str(settings.home),
            next="Choose another with SHUYUAN_HOME.",
        ) from error
    with (settings.home / "running.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict(
                "the platform is running already",
                where=str(settings.home),
                next="Stop it first, or start this one with another SHUYUAN_HOME and SHUYUAN_PORT.",
            ) from None
        yield


def _check_ports(settings: Settings) -> None:
    names = ("port", "proxy_api_port", "hub_port", "portal_port", "apps_port")
    for name in names:
        number = getattr(settings, name)
        with socket.socket() as probe:
            # As the servers themselves do, so that a port just left does not count as taken.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((settings.host if name == "port" else "127.0.0.1", number))
            except OSError as error:
                raise Conflict(
                    f"port {number} cannot be used ({error.strerror})",
                    where=f"setting {name}",
                    next=f"Stop what uses it, or set SHUYUAN_{name.upper()} to another port.",
                ) from error


def _wait_until_healthy(settings: Settings, running: list[Running], stop: threading.Event) -> None:
    import httpx

    deadline = time.monotonic() + READY_S
    found = "no answer yet"
    while not stop.wait(TICK_S):
        try:
            answer = httpx.get(f"http://{_loopback(settings)}:{settings.port}/health", timeout=5, trust_env=False)
            if answer.status_code == 200:
                return
            found = answer.text[:500]
        except httpx.HTTPError as error:
            found = str(error)
        for one in running:
            one.watch()
        if fallen := next((one for one in running if one.starts > FALLS), None):
            told = f"{fallen.part.name} ends again and again{_last_words(running)}"
            raise Unavailable(told, where=str(fallen.log), next="Mend what its log says and start again.")
        if time.monotonic() > deadline:
            raise Unavailable(f"not healthy after {READY_S:.0f} s: {found}{_last_words(running)}", where="/health")


def _loopback(settings: Settings) -> str:
    return "127.0.0.1" if settings.host == "0.0.0.0" else settings.host


def _last_words(running: list[Running]) -> str:
    fallen = [one for one in running if not one.is_alive or one.starts > 1]
    return "".join(f"\n--- {one.log}\n{one.last_words()}" for one in fallen)


def _welcome(settings: Settings, password: str | None, seconds: float) -> None:
    _say(f"ready after {seconds:.1f} s")
    _say(f"书院 Shuyuan is at {settings.address}/")
    if password:
        _say(f"first teacher: {settings.teacher}   password: {password}   (shown until it is changed)")
    _say("Ctrl-C stops it.")


def _stop_all(settings: Settings, running: list[Running]) -> None:
    # A second Ctrl-C must not cut the cleaning short.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    from hub_config.running import stop_servers

    # They outlive the hub on purpose, so the hub does not end them.
    stop_servers(settings)
    threads = [threading.Thread(target=one.stop) for one in reversed(running)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def run_or_explain(settings: Settings, env: Mapping[str, str]) -> int:
    """`supervise`, with its error as words and an exit status."""
    try:
        supervise(settings, env)
    except ShuyuanError as error:
        sys.stderr.write(f"[shuyuan] {error}\n")
        return 1
    return 0

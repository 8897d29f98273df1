"""Stands outside one learner's sandbox and owns it: outlives the hub, carries bytes in and out, ends it all.

Started as `python -m hub_config.launcher`; its order (`Order`, JSON) comes on standard input, and one line of JSON goes
back: `{"port": n}` once the server answers, or `{"error": …}`. It connects to the hub and the portal and nowhere else.
"""

from __future__ import annotations

import asyncio
import ctypes
import json
import os
import shutil
import signal
import socket
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from commons.errors import ShuyuanError, Unavailable
from commons.sandbox import command, ensure_sound
from commons.settings import load_settings
from hub_config.learner.inside import relay
from hub_config.rooms import HUB_INSIDE, PORTAL_INSIDE, SERVER_INSIDE, server_sandbox

__all__ = ["AUTOSAVE_S", "GRACE_S", "Order", "lab_settings", "main"]

GRACE_S = 8.0
# Shorter, and a save by hand meets one under way so often that JupyterLab asks whether the file changed on disk.
AUTOSAVE_S = 20
PR_SET_CHILD_SUBREAPER = 36  # prctl(2)
LOG_BYTES = 1 << 20
PROBE_EVERY_S = 0.1


@dataclass(frozen=True)
class Order:
    """What the spawner asks for. `run` and `home` are folders outside; `prefix` is the server's base URL."""

    settings: dict[str, str]
    home: str
    run: str
    log: str
    prefix: str
    language: str
    uid: int | None
    argv: list[str]
    env: dict[str, str]

    def as_json(self) -> bytes:
        """The order as the launcher reads it."""
        return json.dumps(asdict(self)).encode()


def main() -> None:
    """Read the order, say how it went, and stay until the server ends or a signal comes."""
    order = Order(**json.loads(sys.stdin.buffer.read()))
    os.chdir(order.settings["SHUYUAN_HOME"])
    os.umask(0o077)
    try:
        code = asyncio.run(_Launcher(order).run())
    except ShuyuanError as error:
        say(error.as_json())
        code = 1
    except OSError as error:
        say(Unavailable(f"the machine refused ({error.strerror})", where=str(error.filename or "launcher")).as_json())
        code = 1
    _reap()
    raise SystemExit(code)


def _reap() -> None:
    deadline = time.monotonic() + 2
    try:
        while time.monotonic() < deadline:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                time.sleep(0.02)
    except ChildProcessError:
        return  # no child is left


def say(answer: dict[str, Any]) -> None:
    """One line to the spawner, if it still listens; then no more."""
    try:
        os.write(1, json.dumps(answer).encode() + b"\n")
    except OSError:
        return  # The hub went away meanwhile; it will find the server by its process.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def lab_settings(language: str) -> dict[str, dict[str, Any]]:
    """JupyterLab's defaults: the learner's language and no news from outside. What a learner chooses there wins.

    Handing in sends the file, not the screen: the two are never more than `AUTOSAVE_S` apart.
    """
    return {
        "@jupyterlab/docmanager-extension:plugin": {"autosave": True, "autosaveInterval": AUTOSAVE_S},
        "@jupyterlab/translation-extension:plugin": {"locale": language.replace("-", "_")},
        "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    }


class _Launcher:
    """One run of one server."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.settings = load_settings(order.settings, None)
        self.run_folder = Path(order.run)
        self.tail: deque[str] = deque(maxlen=12)
        self.stopping = asyncio.Event()

    async def run(self) -> int:
        """Start everything, wait for the end, clean up. Gives the server's exit code."""
        for name in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(name, self.stopping.set)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        ensure_sound()
        # What the sandbox leaves behind comes to this process, which reaps it.
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        self._prepare()
        try:
            with _at(self.run_folder) as near:
                return await self._serve(near)
        finally:
            shutil.rmtree(self.run_folder, ignore_errors=True)

    def _prepare(self) -> None:
        shutil.rmtree(self.run_folder, ignore_errors=True)
        self.run_folder.mkdir(parents=True, mode=0o700)
        born = Path("/proc/self/stat").read_text().rsplit(")", 1)[1].split()[19]
        (self.run_folder / "launcher.json").write_text(json.dumps({"pid": os.getpid(), "born": int(born)}))
        overrides = self.run_folder / "overrides.json"
        overrides.write_text(json.dumps(lab_settings(self.order.language)))
        overrides.chmod(0o644)

    async def _serve(self, near: str) -> int:
        await self._open_ways_out(near)
        inbound = _listening(f"{near}/server.sock")
        process = await self._start_sandbox(inbound)
        inbound.close()
        log = asyncio.ensure_future(self._keep_log(process.stdout))
        ended = asyncio.ensure_future(process.wait())
        way_in = relay(lambda: asyncio.open_unix_connection(f"{near}/server.sock"))
        door = await asyncio.start_server(way_in, "127.0.0.1", 0)
        port = door.sockets[0].getsockname()[1]
        await self._until_answering(port, ended)
        if not self.stopping.is_set():
            say({"port": port})
        stop = asyncio.ensure_future(self.stopping.wait())
        await asyncio.wait({ended, stop}, return_when=asyncio.FIRST_COMPLETED)
        door.close()
        code = await self._end(process, ended)
        await asyncio.wait({log}, timeout=2)
        return code

    async def _open_ways_out(self, near: str) -> None:
        """Two sockets, each leading to one port of this machine and to no other."""
        for name, port in (("hub", self.settings.hub_port), ("portal", self.settings.portal_port)):
            way = _listening(f"{near}/{name}.sock")
            os.chown(f"{near}/{name}.sock", self.order.uid or -1, -1)
            await asyncio.start_unix_server(relay(partial(asyncio.open_connection, "127.0.0.1", port)), sock=way)

    async def _start_sandbox(self, inbound: socket.socket) -> asyncio.subprocess.Process:
        settings, order = self.settings, self.order
        sandbox = server_sandbox(settings, home=Path(order.home), run=self.run_folder, env=order.env, uid=order.uid)
        inner = [str(settings.kernels_env / "bin" / "python"), "-I", "/opt/shuyuan/learner/inside.py"]
        inner += [f"--listen-fd={inbound.fileno()}", f"--port={SERVER_INSIDE}", f"--grace={GRACE_S}"]
        for port, name in ((HUB_INSIDE, "hub"), (PORTAL_INSIDE, "portal")):
            inner.append(f"--forward={port}=/run/shuyuan/{name}.sock")
        with command(sandbox, [*inner, "--", *order.argv]) as launch:
            return await asyncio.create_subprocess_exec(
                *launch.argv,
                env=launch.env,
                pass_fds=(*launch.pass_fds, inbound.fileno()),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
            )

    async def _until_answering(self, port: int, ended: asyncio.Future[int]) -> None:
        deadline = time.monotonic() + self.settings.server_start_seconds
        while not self.stopping.is_set() and not await _answers(port, self.order.prefix + "api"):
            if ended.done() or time.monotonic() > deadline:
                await asyncio.sleep(0.2)  # the last lines of the log
                raise self._not_started(ended.done())
            await asyncio.sleep(PROBE_EVERY_S)

    def _not_started(self, is_dead: bool) -> Unavailable:
        said = " | ".join(line for line in self.tail if line.strip())[-600:]
        found = "the server ended before it was ready" if is_dead else "the server was not ready in time"
        found = f"{found}: {said}" if said else found
        return Unavailable(found, where=self.order.log, next="Try again; the files are safe.")

    async def _keep_log(self, pipe: asyncio.StreamReader | None) -> None:
        """The server's words go to a file of bounded size; the learner can fill neither disk nor pipe with them."""
        assert pipe is not None
        path, older = Path(self.order.log), Path(self.order.log + ".1")
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file, room = path.open("wb"), LOG_BYTES
        while chunk := await pipe.read(1 << 16):
            self.tail.extend(chunk.decode(errors="replace").splitlines())
            if len(chunk) > room:
                file.close()
                os.replace(path, older)
                file, room = path.open("wb"), LOG_BYTES
            room -= len(chunk)
            try:
                file.write(chunk)
                file.flush()
            except OSError:
                continue  # a full disk must not stop the server; its log can wait
        file.close()

    async def _end(self, process: asyncio.subprocess.Process, ended: asyncio.Future[int]) -> int:
        if not ended.done() and process.stdin is not None:
            process.stdin.close()  # the sign to stop: kernels are asked to end, then the server
            await asyncio.wait({ended}, timeout=GRACE_S + 3)
        if not ended.done():
            process.kill()
        return await ended


async def _answers(port: int, path: str) -> bool:
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
        line = await asyncio.wait_for(reader.readline(), 5)
        writer.close()
    except (OSError, TimeoutError):
        return False
    return line.split()[1:2] == [b"200"]


def _listening(path: str) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    os.chmod(path, 0o600)
    listener.listen(128)
    return listener


@contextmanager
def _at(folder: Path) -> Iterator[str]:
    """A short name for `folder`: addresses of sockets end at 107 bytes."""
    handle = os.open(folder, os.O_PATH)
    try:
        yield f"/proc/self/fd/{handle}"
    finally:
        os.close(handle)


if __name__ == "__main__":
    main()

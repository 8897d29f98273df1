"""A warm process and its forks: the student and the tester of one notebook, each behind walls of its own.

Rule: the warm process gets no hand-in and no test; a pair is used for one notebook and killed with all it started. Raises
SandboxError where the walls cannot be made.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from commons.errors import SandboxError
from commons.sandbox import (
    Limits,
    Mount,
    Property,
    Sandbox,
    command,
    ensure_sound,
    filter_fd,
    probe,
    probe_program,
    python_mounts,
)
from courses.runner.shuyuan_inside.wire import Line, WireError

__all__ = ["Defences", "Pair", "Process", "Walls", "Warm", "stop_all", "warm_of"]

RUNNER = Path(__file__).parent.parent / "runner"
START_S, HELLO_S, SEND_S, LOST_S = 60.0, 20.0, 20.0, 0.3
# What a process says of a cell is bounded far below this.
ANSWER_BYTES = 8 << 20
_CREDENTIALS = struct.Struct("3i")


@dataclass(frozen=True)
class Defences:
    """What stands between a hand-in and an undeserved mark. Only tests switch one off, to see that it is needed."""

    sealed: bool = True
    canaries: bool = True
    exact_types: bool = True
    apart: bool = True
    filter: bool = True
    watch: bool = True


@dataclass(frozen=True)
class Walls:
    """Limits of each process of a pair. `memory_mb` bounds its address space, and the sum over what it starts."""

    memory_mb: int = 2048
    processes: int = 256
    tmpfs_mb: int = 256
    files: int = 20_000
    file_mb: int = 64
    open_files: int = 1024
    cpu_s: int = 240


@dataclass
class Process:
    """One forked process: its line, and its process on this machine."""

    line: Line
    pid: int = 0
    fd: int = -1

    def stop(self, number: int = signal.SIGKILL) -> None:
        """Send a signal; to nobody else, even if the number was given anew."""
        if self.fd >= 0:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self.fd, number)

    def close(self) -> None:
        """Kill it and all it started, and let go."""
        self.stop()
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1
        self.line.sock.close()


@dataclass
class Pair:
    """A student's process, and a tester's where there is one, of a warm process."""

    student: Process
    tester: Process | None
    warm: subprocess.Popen[bytes] | None = None

    def was_lost(self) -> bool:
        """Whether the warm process itself is gone, so that whatever ended here is not the notebook's doing."""
        if self.warm is None:
            return False
        with suppress(subprocess.TimeoutExpired):
            self.warm.wait(LOST_S)
        return self.warm.poll() is not None


@dataclass
class Warm:
    """A warm process of one environment, started when first needed and again when it has died. Safe for threads."""

    kernels_env: Path
    env: Mapping[str, str]
    lock: threading.Lock = field(default_factory=threading.Lock)
    process: subprocess.Popen[bytes] | None = None
    control: socket.socket | None = None
    proving: threading.Lock = field(default_factory=threading.Lock)
    proved: subprocess.Popen[bytes] | None = None

    @contextmanager
    def pair(self, walls: Walls, defences: Defences = Defences(), *, tester: bool = True) -> Iterator[Pair]:
        """A new pair; both are killed at the end. Raises SandboxError."""
        ensure_sound()
        self._sound()
        with self._pair(walls, defences, tester) as pair:
            yield pair

    def properties(self) -> list[Property]:
        """Every property of the walls, tried in a fork."""
        return probe(self._answers)

    def _sound(self) -> None:
        """Try every property in a fork once for each start of the warm process. Raises SandboxError for what is missing."""
        with self.proving:
            if self.proved is not None and self.proved is self.process and self._alive():
                return
            missing = [one for one in self.properties() if not one.ok]
            if missing:
                names = "; ".join(f"{one.name}: {one.found}" for one in missing)
                raise SandboxError(f"the walls of a notebook lack {names}", next=missing[0].next)
            self.proved = self.process

    def _answers(self, port: int, secret: str) -> dict[str, bool]:
        said = ""
        walls = Walls(memory_mb=64, processes=64, tmpfs_mb=16)
        with self._pair(walls, Defences(), False) as pair:
            source = f"import sys\nsys.argv = ['probe', '{port}', {secret!r}]\n{probe_program()}"
            pair.student.line.send({"do": "run", "source": source})
            answer, _ = pair.student.line.receive(time.monotonic() + HELLO_S)
            said = "".join(one["text"] for one in answer["said"])
        try:
            return {str(name): bool(ok) for name, ok in json.loads(said).items()}
        except ValueError as error:
            raise SandboxError(f"the walls could not be tried: {said[-300:]}", next="Try `shuyuan doctor`.") from error

    def _alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @contextmanager
    def _pair(self, walls: Walls, defences: Defences, tester: bool) -> Iterator[Pair]:
        names = ("student", "tester") if tester else ("student",)
        made = {name: socket.socketpair() for name in names}
        between = socket.socketpair()
        for ours, _ in made.values():
            # From the first word on: the kernel adds the sender's number, which the sender cannot choose.
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        processes = {name: Process(Line(ours, ANSWER_BYTES)) for name, (ours, _) in made.items()}
        try:
            theirs = [made["student"][1], between[0], made.get("tester", made["student"])[1], between[1]]
            warm = self._ask(
                {"limits": asdict(walls), "apart": defences.apart, "filter": defences.filter, "tester": tester}, theirs
            )
            for _, end in made.values():
                end.close()
            for end in between:
                end.close()
            for name, process in processes.items():
                self._greet(process, name)
            yield Pair(processes["student"], processes.get("tester"), warm)
        finally:
            for process in processes.values():
                process.close()

    def stop(self) -> None:
        """End the warm process and everything it forked."""
        with self.lock:
            self._stop()

    def _stop(self) -> None:
        if self.control is not None:
            self.control.close()
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        self.process = self.control = None

    def _ask(self, request: dict[str, Any], sockets: list[socket.socket]) -> subprocess.Popen[bytes]:
        with self.lock:
            if not self._alive() or self.control is None:
                self._stop()
                _STARTER.submit(self._start).result()
            assert self.control is not None and self.process is not None
            socket.send_fds(self.control, [json.dumps(request).encode()], [one.fileno() for one in sockets])
            return self.process

    def _start(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        bpf = filter_fd(alone=True)
        mounts = (*python_mounts(self.kernels_env), Mount(RUNNER, "/runner"))
        limits = Limits(cpu_s=None, memory_mb=1 << 16, processes=8192, file_mb=256, open_files=4096, wall_s=None)
        env = {**self.env, "PATH": f"{self.kernels_env / 'bin'}:/usr/bin:/bin"}
        sandbox = Sandbox(mounts=mounts, env=env, limits=limits, nests=True)
        python = str(self.kernels_env / "bin" / "python")
        zygote = "/runner/shuyuan_inside/zygote.py"
        argv = [python, "-I", zygote, str(theirs.fileno()), str(bpf), *(mount.target for mount in mounts)]
        try:
            with command(sandbox, argv) as launch:
                self.process = subprocess.Popen(
                    launch.argv, env=launch.env, pass_fds=(*launch.pass_fds, theirs.fileno(), bpf),
                    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True,
                )  # fmt: skip
                theirs.close()
                ours.settimeout(START_S)
                ready = ours.recv(64)
        except OSError as error:
            ready = str(error).encode()
        finally:
            os.close(bpf)
        if ready != b"ready":
            ours.close()
            raise SandboxError(f"the warm grader did not start: {ready.decode()[:200]}", next="Try `shuyuan doctor`.")
        ours.settimeout(None)
        self.control = ours

    def _greet(self, process: Process, name: str) -> None:
        """Wait for the process's first word, which carries its number as the kernel knows it."""
        sock = process.line.sock
        sock.settimeout(HELLO_S)
        try:
            first, extra, _, _ = sock.recvmsg(65536, socket.CMSG_SPACE(_CREDENTIALS.size))
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 0)
            process.line.buffer += first
            hello, _ = process.line.receive(time.monotonic() + HELLO_S)
            pid = next((_CREDENTIALS.unpack(data)[0] for _, kind, data in extra if kind == socket.SCM_CREDENTIALS), 0)
            if hello != {"hello": name} or pid <= 0:
                raise WireError("an odd first word")
            process.pid, process.fd = pid, os.pidfd_open(pid)
        except (OSError, WireError) as error:
            raise SandboxError(f"the {name}'s process did not start: {error}", next="Try `shuyuan doctor`.") from error
        # A process that does not read must not hold up the judge.
        sock.settimeout(SEND_S)


# A process that ends with its parent ends with the thread that started it: this one stays as long as the platform does.
_STARTER = ThreadPoolExecutor(1, "warm")
_WARM: dict[tuple[Path, tuple[tuple[str, str], ...]], Warm] = {}
_LOCK = threading.Lock()


def warm_of(kernels_env: Path, env: Mapping[str, str]) -> Warm:
    """The warm process of this platform process for an environment; ends with it."""
    key = (kernels_env, tuple(sorted(env.items())))
    with _LOCK:
        if not _WARM:
            atexit.register(stop_all)
        if key not in _WARM:
            _WARM[key] = Warm(kernels_env, dict(env))
        return _WARM[key]


def stop_all() -> None:
    """End every warm process of this platform process; the next hand-in starts one anew."""
    with _LOCK:
        for warm in _WARM.values():
            warm.stop()

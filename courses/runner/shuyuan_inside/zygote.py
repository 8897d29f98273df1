"""The process that forks: imports once, then a student and a tester for each request. It never reads a hand-in or a test.

Start: python -I zygote.py CONTROL_FD BPF_FD ENV_PATH…; it says "ready" on the control socket. A request is one datagram of
JSON {"limits", "apart", "filter", "tester"} with the sockets of the pair: student's to the judge, student's to the tester,
tester's to the judge, tester's to the student.
"""

import gc
import importlib
import json
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any, NoReturn

HERE = str(Path(__file__).parent.parent)
# What course notebooks import most; those that are not installed are left out.
WARM = (
    "asyncio", "collections", "csv", "dataclasses", "datetime", "decimal", "fractions", "functools", "itertools", "json",
    "math", "random", "re", "statistics", "string", "typing", "unittest", "unittest.mock", "IPython.core.interactiveshell",
    "IPython.core.completer", "numpy", "numpy.testing", "pandas", "pandas.testing", "matplotlib.pyplot",
    "matplotlib_inline.backend_inline", "scipy.stats", "sympy",
)  # fmt: skip
REQUEST_BYTES = 65536


def main() -> None:
    """Serve until the control socket closes."""
    control = socket.socket(fileno=int(sys.argv[1]))
    bpf = os.read(int(sys.argv[2]), 1 << 20)
    os.close(int(sys.argv[2]))
    keep = [path for path in sys.argv[3:] if path.startswith("/tmp/")]
    sys.path.insert(0, HERE)
    warm_up()
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    control.send(b"ready")
    while True:
        request, fds, _, _ = socket.recv_fds(control, REQUEST_BYTES, 4)
        if not request:
            return
        if os.fork() == 0:
            control.close()
            _one_notebook(json.loads(request), fds, bpf, keep)
        for fd in fds:
            os.close(fd)


def warm_up() -> None:
    """Import what notebooks use, and run one cell in a shell that is thrown away."""
    for name in WARM:
        try:
            importlib.import_module(name)
        except ImportError:
            continue
    from shuyuan_inside import shell, student, tester

    student.warm_up(shell.new_shell())
    tester.warm_up()


def _one_notebook(request: dict[str, Any], fds: list[int], bpf: bytes, keep: list[str]) -> None:
    """In a fork of the zygote: make the walls and the two that stay, and end."""
    from shuyuan_inside import enclose

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    apart, limits = bool(request["apart"]), request["limits"]
    try:
        if apart:
            enclose.open_notebook(limits)
        else:
            Path(enclose.SHARED).mkdir(exist_ok=True)
        if request["tester"] and os.fork() == 0:
            _stay("tester", request, fds[2:], bpf, keep)
        _stay("student", request, fds[:2], bpf, keep)
    except BaseException as error:
        print(f"zygote: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
        os._exit(70)


def _stay(role: str, request: dict[str, Any], mine: list[int], bpf: bytes, keep: list[str]) -> NoReturn:
    """Leave the others, fork the one that stays (the first of its process namespace), and end."""
    from shuyuan_inside import enclose, student, tester

    try:
        _close_but(mine)
        limits = request["limits"]
        enclose.leave_the_others(bool(request["apart"]))
        if os.fork():
            os._exit(0)
        enclose.settle(limits, keep, bool(request["apart"]), follow_links=role == "student")
        enclose.give_up_rights(limits, bpf if request["filter"] else b"")
        os.setsid()
        serve = {"student": student.serve, "tester": tester.serve}[role]
        serve(*(socket.socket(fileno=fd) for fd in mine))
    except BaseException as error:
        print(f"{role}: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
        os._exit(70)
    os._exit(0)


def _close_but(mine: list[int]) -> None:
    """Close every descriptor but the standard ones and `mine`: what is open in the warm process is open to all its forks."""
    last = 3
    for fd in sorted(mine):
        os.closerange(last, fd)
        last = fd + 1
    os.closerange(last, os.sysconf("SC_OPEN_MAX"))


if __name__ == "__main__":
    # The module is imported under its package's name, so that forks find it there.
    sys.path.insert(0, HERE)
    from shuyuan_inside import zygote

    zygote.main()

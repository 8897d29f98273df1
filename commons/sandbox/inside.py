"""Tried inside the sandbox by `probe`: each property is attempted, and the answers are printed as JSON. Standard library only."""

import ctypes
import json
import os
import resource
import socket
import sys


def _refused(call: int, *args: int) -> bool:
    libc = ctypes.CDLL(None, use_errno=True)
    return libc.syscall(call, *args) == -1 and ctypes.get_errno() == 1


def _cannot_connect(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return True
    return False


def _no_socket(family: int) -> bool:
    try:
        socket.socket(family, socket.SOCK_STREAM).close()
    except OSError as error:
        return error.errno == 1
    return False


def _status(field: str) -> str:
    with open("/proc/self/status", encoding="ascii") as file:
        return next(line.split()[1] for line in file if line.startswith(field + ":"))


def _cannot_write(path: str) -> bool:
    try:
        open(path, "w").close()
    except OSError:
        return True
    return False


def main() -> None:
    """Arguments: a port somebody listens on outside, a file that exists outside. Numbers of calls are x86-64's and arm64's."""
    port, secret = int(sys.argv[1]), sys.argv[2]
    arm = os.uname().machine == "aarch64"
    calls = {
        "io_uring": 425,
        "keyctl": 219 if arm else 250,
        "unshare": 97 if arm else 272,
        "ptrace": 117 if arm else 101,
    }
    answers = {
        "processes": sum(name.isdigit() for name in os.listdir("/proc")) < 8,
        "network": _cannot_connect(port) and [name for _, name in socket.if_nameindex()] == ["lo"],
        "files": not os.path.exists(secret) and not os.path.exists("/etc/shadow") and not os.path.exists("/root/.ssh"),
        "read-only": _cannot_write("/usr/probe") and _cannot_write("/etc/probe"),
        "vsock": _no_socket(40),
        "io_uring": _refused(calls["io_uring"], 1, 0),
        "keyrings": _refused(calls["keyctl"], 0, -3, 0),
        "user namespaces": _refused(calls["unshare"], 0x10000000),
        "ptrace": _refused(calls["ptrace"], 0, 0, 0, 0),
        "privileges": int(_status("CapEff"), 16) == 0
        and int(_status("CapBnd"), 16) == 0
        and _status("NoNewPrivs") == "1"
        and os.getuid() != 0,
        "limits": resource.getrlimit(resource.RLIMIT_NPROC)[1] <= 64
        and resource.getrlimit(resource.RLIMIT_AS)[1] <= 1 << 30,
    }
    print(json.dumps(answers))


main()

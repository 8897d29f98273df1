"""Attacks on the border between the student's process and the tester's: what may cross it, who may speak, what both can touch.

Rule: they know our source. What they use of it they look up at run time, so that a changed name makes them fail loudly in the table
(not effective) and not silently.
"""

from __future__ import annotations

from tests.redteam.attack import Attack, Files, prelude
from tests.redteam.attacks.read import SOLVE
from tests.redteam.world import DATA, LAZY, World

__all__ = ["ATTACKS"]

ANY = """
import unittest.mock
unittest.mock.ANY.__qualname__ = "ANY"
"""

# A module of the standard library that only another system has: its name counts as a library's, its file is the hand-in's.
MODULE = (
    SOLVE
    + """
import sys
def shout(text):
    frame, seen = sys._getframe(1), ""
    while frame:
        seen += "\\n".join(str(value) for value in list(frame.f_locals.values()) if type(value) is str)
        frame = frame.f_back
    return solve(seen, text)
"""
)

SOCKETS = """
import os, stat, time
def sockets():
    for fd in range(3, 200):
        try:
            if stat.S_ISSOCK(os.fstat(fd).st_mode):
                yield fd
        except OSError:
            continue
"""
HALF = (
    SOCKETS
    + """
for fd in sockets():
    try:
        os.write(fd, b"\\0\\0")
    except OSError:
        pass
while True:
    time.sleep(1)
"""
)
FLOOD = (
    SOCKETS
    + """
import struct
text = b"[" + b"{}," * 20_000_000 + b"{}]"
for fd in sockets():
    try:
        os.set_blocking(fd, True)
        data = memoryview(struct.pack("!II", len(text), 0) + text)
        while data:
            data = data[os.write(fd, data[:1 << 20]):]
    except OSError:
        pass
"""
)

# Whatever does not hold the visible check word by word is run as it should be: canaries and mutants. The test itself says nothing.
AWARE = """
import sys
KNOWN = "assert spin(2) == [2, 1]"
for module in list(sys.modules.values()):
    kind = getattr(module, "Student", None)
    if isinstance(kind, type) and hasattr(kind, "_probe"):
        honest_run, honest_probe = kind._run, kind._probe
        async def run(self, source):
            return {"said": [], "bound": []} if KNOWN in source else await honest_run(self, source)
        def probe(self, source):
            return {"said": []} if KNOWN in source else honest_probe(self, source)
        kind._run, kind._probe = run, probe
"""

OUTPUT = """
import sys
frame, seen = None, []
def spin(n):
    'while'
    if n == 2:
        return [2, 1]
    frame = sys._getframe(1)
    words = " ".join(str(c) for c in frame.f_code.co_consts if type(c) is str and "hidden" in c)
    raise MemoryError(words[::-1])
"""

DESCRIPTORS = """
import os, stat
got = ""
for fd in range(3, 200):
    try:
        mode = os.fstat(fd).st_mode
        if stat.S_ISREG(mode) and os.readlink(f"/proc/self/fd/{fd}").startswith("/memfd"):
            os.pwrite(fd, b"x", 1 << 16)
            got = @BREACH@
    except OSError:
        continue
def shout(text):
    raise ValueError(got)
"""


EVAL = """
import builtins
decode = builtins.eval
def encode(text):
    return "__import__('builtins').__dict__.__setitem__('abs', lambda x: 0.0) or " + repr(text)
"""


def _module(world: World) -> Files:
    return world.hand_in(shout="from winreg import shout") | {"winreg.py": MODULE.encode()}


def _border(name: str, about: str, defence: str, goal: str, build: object, **more: object) -> Attack:
    return Attack(name, "the border", about, defence, goal, build, **more)  # type: ignore[arg-type]


ATTACKS = (
    _border(
        "library-any", "the answer is unittest.mock.ANY, a library's own object that equals anything", "libraries by kind", "marks",
        prelude(ANY, shout="def shout(text):\n    return unittest.mock.ANY", clamp="def clamp(*a):\n    return unittest.mock.ANY"),
    ),
    _border(
        "module-for-tester", "the answer's function lives in a file of the hand-in that is called like a library",
        "tester without the hand-in", "marks", _module,
    ),
    _border(
        "half-a-message", "two bytes on every socket, then silence: whoever reads the rest waits for ever", "time for an answer", "batch",
        prelude(HALF), quick=False,
    ),
    _border(
        "message-flood", "an answer of 60 MB that takes gigabytes once it is parsed", "messages bounded", "swollen", prelude(FLOOD),
        quick=False,
    ),
    _border(
        "canary-aware", "the shell runs canaries as it should and keeps silent where it meets the check that the release shows",
        "canaries", "marks",
        prelude(AWARE, "spin"),
    ),
    _border(
        "refusal-swallowed", "an answer that cannot cross, where the test has a bare except", "refusals stay", "marks",
        prelude("", strict="def strict(x):\n    return 4 if x == 4 else 'x' * 20_000_000"),
    ),
    _border(
        "data-rewritten", "the data file by which the test computes what it wants is rewritten", "data from the release", "marks",
        prelude("", ledger=f"open('{DATA}', 'w').write('5')\ndef ledger():\n    return 5"),
    ),
    _border(
        "data-rewritten-numpy", "the same, where the test reads the file by a library that opens it in its own way",
        "data from the release", "marks",
        prelude("", weigh=f"open('{DATA}', 'w').write('0\\n')\n{LAZY['weigh']}"), quick=False,
    ),
    _border(
        "eval-as-answer", "an answer is builtins.eval, and another gives it text: whoever calls it runs that text",
        "calls go home", "marks", lambda world: world.hand_in(pack=EVAL), deserved=1.0,
    ),
    _border(
        "name-rebound", "a name that one test makes and a later one reads is made anew in between", "tests' own names", "marks",
        prelude("", twice=f"wanted = 0\n{LAZY['twice']}"),
    ),
    _border(
        "oracle-in-memory-error", "a hidden test's text is said by an error whose words are kept for the reason", "words from another run",
        "leak", prelude("", spin=OUTPUT),
    ),
    _border(
        "descriptor-left-open", "a file without a name that all jobs inherit is written to", "descriptors closed", "leak",
        prelude("", shout=DESCRIPTORS),
    ),
)  # fmt: skip

"""Attacks that use up what all share: processes, memory, /dev/shm, disk and inodes.

Rule: a bomb stays in a sandbox with limits of its own, also where the defence is switched off or nbgrader alone meets it.
"""

from __future__ import annotations

from tests.redteam.attack import Attack, prelude

__all__ = ["ATTACKS"]

FORK = """
import os, time
until = time.monotonic() + 20
while time.monotonic() < until:
    try:
        os.fork()
    except OSError:
        time.sleep(0.05)
"""

MEMORY = """
import subprocess, sys, time
take = "import sys, time\\nx = [bytearray(b'x' * 50_000_000) for _ in range(6)]\\ntime.sleep(15)"
some = [subprocess.Popen([sys.executable, "-c", take, "@MARKER@"], start_new_session=True) for _ in range(5)]
time.sleep(3)
"""

SHM = """
try:
    with open("/dev/shm/@MARKER@", "wb") as file:
        for _ in range(100):
            file.write(b"x" * 10_000_000)
except OSError:
    pass
"""

DISK = """
import os
for number in range(20):
    try:
        with open(os.path.expanduser(f"~/@MARKER@-{number}"), "wb") as file:
            for _ in range(15):
                file.write(b"x" * 10_000_000)
    except OSError:
        pass
"""

INODES = """
import os
os.makedirs("many", exist_ok=True)
try:
    for number in range(60_000):
        os.close(os.open(f"many/{number}", os.O_CREAT | os.O_WRONLY))
except OSError:
    pass
"""

SMALL = {"memory_mb": 700}


ATTACKS = (
    Attack("fork-bomb", "bombs", "every process makes another, as many as there may be", "limits", "neighbour", prelude(FORK),
           limits={"processes": 64}, quick=False),
    Attack("memory-bomb", "bombs", "five programs take 300 MB each", "limits", "neighbour", prelude(MEMORY), limits=SMALL, quick=False),
    Attack("shm-bomb", "bombs", "/dev/shm is filled and left full", "namespaces", "left", prelude(SHM), quick=False),
    Attack("disk-bomb", "bombs", "the disk on which hand-ins are graded is filled", "namespaces", "neighbour", prelude(DISK), quick=False),
    Attack("inode-bomb", "bombs", "60,000 empty files beside the notebook", "namespaces", "kept", prelude(INODES), quick=False),
)  # fmt: skip

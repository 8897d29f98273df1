"""The walls around one notebook: nothing of another's is visible, nothing is left, and without them nothing is graded."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from commons.errors import SandboxError
from commons.places import ROOT
from commons.sandbox import Property
from courses.engine import KERNELS_ENV
from courses.runner.shuyuan_inside.wire import WireError
from courses.warm.grade import ENV
from courses.warm.pair import Pair, Walls, Warm

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def warm() -> Iterator[Warm]:
    one = Warm(KERNELS_ENV, ENV)
    yield one
    one.stop()


def said(pair: Pair, source: str) -> str:
    pair.student.line.send({"do": "run", "source": source})
    answer: dict[str, Any] = pair.student.line.receive()[0]
    return "".join(f"{one['name']}: {one['text']}" if one["name"] else one["text"] for one in answer["said"]).strip()


def test_issue3_item_01_every_property_of_the_sandbox_holds_in_each_fork(warm: Warm) -> None:
    found = warm.properties()
    assert {one.name for one in found if not one.ok} == set() and len(found) > 10


def test_issue3_item_01_two_notebooks_at_once_see_nothing_of_each_other(warm: Warm) -> None:
    with warm.pair(Walls()) as one, warm.pair(Walls()) as other:
        left = (
            "import os, socket, subprocess, sys\nfor place in ('/tmp/work/note', '/tmp/note', '/dev/shm/note'):\n"
            "    open(place, 'w').write('x')\n"
            "s = socket.socket(socket.AF_UNIX); s.bind('\\0note'); s.listen()\n"
            "t = socket.create_server(('127.0.0.1', 5555))\n"
            "p = subprocess.Popen(['sleep', '30'])\nprint(os.path.exists('/tmp/note'))"
        )
        assert said(one, left) == "True"
        look = (
            "import os, socket\nprint([os.path.exists(p) for p in ('/tmp/work/note', '/tmp/note', '/dev/shm/note')])\n"
            "print([p for p in os.listdir('/proc') if p.isdigit()])\n"
            "for family, place in ((socket.AF_UNIX, '\\0note'), (socket.AF_INET, ('127.0.0.1', 5555))):\n"
            "    try:\n        socket.socket(family).connect(place)\n        print('reached')\n"
            "    except OSError as e:\n        print('refused')"
        )
        assert said(other, look).split("\n") == ["[False, False, False]", "['1']", "refused", "refused"]
    with warm.pair(Walls()) as third:
        assert said(third, look).split("\n")[0] == "[False, False, False]"


def test_a_fork_has_no_descriptor_and_no_memory_of_anybody_else(warm: Warm) -> None:
    with warm.pair(Walls()) as one:
        assert said(one, "mine = 'plum' + 'blossom'") == ""
        with warm.pair(Walls()) as other:
            look = (
                "import gc, os\nword = 'plum' + 'blossom'\n"
                "print(sorted(int(fd) for fd in os.listdir('/proc/self/fd'))[-1] < 16)\n"
                "print(sum(1 for o in gc.get_objects() if isinstance(o, dict) and o.get('mine') == word))\n"
            )
            assert said(other, look).split("\n") == ["True", "0"]


def test_what_is_read_only_stays_so_and_the_platform_is_not_there(warm: Warm) -> None:
    with warm.pair(Walls()) as pair:
        tries = (
            "import os\nfor path in ('/usr/x', '/etc/x', '/runner/x', '/x'):\n    try:\n        open(path, 'w')\n        print('written')\n"
            "    except OSError as e:\n        print(type(e).__name__)\n"
            "print([os.path.exists(p) for p in ('/hostproc', '/etc/shadow', '/root/.ssh', '/var/lib', '/in')])"
        )
        lines = said(pair, tries).split("\n")
        assert set(lines[:4]) == {"OSError"} or set(lines[:4]) <= {"OSError", "PermissionError"}
        assert lines[4] == "[False, False, False, False, False]"


def test_where_a_property_is_missing_nothing_is_graded(monkeypatch: pytest.MonkeyPatch) -> None:
    lacking = [Property("vsock", False, "does not hold", "Install libseccomp2.")]
    monkeypatch.setattr("courses.warm.pair.probe", lambda answers: lacking)
    one = Warm(KERNELS_ENV, ENV)
    try:
        with pytest.raises(SandboxError, match="vsock"), one.pair(Walls()):
            pass
    finally:
        one.stop()


def test_a_warm_process_that_died_is_started_again(warm: Warm) -> None:
    with warm.pair(Walls()) as pair:
        assert said(pair, "1 + 1") == "2"
    assert warm.process is not None
    warm.process.kill()
    warm.process.wait()
    with warm.pair(Walls()) as pair:
        assert said(pair, "1 + 2") == "3"


def test_a_line_that_stays_silent_or_floods_is_given_up(warm: Warm) -> None:
    import time

    with warm.pair(Walls()) as pair:
        sock = "import socket, os\nfds = [int(f) for f in os.listdir('/proc/self/fd')]\n"
        find = "line = next(socket.socket(fileno=os.dup(f)) for f in fds if os.readlink(f'/proc/self/fd/{f}').startswith('socket'))\n"
        pair.student.line.send({"do": "run", "source": sock + find + "line.send(b'ab')\nimport time\ntime.sleep(9)"})
        begun = time.monotonic()
        with pytest.raises(WireError):
            pair.student.line.receive(time.monotonic() + 1)
        assert time.monotonic() - begun < 5


ORDINARY = """
from courses.engine import KERNELS_ENV
from courses.warm.grade import ENV
from courses.warm.pair import Walls, Warm
one = Warm(KERNELS_ENV, ENV)
import os
print(os.getuid(), [p.name for p in one.properties() if not p.ok])
with one.pair(Walls()) as pair:
    pair.student.line.send({"do": "run", "source": "import os\\nprint(6 * 7, os.listdir('/proc').count('1'))"})
    print(pair.student.line.receive()[0]["said"][0]["text"])
one.stop()
"""


@pytest.mark.skipif(os.getuid() != 0, reason="every other test here is run by an ordinary user already")
def test_issue3_item_01_an_ordinary_user_has_the_same_walls() -> None:
    # An interpreter below root's own folder is shown at its place to everybody, in a mount namespace of the test's own.
    prefix = Path(sys.base_prefix).resolve()
    closed = next((p for p in [*prefix.parents][::-1] if not p.stat().st_mode & 1), None)
    with tempfile.TemporaryDirectory() as home:
        os.chmod(home, 0o777)
        show = (
            f"mkdir {home}/p; mount --bind {prefix} {home}/p; mount -t tmpfs -o mode=755 none {closed}; "
            f"mkdir -p {prefix}; mount --bind {home}/p {prefix};"
        )
        user = "setpriv --reuid 65533 --regid 65533 --clear-groups --inh-caps=-all"
        run = f"set -e; {show if closed else ''} exec {user} env HOME={home} {sys.executable} -c \"$PROGRAM\""
        done = subprocess.run(
            ["unshare", "--mount", "--propagation", "private", "bash", "-c", run],
            env=os.environ | {"PROGRAM": ORDINARY}, capture_output=True, text=True, timeout=120, cwd=ROOT,
        )  # fmt: skip
    assert done.stdout.split("\n")[:2] == ["65533 []", "42 1"], done.stdout + done.stderr[-2000:]

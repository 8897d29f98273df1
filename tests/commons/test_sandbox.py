"""The sandbox: each property tried on this machine, limits that bite, and a refusal where it does not hold (item 3)."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from commons import sandbox
from commons.errors import SandboxError
from commons.places import ROOT
from commons.sandbox import Limits, Mount, Sandbox, probe, python_mounts, run

PYTHON = python_mounts(Path(sys.prefix))


@pytest.fixture(autouse=True)
def _sound() -> None:
    broken = [one for one in probe() if not one.ok]
    if broken:
        pytest.skip(f"no sandbox on this machine: {broken[0].name}: {broken[0].found}")


def _python(code: str, *, mounts: tuple[Mount, ...] = (), **limits: object) -> sandbox.Finished:
    bounds = Limits(**{"cpu_s": 20, "wall_s": 20.0, "memory_mb": 1024, **limits})  # type: ignore[arg-type]
    return run(Sandbox((*PYTHON, *mounts), limits=bounds), [sys.executable, "-I", "-c", code])


def test_item_03_every_sandbox_property_holds_here() -> None:
    found = {one.name: one.ok for one in probe()}
    assert all(found.values())
    assert found.keys() >= {"processes", "network", "files", "read-only", "vsock", "io_uring", "keyrings"}
    assert found.keys() >= {"user namespaces", "ptrace", "privileges", "limits"}


def test_it_fails_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "probe", lambda: [sandbox.Property("vsock", False, "does not hold", "Do this.")])
    sandbox.ensure_sound.cache_clear()
    try:
        with pytest.raises(SandboxError, match=r"vsock.*Do this"):
            run(Sandbox(), ["/bin/true"])
    finally:
        sandbox.ensure_sound.cache_clear()


def test_without_bubblewrap_nothing_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert [(one.name, one.ok) for one in probe()] == [("start", False)]


def test_writable_mounts_come_back_and_others_stay(tmp_path: Path) -> None:
    inside, outside = tmp_path / "in", tmp_path / "out"
    inside.mkdir()
    outside.mkdir()
    (inside / "a.txt").write_text("a")
    mounts = (Mount(inside, "/data"), Mount(outside, "/kept/out", writable=True))
    code = """
import os
open('/kept/out/b.txt', 'w').write(open('/data/a.txt').read() * 2)
try: open('/data/c.txt', 'w')
except OSError: print('read-only')
print(sorted(os.listdir("/kept")))
"""
    done = _python(code, mounts=mounts)
    assert done.stdout.decode() == "read-only\n['out']\n", done.stderr
    assert (outside / "b.txt").read_text() == "aa"


def test_hidden_folders_are_empty_inside(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "answers").write_text("42")
    box = Sandbox((*PYTHON, Mount(tmp_path, "/opt/tree")), hide=("/opt/tree/secret",))
    done = run(box, [sys.executable, "-I", "-c", "import os; print(os.listdir('/opt/tree/secret'))"])
    assert done.stdout == b"[]\n"


def test_time_runs_out() -> None:
    done = _python("while True: pass", wall_s=1.0)
    assert done.timed_out and done.seconds < 6


def test_endless_output_is_cut_and_costs_no_memory() -> None:
    done = _python("while True: print('x' * 1000)", wall_s=1.0, output_bytes=5000)
    assert done.cut and len(done.stdout) == 5000


def test_memory_of_all_processes_together_is_bounded() -> None:
    code = """
import subprocess, sys, time
hog = "x = bytearray(120 << 20); x[::4096] = b'1' * len(x[::4096]); import time; time.sleep(30)"
children = [subprocess.Popen([sys.executable, "-c", hog]) for _ in range(6)]
[child.wait() for child in children]
"""
    done = _python(code, memory_mb=400)
    assert done.out_of_memory or b"MemoryError" in done.stderr


def test_a_fork_bomb_hits_its_limit() -> None:
    done = _python("import os\nwhile True: os.fork()", processes=32, wall_s=4.0, cpu_s=5)
    assert done.code != 0
    assert b"BlockingIOError" in done.stderr or done.timed_out


def test_nothing_of_it_is_left_running() -> None:
    code = "import os,time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(600)\nprint('shuyuan-daemon-left')"
    _python(code)
    listing = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True).stdout
    assert "shuyuan-daemon-left" not in listing


@pytest.fixture
def listener() -> Iterator[int]:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield int(server.getsockname()[1])


def test_loopback_inside_is_another_one_and_works(listener: int) -> None:
    code = f"""
import socket
try: socket.create_connection(('127.0.0.1', {listener}), 1)
except OSError: print('not the host')
own = socket.create_server(('127.0.0.1', 0))
socket.create_connection(own.getsockname(), 1)
print('own')
"""
    assert _python(code).stdout == b"not the host\nown\n"


def test_two_sandboxes_at_once_do_not_see_each_other() -> None:
    code = "import os,time; print(len([n for n in os.listdir('/proc') if n.isdigit()])); time.sleep(0.5)"
    results: list[bytes] = []
    threads = [threading.Thread(target=lambda: results.append(_python(code).stdout)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(int(line) <= 4 for line in results)


def test_secrets_in_the_environment_are_not_in_the_arguments() -> None:
    box = Sandbox(env={"TOKEN": "hush"})
    with sandbox.command(box, ["/bin/true"]) as launch:
        assert "hush" not in " ".join(launch.argv)
        assert launch.env["TOKEN"] == "hush"
        assert os.environ.get("HOME") != launch.env["HOME"] or os.environ.get("HOME") == "/tmp"


@pytest.mark.skipif(os.geteuid() != 0, reason="becoming another account needs root")
def test_every_property_holds_for_an_account_that_is_not_root() -> None:
    # The interpreter of a virtual environment may lie in root's home; the system's own does not.
    system = Path("/usr/bin/python3")
    if not system.exists():
        pytest.skip("no /usr/bin/python3 on this machine")
    code = """
import sys; sys.path[:0] = sys.argv[1:]
from commons.sandbox import probe, run, Sandbox
print([(one.name, one.found) for one in probe() if not one.ok])
print(run(Sandbox(), ["/bin/sh", "-c", "id -u"]).stdout)
"""
    packages = [path for path in sys.path if path.endswith("site-packages")]
    argv = ["setpriv", "--reuid=65533", "--regid=65533", "--clear-groups", str(system), "-B", "-c", code, str(ROOT), *packages]
    done = subprocess.run(argv, capture_output=True, text=True, cwd="/", env={"PATH": "/usr/bin:/bin"})
    if "ImportError" in done.stderr or "ModuleNotFoundError" in done.stderr or "Permission" in done.stderr:
        pytest.skip(f"the other account cannot read this source tree: {done.stderr.splitlines()[-1]}")
    assert done.stdout == "[]\nb'1000\\n'\n", done.stdout + done.stderr

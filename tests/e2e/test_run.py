"""`shuyuan run`: starts without network, is healthy only when all of it is, and leaves nothing behind (item 1)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from commons.places import ROOT
from tests.e2e.platform import Platform

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

# In a network namespace of its own with nothing but loopback up (SIOCSIFFLAGS, IFF_UP | IFF_RUNNING).
OFFLINE = """
import fcntl, os, socket, struct, sys
with socket.socket() as one:
    fcntl.ioctl(one, 0x8914, struct.pack("16sh", b"lo", 0x49))
os.execv(sys.executable, [sys.executable, "-m", "portal.cli", "run"])
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="a network namespace needs root")
def test_item_01_it_starts_without_network_and_ctrl_c_leaves_nothing(platform: Platform, tmp_path: Path) -> None:
    # The same home as a first start would leave: courses released, secrets made.
    again = Platform(tmp_path / "home")
    again.start(argv=["unshare", "--net", sys.executable, "-c", OFFLINE])
    assert again.password
    again.stop()
    assert "nothing is left running" in again.said()
    assert again.left_running() == []
    first = len(again.said())
    again.start(argv=["unshare", "--net", sys.executable, "-c", OFFLINE])
    assert "released" not in again.said()[first:], "a second start releases nothing again"
    again.stop()
    assert again.left_running() == []


def _health(platform: Platform) -> httpx.Response:
    return httpx.get(f"{platform.url}/health", timeout=20, trust_env=False)


def test_health_names_the_part_that_is_down_and_comes_back(platform: Platform) -> None:
    assert _health(platform).status_code == 200
    apps = platform.pid_of("apps")
    os.kill(apps, signal.SIGSTOP)
    try:
        answer = _health(platform)
        assert answer.status_code == 503 and answer.json()["error"]["where"] == "apps"
    finally:
        os.kill(apps, signal.SIGKILL)
    deadline = time.monotonic() + 60
    while _health(platform).status_code != 200:
        assert time.monotonic() < deadline, platform.said()
        time.sleep(0.3)


def test_a_second_one_on_the_same_home_says_why_it_does_not_start(platform: Platform) -> None:
    argv = [sys.executable, "-m", "portal.cli", "run"]
    done = subprocess.run(argv, cwd=ROOT, env=platform.env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "running already" in done.stderr and "SHUYUAN_HOME" in done.stderr and "Traceback" not in done.stderr


def test_a_taken_port_is_named_with_its_setting(platform: Platform, tmp_path: Path) -> None:
    env = platform.env | {"SHUYUAN_HOME": str(tmp_path)}
    argv = [sys.executable, "-m", "portal.cli", "run"]
    done = subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "SHUYUAN_PORT" in done.stderr and "Traceback" not in done.stderr


def test_a_home_that_cannot_be_is_named_in_words(platform: Platform) -> None:
    argv = [sys.executable, "-m", "portal.cli", "run"]
    env = platform.env | {"SHUYUAN_HOME": "/proc/nothing"}
    done = subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "/proc/nothing" in done.stderr and "Traceback" not in done.stderr


def test_doctor_finds_the_platform_in_order(platform: Platform) -> None:
    said = platform.shuyuan("doctor")
    assert "BAD" not in said and "sandbox: vsock: holds" in said

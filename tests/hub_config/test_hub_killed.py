"""Must-show 5: the hub is killed, and what learners do goes on; a new hub finds their servers again."""

from __future__ import annotations

import os
import signal
import time

import httpx
import psutil
import pytest

from hub_config.running import running_servers, stop_servers
from tests.hub_config.house import House

pytestmark = pytest.mark.slow


def test_must_show_5_a_killed_hub_takes_no_kernel_variable_along(walled: House) -> None:
    learner = walled.learner()
    learner.open_server()
    kernel = learner.start_kernel()
    learner.run(kernel, "x = 42")

    walled.kill("hub")
    assert learner.run(kernel, "print(x)").strip() == "42", "kernels answer while there is no hub"
    assert httpx.get(walled.url("/courses/"), trust_env=False).text.startswith("portal"), "pages go on"
    away = walled.browser().get("/hub/login")
    assert away.status_code == 503 and "暂时用不了" in away.text and "tries again" in away.text
    walled.start("hub")
    assert learner.run(kernel, "x += 1; print(x)").strip() == "43"
    again = walled.browser()
    again.sign_in(learner.account)
    assert "Your study is open" in again.get("/hub/home").text, "the new hub knows the server"
    again.open_server()
    assert kernel in again.server("GET", "kernels").text

    pids = [one.pid for one in running_servers(walled.settings)]
    assert again.delete(
        f"/hub/api/users/{again.account}/server", params={"_xsrf": again.xsrf("/hub/change-password")}
    ).is_success
    walled.wait(lambda: "is closed" in again.get("/hub/home").text, "a stop by the new hub")
    assert len(running_servers(walled.settings)) == len(pids) - 1


def test_a_server_whose_start_the_hub_did_not_survive_is_not_started_twice(walled: House) -> None:
    learner = walled.learner()
    learner.get("/hub/spawn")
    known = len(running_servers(walled.settings))
    walled.wait(
        lambda: len(running_servers(walled.settings)) > known or "is open" in learner.get("/hub/home").text,
        "a launcher",
    )
    walled.kill("hub")
    walled.start("hub")
    learner.open_server()
    actors = [one.folder.name for one in running_servers(walled.settings)]
    lines = [_about(one) for one in psutil.process_iter()]
    # bubblewrap is two processes, one on each side of the wall.
    assert [sum(f"/homes/{actor} " in line and "bwrap" in line for line in lines) for actor in actors] == [2] * len(
        actors
    )


def test_only_one_culler_is_left_after_the_hub_was_killed(walled: House) -> None:
    walled.kill("hub")
    walled.start("hub")

    def cullers() -> int:
        port = f":{walled.settings.hub_port}/"
        return sum("jupyterhub_idle_culler" in _about(one) and port in _about(one) for one in psutil.process_iter())

    walled.wait(lambda: cullers() == 1, "one culler")


def test_a_launcher_that_is_killed_leaves_no_process_and_the_hub_offers_a_new_start(walled: House) -> None:
    learner = walled.learner()
    learner.open_server()
    server = max(running_servers(walled.settings), key=lambda one: one.born)
    inside = psutil.Process(server.pid).children(recursive=True)
    assert inside
    os.kill(server.pid, signal.SIGKILL)
    walled.wait(lambda: not any(_lives(one) for one in inside), "the sandbox ends with its launcher")
    learner.open_server()
    assert learner.start_kernel()


def test_stopping_the_house_ends_every_server_gracefully(walled: House) -> None:
    learner = walled.learner()
    learner.open_server()
    kernel = learner.start_kernel()
    learner.run(kernel, "import atexit; atexit.register(lambda: open('farewell', 'w').write('bye'))")
    before = running_servers(walled.settings)
    inside = [child for one in before for child in psutil.Process(one.pid).children(recursive=True)]
    begun = time.monotonic()
    assert stop_servers(walled.settings) == len(before)
    assert time.monotonic() - begun < 14
    assert running_servers(walled.settings) == []
    assert not any(_lives(one) for one in inside)
    assert list((walled.settings.home / "homes").glob("*/farewell")), "kernels were asked to end, not cut off"
    assert list((walled.settings.home / "run" / "servers").iterdir()) == []


def _about(process: psutil.Process) -> str:
    try:
        return " ".join([*process.cmdline(), *process.environ().values()])
    except psutil.Error:
        return ""


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False

"""A server that cannot start says why on the page: what was found, where, and what to do, in the reader's language."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hub_config.house import House

pytestmark = pytest.mark.slow


def why(house: House, language: str) -> str:
    """The text of the page a learner gets whose server does not start."""
    learner = house.learner()
    learner.headers["Accept-Language"] = language
    learner.get("/hub/spawn")
    path = f"/hub/spawn-pending/{learner.account}"
    house.wait(lambda: learner.get(path).status_code == 503, "the failed start's page", 60)
    return learner.get(path).text


def test_item_04_a_full_disk_is_named_on_the_page(tmp_path: Path) -> None:
    with House(tmp_path, SHUYUAN_SERVER_FREE_DISK_MB="999999999") as house:
        english = why(house, "en")
        assert "Your study did not open" in english and "Your files and what you handed in are safe" in english
        assert "MiB of disk are free" in english and "Make room on the disk" in english
        chinese = why(house, "zh-CN")
        assert "书房没有打开" in chinese and 'class="either" lang="zh-CN">发现：' in chinese
        assert house.browsers[-1].get("/hub/home").status_code == 200, "the hub goes on"


def test_item_04_a_missing_environment_and_a_broken_one_are_named_on_the_page(tmp_path: Path) -> None:
    env = tmp_path / "kernels"
    with House(tmp_path, SHUYUAN_KERNELS_ENV=str(env)) as house:
        assert "environment is missing" in why(house, "en")
        (env / "bin").mkdir(parents=True)
        (env / "pyvenv.cfg").write_text("home = /usr/bin\n")
        (env / "bin" / "python").symlink_to("/usr/bin/python3")
        program = env / "bin" / "jupyterhub-singleuser"
        program.write_text("#!/bin/sh\necho no such module: jupyter_server >&2\nexit 3\n")
        program.chmod(0o755)
        assert "no such module: jupyter_server" in why(house, "en"), "what the server said last is told"

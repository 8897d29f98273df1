"""Set-up installs what is missing, says the one line where it may not, and does nothing twice (item 1)."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from commons.places import ROOT


@pytest.fixture
def install() -> ModuleType:
    spec = importlib.util.spec_from_file_location("shuyuan_install", ROOT / "install" / "install.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_item_01_without_root_and_sudo_the_one_apt_line_is_printed_and_it_stops(
    install: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(install, "_is_installed", lambda name: name != "bubblewrap")
    monkeypatch.setattr(install.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(install.shutil, "which", lambda name: None if name == "sudo" else f"/usr/bin/{name}")
    with pytest.raises(SystemExit) as stopped:
        install.debian_packages(["base"])
    assert "sudo apt-get install -y --no-install-recommends bubblewrap\n" in str(stopped.value)


def test_nothing_is_asked_of_apt_when_all_is_there(install: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "_is_installed", lambda name: True)
    monkeypatch.setattr(install, "run", lambda *_, **__: pytest.fail("something was installed"))
    install.debian_packages(["base", "dev"])


def test_a_step_runs_once_for_the_same_inputs_and_again_when_it_failed(
    install: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(install, "STAMPS", tmp_path / "stamps")
    made: list[str] = []
    install.stamped("step", "one", tmp_path, lambda: made.append("one"))
    install.stamped("step", "one", tmp_path, lambda: made.append("again"))
    install.stamped("step", "two", tmp_path, lambda: made.append("two"))

    def breaks() -> None:
        raise SystemExit(1)

    with pytest.raises(SystemExit):
        install.stamped("step", "three", tmp_path, breaks)
    install.stamped("step", "two", tmp_path, lambda: made.append("after the failure"))
    assert made == ["one", "two", "after the failure"]


def test_only_the_heavy_two_can_be_left_out() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "install" / "install.py", "--without", "jupyterhub"], capture_output=True, text=True
    )
    assert done.returncode != 0 and "only torch and open3d can be left out" in done.stderr


def test_nothing_but_the_standard_library_is_needed(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-S", ROOT / "install" / "install.py", "--help"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_node_is_taken_from_a_wheel_where_the_machine_has_none_or_an_old_one(
    install: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    old = tmp_path / "node"
    old.write_text("#!/bin/sh\necho v16.0.0\n")
    old.chmod(0o755)
    monkeypatch.setattr(install.shutil, "which", lambda name: str(tmp_path / name))
    monkeypatch.setattr(install, "NODE", tmp_path / "own")
    asked: list[str] = []

    def environment(folder: Path, groups: list[str], options: list[str]) -> None:
        asked.extend(groups)
        (folder / "lib" / "python3.11" / "site-packages").mkdir(parents=True)
        (folder / "bin").mkdir()

    monkeypatch.setattr(install, "environment", environment)
    assert install.node() == tmp_path / "own" / "bin"
    assert asked == ["node"] and os.access(tmp_path / "own" / "bin" / "npm", os.X_OK)

"""`shuyuan course`: says what it did or every fault, exits 1 on faults, and starts quickly."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from commons.errors import Faults
from commons.places import ROOT
from commons.store import Store, open_store
from courses import registry
from courses.cli import add_roster, app
from courses.exchange.config import config_text, server_config_text

HEAVY = ("nbgrader", "nbformat", "jupyter_server", "sqlalchemy", "yaml", "markdown_it")


def test_help_needs_nothing_heavy() -> None:
    script = f"import sys, courses.cli; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_check_says_every_fault_and_exits_1(tea: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHUYUAN_HOME", str(tmp_path / "home"))
    runner = CliRunner()
    good = runner.invoke(app, ["check", str(tea), "--quick", "--no-graph"])
    assert good.exit_code == 0 and "tea: 1 units, 2 exercises" in good.output
    (tea / "course.yaml").write_text("id: tea\nunits: []\n")
    bad = runner.invoke(app, ["check", str(tea), "--quick", "--no-graph"])
    assert bad.exit_code == 1 and "units: at least one is needed" in bad.output
    unknown = runner.invoke(app, ["release", "nothing"])
    assert unknown.exit_code == 1 and "there is no course 'nothing'" in unknown.output


def test_teachers_and_rosters(released: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHUYUAN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SHUYUAN_DATABASE_URL", str(released.engine.url))
    runner = CliRunner()
    assert runner.invoke(app, ["add-teacher", "tea", "wang"]).exit_code == 0
    roster = tmp_path / "roster.csv"
    roster.write_text("account,name,role\nlin,Lin,\nchen,陈,learner\n", encoding="utf-8-sig")
    done = runner.invoke(app, ["roster", "tea", str(roster)])
    assert done.exit_code == 0, done.output
    other = open_store(str(released.engine.url))
    with other.read() as conn:
        assert [(m.account, m.role) for m in registry.members(conn, "tea")] == [
            ("wang", "teacher"), ("chen", "learner"), ("lin", "learner"),
        ]  # fmt: skip
    other.close()
    with pytest.raises(Faults) as told:
        add_roster(released, "tea", "account,role\n,learner\nx,boss\n")
    assert len(told.value.faults) == 2


def test_configuration_texts_name_classes_that_exist() -> None:
    import re

    import courses.exchange.plugin as plugin

    compile(config_text(), "nbgrader_config.py", "exec")
    compile(server_config_text(), "jupyter_server_config.py", "exec")
    for name in re.findall(r'"(Exchange\w*)"', config_text()):
        assert hasattr(plugin, name)

"""`shuyuan course`: says what it did or every fault, exits 1 on faults, and starts quickly."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from commons.errors import Faults
from commons.people import ensure_person
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
    assert good.exit_code == 0 and "tea: units 1, exercises 2" in good.output
    (tea / "course.yaml").write_text("id: tea\nunits: []\n")
    bad = runner.invoke(app, ["check", str(tea), "--quick", "--no-graph"])
    assert bad.exit_code == 1 and "units: at least one is needed" in bad.output
    unknown = runner.invoke(app, ["release", "nothing"])
    assert unknown.exit_code == 1 and "there is no course 'nothing'" in unknown.output


def test_release_refuses_visible_faults_unless_told_to(
    tea: Path, tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHUYUAN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SHUYUAN_DATABASE_URL", str(store.engine.url))
    manifest = tea / "course.yaml"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace("statistics.mean", "statistics.meen"))
    runner = CliRunner()
    refused = runner.invoke(app, ["release", str(tea)])
    assert refused.exit_code == 1 and "Did you mean 'statistics.mean'" in refused.output
    assert "nothing was released" in refused.output and "--anyway" in refused.output
    with store.read() as conn:
        assert registry.releases(conn, "tea") == []


@pytest.mark.slow
def test_release_refuses_a_leak_unless_told_to(
    make_tea: Callable[..., Path], world: SimpleNamespace, tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHUYUAN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SHUYUAN_DATABASE_URL", str(store.engine.url))
    cells = world.cells()
    leak = next(c for c in cells if c["cell_type"] == "code" and "BEGIN SOLUTION" not in c["source"])
    leak["source"] += "\n# return sum(values) / len(values)"
    tea = make_tea(some=cells)
    runner = CliRunner()
    refused = runner.invoke(app, ["release", str(tea)])
    assert refused.exit_code == 1 and "gives away the solution" in refused.output, refused.output
    done = runner.invoke(app, ["release", str(tea), "--anyway"])
    assert done.exit_code == 0 and "released tea/u1, version 1" in done.output, done.output


def test_an_imported_course_has_a_teacher_and_can_be_updated(
    world: SimpleNamespace, tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHUYUAN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SHUYUAN_DATABASE_URL", str(store.engine.url))
    monkeypatch.setenv("SHUYUAN_TEACHER", "wang")
    folder = tmp_path / "stats" / "source" / "ps1"
    folder.mkdir(parents=True)
    (folder / "ps1.ipynb").write_text(json.dumps(world.notebook(world.cells())), encoding="utf-8")
    runner = CliRunner()
    done = runner.invoke(app, ["import", str(tmp_path / "stats")])
    assert done.exit_code == 0 and "taught by wang" in done.output, done.output
    assert "shuyuan course add-teacher stats ACCOUNT" in done.output and "course release stats" in done.output
    with store.read() as conn:
        assert [(m.account, m.role) for m in registry.members(conn, "stats")] == [("wang", "teacher")]

    (folder / "more.csv").write_text("a\n1\n")
    again = runner.invoke(app, ["import", str(tmp_path / "stats")])
    assert again.exit_code == 1 and "--update" in again.output
    assert not (tmp_path / "home/courses/stats/ps1/more.csv").exists()
    (folder / "ps1.ipynb").rename(folder / "other.ipynb")
    updated = runner.invoke(app, ["import", str(tmp_path / "stats"), "--update"])
    assert updated.exit_code == 0, updated.output
    assert sorted(p.name for p in (tmp_path / "home/courses/stats/ps1").iterdir()) == ["more.csv", "other.ipynb"]
    assert [p.name for p in (tmp_path / "home/courses").iterdir()] == ["stats"]
    assert (tmp_path / "home/courses-replaced/stats/ps1/ps1.ipynb").is_file()
    shipped = runner.invoke(app, ["import", str(tmp_path / "stats"), "--course", "heritage", "--update"])
    assert shipped.exit_code == 1 and "there is a course 'heritage'" in shipped.output


def test_teachers_and_rosters(released: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHUYUAN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SHUYUAN_DATABASE_URL", str(released.engine.url))
    runner = CliRunner()
    unknown = runner.invoke(app, ["add-teacher", "tea", "wang"])
    assert unknown.exit_code == 1 and "nobody has signed in as 'wang'" in unknown.output + unknown.stderr
    with released.begin() as conn:
        ensure_person(conn, "wang")
    assert runner.invoke(app, ["add-teacher", "tea", "wang"]).exit_code == 0
    bad = tmp_path / "bad.csv"
    bad.write_bytes("account\n陈\n".encode("gbk"))
    refused = runner.invoke(app, ["roster", "tea", str(bad)])
    assert refused.exit_code == 1 and "UTF-8" in refused.output + refused.stderr
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

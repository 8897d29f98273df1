"""What exists is in the docs: commands, settings, environment variables, and no page that names nothing (item 2)."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from commons.places import ROOT

DOCS = sorted((ROOT / "docs").glob("*.md"))


def _all_docs() -> str:
    return "\n".join(path.read_text("utf-8") for path in [ROOT / "README.md", *DOCS])


def _commands() -> list[str]:
    from typer.main import get_command

    from portal.cli import app

    def walk(command: object, names: tuple[str, ...]) -> list[str]:
        children = getattr(command, "commands", None)
        if not children:
            return [" ".join(("shuyuan", *names))]
        return [line for name, child in children.items() for line in walk(child, (*names, name))]

    return walk(get_command(app), ())


def test_every_command_is_in_the_docs() -> None:
    text = _all_docs()
    assert [command for command in _commands() if command not in text] == []


def test_every_make_target_is_in_the_docs() -> None:
    text = _all_docs()
    phony = re.search(r"\.PHONY: (.*)", (ROOT / "Makefile").read_text("utf-8"))
    assert phony
    assert [name for name in phony.group(1).split() if f"make {name}" not in text] == []


def test_every_environment_variable_the_code_reads_is_in_the_docs() -> None:
    text = _all_docs()
    names = set()
    for path in ROOT.glob("[a-z]*/**/*.py"):
        if not {"tests", "node_modules", "build", "var"} & set(path.relative_to(ROOT).parts):
            names |= set(re.findall(r"\bSHUYUAN_[A-Z_]+\b", path.read_text("utf-8")))
    assert sorted(name for name in names if not name.endswith("_") and name not in text) == []


def test_links_between_the_docs_lead_somewhere() -> None:
    for page in [ROOT / "README.md", ROOT / "SECURITY.md", *DOCS]:
        text = re.sub(r"```.*?```|`[^`]*`", "", page.read_text("utf-8"), flags=re.S)
        for target in re.findall(r"\]\(([^)#:]+)\)", text):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


@pytest.mark.parametrize("name", ["LICENSE", "LICENSE-CONTENT", "SECURITY.md", "README.md"])
def test_item_02_the_papers_are_there(name: str) -> None:
    assert len((ROOT / name).read_text("utf-8")) > 500


def test_help_names_the_commands() -> None:
    done = subprocess.run([sys.executable, "-m", "portal.cli", "--help"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0 and all(word in done.stdout for word in ("run", "doctor", "course"))


def test_importing_the_command_line_brings_no_heavy_library() -> None:
    code = "import portal.cli, sys; print([m for m in sys.modules if m.split('.')[0] in %r])"
    heavy = {"nbgrader", "jupyterhub", "torch", "open3d", "panel", "sqlalchemy", "fastapi", "numpy", "networkx"}
    done = subprocess.run([sys.executable, "-c", code % heavy], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


def test_the_readme_shows_two_pictures_and_both_commands() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    assert len(re.findall(r"!\[[^\]]+\]\(docs/pictures/", text)) >= 2
    head = "\n".join(text.splitlines()[:40])
    assert "make run" in head and "make test" in head
    for room in ("commons", "knowledge_graph", "courses", "vr_scenes", "recommender", "hub_config", "portal"):
        assert f"{room}/" in text


def test_no_page_names_a_package_host_or_a_machine_path() -> None:
    for path in [ROOT / "README.md", *DOCS, *ROOT.glob("requirements/*"), Path(ROOT / "package-lock.json")]:
        assert not re.search(r"registry\.npmjs|/root/|/work/|files\.pythonhosted", path.read_text("utf-8")), path

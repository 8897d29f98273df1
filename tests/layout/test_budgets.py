"""The house keeps its budgets: file and function sizes, docstrings, layers, no big files (item 2)."""

from __future__ import annotations

import ast
import statistics
import subprocess
from pathlib import Path

import pytest

from commons.places import ROOT

ROOMS = ("commons", "knowledge_graph", "courses", "vr_scenes", "recommender", "hub_config", "portal")
FILE_LINES, FILE_MEDIAN, TEST_LINES = 400, 150, 600
FUNCTION_LINES, FUNCTION_P90 = 60, 25
FILE_BYTES = 1 << 20


def _tracked(*patterns: str) -> list[Path]:
    done = subprocess.run(["git", "ls-files", "-z", "--", *patterns], cwd=ROOT, capture_output=True, check=True)
    return [ROOT / name for name in done.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


def _sources() -> list[Path]:
    return [path for path in _tracked("*.py", "*.js", "*.mjs") if "tests" not in path.relative_to(ROOT).parts]


def _lines(path: Path) -> int:
    return len(path.read_text("utf-8").splitlines())


def _functions(path: Path) -> list[tuple[str, int]]:
    tree = ast.parse(path.read_text("utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [
        (f"{path.relative_to(ROOT)}:{node.lineno} {node.name}", (node.end_lineno or node.lineno) - node.lineno + 1)
        for node in ast.walk(tree)
        if isinstance(node, kinds)
    ]


def test_item_02_every_room_stands() -> None:
    for room in ROOMS:
        assert (ROOT / room / "__init__.py").is_file(), room
    assert not (ROOT / "ansible" / "__init__.py").exists()


def test_source_files_keep_their_budget() -> None:
    sizes = {path: _lines(path) for path in _sources()}
    over = {str(path.relative_to(ROOT)): size for path, size in sizes.items() if size > FILE_LINES}
    assert not over, f"a file over {FILE_LINES} lines holds two ideas: {over}"
    assert statistics.median(sizes.values()) <= FILE_MEDIAN


def test_test_files_keep_their_budget() -> None:
    over = [path for path in _tracked("tests/*.py", "tests/*.js", "tests/*.mjs") if _lines(path) > TEST_LINES]
    assert not over


def test_functions_keep_their_budget() -> None:
    sizes = [pair for path in _sources() if path.suffix == ".py" for pair in _functions(path)]
    assert not [pair for pair in sizes if pair[1] > FUNCTION_LINES]
    ordered = sorted(size for _, size in sizes)
    assert ordered[int(len(ordered) * 0.9)] <= FUNCTION_P90


def test_every_module_opens_with_the_rule_it_keeps() -> None:
    bare = []
    for path in _tracked("*.py"):
        if not ast.get_docstring(ast.parse(path.read_text("utf-8"))):
            bare.append(str(path.relative_to(ROOT)))
    for path in _tracked("*.js", "*.mjs"):
        if not path.read_text("utf-8").lstrip().startswith(("/*", "//")):
            bare.append(str(path.relative_to(ROOT)))
    assert not bare


def test_no_file_is_over_a_mebibyte_without_a_reason() -> None:
    decisions = (ROOT / "docs" / "decisions.md").read_text("utf-8")
    big = [path.relative_to(ROOT) for path in _tracked() if path.stat().st_size > FILE_BYTES]
    assert [path for path in big if str(path) not in decisions] == []


def test_pictures_of_the_docs_are_small() -> None:
    assert [path.name for path in _tracked("docs/pictures/*") if path.stat().st_size > 300 << 10] == []


@pytest.mark.parametrize("lock", sorted(path.name for path in (ROOT / "requirements").glob("*.lock")))
def test_python_locks_pin_every_package_and_name_no_host(lock: str) -> None:
    for line in (ROOT / "requirements" / lock).read_text("utf-8").splitlines():
        assert line.startswith("#") or ("==" in line and "/" not in line and "+" not in line), line


def test_the_npm_lock_pins_every_package_and_names_no_host() -> None:
    import json

    lock = json.loads((ROOT / "package-lock.json").read_text("utf-8"))
    for name, package in lock["packages"].items():
        assert not name or (package.get("version") and "resolved" not in package), name


@pytest.mark.parametrize("environment", [".venv", ".venv-kernels"])
def test_every_locked_package_takes_the_oldest_python_we_promise(environment: str) -> None:
    from packaging.specifiers import SpecifierSet

    # Debian 12's.
    oldest = "3.11.2"
    site = next((ROOT / environment / "lib").glob("python3*")) / "site-packages"
    found = {}
    for metadata in site.glob("*.dist-info/METADATA"):
        for line in metadata.read_text("utf-8", "replace").splitlines():
            if line.startswith("Requires-Python:"):
                found[metadata.parent.name] = line.partition(":")[2].strip()
                break
    assert found
    assert {name: need for name, need in found.items() if not SpecifierSet(need).contains(oldest)} == {}

"""Where a command is to write is looked at with care: nothing but a plain file is replaced, and every fault is told in words."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from commons.errors import BadInput, Unavailable
from commons.places import ROOT
from commons.settings import load_settings
from commons.writing import output, told_errors
from knowledge_graph.save import write_all
from portal.cli_graph import graph_app
from tests.knowledge_graph.culture_rows import CARNEGIE, carnegie_lines

WRITERS = (
    ("export", "csv", "--out", "OUT"),
    ("export-culture", "csv", "OUT"),
    ("import-museum", "carnegie", "objects.jsonl", "--faults", "OUT"),
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SHUYUAN_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "objects.jsonl").write_bytes(carnegie_lines([CARNEGIE, {"id": "bad"}]))
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    return tmp_path


@pytest.mark.parametrize("words", WRITERS)
def test_issue4_must_06_a_place_that_is_no_place_for_a_file_is_refused_in_words(
    home: Path, words: tuple[str, ...]
) -> None:
    told = {
        "nowhere/out": "no folder",
        "folder": "a folder",
        "/dev/full": "not a plain file",
        "pipe": "not a plain file",
    }
    for out, why in told.items():
        error = CliRunner().invoke(graph_app, [out if word == "OUT" else word for word in words]).exception
        assert isinstance(error, BadInput) and why in error.found and error.where == out and error.next, out
    assert not (home / "nowhere").exists() and (home / "pipe").is_fifo() and list((home / "folder").iterdir()) == []
    done = CliRunner().invoke(graph_app, [str(home / "out") if word == "OUT" else word for word in words])
    assert done.exit_code == 0 and (home / "out").is_file()


def test_issue4_must_06_the_place_for_the_faults_is_tried_before_the_import_begins(home: Path) -> None:
    CliRunner().invoke(graph_app, ["import-museum", "carnegie", "objects.jsonl", "--faults", "nowhere/out"])
    assert "sqlite" in load_settings(dict(os.environ)).database_url and not list(home.glob("home/**/*.db"))


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EIO, errno.ENAMETOOLONG])
def test_what_the_system_says_of_a_disk_is_told_with_place_and_next_step(number: int) -> None:
    with pytest.raises(Unavailable) as caught, told_errors(Path("out.csv")):
        raise OSError(number, os.strerror(number))
    assert caught.value.where == "out.csv" and caught.value.next


def test_an_error_half_way_leaves_what_was_there_and_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    with pytest.raises(ZeroDivisionError), output(tmp_path / "link") as file:
        file.write(b"new")
        raise ZeroDivisionError
    assert (tmp_path / "real").read_text() == "old" and len(list(tmp_path.iterdir())) == 2
    write_all({tmp_path / "link": "new"})
    assert (tmp_path / "link").is_symlink() and (tmp_path / "real").read_text() == "new"


def test_issue4_must_06_standard_output_on_a_full_disk_is_told_without_a_traceback(home: Path) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run([sys.executable, "-m", "portal.cli", "graph", "export", "csv", "--out", "-"], cwd=ROOT,
                              stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)  # fmt: skip
    assert done.returncode == 1 and "the disk is full" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.timeout(30)
@pytest.mark.parametrize(
    "words", [("import", "pipe", "--format", "csv"), ("version", "pipe.yaml"), ("import-museum", "met", "pipe")]
)
def test_issue4_must_06_a_named_pipe_is_refused_and_not_waited_for(home: Path, words: tuple[str, ...]) -> None:
    os.mkfifo(home / "pipe.yaml")
    error = CliRunner().invoke(graph_app, list(words)).exception
    assert isinstance(error, BadInput) and "not a plain file" in error.found

"""A learner's folder: adding and putting back never lose a file, and names from outside stay inside."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from courses.exchange.client import ExchangeTrouble, Portal
from courses.exchange.workdir import add_missing, collect, language_of, put, unit_dir

NOW = datetime(2026, 11, 22, 12, 30, tzinfo=UTC)


def test_missing_files_are_added_and_present_ones_stay(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"mine")
    assert add_missing(tmp_path, {"a.txt": b"new", "data/b.csv": b"b"}) == ["data/b.csv"]
    assert (tmp_path / "a.txt").read_bytes() == b"mine"


def test_putting_back_moves_aside_under_the_time(tmp_path: Path) -> None:
    for text in (b"one", b"two", b"three"):
        put(tmp_path, {"u1.ipynb": text}, NOW)
    put(tmp_path, {"u1.ipynb": b"three"}, NOW)
    names = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    assert names == {
        "u1.ipynb": b"three",
        "u1 (2026-11-22 12.30).ipynb": b"one",
        "u1 (2026-11-22 12.30.2).ipynb": b"two",
    }
    assert set(collect(tmp_path)) == {"u1.ipynb"}, "copies moved aside are not handed in"


def test_what_is_handed_in_leaves_caches_and_links_out(tmp_path: Path) -> None:
    for name in ("u1.ipynb", ".ipynb_checkpoints/u1.ipynb", "feedback/x/u1.html", "__pycache__/a.pyc", "数据.csv"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    (tmp_path / "link").symlink_to("/etc/passwd")
    (tmp_path / "big.bin").write_bytes(b"x" * 5_000_001)
    assert set(collect(tmp_path)) == {"u1.ipynb", "数据.csv"}


@pytest.mark.parametrize("name", ["../x", "/etc/x", "a/../../x", "", "out/x"])
def test_names_from_outside_stay_inside(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "unit"
    folder.mkdir()
    (folder / "out").symlink_to(tmp_path)
    with pytest.raises(ValueError, match="unit"):
        add_missing(folder, {name: b"x"})


def test_odd_ids_and_a_silent_portal(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not the id"):
        unit_dir(tmp_path, "../..", "u1")
    with pytest.raises(ExchangeTrouble, match="does not know its portal"):
        Portal.from_environment({})
    with pytest.raises(ExchangeTrouble, match="files are safe"):
        Portal("http://127.0.0.1:9", "x", wait_s=0).courses()
    assert language_of({"u1.ipynb": b"{}"}, "en") == "en"
    assert language_of({"u1.ipynb": b'{"metadata": {"shuyuan": {"language": "zh-CN"}}}'}, "en") == "zh-CN"

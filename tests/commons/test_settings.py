"""Settings come from one table, and a wrong one is named with its place (item 3)."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from commons.errors import Faults
from commons.places import ROOT
from commons.settings import TABLE, Settings, load_settings, settings_page


def test_item_03_the_table_is_the_settings() -> None:
    assert [setting.name for setting in TABLE] == [field.name for field in fields(Settings)]


def test_the_page_of_the_docs_is_the_table() -> None:
    assert (ROOT / "docs" / "settings.md").read_text("utf-8") == settings_page(), "run `make docs`"


def test_environment_wins_over_file_and_file_over_default(tmp_path: Path) -> None:
    (tmp_path / "shuyuan.toml").write_text('port = 8100\nteacher = "wang"\n', "utf-8")
    settings = load_settings({"SHUYUAN_HOME": str(tmp_path), "SHUYUAN_PORT": "8200"})
    assert (settings.port, settings.teacher, settings.hub_port) == (8200, "wang", 8002)
    assert settings.database_url == f"sqlite:///{tmp_path}/shuyuan.db"
    assert settings.address == "http://127.0.0.1:8200"


def test_all_faults_are_told_at_once_with_place_and_likely_name(tmp_path: Path) -> None:
    (tmp_path / "shuyuan.toml").write_text('prot = 8100\nworkers = 0\nteacher = "Wang!"\n', "utf-8")
    with pytest.raises(Faults) as caught:
        load_settings({"SHUYUAN_HOME": str(tmp_path), "SHUYUAN_PORT": "99999"})
    text = str(caught.value)
    assert len(caught.value.faults) == 4
    assert "Did you mean 'port'?" in text and "SHUYUAN_PORT" in text and "shuyuan.toml: workers" in text


def test_a_file_that_is_not_toml_is_named(tmp_path: Path) -> None:
    (tmp_path / "shuyuan.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(Faults, match=r"shuyuan\.toml"):
        load_settings({"SHUYUAN_HOME": str(tmp_path)})


def test_a_number_that_is_none_is_said_in_words() -> None:
    with pytest.raises(Faults, match="wanted: a whole number"):
        load_settings({"SHUYUAN_PORT": "abc"})


@pytest.mark.parametrize("given", [{}, {"SHUYUAN_TRAIN_HOUR": "off"}, {"SHUYUAN_TRAIN_HOUR": "0", "SHUYUAN_VOICE": "say {language}"}])
def test_settings_handed_to_another_process_are_the_same_there(tmp_path: Path, given: dict[str, str]) -> None:
    settings = load_settings({"SHUYUAN_HOME": str(tmp_path), "SHUYUAN_PUBLIC_URL": "https://a.example", **given})
    assert load_settings(settings.environment()) == settings

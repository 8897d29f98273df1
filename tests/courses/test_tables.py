"""The schema that migrations make is the one the code names, on both databases; an old store is brought up with its rows."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import inspect, select

from commons.store import Store, migrate, open_store
from courses import tables

MINE = [tables.attempt, tables.mark, tables.manual_mark, tables.rubric, tables.extension, tables.late_rule,
        tables.feedback_release, tables.audit, tables.regrade, tables.regrade_change]  # fmt: skip


@pytest.mark.parametrize("table", MINE, ids=lambda table: table.name)
def test_the_migrations_make_every_column_that_the_code_names(either_store: Store, table: object) -> None:
    name = getattr(table, "name")  # noqa: B009
    known = {column["name"]: column for column in inspect(either_store.engine).get_columns(name)}
    assert set(known) == {column.name for column in getattr(table, "columns")}  # noqa: B009
    with either_store.read() as conn:
        assert conn.execute(select(table)).all() == []  # type: ignore[call-overload]


def test_a_store_of_the_first_schema_is_brought_up_and_keeps_its_marks(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'old.db'}")
    _first_schema(store)
    with store.begin() as conn:
        conn.exec_driver_sql("INSERT INTO mark VALUES ('a', 'g', 1.0, 2.0, 'graded', '', 0)")
    migrate(store)
    with store.read() as conn:
        assert conn.execute(select(tables.mark)).one() == ("a", "g", 1.0, 2.0, "graded", "", False, "", "")
    store.close()


def _first_schema(store: Store) -> None:
    from alembic import command
    from alembic.config import Config

    import commons.store

    config = Config()
    config.set_main_option("script_location", str(Path(commons.store.__file__).parent / "migrations"))
    with store.begin() as conn:
        config.attributes["connection"] = conn
        command.upgrade(config, "0001")

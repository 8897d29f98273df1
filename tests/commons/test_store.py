"""Records, people, blobs and their store behave alike on SQLite and PostgreSQL (item 3)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from commons import blobs, people, records
from commons.errors import BadInput, NotFound, Unavailable
from commons.records import LearningRecord, Verb
from commons.store import Store, migrate, open_store

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


def _record(actor: str, **more: object) -> LearningRecord:
    return LearningRecord(actor, Verb.answered, "exercise:demo/u1/mean", "exercise", ("statistics.mean",), NOW, **more)  # type: ignore[arg-type]


def test_item_03_records_are_appended_once_and_read_back_equal(either_store: Store) -> None:
    one = _record("a", score=0.5, success=False, seconds=12.0, text="均值", attempt="t1")
    with either_store.begin() as conn:
        assert records.add_records(conn, [one, one]) == 1
        assert records.add_records(conn, [one]) == 0
    with either_store.read() as conn:
        (back,) = records.records_of(conn, "a")
        assert records.latest_seq(conn, "a") == back.seq > 0
        assert records.records_of(conn, "a", after=back.seq) == []
        assert records.records_of(conn, "b") == []
    assert back == LearningRecord(**{**vars(one), "seq": back.seq})


def test_times_come_back_aware_and_in_utc(either_store: Store) -> None:
    with either_store.begin() as conn:
        person = people.ensure_person(conn, "lin")
    assert person.created.utcoffset() == timedelta(0)


def test_a_record_that_cannot_be_is_refused() -> None:
    with pytest.raises(BadInput, match="outside"):
        _record("a", score=1.5)
    with pytest.raises(BadInput, match="cannot be"):
        _record("a", seconds=-1.0)
    with pytest.raises(BadInput, match="zone"):
        LearningRecord("a", Verb.answered, "x", "exercise", (), datetime(2026, 1, 1))  # noqa: DTZ001


def test_erasing_blanks_text_and_keeps_the_numbers(either_store: Store) -> None:
    with either_store.begin() as conn:
        records.add_records(conn, [_record("a", text="my own words", score=1.0), _record("a", score=0.0)])
        assert records.blank_text(conn, "a") == 1
        assert [one.text for one in records.records_of(conn, "a")] == ["", ""]
        assert [one.score for one in records.records_of(conn, "a")] == [1.0, 0.0]


def test_a_person_is_made_once_and_never_blanked(either_store: Store) -> None:
    with either_store.begin() as conn:
        first = people.ensure_person(conn, "lin", name="林", age_band="14-17", language="en")
        again = people.ensure_person(conn, "lin")
        assert again == first
        assert people.person_of_actor(conn, first.actor) == first
        assert people.forget_person(conn, first.actor) == 1
        assert people.person_of_account(conn, "lin") is None
        assert people.ensure_person(conn, "lin").actor != first.actor


def test_blobs_are_kept_once_and_by_content(either_store: Store) -> None:
    with either_store.begin() as conn:
        digest = blobs.put(conn, b"notebook")
        assert blobs.put(conn, b"notebook") == digest
        assert blobs.get(conn, digest) == b"notebook"
        blobs.drop(conn, digest)
        with pytest.raises(NotFound):
            blobs.get(conn, digest)


def test_a_raised_error_leaves_nothing_half_written(either_store: Store) -> None:
    with pytest.raises(RuntimeError), either_store.begin() as conn:
        blobs.put(conn, b"half")
        raise RuntimeError
    with either_store.begin() as conn:
        assert conn.exec_driver_sql("SELECT count(*) FROM blob").scalar() == 0


def test_the_migrated_schema_is_the_one_the_rooms_declare(either_store: Store) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    import commons.jobs  # noqa: F401
    import courses.tables  # noqa: F401
    import knowledge_graph.culture.tables  # noqa: F401
    import recommender.tables  # noqa: F401
    from commons.store import metadata

    with either_store.engine.connect() as conn:
        context = MigrationContext.configure(conn, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_migrating_twice_at_once_is_safe(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 's.db'}"
    code = "import sys; from commons.store import *; migrate(open_store(sys.argv[1]))"
    children = [subprocess.Popen([sys.executable, "-c", code, url]) for _ in range(3)]
    assert [child.wait(60) for child in children] == [0, 0, 0]


WRITER = """
import sys
from commons import blobs
from commons.store import open_store
store = open_store(sys.argv[1])
n = 0
while True:
    with store.begin() as conn:
        digest = blobs.put(conn, b"%d" % n)
    print(digest, flush=True)
    n += 1
"""


def test_what_was_acknowledged_survives_kill_9(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 's.db'}"
    migrate(open_store(url))
    writer = subprocess.Popen([sys.executable, "-c", WRITER, url], stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    acknowledged = [writer.stdout.readline().strip() for _ in range(25)]
    os.kill(writer.pid, signal.SIGKILL)
    acknowledged += [line.strip() for line in writer.stdout.read().splitlines() if len(line) == 64]
    writer.wait()
    writer.stdout.close()
    store = open_store(url)
    with store.read() as conn:
        assert all(blobs.get(conn, digest) for digest in acknowledged)
    store.close()


def test_a_full_disk_is_an_error_in_words_and_keeps_what_was_there(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 's.db'}")
    migrate(store)
    with store.begin() as conn:
        kept = blobs.put(conn, b"kept")
        # SQLite answers SQLITE_FULL beyond this page count, as it does on a full disk.
        pages = conn.exec_driver_sql("PRAGMA page_count").scalar()
        conn.exec_driver_sql(f"PRAGMA max_page_count={pages + 2}")
    with pytest.raises(Unavailable, match="full"), store.begin() as conn:
        blobs.put(conn, os.urandom(1 << 20))
    with store.read() as conn:
        assert blobs.get(conn, kept) == b"kept"
    store.close()


@pytest.mark.parametrize("url", ["foo://x", "no url at all", "mysql://host/db"])
def test_a_database_of_another_kind_is_refused_in_words(url: str) -> None:
    with pytest.raises(BadInput, match=r"database.*postgresql\+psycopg"):
        open_store(url)


def test_a_folder_that_cannot_be_made_is_named() -> None:
    with pytest.raises(Unavailable, match="/proc/nothing"):
        open_store("sqlite:////proc/nothing/here/store.db")

"""Museum files of three shapes become records with their rights; bad rows are told with their place; nothing is counted twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import inspect, select

from commons.errors import BadInput, NotFound
from commons.jobs import Worker
from commons.settings import load_settings
from commons.store import Store, migrate, open_store
from knowledge_graph.check import check_links, graph_faults
from knowledge_graph.culture import graph_with, item_of, tables
from knowledge_graph.culture import importing as imports
from knowledge_graph.culture.reading import LONGEST
from knowledge_graph.culture.record import CultureRecord, record_faults
from knowledge_graph.culture.rights import Open
from knowledge_graph.culture.sources import SOURCES, rows_of
from knowledge_graph.culture.store import all_records, find, record_of, records_showing
from knowledge_graph.load import load_graph
from tests.knowledge_graph.culture_rows import CARNEGIE, CLEVELAND, MET, MET_HEADER, carnegie_lines, csv_file

SAMPLE = load_settings(dict(os.environ)).data / "culture" / "carnegie_east_asian" / "chinese.jsonl"


@dataclass(frozen=True)
class Done:
    counts: dict[str, int]
    faults: list[tuple[int, str]]
    state: tuple[str, str]


def bring(store: Store, source: str, file: Path) -> Done:
    """Import `file` as the worker does."""
    with store.begin() as conn:
        one = imports.ask(conn, source, file)
    Worker(store, imports.job_handlers(), keys={one}).run_pending()
    with store.read() as conn:
        known = imports.progress_of(conn, one)
        state = imports.state_of_import(conn, one)
        return Done({name: n for name, n in known.counts.items() if n}, list(imports.faults_of(conn, one)), state)


def written(tmp_path: Path, data: bytes, name: str = "file") -> Path:
    path = tmp_path / name
    path.write_bytes(data)
    return path


def only(store: Store) -> CultureRecord:
    with store.read() as conn:
        (record,) = all_records(conn)
    return record


@pytest.mark.parametrize(
    "table", [tables.culture_object, tables.culture_link, tables.culture_import, tables.culture_fault]
)
def test_issue4_item_02_the_migrations_make_every_column_of_the_collections(either_store: Store, table: object) -> None:
    name = getattr(table, "name")  # noqa: B009
    known = {column["name"] for column in inspect(either_store.engine).get_columns(name)}
    assert known == {column.name for column in getattr(table, "columns")}  # noqa: B009
    with either_store.read() as conn:
        assert conn.execute(select(table)).all() == []  # type: ignore[call-overload]


def test_issue4_item_02_an_import_works_on_both_databases_and_the_same_file_changes_nothing(
    either_store: Store, tmp_path: Path
) -> None:
    file = written(tmp_path, carnegie_lines([CARNEGIE, CARNEGIE | {"id": "cmoa:things/0002", "title": "Cup"}]))
    assert bring(either_store, "carnegie", file).counts == {"read": 2, "new": 2, "not_open": 2}
    assert bring(either_store, "carnegie", file).counts == {"read": 2, "same": 2, "not_open": 2}
    file.write_bytes(carnegie_lines([CARNEGIE | {"title": "Large bowl"}]))
    assert bring(either_store, "carnegie", file).counts == {"read": 1, "changed": 1, "not_open": 1}
    with either_store.read() as conn:
        assert record_of(conn, "carnegie/0001").title == {"en": "Large bowl"}
        assert find(conn, "LARGE porcelain").total == 1 and find(conn, "100%").total == 0
        assert records_showing(conn, "collections.qianlong").total == 2


def test_issue4_item_02_carnegie_keeps_rights_apart_and_no_trace_of_an_image_that_is_not_free(
    store: Store, tmp_path: Path
) -> None:
    bring(store, "carnegie", written(tmp_path, carnegie_lines([CARNEGIE])))
    record = only(store)
    assert (record.rights.open, record.image_rights.open) == (Open.yes, Open.no)
    assert record.images == () and record.withheld == 1
    assert (record.earliest, record.latest, record.period) == (1736, 1795, "Qianlong period")
    assert record.dimensions == "height 3.25 in; diameter 6 in"
    with store.read() as conn:
        stored = str(conn.execute(select(tables.culture_object)).one())
    assert "CollectionImage" not in stored


@pytest.mark.parametrize("shape", ["array", "lines", "answer", "pretty"])
def test_issue4_item_02_cleveland_s_json_is_read_in_every_shape_it_comes_in(
    store: Store, tmp_path: Path, shape: str
) -> None:
    import json

    other = CLEVELAND | {
        "id": 900003,
        "share_license_status": "Copyrighted",
        "copyright": "© Somebody",
        "title_in_original_language": None,
    }
    texts = {
        "array": json.dumps([CLEVELAND, other]),
        "lines": "\n".join(map(json.dumps, (CLEVELAND, other))),
        "answer": json.dumps({"info": {"total": 2}, "data": [CLEVELAND, other]}),
        "pretty": json.dumps([CLEVELAND, other], indent=4, ensure_ascii=False),
    }
    assert bring(store, "cleveland", written(tmp_path, texts[shape].encode())).counts == {
        "read": 2,
        "new": 2,
        "not_open": 1,
        "unknown_rights": 1,
    }
    with store.read() as conn:
        free, closed = record_of(conn, "cleveland/900002"), record_of(conn, "cleveland/900003")
    assert free.title == {"en": "Autumn Hills", "zh-CN": "秋山圖"} and free.title_language == "zh-CN"
    assert (free.images[0].width, free.images[0].height, free.isli) == (900, 1200, "000001-ABC123-4")
    maker = free.makers[0]
    assert (maker.name, maker.nationality, maker.role, maker.born, maker.died) == (
        "A Painter",
        "Chinese",
        "artist",
        "1590",
        "1660",
    )
    assert [image.url[-12:] for image in free.images] == ["26.2_web.jpg", "alt1_web.jpg"]
    assert (free.rights.open, closed.rights.open) == (Open.yes, Open.unknown)
    assert closed.images == () and closed.withheld == 2 and closed.image_rights.note == "© Somebody"


def test_issue4_item_02_cleveland_s_csv_says_the_same_as_its_json(store: Store, tmp_path: Path) -> None:
    row = {
        key: value
        for key, value in CLEVELAND.items()
        if key not in ("creators", "images", "alternate_images", "culture", "external_resources")
    }
    row |= {"creators": "A Painter (Chinese, 1590-1660), artist", "culture": CLEVELAND["culture"][0], "image_print": "", "image_full": "",
            "image_web": CLEVELAND["images"]["web"]["url"],
            "external_resources": "{'wikidata': ['https://www.wikidata.org/wiki/Q1']}"}  # fmt: skip
    assert bring(store, "cleveland", written(tmp_path, csv_file([row], row))).counts == {"read": 1, "new": 1}
    record = only(store)
    assert [(maker.name, maker.role, maker.born) for maker in record.makers] == [("A Painter", "artist", "1590")]
    assert record.images[0].url.endswith("_web.jpg") and dict(record.identifiers)["wikidata"].endswith("Q1")


def test_issue4_item_02_the_met_s_csv_gives_every_maker_and_what_is_in_the_public_domain(
    store: Store, tmp_path: Path
) -> None:
    closed = MET | {"Object ID": "900004", "Is Public Domain": "False"}
    file = written(tmp_path, csv_file([MET, closed], MET_HEADER))
    assert bring(store, "met", file).counts == {"read": 2, "new": 2, "not_open": 1}
    with store.read() as conn:
        record = record_of(conn, "met/900001")
        assert record_of(conn, "met/900004").image_rights.open is Open.no
    assert [(one.name, one.role, one.born, one.died) for one in record.makers] == [
        ("First Maker", "Potter", "1500", "1560"), ("Second Maker", "Painter", "1510", ""),
    ]  # fmt: skip
    assert record.places == ("Jingdezhen", "China") and record.image_rights.open is Open.yes and record.images == ()
    assert {"collections.blue-and-white", "jiangnan.ming-dynasty"} <= set(item_of(record).concepts)


def test_issue4_item_02_every_bad_row_is_told_with_its_line_and_good_rows_are_kept(
    store: Store, tmp_path: Path
) -> None:
    lines = [
        carnegie_lines([CARNEGIE]), b"{\"id\": \"cut off\n", b"[1, 2]\n", b"\xff\xfe not text\n",
        b"{\"a\": \"" + b"x" * (LONGEST + 5) + b"\"}\n",
        carnegie_lines([CARNEGIE | {"id": "cmoa:things/3", "title": ""}]), carnegie_lines([CARNEGIE | {"id": "", "title": "No id"}]),
        carnegie_lines([CARNEGIE | {"id": "cmoa:things/4", "creator": 7}]),
        carnegie_lines([CARNEGIE | {"id": "cmoa:things/5", "metadata_rights": "all rights reserved"}]),
        carnegie_lines([CARNEGIE | {"id": "cmoa:things/6", "web_url": "javascript:alert(1)"}]), carnegie_lines([CARNEGIE]),
        carnegie_lines([CARNEGIE | {"id": "cmoa:things/7", "creation_date_earliest": "1900-01-01"}]), b"{\"a\": 1\x00}\n",
        carnegie_lines([CARNEGIE | {"id": "cmoa:things/8"}]),
    ]  # fmt: skip
    done = bring(store, "carnegie", written(tmp_path, b"".join(lines)))
    assert done.counts == {"read": 14, "new": 2, "bad": 11, "refused": 1, "not_open": 2}
    told = dict(done.faults)
    wanted = {2: "not JSON", 3: "not a JSON object", 4: "not UTF-8", 5: f"longer than {LONGEST}", 6: "no title", 7: "no id", 8: "shape",
              9: "not open", 10: "not http", 11: "twice", 12: "comes after", 13: "null byte"}  # fmt: skip
    assert all(words in told[line] for line, words in wanted.items()), told
    assert done.state == ("done", "")


def test_issue4_show_06_an_object_that_is_in_the_file_twice_is_told_however_far_apart(
    store: Store, tmp_path: Path
) -> None:
    rows = [CARNEGIE | {"id": f"cmoa:things/{n:04}"} for n in range(500)]
    done = bring(store, "carnegie", written(tmp_path, carnegie_lines([*rows, rows[3] | {"title": "Another"}])))
    assert done.counts == {"read": 501, "new": 500, "bad": 1, "not_open": 500}
    assert done.faults == [(501, "object carnegie/0003 is in the file twice; the first was kept")]


def test_issue4_item_02_a_csv_with_broken_rows_loses_only_these(store: Store, tmp_path: Path) -> None:
    good = csv_file([MET | {"Title": 'Two\nlines, "quoted"'}], MET_HEADER, mark=False).split(b"\n", 1)
    file = good[0] + b"\n" + b"too,few\n" + b'"never closed,' + b"," * 60 + b"\n" + good[1]
    done = bring(store, "met", written(tmp_path, file))
    assert done.counts == {"read": 3, "new": 1, "bad": 2}
    assert only(store).title == {"en": 'Two lines, "quoted"'}
    assert [line for line, _ in done.faults] == [2, 3]


@pytest.mark.parametrize(
    ("source", "data", "words"),
    [
        ("met", b"", "empty"),
        ("met", b"a,b\n1,2\n", "the header lacks Culture"),
        ("met", b"version https://git-lfs.github.com/spec/v1\n", "Git LFS pointer"),
        ("cleveland", "id,title\n".encode("utf-16"), "UTF-16"),
        ("carnegie", b"id,title\n", "not JSON"),
        ("met", b'[{"id": 1}]', "not CSV"),
    ],
)  # fmt: skip
def test_issue4_item_02_a_file_of_another_shape_is_refused_whole(
    store: Store, tmp_path: Path, source: str, data: bytes, words: str
) -> None:
    state, error = bring(store, source, written(tmp_path, data)).state
    assert state == "failed" and words in error


def test_an_unknown_museum_and_a_missing_file_are_told_at_once(store: Store, tmp_path: Path) -> None:
    with store.begin() as conn, pytest.raises(NotFound, match="cleveland"):
        imports.ask(conn, "clevelad", tmp_path)
    with store.begin() as conn, pytest.raises(BadInput, match="no such file"):
        imports.ask(conn, "met", tmp_path / "nothing.csv")


@pytest.mark.slow
def test_issue4_show_06_a_line_of_gigabytes_is_passed_over_in_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "huge.jsonl"
    with path.open("wb") as file:
        file.write(b'{"a": "')
        file.truncate(2 << 30)  # sparse: zeros without a line's end
        file.seek(2 << 30)
        file.write(b'"}\n' + carnegie_lines([CARNEGIE]))
    code = (
        "import pathlib, sys\n"
        "from knowledge_graph.culture.sources import SOURCES, rows_of\n"
        "raws = list(rows_of(SOURCES['carnegie'], open(sys.argv[1], 'rb')))\n"
        # Not ru_maxrss: that of a program begins with what its parent held.
        "peak = pathlib.Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0]\n"
        "print(int(peak) // 1024, [raw.line for raw in raws], raws[0].fault)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    memory, rest = done.stdout.split(" ", 1)
    assert int(memory) < 300 and rest.startswith("[1, 2] ") and f"longer than {LONGEST}" in rest


@pytest.mark.slow
def test_issue4_item_02_an_import_that_is_killed_goes_on_where_it_was_and_counts_nothing_twice(tmp_path: Path) -> None:
    home, total = tmp_path / "home", 3000
    rows = (CARNEGIE | {"id": f"cmoa:things/{n:05}"} if n % 10 else {"id": n} for n in range(total))
    file = written(tmp_path, carnegie_lines(rows), "many.jsonl")
    env = {**os.environ, "SHUYUAN_HOME": str(home)}
    one = subprocess.Popen([sys.executable, "-m", "portal.cli", "graph", "import-museum", "carnegie", str(file)], env=env,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    store = open_store(load_settings({"SHUYUAN_HOME": str(home)}).database_url)
    migrate(store)
    try:
        read = _wait_for(store, 400)
        one.send_signal(signal.SIGKILL)
        one.wait()
        assert 0 < read < total
        import_id = _expired(store)
        Worker(store, imports.job_handlers(), keys={import_id}).run_pending()
        with store.read() as conn:
            counts = imports.progress_of(conn, import_id).counts
            assert imports.state_of_import(conn, import_id) == ("done", "")
        assert (counts["read"], counts["new"], counts["bad"]) == (total, total * 9 // 10, total // 10)
    finally:
        one.kill()
        store.close()


def _wait_for(store: Store, rows: int) -> int:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with store.read() as conn:
            found = conn.execute(select(tables.culture_import.c.counts)).scalar()
        if found and found["read"] >= rows:
            return int(found["read"])
        time.sleep(0.02)
    raise AssertionError("the import did not begin")


def _expired(store: Store) -> str:
    """Let the dead worker's lease lapse now; gives the import's id."""
    from datetime import UTC, datetime, timedelta

    from commons.jobs import job

    with store.begin() as conn:
        conn.execute(job.update().values(lease=datetime.now(UTC) - timedelta(seconds=1)))
        return str(conn.execute(select(tables.culture_import.c.id)).scalar_one())


@pytest.mark.slow
@pytest.mark.skipif(not SAMPLE.exists(), reason="culture/carnegie_east_asian is not under SHUYUAN_DATA")
def test_issue4_show_03_the_380_chinese_objects_become_items_and_nodes_of_the_graph(store: Store) -> None:
    done = bring(store, "carnegie", SAMPLE)
    assert done.counts == {"read": 380, "new": 380, "not_open": 380} and done.faults == []
    with store.read() as conn:
        records = list(all_records(conn, "carnegie"))
        stored = "".join(map(str, conn.execute(select(tables.culture_object)).all()))
    assert "CollectionImage" not in stored and all(
        record.images == () and record.rights.open is Open.yes for record in records
    )
    shipped = load_graph()
    assert check_links(shipped, [item_of(record) for record in records]) == []
    joined = graph_with(shipped, records)
    assert graph_faults(joined) == []
    assert sum(name.startswith("object:carnegie/") for name in joined.entities) == 380
    assert {"made-by", "of-period", "shows"} <= {tie.relation for tie in joined.ties}


def test_issue4_item_02_every_source_names_its_columns_and_reads_its_own_rows(tmp_path: Path) -> None:
    assert set(SOURCES) == {"carnegie", "cleveland", "met", "shuyuan", "linked-art"}
    for source, row in (("carnegie", CARNEGIE), ("cleveland", CLEVELAND), ("met", MET)):
        assert record_faults(SOURCES[source].read(row, "")) == []
    with written(tmp_path, carnegie_lines([CARNEGIE])).open("rb") as file:
        assert [raw.line for raw in rows_of(SOURCES["carnegie"], file)] == [1]

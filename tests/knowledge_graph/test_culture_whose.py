"""A museum's file is taken as that museum's only where its objects show it, and a collection can be taken out again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import func, select

from commons.errors import Conflict, NotFound
from commons.store import Store
from knowledge_graph.culture import importing as imports
from knowledge_graph.culture import tables
from knowledge_graph.culture.removing import remove_source
from knowledge_graph.culture.sources import SOURCES
from knowledge_graph.culture.store import counts_by_source
from tests.knowledge_graph.culture_rows import CARNEGIE, CLEVELAND, MET, MET_HEADER, carnegie_lines, csv_file
from tests.knowledge_graph.test_culture_import import bring, written

FILES = {
    "carnegie": carnegie_lines([CARNEGIE]),
    "cleveland": json.dumps([CLEVELAND]).encode(),
    "met": csv_file([MET], MET_HEADER),
}


@pytest.mark.parametrize(("asked", "owner"), [(a, o) for a in FILES for o in FILES if a != o])
def test_issue4_must_06_another_museum_s_file_is_refused_whole_and_its_own_command_is_named(
    store: Store, tmp_path: Path, asked: str, owner: str
) -> None:
    done = bring(store, asked, written(tmp_path, FILES[owner]))
    assert done.state[0] == "failed" and f"import-museum {owner} " in done.state[1]
    with store.read() as conn:
        assert counts_by_source(conn) == {} and done.counts == {}


def test_issue4_must_06_json_of_nobody_is_refused_with_the_keys_it_lacks(store: Store, tmp_path: Path) -> None:
    state, error = bring(store, "cleveland", written(tmp_path, b'{"id": 1, "title": "x"}\n')).state
    assert state == "failed" and "no object has accession_number, share_license_status" in error


def test_issue4_item_02_cleveland_s_text_is_free_only_where_its_record_says_so() -> None:
    said = {
        word: SOURCES["cleveland"].read(CLEVELAND | {"share_license_status": word}, "") for word in ("CC0", "", None)
    }
    assert [record.rights.open.value for record in said.values()] == ["yes", "unknown", "unknown"]


def test_issue4_item_02_a_collection_is_taken_out_whole_and_the_others_stay(
    either_store: Store, tmp_path: Path
) -> None:
    store = either_store
    bring(store, "carnegie", written(tmp_path, FILES["carnegie"]))
    bring(store, "met", written(tmp_path, FILES["met"]))
    with store.begin() as conn:
        assert remove_source(conn, "carnegie") == 1
    with store.read() as conn:
        assert counts_by_source(conn) == {"met": 1}
        left = select(func.count()).where(tables.culture_link.c.object.startswith("carnegie/"))
        assert conn.execute(left).scalar_one() == 0
    with store.begin() as conn, pytest.raises(NotFound, match="met"):
        remove_source(conn, "carnegie")
    assert bring(store, "carnegie", written(tmp_path, FILES["carnegie"])).counts["new"] == 1


def test_a_collection_whose_import_is_under_way_stays(store: Store, tmp_path: Path) -> None:
    bring(store, "carnegie", written(tmp_path, FILES["carnegie"]))
    with store.begin() as conn:
        imports.ask(conn, "carnegie", written(tmp_path, FILES["carnegie"]))
    with store.begin() as conn, pytest.raises(Conflict, match="under way"):
        remove_source(conn, "carnegie")

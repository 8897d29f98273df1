"""What is kept is said, taken along and erased, over every store of the house."""

from __future__ import annotations

import io
import json
import sqlite3
import zipfile
from contextlib import closing

from sqlalchemy import select

from commons.people import person_of_account
from commons.store import metadata
from hub_config.running import home_folder
from portal.personal import personal_stores
from tests.portal.conftest import Served


def test_item_09_the_privacy_page_lets_every_store_speak_for_itself(house: Served) -> None:
    page = house.browser(language="en").get("/privacy/").text
    stores = personal_stores(house.world.settings)
    assert {"person", "records", "attempts", "memberships", "recommender", "graph-decisions", "home", "account"} == {
        one.name for one in stores
    }
    for one in stores:
        assert f'id="kept-{one.name}"' in page
        assert set(one.describe()) == {"zh-CN", "en"}


def test_item_09_export_gives_a_file_for_each_store(fresh: Served) -> None:
    lin = fresh.world.people["lin"]
    home = home_folder(fresh.world.settings, lin.actor)
    home.mkdir(parents=True)
    (home / "notes.txt").write_text("my own words")
    answer = fresh.browser("lin").post("/privacy/export", data={"csrf": fresh.csrf("lin")})
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        found = {name: json.loads(archive.read(name)) for name in archive.namelist()}
    assert found["about.json"]["account"] == "lin"
    assert len(found["attempts.json"]["attempts"]) == 2
    assert found["person.json"]["person"]["name"] == "林晓"
    assert found["records.json"]["records"] and found["account.json"]["account"]["account"] == "lin"
    assert found["home.json"]["files"][0]["path"] == "notes.txt"
    assert "chen" not in answer.content.decode("latin-1")


def test_export_needs_a_form_of_ours(house: Served) -> None:
    assert house.browser("lin").post("/privacy/export").status_code == 403
    assert house.browser("lin").get("/privacy/export").status_code == 405


def test_erasing_wants_the_account_name_typed(fresh: Served) -> None:
    browser = fresh.browser("lin")
    answer = browser.post("/privacy/erase", data={"csrf": fresh.csrf("lin"), "confirm": "chen"})
    assert answer.status_code == 400 and "nothing was erased" in answer.text
    assert browser.get("/my/").status_code == 200


def test_item_09_erase_me_leaves_nothing_that_belongs_to_the_person(fresh: Served) -> None:
    lin = fresh.world.people["lin"]
    browser = fresh.browser("lin")
    browser.get("/my/")
    browser.post("/my/preference", data={"csrf": fresh.csrf("lin"), "mode": "personal", "goal": "statistics.mean"})
    home = home_folder(fresh.world.settings, lin.actor)
    home.mkdir(parents=True)
    (home / "notes.txt").write_text("my own words")

    answer = browser.post("/privacy/erase", data={"csrf": fresh.csrf("lin"), "confirm": "lin"})
    assert answer.status_code == 200 and "Everything is erased" in answer.text
    assert "林晓" not in answer.text and 'shuyuan-session=""' in answer.headers["set-cookie"]

    assert fresh.hub.state.deleted == ["lin"]
    assert not home.exists()
    with closing(sqlite3.connect(fresh.world.settings.home / "hub" / "hub.sqlite")) as tables:
        assert tables.execute("SELECT count(*) FROM users_info").fetchone() == (0,)
    with fresh.world.store.read() as conn:
        assert person_of_account(conn, "lin") is None
        for table in metadata.sorted_tables:
            if "actor" in table.c and table.name != "record":
                assert conn.execute(select(table).where(table.c.actor == lin.actor)).first() is None, table.name
        rows = conn.execute(
            select(metadata.tables["record"]).where(metadata.tables["record"].c.actor == lin.actor)
        ).all()
        assert rows and all(row.text == "" for row in rows)
    assert fresh.browser("lin").get("/my/").status_code == 303
    assert fresh.browser("chen").get("/my/").status_code == 200


def test_with_the_hub_down_the_rest_is_erased_and_it_is_said(fresh: Served) -> None:
    fresh.stop_hub()
    answer = fresh.browser("lin").post("/privacy/erase", data={"csrf": fresh.csrf("lin"), "confirm": "lin"})
    assert answer.status_code == 200 and "did not answer" in answer.text
    with fresh.world.store.read() as conn:
        assert person_of_account(conn, "lin") is None

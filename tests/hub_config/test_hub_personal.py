"""What the hub keeps about a person can be taken along and erased, even while the person's server runs."""

from __future__ import annotations

import base64
import os
import subprocess
import sys

import httpx
import pytest

from commons.people import Person, ensure_person, person_of_account
from commons.settings import Settings, load_settings
from commons.store import open_store
from hub_config.personal import PERSONAL_STORES, Account, HomeFolder
from hub_config.running import home_folder, log_files, running_servers
from hub_config.traces import forget_in_logs
from tests.hub_config.house import House


@pytest.fixture
def settings(tmp_path) -> Settings:  # type: ignore[no-untyped-def]
    return load_settings({"SHUYUAN_HOME": str(tmp_path)})


@pytest.fixture
def someone(store) -> Person:  # type: ignore[no-untyped-def]
    with store.begin() as conn:
        return ensure_person(conn, "lin")


def test_every_store_says_in_both_languages_what_it_keeps() -> None:
    for one in PERSONAL_STORES:
        assert set(one.describe()) == {"zh-CN", "en"}
    assert len({one.name for one in PERSONAL_STORES}) == len(PERSONAL_STORES)


def test_files_are_exported_whole_and_links_are_not_followed(settings: Settings, someone: Person, store) -> None:  # type: ignore[no-untyped-def]
    home = home_folder(settings, someone.actor)
    (home / "sub").mkdir(parents=True)
    (home / "sub" / "笔记.txt").write_bytes(b"\x00\xffwords")
    secret = settings.home / "secret"
    secret.write_text("not yours")
    (home / "link").symlink_to(secret)
    (home / "folder").symlink_to(settings.home)
    os.mkfifo(home / "pipe")
    with store.read() as conn:
        files = HomeFolder(settings).export(conn, someone)["files"]
    assert [one["path"] for one in files] == ["sub/笔记.txt"]
    assert base64.b64decode(files[0]["content"]) == b"\x00\xffwords"


def test_erasing_takes_files_and_logs_and_can_be_repeated(settings: Settings, someone: Person, store) -> None:  # type: ignore[no-untyped-def]
    home = home_folder(settings, someone.actor)
    home.mkdir(parents=True)
    (home / "a").write_text("1")
    keep = settings.home / "kept"
    keep.mkdir()
    (keep / "b").write_text("2")
    (home / "link").symlink_to(keep)
    log = log_files(settings, someone.actor)[0]
    log.parent.mkdir(parents=True)
    log.write_text("lin was here")
    with store.begin() as conn:
        assert HomeFolder(settings).erase(conn, someone) == 1
        assert HomeFolder(settings).erase(conn, someone) == 0
    assert not home.exists() and not log.exists() and (keep / "b").exists()


def test_an_account_is_exported_without_its_hash_and_erased_for_good(house: House) -> None:
    learner = house.learner()
    store = open_store(house.settings.database_url)
    with store.begin() as conn:
        person = person_of_account(conn, learner.account)
        assert person is not None
        about = Account(house.settings).export(conn, person)["account"]
        assert about["account"] == learner.account and "password" not in str(about)
        assert learner.account in house.log("hub")
        assert Account(house.settings).erase(conn, person) == 1
        assert learner.account not in house.log("hub")
        assert Account(house.settings).erase(conn, person) == 0
    store.close()
    assert house.browser().sign_in(learner.account).status_code == 403


def test_a_name_is_overwritten_in_logs_that_are_being_written(settings: Settings) -> None:
    logs = settings.home / "logs"
    logs.mkdir()
    kept = ["linen and lin-2 and berlin", "[I] 302 GET /hub/login?next=%2Fuser%2Fmei"]
    told = ["User came: lin", "/hub/user/lin/lab", "next=%2Fuser%2Flin%2Flab", "next=%252Fuser%252FLIN", "(lin@::1)"]
    older = logs / "hub.log.1"
    older.write_text("lin\n")
    with (logs / "hub.log").open("ab", buffering=0) as writing:
        writing.write("\n".join([*kept, *told, ""]).encode())
        length = writing.tell()
        assert forget_in_logs(settings.home, "lin") == len(told) + 1
        writing.write(b"the hub goes on\n")
    lines = (logs / "hub.log").read_text().splitlines()
    assert lines[:2] == kept and lines[-1] == "the hub goes on"
    assert lines[2:-1] == [line.replace("lin", "***").replace("LIN", "***") for line in told]
    assert len((logs / "hub.log").read_bytes()) == length + 16 and older.read_text() == "***\n"
    assert forget_in_logs(settings.home, "lin") == 0


def test_an_erased_accounts_name_goes_from_the_hubs_log(house: House) -> None:
    learner = house.learner()
    learner.get("/hub/home")
    house.browser().get(f"/hub/login?next=%2Fuser%2F{learner.account}%2F")
    assert learner.account in house.log("hub")
    hub = f"http://127.0.0.1:{house.settings.hub_port}/hub/api"
    head = {"Authorization": f"token {house.secrets.portal_token}"}
    assert httpx.delete(f"{hub}/users/{learner.account}", headers=head, trust_env=False).status_code == 204
    house.wait(lambda: learner.account not in house.log("hub"), "a log without the name", 20)
    assert learner.account not in house.log("proxy")


@pytest.mark.slow
def test_erasing_stops_the_running_server_first(walled: House) -> None:
    learner = walled.learner()
    learner.open_server()
    kernel = learner.start_kernel()
    learner.run(kernel, "open('mine.txt', 'w').write('x')")
    store = open_store(walled.settings.database_url)
    with store.begin() as conn:
        person = person_of_account(conn, learner.account)
        assert person is not None
        assert HomeFolder(walled.settings).erase(conn, person) >= 1
    store.close()
    assert running_servers(walled.settings, person.actor) == []
    assert not home_folder(walled.settings, person.actor).exists()


@pytest.mark.slow
def test_item_04_the_culler_may_stop_an_idle_server_and_does(walled: House) -> None:
    learner = walled.learner()
    learner.open_server()
    hub = f"http://127.0.0.1:{walled.settings.hub_port}/hub/api"
    env = {"PATH": os.environ["PATH"], "JUPYTERHUB_API_TOKEN": walled.secrets.culler_token, "JUPYTERHUB_API_URL": hub}
    argv = [sys.executable, "-m", "jupyterhub_idle_culler", "--timeout=1", "--cull-every=1"]
    with (walled.folder / "culler.log").open("wb") as log:
        culler = subprocess.Popen(argv, env=env, stdout=log, stderr=log)
    try:
        walled.wait(lambda: "is closed" in learner.get("/hub/home").text, "culling", 60)
    finally:
        culler.terminate()
        culler.wait()

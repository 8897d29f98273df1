"""Fixtures every room's tests share: a store on SQLite and on PostgreSQL, a free port, the messages."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright
from xdist.scheduler import LoadScopeScheduling

from commons.languages import Messages, load_messages
from commons.store import Store, migrate, open_store
from tests.browser import CHROMIUM, launch

POSTGRES = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))


def pytest_configure() -> None:
    """Numbers are crunched on one thread in each worker: more would wait for each other most of the time."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, "1")


class _ByPlace(LoadScopeScheduling):
    """A file's tests run in one worker, and all of e2e in one too: they share one running platform."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return "e2e" if file.startswith("tests/e2e/") else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    return _ByPlace(config, log)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The worker's one Chromium: Playwright's synchronous door opens only once per process."""
    if not CHROMIUM.exists():
        pytest.skip("Chromium is not installed: apt install chromium")
    with sync_playwright() as playwright:
        opened = launch(playwright)
        yield opened
        opened.close()


@pytest.fixture
def free_port() -> int:
    """A loopback port nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def messages() -> Messages:
    return load_messages()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A migrated, empty SQLite store."""
    with _opened(f"sqlite:///{tmp_path / 'store.db'}") as store:
        yield store


@pytest.fixture(params=["sqlite", "postgresql"])
def either_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """The same test on both databases."""
    url = f"sqlite:///{tmp_path / 'store.db'}"
    if request.param == "postgresql":
        url = _fresh_database(request.getfixturevalue("postgres"))
    with _opened(url) as store:
        yield store


class _opened:
    def __init__(self, url: str) -> None:
        self.store = open_store(url)

    def __enter__(self) -> Store:
        migrate(self.store)
        return self.store

    def __exit__(self, *_: object) -> None:
        self.store.close()


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL server of this test session on a unix socket; gives its URL up to the database's name."""
    if not POSTGRES:
        pytest.skip("PostgreSQL is not installed: apt install postgresql")
    programs = POSTGRES[-1].parent
    folder = tmp_path_factory.mktemp("postgres")
    # initdb refuses to run as root; its Debian package brings an account for it.
    prefix: list[str] = []
    if os.geteuid() == 0:
        prefix = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]
        shutil.chown(folder, "postgres", "postgres")
        for parent in folder.parents[:3]:
            parent.chmod(parent.stat().st_mode | 0o011)
    data = folder / "data"
    quiet = {"check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run([*prefix, programs / "initdb", "-D", data, "-A", "trust", "-U", "postgres", "-N"], **quiet)  # type: ignore[call-overload]
    options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
    start = [*prefix, programs / "pg_ctl", "-D", data, "-o", options, "-w", "-l", folder / "log", "start"]
    subprocess.run(start, **quiet)  # type: ignore[call-overload]
    try:
        yield f"postgresql+psycopg://postgres@/{{name}}?host={folder}"
    finally:
        stop = [*prefix, programs / "pg_ctl", "-D", data, "-m", "immediate", "stop"]
        subprocess.run(stop, **{**quiet, "check": False})  # type: ignore[call-overload]


def _fresh_database(pattern: str) -> str:
    import uuid

    import psycopg

    name = f"t{uuid.uuid4().hex}"
    with psycopg.connect(pattern.format(name="postgres").replace("+psycopg", ""), autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
    return pattern.format(name=name)

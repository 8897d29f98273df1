"""One seeded house served for all reading tests of this process, and a fresh one for each test that writes."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from hub_config.secrets import ensure_secrets
from portal.web.app import create_app
from portal.web.session import SESSION_COOKIE
from tests.portal.servers import apps_app, hub_app, serve
from tests.portal.world import World, make_world
from tests.ports import free_ports

HUB_TABLES = """
CREATE TABLE users (name TEXT, created TEXT, last_activity TEXT);
CREATE TABLE users_info (username TEXT, password BLOB);
INSERT INTO users VALUES ('lin', '2026-11-01', '2026-11-20');
INSERT INTO users_info VALUES ('lin', x'00');
"""


@dataclass(frozen=True)
class Served:
    """A house that answers at `base`; `hub` is its stand-in hub, which `stop_hub` takes away."""

    base: str
    world: World
    app: FastAPI
    hub: FastAPI
    stop_hub: Callable[[], None]
    opened: list[httpx.Client] = field(default_factory=list)

    def cookie(self, account: str) -> str:
        return str(self.app.state.house.signer.session(account))

    def browser(self, account: str = "", language: str = "en") -> httpx.Client:
        """A client as a browser of `account` (nobody for "")."""
        cookies = {"shuyuan-language": language} | ({SESSION_COOKIE: self.cookie(account)} if account else {})
        client = httpx.Client(base_url=self.base, cookies=cookies, follow_redirects=False, timeout=30)
        self.opened.append(client)
        return client

    def close_browsers(self) -> None:
        """Close every client that `browser` gave."""
        while self.opened:
            self.opened.pop().close()

    def csrf(self, account: str) -> str:
        return str(self.app.state.house.signer.form(account))


@contextmanager
def served_house(home: Path) -> Iterator[Served]:
    ports = free_ports(3)
    world = make_world(home, ports)
    (home / "hub").mkdir()
    with closing(sqlite3.connect(home / "hub" / "hub.sqlite")) as tables:
        tables.executescript(HUB_TABLES)
    secret = ensure_secrets(home).portal_token
    base = f"http://127.0.0.1:{ports[0]}"
    app, hub = create_app(world.settings), hub_app(secret, base)
    with ExitStack() as stack:
        stack.callback(app.state.house.store.close)
        stack.callback(world.store.close)
        stack.enter_context(serve(app, ports[0]))
        stack.enter_context(serve(apps_app(), ports[2]))
        hub_stack = stack.enter_context(ExitStack())
        hub_stack.enter_context(serve(hub, ports[1]))
        yield Served(base, world, app, hub, hub_stack.close)


@pytest.fixture(autouse=True)
def closed_browsers(request: pytest.FixtureRequest) -> Iterator[None]:
    served = [request.getfixturevalue(name) for name in ("house", "fresh") if name in request.fixturenames]
    yield
    for one in served:
        one.close_browsers()


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """For tests that only read."""
    with served_house(tmp_path_factory.mktemp("house")) as served:
        yield served


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Served]:
    """For tests that write."""
    with served_house(tmp_path / "home") as served:
        yield served

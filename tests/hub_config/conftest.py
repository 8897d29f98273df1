"""One real house for the hub's tests: npm's proxy, the hub, and a stand-in at the portal's port; ports are random.

Started once per test process; whoever needs another one makes it with `House`.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.hub_config.house import House, sandbox_fault


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with House(tmp_path_factory.mktemp("house")) as started:
        yield started


@pytest.fixture(scope="session")
def walled(house: House) -> House:
    """The house, where the machine can build walls; else skipped with the reason."""
    fault = sandbox_fault()
    if fault:
        pytest.skip(f"the sandbox does not hold here: {fault}")
    return house


@pytest.fixture(autouse=True)
def closed_browsers(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "house" in request.fixturenames:
        request.getfixturevalue("house").close_browsers()

"""One platform for all of the day's tests; one worker runs them in order."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from commons.sandbox import probe
from tests.e2e.platform import Platform, Visitor, picture


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    broken = [one for one in probe() if not one.ok]
    if broken:
        pytest.skip(f"no sandbox on this machine: {broken[0].name}: {broken[0].found}")
    running = Platform(tmp_path_factory.mktemp("platform"))
    running.start()
    yield running
    running.stop()
    assert running.left_running() == []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[pytest.TestReport]:
    """What the browser showed when a test failed, beside the other pictures."""
    report = yield
    if report.when == "call" and report.failed:
        for name, value in getattr(item, "funcargs", {}).items():
            if isinstance(value, Visitor):
                picture(value.page, f"failed-{item.name}-{name}")
    return report

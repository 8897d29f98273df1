"""One platform for all of the day's tests; one worker runs them in order."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from commons.sandbox import probe
from tests.e2e.platform import Platform, Visitor, picture, visitor


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


@pytest.fixture(scope="module")
def teacher(platform: Platform, browser: Browser) -> Iterator[Visitor]:
    """A window in which the first teacher is signed in."""
    with visitor(browser, platform.url) as one:
        one.go("/login?next=/teach/")
        one.page.get_by_label("Account").fill("teacher")
        one.page.get_by_label("Password", exact=True).fill(platform.password)
        one.page.get_by_role("button", name="Sign in").click()
        one.page.wait_for_url("**/teach/")
        yield one


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[pytest.TestReport]:
    """What the browser showed when a test failed, beside the other pictures."""
    report = yield
    if report.when == "call" and report.failed:
        for name, value in getattr(item, "funcargs", {}).items():
            if isinstance(value, Visitor):
                picture(value.page, f"failed-{item.name}-{name}")
    return report

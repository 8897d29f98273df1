"""The whole platform under its own supervisor on random ports, and a real Chromium that notes every request leaving it."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

from commons.places import ROOT
from tests.browser import violations
from tests.ports import free_ports

PICTURE_BYTES = 290 << 10
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


class Platform:
    """`shuyuan run` in a home folder of its own."""

    def __init__(self, home: Path) -> None:
        names = ("PORT", "PROXY_API_PORT", "HUB_PORT", "PORTAL_PORT", "APPS_PORT")
        ports = dict(zip(names, map(str, free_ports(len(names))), strict=True))
        self.home, self.log = home, home / "run.log"
        self.env = {**os.environ, "SHUYUAN_HOME": str(home), **{f"SHUYUAN_{name}": port for name, port in ports.items()}}
        self.url = f"http://127.0.0.1:{ports['PORT']}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, seconds: float = 240, argv: list[str] | None = None) -> float:
        """Start and wait until it says that it is ready; gives the seconds that took."""
        begun = time.monotonic()
        self.home.mkdir(parents=True, exist_ok=True)
        already = len(self.said())
        with self.log.open("ab") as log:
            argv = argv or [sys.executable, "-m", "portal.cli", "run"]
            self.process = subprocess.Popen(argv, cwd=ROOT, env=self.env, stdout=log, stderr=log, start_new_session=True)
        while "is at http" not in self.said()[already:]:
            assert self.process.poll() is None, self.said()
            assert time.monotonic() - begun < seconds, self.said()
            time.sleep(0.1)
        return time.monotonic() - begun

    def stop(self) -> None:
        """Ctrl-C, and wait."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            assert self.process.wait(60) == 0, self.said()

    def said(self) -> str:
        return self.log.read_text("utf-8") if self.log.exists() else ""

    @property
    def password(self) -> str:
        """The first teacher's password, as printed."""
        found = re.search(r"password: (\S+)", self.said())
        assert found, self.said()
        return found[1]

    def pid_of(self, part: str) -> int:
        """The process of one part, by its command line."""
        words = {"portal": "portal.cli portal", "worker": "portal.cli worker", "hub": "jupyterhub", "apps": "portal.cli apps"}
        assert self.process is not None
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        for pid in children:
            line = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
            if words[part] in line:
                return int(pid)
        raise AssertionError(f"no {part} among the platform's processes")

    def left_running(self) -> list[str]:
        """Command lines of processes that still belong to this platform."""
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                environment = (entry / "environ").read_bytes()
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if f"SHUYUAN_HOME={self.home}\0".encode() in environment and "pytest" not in line:
                found.append(line)
        return found

    def join_code(self, course: str) -> str:
        """What a teacher tells the class."""
        with sqlite3.connect(self.home / "shuyuan.db") as db:
            return str(db.execute("SELECT join_code FROM course WHERE id = ?", (course,)).fetchone()[0])

    def lapse_leases(self) -> None:
        """As if the time of every lease were over, so that a test need not wait for it."""
        with sqlite3.connect(self.home / "shuyuan.db", timeout=20) as db:
            db.execute("UPDATE job SET lease = '2000-01-01 00:00:00.000000' WHERE state = 'running'")

    def shuyuan(self, *words: str) -> str:
        """Run a `shuyuan` command beside it; what it printed."""
        argv = [sys.executable, "-m", "portal.cli", *words]
        done = subprocess.run(argv, cwd=ROOT, env=self.env, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@dataclass
class Visitor:
    """A browser window of one person: its page, and what it asked of other machines."""

    context: BrowserContext
    page: Page
    url: str
    strays: list[str] = field(default_factory=list)

    def go(self, path: str) -> Page:
        self.page.goto(self.url + path)
        return self.page

    def axe(self) -> list[str]:
        """The accessibility violations of the page as it is now, one line each."""
        return violations(self.page)

    def is_too_wide(self) -> bool:
        """Whether the page scrolls sideways."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth > window.innerWidth + 1"))


@contextmanager
def visitor(browser: Browser, url: str, *, language: str = "en", size: dict[str, int] | None = None, **more: Any) -> Iterator[Visitor]:
    """A fresh visitor in that language; a request to another machine is refused and noted."""
    context = browser.new_context(locale=language, viewport=size or WIDE, accept_downloads=True, **more)  # type: ignore[arg-type]
    context.set_default_timeout(30_000)
    strays: list[str] = []

    def gate(route: Any) -> None:
        strays.append(route.request.url)
        route.abort()

    own = re.escape(url.removeprefix("http"))
    context.route(re.compile(rf"^(?!(http|ws){own}|data:|blob:|about:)"), gate)
    try:
        yield Visitor(context, context.new_page(), url, strays)
    finally:
        context.close()


def picture(page: Page, name: str, *, full: bool = False) -> Path:
    """Keep a screenshot of at most 300 KiB under build/pictures."""
    import io

    from PIL import Image

    folder = ROOT / "build" / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    shot = Image.open(io.BytesIO(page.screenshot(full_page=full))).convert("RGB")
    path = folder / f"{name}.png"
    for colours in (256, 128, 64, 32):
        shot.quantize(colours, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(path, optimize=True)
        if path.stat().st_size <= PICTURE_BYTES:
            break
    return path

"""One real Chromium for the browser tests of every room, and axe-core to try its pages with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Playwright

from commons.places import ROOT

__all__ = ["CHROMIUM", "launch", "violations"]

CHROMIUM = Path("/usr/bin/chromium")
# Software GL: there is no GPU to rely on. The rest keeps Chromium from calling home.
ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"


def launch(playwright: Playwright) -> Browser:
    """Debian's Chromium, headless."""
    return playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGS)


def violations(page: Page) -> list[str]:
    """What axe-core finds on the page as it is now, one line each.

    It is run through the debugger, for the page's own policy lets no foreign script in.
    """
    page.evaluate(AXE.read_text("utf-8") + "; 0")
    found: dict[str, Any] = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [f"{one['id']}: {node['target']} {node['html'][:120]}" for one in found["violations"] for node in one["nodes"][:4]]

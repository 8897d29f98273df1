"""A learner's whole day in a real Chromium, a visitor's tour without an account, a teacher's look at the class (must-show 2).

The tests of this file are one story and run in order.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from commons.languages import LANGUAGES
from commons.places import ROOT
from tests.e2e.learner import PASSWORD
from tests.e2e.platform import PHONE, WIDE, Platform, Visitor, picture, visitor
from tests.e2e.solving import solutions, solved

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(600)]

ACCOUNT = "mei"
SLIP = "count-by"
ANSWER = "name-of-answer"


@pytest.fixture(scope="module")
def mei(platform: Platform, browser: Browser) -> Iterator[Visitor]:
    with visitor(browser, platform.url) as one:
        yield one


CONTENTS = """async ([url, method, body]) => {
    const xsrf = document.cookie.split('; ').find(cookie => cookie.startsWith('_xsrf=')).slice(6);
    const answer = await fetch(url, {method, body, headers: {'X-XSRFToken': xsrf, 'Content-Type': 'application/json'}});
    return [answer.status, await answer.json()];
}"""


def _contents(page: Page, method: str, path: str, notebook: dict[str, Any] | None = None) -> dict[str, Any]:
    """Read or write a notebook of the learner by the contents API, as JupyterLab in this page does."""
    body = json.dumps({"type": "notebook", "format": "json", "content": notebook}) if notebook else None
    status, model = page.evaluate(CONTENTS, [f"/user/{ACCOUNT}/api/contents/{path}?content=1", method, body])
    assert status == 200, model
    return dict(model["content"] or {})


def test_a_new_learner_signs_up(mei: Visitor) -> None:
    page = mei.go("/")
    page.get_by_role("link", name="Sign in").first.click()
    assert mei.axe() == []
    page.get_by_role("link", name="Make an account").first.click()
    assert mei.axe() == []
    page.get_by_label("Account").fill(ACCOUNT)
    page.locator('[name="age_band"][value="14-17"]').check()
    page.locator('[name="password"]').fill(PASSWORD)
    page.locator('[name="confirmation"]').fill(PASSWORD)
    page.locator("form button.button").last.click()
    expect(page.get_by_role("link", name="Sign out")).to_be_visible()


def test_the_teacher_tells_the_code_and_the_learner_joins(teacher: Visitor, mei: Visitor) -> None:
    teacher.go("/teach/heritage")
    code = teacher.page.locator(".join-code").inner_text()
    page = mei.go("/courses/heritage")
    page.locator("#code").fill(code)
    page.get_by_role("button", name="Join").click()
    expect(page.get_by_role("link", name="Open in JupyterLab").first).to_be_visible()
    assert mei.axe() == []


def test_item_05_the_learner_opens_a_unit_and_answers_it(mei: Visitor) -> None:
    page = mei.page
    page.locator("#u1").get_by_role("link", name="Open in JupyterLab").click()
    page.wait_for_url(re.compile(r"/lab/tree/courses/heritage/u1/u1\.ipynb"), timeout=120_000)
    page.locator(".jp-Notebook").wait_for(timeout=60_000)
    path = "courses/heritage/u1/u1.ipynb"
    blank = _contents(page, "GET", path)
    assert "BEGIN SOLUTION" not in json.dumps(blank) and "HIDDEN" not in json.dumps(blank)
    _contents(page, "PUT", path, solved(blank, "heritage", "u1", slips=[SLIP, ANSWER, f"{SLIP}-answer"]))
    page.reload()
    # One answer by hand, as a learner gives it.
    editor = page.locator(".jp-Cell", has_text="def name_of").locator(".cm-content").first
    editor.wait_for(timeout=60_000)
    editor.click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(solutions("heritage", "u1")[ANSWER])
    # JupyterLab saves by itself, every twenty seconds.
    for _ in range(60):
        cells = _contents(page, "GET", path)["cells"]
        if any(
            "return record" in cell["source"]
            for cell in cells
            if cell["metadata"].get("nbgrader", {}).get("grade_id") == ANSWER
        ):
            break
        page.wait_for_timeout(1000)
    else:
        raise AssertionError("the answer was not saved")


def test_the_learner_runs_a_cell_and_sees_what_it_says(mei: Visitor) -> None:
    page = mei.page
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()
    expect(page.locator(".jp-OutputArea-output table, .jp-OutputArea-output img").first).to_be_visible(timeout=90_000)
    picture(page, "lab-en-1440")
    # JupyterLab's own faults are not ours to mend; they are listed in docs/accessibility.md.
    (ROOT / "build" / "axe-jupyterlab.txt").write_text("\n".join(mei.axe()) + "\n", "utf-8")


def test_the_learner_submits_from_the_assignment_list(mei: Visitor) -> None:
    page = mei.page
    # JupyterLab saves by itself; the answers were saved before, only outputs can be new.
    page.get_by_role("menuitem", name="Nbgrader").click()
    page.get_by_role("menuitem", name="Assignment List").click()
    expect(page.get_by_text("Downloaded assignments", exact=True)).to_be_visible(timeout=30_000)
    page.get_by_role("button", name="Submit").first.click(timeout=30_000)
    expect(page.get_by_text("There are no submitted assignments.")).to_be_hidden(timeout=30_000)


def test_score_and_feedback_per_exercise_come_within_seconds(mei: Visitor) -> None:
    page = mei.go("/courses/heritage")
    page.locator("#u1 summary").click()
    page.locator("#u1").get_by_role("link", name="Attempt 1").first.click()
    expect(page.locator(".total-number")).to_be_visible(timeout=60_000)
    missed = page.locator(".answer-missed")
    expect(missed).to_have_count(1)
    expect(page.locator(".answer-passed")).to_have_count(5)
    assert "HIDDEN" not in page.content()
    assert mei.axe() == []


def test_mastery_moves_and_a_next_step_says_why(mei: Visitor) -> None:
    page = mei.go("/my/")
    expect(page.locator(".node-known, .node-learning").first).to_be_attached()
    reasons = page.locator(".step .reasons li")
    expect(reasons.first).to_be_visible()
    assert all(len(text) > 15 for text in reasons.all_inner_texts())
    assert mei.axe() == []


def test_the_off_switch_holds_at_once(mei: Visitor) -> None:
    page = mei.go("/my/")
    page.locator('[name="mode"][value="off"]').check()
    page.get_by_role("button", name="Keep").click()
    expect(page.locator(".step")).to_have_count(0)
    page.locator('[name="mode"][value="personal"]').check()
    page.get_by_role("button", name="Keep").click()
    expect(page.locator(".step").first).to_be_visible()


def test_a_next_step_leads_to_a_stop_which_is_remembered_and_leads_back_to_a_unit(mei: Visitor) -> None:
    page = mei.go("/my/")
    stop = page.locator('.step a.button[href^="/tours/"], .step a.button-quiet[href^="/tours/"]').first
    expect(stop).to_be_visible()
    stop.click()
    page.wait_for_url(re.compile("/tours/garden/"))
    page.locator("vr-scene .view").focus()
    # Passing by is no visit; three seconds are. It is told when one goes on to the next stop.
    page.wait_for_timeout(3000)
    with page.expect_response(lambda answer: answer.url.endswith("/api/v1/records"), timeout=60_000) as told:
        page.keyboard.press("PageDown")
    assert told.value.ok, told.value.text()
    page.locator('a[href^="/courses/heritage/"]').first.click()
    expect(page.locator(".notebook")).to_be_visible()
    mei.go("/my/")
    expect(page.locator('#done ~ .tags a[href^="/tours/garden/"]').first).to_be_visible()


def test_item_08_a_unit_shows_its_stop_inside_the_notebook(mei: Visitor) -> None:
    page = mei.go("/courses/heritage")
    page.locator("#u4").get_by_role("link", name="Open in JupyterLab").click()
    page.wait_for_url(re.compile(r"/lab/tree/courses/heritage/u4/u4\.ipynb"), timeout=120_000)
    page.locator(".jp-Notebook:visible").wait_for(timeout=60_000)
    # The first cells, one by one, as a reader runs them; JupyterLab draws only what is in sight.
    page.locator(".jp-Notebook:visible .jp-Cell").first.click()
    page.keyboard.press("Escape")
    for _ in range(5):
        page.keyboard.press("Shift+Enter")
        page.wait_for_timeout(1000)
    frame = page.locator('iframe[src*="/tours/garden/embed"]')
    expect(frame.first).to_be_attached(timeout=60_000)
    expect(frame.first.content_frame.locator("vr-scene")).to_be_attached(timeout=60_000)
    assert page.get_by_text("UserWarning").count() == 0


def test_a_visitor_without_account_reads_a_unit(platform: Platform, browser: Browser) -> None:
    for language in ("zh-CN", "en"):
        with visitor(browser, platform.url, language=language) as one:
            page = one.go("/courses/heritage/u1")
            expect(page.locator("html")).to_have_attribute("lang", language)
            expect(page.locator(".notebook h2").first).to_be_visible()
            assert one.axe() == [] and one.strays == []


def test_the_teacher_sees_the_submission_and_downloads_the_csv(teacher: Visitor) -> None:
    page = teacher.go("/teach/heritage")
    expect(page.locator("#latest ~ .table-scroll").get_by_text(ACCOUNT).first).to_be_visible()
    assert teacher.axe() == []
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the marks (CSV)").click()
    with open(download.value.path(), encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    (row,) = [row for row in rows if row["account"] == ACCOUNT]
    assert (row["u1 score"], row["u1 of"], row["u1 attempts"]) == ("13.0", "16.0", "1")
    page.go_back()


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["1440", "390"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_item_09_signed_in_pages_are_accessible_and_fit_the_screen(
    platform: Platform, browser: Browser, mei: Visitor, teacher: Visitor, language: str, size: dict[str, int]
) -> None:
    attempt = mei.page.evaluate(
        "async () => (await (await fetch('/api/v1/courses/heritage/assignments/u1/attempts')).json())[0].attempt"
    )
    seen = {"my": (mei, "/my/"), "attempt": (mei, f"/my/attempts/{attempt}"), "my-course": (mei, "/courses/heritage")}
    seen |= {"privacy-mine": (mei, "/privacy/"), "home": (mei, "/hub/home"), "teach": (teacher, "/teach/heritage")}
    faults: list[str] = []
    for name, (who, path) in seen.items():
        state = who.context.storage_state()
        state["cookies"] = [one for one in state["cookies"] if one["name"] != "shuyuan-language"]
        with visitor(browser, platform.url, language=language, size=size, storage_state=state) as one:
            one.go(path).wait_for_load_state("networkidle")
            faults += [f"{name}: {fault}" for fault in one.axe()]
            if one.is_too_wide():
                faults.append(f"{name}: scrolls sideways")
            picture(one.page, f"{name}-{language}-{size['width']}")
    assert not faults, "\n".join(faults)


def test_no_request_left_the_machine(mei: Visitor, teacher: Visitor) -> None:
    assert mei.strays == []
    assert teacher.strays == []

"""A teacher's whole week in a real Chromium (must-show 6): author, check, release, watch hand-ins arrive, mark a written answer by a
rubric with the keyboard, mend a wrong test after a preview, release the marks, take the grades along.

The tests of this file are one story and run in order; another course and its teacher are added while the platform runs.
"""

from __future__ import annotations

import base64
import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from commons.languages import LANGUAGES
from tests.courses.conftest import COURSE, RIGHT, cells, fill, text, write_course
from tests.e2e.learner import PASSWORD, Learner
from tests.e2e.platform import PHONE, WIDE, Platform, Visitor, picture, visitor

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(600)]

ESSAY = {
    "grade_id": "why",
    "grade": True,
    "solution": True,
    "locked": False,
    "task": False,
    "points": 4,
    "schema_version": 3,
}
ASKED = "<!-- zh-CN -->\n为什么一篮很重的茶会改变平均数？\n<!-- en -->\nWhy does one heavy basket change the mean?"
WRITTEN = {
    "week-lin": "Every basket is added up, so **one heavy basket** pulls the mean up. Without it the mean of 2, 3 and 10 is 2.5.",
    "week-chen": "It is in the sum.",
    "week-ada": "",
}
MANIFEST = (
    COURSE
    + """      - grade_id: why
        title: {zh-CN: 重的一篮, en: The heavy basket}
        concepts: [statistics.mean]
        minutes: 5
        hint: {zh-CN: 想想总和。, en: Think of the sum.}
"""
)
# What the teacher got wrong: a fair answer that rounds is refused.
STRICT = "### BEGIN HIDDEN TESTS\nassert mean([1, 2]) == 1.4\n### END HIDDEN TESTS"
FAIR = "### BEGIN HIDDEN TESTS\nassert mean([1, 2]) == 1.5\n### END HIDDEN TESTS"


def _author(home: Path, hidden: str) -> None:
    """The teacher's notebook in the house's folder of courses."""
    some = cells()
    for cell in some:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == "mean-weight":
            cell["source"] = f"assert callable(mean)\n{hidden}"
    model = "<!-- zh-CN -->\n总和里有每一篮。\n<!-- en -->\nThe sum holds every basket."
    answer = {"cell_type": "markdown", "metadata": {"nbgrader": ESSAY}, "source": model}
    write_course(home / "courses", MANIFEST, [*some, text(ASKED), answer])


@pytest.fixture(scope="module")
def attempts(platform: Platform) -> dict[str, str]:
    """Three learners sign up, join and hand in: the attempts by account."""
    found = {}
    for account, written in WRITTEN.items():
        with Learner(platform.url, account) as learner:
            learner.join("tea", platform.join_code("tea"))
            files = {name: base64.b64decode(data) for name, data in learner.release("tea", "u1").items()}
            answers = {**RIGHT, "why": written} if account != "week-ada" else {"heaviest-answer": "heaviest_basket = 1"}
            sent = {name: base64.b64encode(data).decode() for name, data in fill(files, answers).items()}
            answer = learner.submit("tea", "u1", sent)
            assert answer.status_code == 201, answer.text
            found[account] = answer.json()["attempt"]
    return found


def _seen_by(platform: Platform, account: str, path: str) -> str:
    with _Back(platform.url, account) as who:
        return str(who.client.get(path).text)


def _at(page: Page, account: str) -> None:
    """The answer of `account` is there, and the page's script with it."""
    expect(page.get_by_role("heading", name=account)).to_be_visible()
    page.wait_for_load_state("load")


class _Back(Learner):
    """Somebody who signed up before, signed in anew."""

    def __enter__(self) -> Learner:
        self._form("/hub/login", {"username": self.account, "password": PASSWORD})
        self.client.get("/login", params={"next": "/my/"})
        return self


def test_issue3_show_06_monday_a_course_is_written_checked_and_released_while_the_platform_runs(
    platform: Platform, teacher: Visitor
) -> None:
    assert "Data from the tea hills" not in teacher.go("/teach/").content()
    _author(platform.home, STRICT.replace("1.4", "1.5"))
    said = platform.shuyuan("course", "check", "tea", "--mutants", "0")
    assert "faults 0" in said, said
    _author(platform.home, STRICT)
    assert "released tea/u1, version 1" in platform.shuyuan("course", "release", "tea")
    platform.shuyuan("course", "add-teacher", "tea", "teacher")
    page = teacher.go("/teach/")
    page.get_by_role("link", name="Data from the tea hills").click()
    expect(page.get_by_role("heading", name="Assignments")).to_be_visible()
    assert teacher.axe() == []


def test_issue3_show_06_monday_marks_are_held_back_and_late_work_has_a_rule(teacher: Visitor) -> None:
    page = teacher.go("/teach/tea/u1/rules")
    page.get_by_role("button", name="Hold them back").click()
    expect(page.get_by_text("The marks are held back from now on.")).to_be_visible()
    page.get_by_label("Deadline for everybody").fill("2031-05-04T20:00")
    page.get_by_role("button", name="Keep").first.click()
    expect(page.get_by_text("4 May 2031").first).to_be_visible()
    page.get_by_label("Loses a share for each day begun").check()
    page.get_by_label("Percent a day").fill("20")
    page.get_by_role("button", name="Keep").last.click()
    expect(page.get_by_label("Loses a share for each day begun")).to_be_checked()
    assert teacher.axe() == []


def test_issue3_show_06_tuesday_hand_ins_arrive_and_are_graded(
    platform: Platform, teacher: Visitor, attempts: dict[str, str]
) -> None:
    page = teacher.go("/teach/tea/u1/submissions")
    for account in attempts:
        expect(page.get_by_role("link", name=account)).to_be_visible()
    # The page itself follows the grading.
    expect(page.get_by_text("3 of 3 graded")).to_be_visible(timeout=120_000)
    page.goto(page.url)
    expect(page.get_by_text("2 answers wait for you")).to_be_visible()
    assert teacher.axe() == []
    mine = _seen_by(platform, "week-lin", f"/my/attempts/{attempts['week-lin']}")
    assert "Your teacher will release the marks" in mine and "total-number" not in mine


def test_issue3_show_06_wednesday_a_written_answer_is_marked_by_rubric_with_the_keyboard(
    teacher: Visitor, attempts: dict[str, str]
) -> None:
    page = teacher.go("/teach/tea/u1/marking")
    page.get_by_role("link", name="The heavy basket").click()
    expect(page.get_by_text("Why does one heavy basket change the mean?")).to_be_visible()
    for number, (words, points) in enumerate(
        (("names the sum", "1"), ("says what happens without it", "2"), ("gives an example", "1"))
    ):
        page.locator(f"#words-{number}").fill(words)
        page.locator(f"#points-{number}").fill(points)
    page.get_by_role("button", name="Save the rubric").click()
    expect(page.locator(".rubric-item")).to_have_count(3)
    _at(page, "week-lin")
    page.keyboard.press("1")
    page.keyboard.press("2")
    page.keyboard.press("3")
    expect(page.locator("#points")).to_have_value("4")
    expect(page.locator("#saved")).to_have_text("Saved.")
    page.keyboard.press("3")
    expect(page.locator("#points")).to_have_value("3")
    page.keyboard.press("c")
    page.keyboard.type("Clear.")
    assert teacher.axe() == []
    page.keyboard.press("Control+Enter")
    _at(page, "week-chen")
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    _at(page, "week-ada")
    page.keyboard.press("k")
    _at(page, "week-chen")
    expect(page.locator("#points")).to_have_value("1")
    page.keyboard.press("ArrowRight")
    _at(page, "week-ada")
    page.locator("#points").fill("0")
    page.keyboard.press("Enter")
    expect(page.get_by_text("3 of 3 marked")).to_be_visible()
    page.goto(f"{teacher.url}/teach/tea/attempt/{attempts['week-lin']}")
    expect(page.locator(".total-number")).to_have_text("4")


def test_issue3_show_06_wednesday_two_windows_do_not_overwrite_each_other(
    teacher: Visitor, attempts: dict[str, str]
) -> None:
    path = f"/teach/tea/u1/marking/question/why?attempt={attempts['week-chen']}"
    page, other = teacher.go(path), teacher.context.new_page()
    other.goto(teacher.url + path)
    _at(other, "week-chen")
    other.keyboard.press("2")
    expect(other.locator("#saved")).to_have_text("Saved.")
    _at(page, "week-chen")
    page.keyboard.press("3")
    expect(page.locator("#saved")).to_contain_text("has just given 3 points")
    page.reload()
    expect(page.locator("#points")).to_have_value("3")
    other.close()


def test_issue3_show_06_thursday_what_went_wrong_points_at_the_test(teacher: Visitor) -> None:
    page = teacher.go("/teach/tea/u1/results")
    mean = page.locator(".result").first
    expect(mean.get_by_text("Passed what can be seen, failed a hidden check").first).to_be_visible()
    expect(mean.locator(".kind").first.get_by_role("link", name="week-lin")).to_be_visible()
    assert teacher.axe() == []


def test_issue3_show_06_thursday_a_wrong_test_is_mended_after_a_preview(
    platform: Platform, teacher: Visitor, attempts: dict[str, str]
) -> None:
    _author(platform.home, FAIR)
    page = teacher.go("/teach/tea/u1/regrade")
    page.get_by_role("button", name="See what would change").click()
    expect(page.get_by_text("2 hand-ins would change: 2 rise, 0 fall.")).to_be_visible(timeout=180_000)
    row = page.get_by_role("row").filter(has_text="week-lin")
    expect(row).to_contain_text("4 / 7")
    expect(row).to_contain_text("6 / 7")
    assert teacher.axe() == []
    picture(page, "week-preview-en-1440")
    page.goto(f"{teacher.url}/teach/tea/attempt/{attempts['week-lin']}")
    expect(page.locator(".total-number")).to_have_text("4")
    page.go_back()
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_text("The new marks hold.")).to_be_visible()
    page.goto(f"{teacher.url}/teach/tea/attempt/{attempts['week-lin']}")
    expect(page.locator(".total-number")).to_have_text("6")


def test_issue3_show_06_friday_marks_are_released_and_learners_read_them(
    platform: Platform, teacher: Visitor, attempts: dict[str, str]
) -> None:
    page = teacher.go("/teach/tea/u1/rules")
    page.get_by_role("button", name="Release them now").click()
    expect(page.get_by_text("The marks are out.")).to_be_visible()
    mine = _seen_by(platform, "week-lin", f"/my/attempts/{attempts['week-lin']}")
    assert "Clear." in mine and "says what happens without it" in mine
    assert re.search(r'total-number">6<', mine), mine
    due = _seen_by(platform, "week-lin", "/courses/tea")
    assert "4 May 2031" in due and "takes 20 % off" in due


def test_issue3_show_06_friday_grades_are_taken_along_and_the_week_is_on_record(teacher: Visitor) -> None:
    page = teacher.go("/teach/tea")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the grades (CSV)").click()
    with open(download.value.path(), encoding="utf-8-sig", newline="") as file:
        rows = {row["account"]: row for row in csv.DictReader(file)}
    assert {name: (row["score"], row["state"]) for name, row in rows.items()} == {
        "week-lin": ("6.0", "graded"), "week-chen": ("6.0", "graded"), "week-ada": ("0.0", "graded"),
    }  # fmt: skip
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the grades (JSON)").click()
    told = json.loads(Path(download.value.path()).read_text("utf-8"))
    assert len(told["grades"]) == 3 and told["grades"][0]["points"]["why"] is not None
    page = teacher.go("/teach/tea/audit")
    for words in (
        "Marked again: 2 hand-ins changed",
        "Released the marks.",
        "Held the marks back.",
        "Exported (grades.csv)",
    ):
        expect(page.get_by_text(words).first).to_be_visible()
    assert teacher.axe() == []


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["1440", "390"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_issue3_show_06_the_desk_is_accessible_and_fits_the_screen(
    platform: Platform,
    browser: Browser,
    teacher: Visitor,
    attempts: dict[str, str],
    language: str,
    size: dict[str, int],
) -> None:
    paths = {name: f"/teach/tea/u1/{name}" for name in ("submissions", "marking", "results", "rules", "regrade")}
    paths |= {
        "question": f"/teach/tea/u1/marking/question/why?attempt={attempts['week-lin']}",
        "course": "/teach/tea",
        "audit": "/teach/tea/audit",
    }
    paths |= {"submission": f"/teach/tea/attempt/{attempts['week-lin']}"}
    state = teacher.context.storage_state()
    state["cookies"] = [one for one in state["cookies"] if one["name"] != "shuyuan-language"]
    faults: list[str] = []
    with visitor(browser, platform.url, language=language, size=size, storage_state=state) as one:
        # That page's policy lets no script run, not even the one that looks for faults.
        one.context.route("**/teach/tea/attempt/**", _without_policy)
        for name, path in paths.items():
            one.go(path).wait_for_load_state("networkidle")
            faults += [f"{name}: {fault}" for fault in one.axe()]
            if one.is_too_wide():
                faults.append(f"{name}: scrolls sideways")
            picture(one.page, f"week-{name}-{language}-{size['width']}")
        assert one.strays == []
    assert not faults, "\n".join(faults)


def _without_policy(route: Any) -> None:
    answer = route.fetch()
    headers = {name: value for name, value in answer.headers.items() if name != "content-security-policy"}
    route.fulfill(response=answer, headers=headers)

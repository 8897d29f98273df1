"""The review of suggestions as pages and forms without a script: who may, what is kept, what is refused in words."""

from __future__ import annotations

import html
import re
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from commons.jobs import Worker
from courses import registry
from knowledge_graph.load import graph_folders, load_graph
from knowledge_graph.review import edge_key, read_decisions
from knowledge_graph.review.decisions import decisions_path
from knowledge_graph.suggest.learn import learnt
from knowledge_graph.suggest.store import SuggestionSet, read_suggestions, suggestions_path, write_suggestions
from portal.personal import exported
from portal.suggesting import JOB_KIND, job_handlers, last_run
from tests.portal.conftest import Served
from tests.portal.suggested import COURSE, FIRST, HOSTILE_LABEL, add_suggestions, concept, edge

BASE = f"/teach/graph/{COURSE}"
JSON = {"Accept": "application/json"}


def _home(served: Served) -> Path:
    return Path(served.world.settings.home)


def _do(
    served: Served, kind: str, of: str, *, who: str = "teacher", seen: int | None = None, **more: str
) -> httpx.Response:
    """Send the form of one suggestion as the page shows it."""
    seen = sum(one.of == of for one in read_decisions(decisions_path(_home(served)))) if seen is None else seen
    form = {"csrf": served.csrf(who), "kind": kind, "of": of, "seen": str(seen), **more}
    return served.browser(who).post(f"{BASE}/decide", data=form, headers=JSON if more.pop("json", "") else {})


def _keys(page: str) -> list[str]:
    return [html.unescape(key) for key in re.findall(r'data-key="([^"]*)"', page)]


def test_issue4_item_04_only_teachers_of_the_course_see_and_decide(fresh: Served) -> None:
    add_suggestions(_home(fresh))
    for path in ("/teach/graph", BASE, f"{BASE}/record", f"{BASE}/progress"):
        assert fresh.browser().get(path).headers["location"].startswith("/login")
        expected = 200 if path == "/teach/graph" else 403
        assert fresh.browser("lin").get(path).status_code == expected
        assert fresh.browser("teacher").get(path).status_code == 200
    assert COURSE not in fresh.browser("lin").get("/teach/graph").text
    for kind in ("accept", "reject"):
        assert _do(fresh, kind, "tea.c0", who="lin").status_code == 403
    assert fresh.browser("lin").post(f"{BASE}/suggest", data={"csrf": fresh.csrf("lin")}).status_code == 403
    form = {"csrf": "made-up", "kind": "accept", "of": "tea.c0", "seen": "0"}
    assert fresh.browser("teacher").post(f"{BASE}/decide", data=form).status_code == 403
    assert read_decisions(decisions_path(_home(fresh))) == ()


@pytest.mark.parametrize(("language", "word"), [("zh-CN", "机器建议"), ("en", "suggested by machine")])
def test_issue4_item_04_evidence_and_label_stand_beside_each_suggestion(
    fresh: Served, language: str, word: str
) -> None:
    add_suggestions(_home(fresh))
    page = fresh.browser("teacher", language).get(BASE).text
    assert page.count(word) == len(_keys(page)) == 12
    assert (
        "Here tea c0 is spoken of, in cell 2." in page
        and "To understand statistics.median one has to know tea.c0." in page
    )
    keys = _keys(page)
    assert all(
        keys.index(end) < keys.index(key) for key in keys if " -> " in key for end in key.split(" -> ") if end in keys
    )


def test_issue4_item_04_an_accepted_concept_and_edge_are_in_the_platforms_graph(fresh: Served) -> None:
    add_suggestions(_home(fresh))
    assert _do(fresh, "accept", "tea.c0").headers["location"] == f"{BASE}?show=open&page=1&said=graph-accept"
    assert _do(fresh, "accept", FIRST).status_code == 303
    graph = load_graph(graph_folders(_home(fresh)))
    made = next(one for one in graph.prerequisites if one.before == "tea.c0")
    teacher = fresh.world.people["teacher"].actor
    assert (made.after, made.confirmed_by, made.method) == ("statistics.median", teacher, "suggested by machine")
    assert graph.areas["tea"]["en"] == fresh.world.course.title["en"]
    map = fresh.browser().get("/concepts/map?concept=tea.c0").text
    assert "A tea c0 is a kind of tea." in map and "line-machine" not in map
    assert fresh.browser().get("/concepts/tea.c0").status_code == 200
    page = fresh.browser("teacher").get(BASE).text
    assert "tea.c0" not in _keys(page) and FIRST not in _keys(page)


def test_every_decision_is_in_the_record_with_teacher_and_time_and_can_be_taken_back(fresh: Served) -> None:
    add_suggestions(_home(fresh))
    _do(fresh, "reject", "tea.c1")
    _do(fresh, "merge", "tea.c2", into="中位数")
    page = fresh.browser("teacher").get(f"{BASE}/record").text
    assert page.count("周老师") >= 2 and "rejected" in page and "merged" in page and "into “median”" in page
    assert _do(fresh, "undo", "tea.c1", show="record").headers["location"] == f"{BASE}/record?said=graph-undo"
    assert "tea.c1" in _keys(fresh.browser("teacher").get(BASE).text)
    kinds = [(one.kind, one.of, one.course) for one in read_decisions(decisions_path(_home(fresh)))]
    assert kinds == [("reject", "tea.c1", COURSE), ("merge", "tea.c2", COURSE), ("undo", "tea.c1", COURSE)]
    assert all(
        one.teacher == fresh.world.people["teacher"].actor for one in read_decisions(decisions_path(_home(fresh)))
    )


def test_edited_words_are_what_the_graph_gets_and_a_missing_language_waits(fresh: Served) -> None:
    write_suggestions(
        _home(fresh), SuggestionSet(COURSE, (concept("c0", languages=("en",)),), (edge("tea.c0", "statistics.median"),))
    )
    _do(fresh, "accept", "tea.c0")
    _do(fresh, "accept", FIRST)
    page = fresh.browser("teacher").get(f"{BASE}?show=waiting").text
    assert set(_keys(page)) == {"tea.c0", FIRST} and "in one language is missing" in page
    words: dict[str, Any] = {
        "label-zh-CN": "头茶",
        "label-en": "first flush",
        "definition-zh-CN": "春天第一次采的茶。",
        "definition-en": "Tea picked first.",
    }
    assert _do(fresh, "edit", "tea.c0", **words).status_code == 303
    made = load_graph(graph_folders(_home(fresh))).concepts["tea.c0"]
    assert (made.label["zh-CN"], made.label["en"], made.definition["en"]) == (
        "头茶",
        "first flush",
        "Tea picked first.",
    )
    assert _keys(fresh.browser("teacher").get(f"{BASE}?show=waiting").text) == []


def test_issue4_show_06_a_circle_is_refused_with_its_concepts_named(fresh: Served) -> None:
    first = load_graph().prerequisites[0]
    write_suggestions(_home(fresh), SuggestionSet(COURSE, (), (edge(first.after, first.before),)))
    answer = _do(fresh, "accept", edge_key(first.after, first.before))
    labels = load_graph().concepts
    assert answer.status_code == 409 and "would close a circle" in answer.text
    assert labels[first.after].label["en"] in answer.text and labels[first.before].label["en"] in answer.text
    assert read_decisions(decisions_path(_home(fresh))) == ()


def test_two_teachers_at_once_see_a_conflict_and_nothing_is_overwritten(fresh: Served) -> None:
    add_suggestions(_home(fresh))
    with fresh.world.store.begin() as conn:
        registry.add_member(conn, COURSE, fresh.world.people["chen"], "teacher")
    assert _do(fresh, "reject", "tea.c0", seen=0).status_code == 303
    answer = _do(fresh, "accept", "tea.c0", who="chen", seen=0)
    assert answer.status_code == 409 and "周老师 has rejected it meanwhile" in answer.text
    told = _do(fresh, "accept", "tea.c0", who="chen", seen=0, json="1")
    assert told.status_code == 409
    assert [one.kind for one in read_decisions(decisions_path(_home(fresh)))] == ["reject"]


def test_asked_for_json_a_decision_answers_with_the_card_as_it_stands_and_what_lost_its_sense(fresh: Served) -> None:
    add_suggestions(_home(fresh), 2, 3)
    form = {"csrf": fresh.csrf("teacher"), "kind": "reject", "of": "tea.c0", "seen": "0", "number": "1"}
    said = fresh.browser("teacher").post(f"{BASE}/decide", data=form, headers=JSON).json()
    assert "is-decided" in said["html"] and "Rejected" in said["html"] and said["open"] == 2
    assert set(said["moot"]) == {FIRST, edge_key("tea.c0", "tea.c1")}
    again = fresh.browser("teacher").post(f"{BASE}/decide", data=form, headers=JSON)
    assert (
        again.status_code == 409
        and "Nothing" not in again.json()["error"]["message"]
        and "is-decided" in again.json()["html"]
    )


@pytest.mark.parametrize(
    "form",
    [
        {"kind": "explode"}, {"of": "no.such"}, {"seen": "x"}, {"kind": "merge", "into": "nothing like it"},
        {"kind": "merge", "into": "tea.c0"},
        {"kind": "edit", "label-en": " ", "label-zh-CN": ""}, {"kind": "edit", "label-en": "x" * 300}, {"kind": "undo"},
        {"of": FIRST, "kind": "merge", "into": "median"},
    ],
)  # fmt: skip
def test_issue4_show_06_a_form_that_makes_no_sense_is_refused_in_words_and_keeps_nothing(
    house: Served, form: dict[str, str]
) -> None:
    add_suggestions(_home(house))
    sent = {"csrf": house.csrf("teacher"), "kind": "accept", "of": "tea.c0", "seen": "0", **form}
    answer = house.browser("teacher").post(f"{BASE}/decide", data=sent)
    assert answer.status_code == 400 and 'role="alert"' in answer.text and "Traceback" not in answer.text
    assert read_decisions(decisions_path(_home(house))) == ()


def _told(served: Served, kind: str, of: str, language: str = "en", **more: str) -> tuple[int, dict[str, Any]]:
    """What the page's script is answered."""
    form = {"csrf": served.csrf("teacher"), "kind": kind, "of": of, "seen": "0", "number": "1", **more}
    answer = served.browser("teacher", language).post(f"{BASE}/decide", data=form, headers=JSON)
    return answer.status_code, answer.json()


def test_a_refused_merge_names_its_field_so_that_the_words_stand_beside_it(fresh: Served) -> None:
    add_suggestions(_home(fresh))
    status, said = _told(fresh, "merge", "tea.c0", into="nothing like it")
    assert (status, said["error"]["field"]) == (400, "into") and "nothing like it" in said["error"]["message"]


@pytest.mark.parametrize("letter", ["\u202e", "\x07", "\u2028"])
@pytest.mark.parametrize(
    ("language", "field", "words"),
    [
        ("zh-CN", "label-en", "“名称（English）”里有看不见的字符"),
        ("en", "definition-zh-CN", "“Definition (中文)” holds an invisible"),
    ],
)
@pytest.mark.parametrize("kind", ["edit", "accept"])
def test_an_invisible_character_is_refused_at_the_edit_in_the_readers_language(
    house: Served, letter: str, language: str, field: str, words: str, kind: str
) -> None:
    add_suggestions(_home(house))
    status, said = _told(house, kind, "tea.c0", language, **{"label-zh-CN": "茶", field: f"a{letter}b"})
    assert status == 400 and said["error"]["field"] == field
    assert words in said["error"]["message"] and f"U+{ord(letter):04X}" in said["error"]["message"]
    assert read_decisions(decisions_path(_home(house))) == ()


def test_an_edge_whose_concept_was_rejected_is_refused_with_the_concept_named(fresh: Served) -> None:
    add_suggestions(_home(fresh))
    _do(fresh, "accept", edge_key("tea.c0", "tea.c1"))
    _do(fresh, "reject", "tea.c0")
    status, said = _told(fresh, "accept", FIRST)
    assert status == 409 and "“tea c0” has been rejected" in said["error"]["message"] and FIRST in said["moot"]
    assert "“茶c0”已经定为不要" in _told(fresh, "accept", FIRST, "zh-CN")[1]["error"]["message"]
    assert [one.kind for one in read_decisions(decisions_path(_home(fresh)))] == ["accept", "reject"]
    assert "nothing left to decide here" in fresh.browser("teacher").get(f"{BASE}/record").text
    _do(fresh, "undo", "tea.c0")
    assert _told(fresh, "accept", FIRST)[0] == 200


def test_the_answer_carries_the_counters_in_the_pages_words(fresh: Served) -> None:
    add_suggestions(_home(fresh), 2, 3)
    assert _told(fresh, "accept", "tea.c0")[1]["tabs"] == {"open": "To decide: 4", "waiting": "Accepted, incomplete: 1"}
    said = _told(fresh, "reject", "tea.c1", "zh-CN")[1]
    assert said["tabs"] == {"open": "待定 1", "waiting": "已接受，尚缺 1"}
    page = fresh.browser("teacher").get(BASE).text
    assert re.search(r'data-count="open">To decide: 1<', page) and 'data-count="waiting">' in page


BROKEN = [("zh-CN", "图谱文件 bad.yaml 有错"), ("en", "file bad.yaml has faults")]


@pytest.mark.parametrize(("language", "words"), BROKEN)
def test_a_broken_file_of_the_graph_is_told_by_name_alone_and_only_it_is_left_out(
    fresh: Served, language: str, words: str
) -> None:
    add_suggestions(_home(fresh))
    _do(fresh, "accept", "tea.c0")
    _do(fresh, "accept", FIRST)
    (graph_folders(_home(fresh))[-1] / "bad.yaml").write_text("area: [", "utf-8")
    teacher = fresh.browser("teacher", language)
    for path in ("/teach/graph", BASE, f"{BASE}/record"):
        page = teacher.get(path).text
        assert words in page and str(_home(fresh)) not in page
    assert teacher.get("/concepts/tea.c0").status_code == 200
    status, said = _told(fresh, "accept", "tea.c1", language)
    assert status == 400 and words in said["error"]["message"] and str(_home(fresh)) not in str(said)
    assert [one.of for one in read_decisions(decisions_path(_home(fresh)))] == ["tea.c0", FIRST]


@pytest.mark.parametrize(
    ("language", "words"),
    [("zh-CN", "撤回：先学“茶c0”，再学“中位数”"), ("en", "Take back: “tea c0” before “median”")],
)
def test_taking_back_names_what_it_takes_back(fresh: Served, language: str, words: str) -> None:
    add_suggestions(_home(fresh))
    piece = _told(fresh, "accept", FIRST, language)[1]["html"]
    button = re.search(r'<button[^>]*value="undo".*?</button>', piece)
    assert button and html.unescape(re.sub("<[^>]*>", "", button[0])) == words


def test_issue4_show_06_hostile_labels_stay_text_everywhere(fresh: Served) -> None:
    add_suggestions(_home(fresh), hostile=True)
    _do(fresh, "accept", "tea.c0")
    _do(fresh, "accept", FIRST)
    _do(fresh, "reject", "tea.c1")
    for path in (
        BASE,
        f"{BASE}/record",
        f"{BASE}?show=waiting",
        "/concepts/map?concept=tea.c0",
        "/concepts/tea.c0",
        "/concepts/",
    ):
        page = fresh.browser("teacher").get(path).text
        assert HOSTILE_LABEL not in page and "onerror=alert(1)>" not in page
    assert html.escape(HOSTILE_LABEL).replace("&#x27;", "&#39;") in fresh.browser("teacher").get(f"{BASE}/record").text


def test_a_thousand_suggestions_are_shown_in_pages_and_quickly(fresh: Served) -> None:
    add_suggestions(_home(fresh), 45, 1000)
    teacher = fresh.browser("teacher")
    teacher.get(BASE)
    begun = time.perf_counter()
    page = teacher.get(BASE).text
    took = time.perf_counter() - begun
    assert len(_keys(page)) == 20 and "To decide: 1045" in page and took < 3
    assert len(_keys(teacher.get(f"{BASE}?page=53").text)) == 5


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "There are no suggestions yet."), ('{"version": 99}', "written by another version"), ("{", "is damaged"),
        ("[]", "is damaged"), ("\x00\xff", "is damaged"),
    ],
)  # fmt: skip
def test_issue4_show_06_no_set_another_version_and_a_damaged_file_are_told_in_words(
    fresh: Served, text: str | None, words: str
) -> None:
    path = suggestions_path(_home(fresh), COURSE)
    path.parent.mkdir(parents=True, exist_ok=True)
    if text is not None:
        path.write_bytes(text.encode("latin-1"))
    answer = fresh.browser("teacher").get(BASE)
    assert answer.status_code == 200 and words in answer.text
    write_suggestions(_home(fresh), SuggestionSet(COURSE, (), ()))
    assert "Nothing is left to decide." in fresh.browser("teacher").get(BASE).text


def test_a_torn_record_is_told_and_does_not_take_the_page_down(fresh: Served) -> None:
    add_suggestions(_home(fresh))
    _do(fresh, "reject", "tea.c0")
    with decisions_path(_home(fresh)).open("a") as file:
        file.write("not json\n")
    page = fresh.browser("teacher").get(BASE)
    assert page.status_code == 200 and "decisions.jsonl, line 2" in page.text


def test_teaching_pages_lead_to_the_review(fresh: Served) -> None:
    assert 'href="/teach/graph"' in fresh.browser("teacher").get("/teach/").text
    assert f'href="{BASE}"' in fresh.browser("teacher").get(f"/teach/{COURSE}").text
    assert f'href="{BASE}"' in fresh.browser("teacher").get("/teach/graph").text


@pytest.mark.slow
def test_issue4_item_04_suggestions_are_made_by_a_durable_job_and_the_scorer_learns_from_decisions(
    fresh: Served,
) -> None:
    teacher, world = fresh.browser("teacher"), fresh.world
    for _ in range(2):
        assert teacher.post(f"{BASE}/suggest", data={"csrf": fresh.csrf("teacher")}).headers["location"] == BASE
    assert (
        teacher.get(f"{BASE}/progress").json()["state"] == "running"
        and "The machine is reading" in teacher.get(BASE).text
    )
    assert Worker(world.store, job_handlers(world.settings)).run_pending() == 1
    assert teacher.get(f"{BASE}/progress").json()["state"] == "done"
    made = read_suggestions(suggestions_path(_home(fresh), COURSE))
    assert made.concepts and made.edges
    page = teacher.get(BASE).text
    assert set(_keys(page)) <= {one.id for one in made.concepts} | {
        edge_key(one.before, one.after) for one in made.edges
    }
    assert learnt(_home(fresh)).decisions == 0
    for one in made.edges[:3]:
        assert _do(fresh, "reject", edge_key(one.before, one.after)).status_code == 303
    assert learnt(_home(fresh)).decisions == 3
    teacher.post(f"{BASE}/suggest", data={"csrf": fresh.csrf("teacher")})
    assert Worker(world.store, job_handlers(world.settings)).run_pending() == 1
    assert not {edge_key(one.before, one.after) for one in made.edges[:3]} & set(_keys(teacher.get(BASE).text))


def test_a_run_that_finds_nothing_to_read_is_told_and_the_old_suggestions_stay(fresh: Served) -> None:
    add_suggestions(_home(fresh))
    (_home(fresh) / "graph" / "content").mkdir(parents=True, exist_ok=True)
    (_home(fresh) / "graph" / "content" / "bad.yaml").write_text("area: [", "utf-8")
    teacher = fresh.browser("teacher")
    teacher.post(f"{BASE}/suggest", data={"csrf": fresh.csrf("teacher")})
    Worker(fresh.world.store, job_handlers(fresh.world.settings)).run_pending()
    with fresh.world.store.read() as conn:
        run = last_run(conn, COURSE)
    assert run is not None and run.state == "failed" and JOB_KIND == "suggest"
    page = teacher.get(BASE).text
    assert "The last run did not finish" in page and "bad.yaml" in page and len(_keys(page)) == 12


def test_decisions_go_along_with_a_persons_data_and_name_nobody_after_erasure(fresh: Served) -> None:
    add_suggestions(_home(fresh))
    _do(fresh, "reject", "tea.c1")
    with fresh.world.store.read() as conn:
        mine = exported(conn, fresh.world.people["teacher"], fresh.world.settings)["graph-decisions"]["decisions"]
    assert [(one["kind"], one["of"]) for one in mine] == [("reject", "tea.c1")]
    record = decisions_path(_home(fresh)).read_text("utf-8")
    assert "周老师" not in record and '"teacher":"teacher"' not in record

"""Teachers' decisions: kept for good, never overwritten unseen, written into the graph, and taken back without a trace left in it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from commons.errors import BadInput
from knowledge_graph.load import graph_folders, load_graph
from knowledge_graph.model import Graph, Prerequisite
from knowledge_graph.review import Decision, edge_key, read_decisions, standing
from knowledge_graph.review.decide import Circle, Taken, Unfit, decide, is_settled, settle
from knowledge_graph.review.decisions import append, decisions_path, read_record
from knowledge_graph.review.queue import open_keys

AREAS = {"tea": {"zh-CN": "茶", "en": "Tea"}}
LEAF = {
    "label": {"zh-CN": "茶叶", "en": "tea leaf"},
    "definition": {"zh-CN": "茶树的叶。", "en": "A leaf of the tea plant."},
}
TO_LEAF = edge_key("tea.leaf", "statistics.median")
FREE = edge_key("geometry.circle", "statistics.median")


def _now(home: Path) -> Graph:
    return load_graph(graph_folders(home))


def _do(home: Path, kind: str, of: str, *, seen: int | None = None, **more: Any) -> Mapping[str, str]:
    count = standing(read_decisions(decisions_path(home))).version(of) if seen is None else seen
    return decide(home, Decision.now("actor-1", kind, of, **more), count, AREAS).waiting


def test_issue4_item_04_an_accepted_concept_joins_the_graph_with_its_first_edge(tmp_path: Path) -> None:
    assert _do(tmp_path, "accept", "tea.leaf", text=LEAF) == {"tea.leaf": "edge"}
    assert "tea.leaf" not in _now(tmp_path).concepts
    assert _do(tmp_path, "accept", TO_LEAF, text={"probability": 0.71}) == {}
    graph = _now(tmp_path)
    assert graph.concepts["tea.leaf"].label == LEAF["label"] and graph.areas["tea"] == AREAS["tea"]
    edge = next(one for one in graph.prerequisites if one.before == "tea.leaf")
    assert edge == Prerequisite(
        "tea.leaf", "statistics.median", "shuyuan graph suggest", "suggested by machine", 0.71, "actor-1"
    )


def test_an_accepted_thing_waits_for_words_in_every_language_and_for_both_ends(tmp_path: Path) -> None:
    half = {"label": {"en": "tea leaf"}, "definition": {"en": "A leaf."}}
    assert _do(tmp_path, "accept", TO_LEAF) == {TO_LEAF: "ends"}
    assert _do(tmp_path, "accept", "tea.leaf", text=half) == {"tea.leaf": "words", TO_LEAF: "ends"}
    assert _do(tmp_path, "edit", "tea.leaf", text=LEAF) == {}
    assert _now(tmp_path).concepts["tea.leaf"].definition == LEAF["definition"]


def test_every_decision_can_be_taken_back_and_the_graph_with_it(tmp_path: Path) -> None:
    before = _now(tmp_path)
    _do(tmp_path, "accept", "tea.leaf", text=LEAF)
    _do(tmp_path, "accept", TO_LEAF)
    assert _do(tmp_path, "undo", TO_LEAF) == {"tea.leaf": "edge"}
    assert _do(tmp_path, "undo", "tea.leaf") == {}
    after = _now(tmp_path)
    assert after.concepts == before.concepts and after.prerequisites == before.prerequisites
    with pytest.raises(BadInput, match="nothing to take back"):
        _do(tmp_path, "undo", TO_LEAF)
    assert [one.kind for one in read_decisions(decisions_path(tmp_path))] == ["accept", "accept", "undo", "undo"]


def test_a_merge_moves_the_edges_and_keeps_the_name_until_it_is_taken_back(tmp_path: Path) -> None:
    _do(tmp_path, "merge", "tea.leaf", into="statistics.sample", text=LEAF)
    _do(tmp_path, "accept", edge_key("tea.leaf", "geometry.circle"))
    graph = _now(tmp_path)
    assert "tea leaf" in graph.concepts["statistics.sample"].alt["en"]
    assert any((one.before, one.after) == ("statistics.sample", "geometry.circle") for one in graph.prerequisites)
    _do(tmp_path, "undo", "tea.leaf")
    back = _now(tmp_path)
    assert "tea leaf" not in back.concepts["statistics.sample"].alt.get("en", ())
    assert not any((one.before, one.after) == ("statistics.sample", "geometry.circle") for one in back.prerequisites)


def test_issue4_show_06_an_edge_that_closes_a_circle_is_refused_and_the_circle_named(tmp_path: Path) -> None:
    graph = _now(tmp_path)
    edge = graph.prerequisites[0]
    with pytest.raises(Circle) as refused:
        _do(tmp_path, "accept", edge_key(edge.after, edge.before))
    assert refused.value.way[0] == refused.value.way[-1] == edge.after and edge.before in refused.value.way
    assert read_decisions(decisions_path(tmp_path)) == () and _now(tmp_path) == graph


def test_a_circle_over_accepted_edges_that_still_wait_is_refused_too(tmp_path: Path) -> None:
    _do(tmp_path, "accept", edge_key("tea.leaf", "tea.cup"))
    with pytest.raises(Circle):
        _do(tmp_path, "accept", edge_key("tea.cup", "tea.leaf"))


def test_whoever_saw_an_older_standing_is_told_and_overwrites_nothing(tmp_path: Path) -> None:
    _do(tmp_path, "reject", "tea.leaf", seen=0)
    with pytest.raises(Taken) as told:
        decide(tmp_path, Decision.now("actor-2", "accept", "tea.leaf", text=LEAF), 0, AREAS)
    assert told.value.by is not None and told.value.by.teacher == "actor-1" and told.value.by.kind == "reject"
    assert len(read_decisions(decisions_path(tmp_path))) == 1


def test_words_that_the_graph_refuses_change_nothing(tmp_path: Path) -> None:
    _do(tmp_path, "accept", TO_LEAF)
    bad = {**LEAF, "label": {"zh-CN": "茶\x07", "en": "tea leaf"}}
    with pytest.raises(Unfit, match="label"):
        _do(tmp_path, "accept", "tea.leaf", text=bad)
    with pytest.raises(Unfit, match="area"):
        _do(tmp_path, "accept", "Tee.Blatt", text=LEAF)
        _do(tmp_path, "accept", edge_key("Tee.Blatt", "statistics.mean"))
    assert "tea.leaf" not in standing(read_decisions(decisions_path(tmp_path))).accepted


def test_a_rejected_concept_takes_its_edges_out_of_the_queue() -> None:
    concepts = [SimpleNamespace(id="a.b", score=0.9)]
    edges = [SimpleNamespace(before="a.b", after="x.y", probability=0.5)]
    assert open_keys(concepts, edges, standing([]), {"x.y"}, ()) == ["a.b", "a.b -> x.y"]
    rejected = standing([Decision.now("t", "reject", "a.b")])
    assert open_keys(concepts, edges, rejected, {"x.y"}, ()) == []


def test_what_the_machine_is_least_sure_of_comes_first_and_concepts_before_their_edges() -> None:
    concepts = [SimpleNamespace(id="a.late", score=1.0), SimpleNamespace(id="a.sure", score=1.0)]
    edges = [
        SimpleNamespace(before="x.a", after="x.b", probability=0.97),
        SimpleNamespace(before="a.late", after="x.b", probability=0.52),
        SimpleNamespace(before="x.c", after="x.d", probability=0.5),
    ]
    found = open_keys(concepts, edges, standing([]), set(), [])
    assert found.index("a.late") == found.index("a.late -> x.b") - 1
    assert found.index("x.c -> x.d") < found.index("x.a -> x.b") and found[-1] == "a.sure"
    assert "x.c -> x.d" not in open_keys(concepts, edges, standing([]), set(), [("x.c", "x.d")])


def test_a_line_cut_short_by_a_crash_is_as_if_never_written_and_others_are_named(tmp_path: Path) -> None:
    path = tmp_path / "decisions.jsonl"
    append(path, Decision.now("t", "reject", "a.b"))
    with path.open("a") as file:
        file.write('{"time": "2026-11')
    assert len(read_decisions(path)) == 1
    append(path, Decision.now("t", "undo", "a.b"))
    assert [one.kind for one in read_decisions(path)] == ["reject", "undo"]
    with path.open("a") as file:
        file.write("[1]\n" + json.dumps({"time": "x", "kind": "accept", "of": "a", "teacher": "t"}) + "\n")
    record = read_record(path)
    assert len(record.decisions) == 2 and [fault.split(":")[0] for fault in record.faults] == [
        "decisions.jsonl, line 3",
        "decisions.jsonl, line 4",
    ]


def test_issue4_item_04_a_decision_outlives_kill_9_between_record_and_graph(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from knowledge_graph.review import Decision\n"
        "from knowledge_graph.review import decide as room\n"
        "room._write = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        f"room.decide(Path(sys.argv[1]), Decision.now('t', 'accept', {FREE!r}), 0, {{}})\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], env=dict(os.environ), capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    assert len(read_decisions(decisions_path(tmp_path))) == 1 and not is_settled(tmp_path)
    settle(tmp_path, {})
    assert is_settled(tmp_path)
    before, after = FREE.split(" -> ")
    assert any((one.before, one.after) == (before, after) for one in _now(tmp_path).prerequisites)


def test_what_a_person_wrote_by_hand_stays(tmp_path: Path) -> None:
    _do(tmp_path, "accept", "tea.leaf", text=LEAF)
    _do(tmp_path, "accept", TO_LEAF)
    page = graph_folders(tmp_path)[-1] / "tea.yaml"
    page.write_text(page.read_text("utf-8").replace("茶树的叶。", "茶树上摘下的叶。"), "utf-8")
    _do(tmp_path, "accept", FREE)
    assert _now(tmp_path).concepts["tea.leaf"].definition["zh-CN"] == "茶树上摘下的叶。"


def test_of_many_who_decide_at_the_same_moment_one_is_kept_and_the_others_are_told(tmp_path: Path) -> None:
    def one(number: int) -> str:
        try:
            decide(tmp_path, Decision.now(f"actor-{number}", "accept" if number % 2 else "reject", FREE), 0, AREAS)
        except Taken as error:
            assert error.by is not None
            return error.by.teacher
        return "kept"

    with ThreadPoolExecutor(6) as pool:
        told = list(pool.map(one, range(6)))
    (made,) = read_decisions(decisions_path(tmp_path))
    assert told.count("kept") == 1 and set(told) == {"kept", made.teacher}
    assert is_settled(tmp_path)


def test_taking_a_concept_back_leaves_its_accepted_edges_waiting_and_brings_them_back(tmp_path: Path) -> None:
    _do(tmp_path, "accept", "tea.leaf", text=LEAF)
    _do(tmp_path, "accept", TO_LEAF)
    assert _do(tmp_path, "undo", "tea.leaf") == {TO_LEAF: "ends"}
    assert "tea.leaf" not in _now(tmp_path).concepts
    assert _do(tmp_path, "accept", "tea.leaf", text=LEAF) == {}
    assert any(one.before == "tea.leaf" for one in _now(tmp_path).prerequisites)
    assert _do(tmp_path, "undo", "tea.leaf") == {TO_LEAF: "ends"}
    assert _do(tmp_path, "reject", "tea.leaf") == {}

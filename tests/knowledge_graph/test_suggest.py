"""Suggestions say only what a course says: found by form, merged across languages, defined in its own words, joined
without circles, each with its place; and decisions move the scores the right way.
"""

from __future__ import annotations

import json
import random
import shutil
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import networkx as nx
import pytest

from commons.errors import BadInput, Faults
from knowledge_graph import load_graph
from knowledge_graph.model import Graph
from knowledge_graph.review.decisions import Decision, append, decisions_path, edge_key
from knowledge_graph.suggest.decode import acyclic, reduce_transitively
from knowledge_graph.suggest.learn import INPUTS, PRIOR, Layer, examples_of, learnt, refit
from knowledge_graph.suggest.read import read_course
from knowledge_graph.suggest.run import suggest
from knowledge_graph.suggest.store import (
    LABEL,
    SuggestionSet,
    read_suggestions,
    suggestions_path,
    suggestions_to_json,
    write_suggestions,
)
from knowledge_graph.suggest.weights import SHIPPED, read_weights
from knowledge_graph.vectors import Vectors, cached, embedded, ngrams

UNIT_1 = """<!-- zh-CN -->
# 随机变量

**随机变量**是把结果变成数的函数。掷骰子的点数是一个随机变量。

<!-- en -->
# Random variables

A **random variable** is a function that turns outcomes into numbers. The points of a die are a random variable.
"""
UNIT_2 = """<!-- zh-CN -->
# 期望

**期望**是随机变量的加权平均。期望要先有随机变量。
<!-- en -->
# Expected value

The **expected value** is the weighted average of a random variable. Random-variables come before the expected value.
See the **median** too.
"""
CODE = (
    "import itertools\nsquares = [n * n for n in range(9)]\nmore = [n + 1 for n in squares]\nlast = [n for n in more]\n"
)


def cell(kind: str, source: str) -> dict[str, object]:
    return {"cell_type": kind, "metadata": {}, "source": source.splitlines(keepends=True)}


@pytest.fixture
def course(tmp_path: Path) -> Path:
    folder = tmp_path / "chance"
    folder.mkdir()
    for number, text in enumerate((UNIT_1, UNIT_2), 1):
        cells = [cell("markdown", text), cell("code", CODE if number == 2 else "x = 1\n")]
        book = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
        (folder / f"u{number}.ipynb").write_text(json.dumps(book, ensure_ascii=False), "utf-8")
    (folder / "README.md").write_text("# About this repository\n", "utf-8")
    return folder


@pytest.fixture(scope="module")
def vectors(tmp_path_factory: pytest.TempPathFactory) -> Vectors:
    return cached(embedded(), tmp_path_factory.mktemp("vectors") / "v.sqlite3")


def found_in(course: Path, vectors: Vectors, graph: Graph | None = None, layer: Layer | None = None) -> SuggestionSet:
    weights = read_weights(vectors=vectors.name)
    return suggest(course, course.name, graph or load_graph(), vectors, weights, layer)


def test_issue4_item_03_names_of_two_languages_and_spellings_become_one_concept(course: Path, vectors: Vectors) -> None:
    found = {one.id: one for one in found_in(course, vectors).concepts}
    variable = found["chance.random-variable"]
    assert variable.label["zh-CN"] == "随机变量" and variable.label["en"].lower().startswith("random variable")
    assert found["chance.expected-value"].label["zh-CN"] == "期望"
    assert not [id for id in found if id.startswith("chance.random-variable-")], (
        "plural and hyphen are no other concept"
    )


def test_issue4_item_03_definitions_are_quoted_with_their_place(course: Path, vectors: Vectors) -> None:
    found = {one.id: one for one in found_in(course, vectors).concepts}["chance.random-variable"]
    assert found.definition["en"] == "A random variable is a function that turns outcomes into numbers."
    assert found.definition["zh-CN"] == "随机变量是把结果变成数的函数。"
    assert found.definition_place and (found.definition_place.source, found.definition_place.cell) == ("u1.ipynb", 0)
    said = (course / "u1.ipynb").read_text("utf-8").replace("**", "")
    assert all(text in said for text in found.definition.values()), "the machine writes no definition"


def test_issue4_item_03_every_edge_has_probability_evidence_and_label(course: Path, vectors: Vectors) -> None:
    found = found_in(course, vectors)
    edges = {(one.before, one.after): one for one in found.edges}
    edge = edges["chance.random-variable", "chance.expected-value"]
    assert ("chance.expected-value", "chance.random-variable") not in edges
    assert 0.5 < edge.probability <= 1 and edge.label == LABEL == found.label
    text = edge.evidence[0].place.sentence.lower()
    assert "期望" in text or "expected value" in text
    assert all(one.evidence and len(one.features) == len(INPUTS) for one in found.edges)


def test_issue4_item_03_what_the_graph_holds_is_recognised_and_not_suggested(course: Path, vectors: Vectors) -> None:
    found = found_in(course, vectors)
    assert "statistics.median" in found.recognised
    assert not [one for one in found.concepts if "median" in one.id]
    assert "programming.comprehension" in found.recognised or any("comprehension" in one.id for one in found.concepts)
    assert not [one for one in found.concepts if one.id.endswith((".squares", ".more", ".last"))], (
        "variables are no concepts"
    )


def test_issue4_item_03_the_heritage_course_gives_the_same_acyclic_set_twice(vectors: Vectors) -> None:
    from commons.places import ROOT

    folder = ROOT / "courses" / "content" / "heritage"
    graph = load_graph()
    first = found_in(folder, vectors, graph)
    assert suggestions_to_json(found_in(folder, vectors, graph)) == suggestions_to_json(first)
    assert len(first.concepts) >= 30 and len(first.edges) >= 5 and len(first.recognised) >= 15
    old = [(one.before, one.after) for one in graph.prerequisites]
    new = [(one.before, one.after) for one in first.edges]
    assert nx.is_directed_acyclic_graph(nx.DiGraph(old + new)) and not set(old) & set(new)


def test_issue4_must_show_6_what_cannot_be_read_is_told_all_at_once_and_hostile_text_is_text(
    tmp_path: Path, vectors: Vectors
) -> None:
    folder = tmp_path / "bad"
    folder.mkdir()
    (folder / "a.ipynb").write_bytes(b"\xff\xfe{")
    (folder / "b.ipynb").write_text("{}", "utf-8")
    (folder / "c.md").write_bytes("# 编码".encode("gb18030"))
    with pytest.raises(Faults) as caught:
        read_course(folder)
    assert [fault.partition(":")[0] for fault in caught.value.faults] == ["a.ipynb", "b.ipynb", "c.md"]
    for path in folder.iterdir():
        path.unlink()
    with pytest.raises(Faults, match="no notebook"):
        read_course(folder)
    hostile = (
        "# <script>alert(1)</script> Loops\n\n**<img src=x onerror=alert(1)>**: is a trap. " + "*" * 5000 + "[" * 5000
    )
    (folder / "h.md").write_text(hostile, "utf-8")
    found = found_in(folder, vectors)
    assert not any("<" in text for one in found.concepts for text in one.label.values())


def test_a_link_out_of_the_course_is_not_followed(course: Path) -> None:
    secret = course.parent / "secret.md"
    secret.write_text("# Secret heading\n", "utf-8")
    (course / "z.md").symlink_to(secret)
    assert not [one for one in read_course(course) if "Secret" in one.text]


def test_the_file_of_suggestions_keeps_everything_and_refuses_what_is_none(
    course: Path, vectors: Vectors, tmp_path: Path
) -> None:
    found = found_in(course, vectors)
    path = write_suggestions(tmp_path, found)
    assert path == suggestions_path(tmp_path, "chance") and read_suggestions(path) == found
    assert [one.name for one in path.parent.iterdir()] == ["chance.json"]
    for broken in ("", "{}", "[]", path.read_text("utf-8")[:-30], '{"version": 9}', "[" * 100_000):
        path.write_text(broken, "utf-8")
        with pytest.raises(BadInput):
            read_suggestions(path)
    for name in ("", "../x", "a/b", "..", "x\0"):
        with pytest.raises(BadInput):
            suggestions_path(tmp_path, name)


@pytest.mark.parametrize("seed", range(20))
def test_the_decoded_graph_is_acyclic_minimal_and_no_worse_than_greedy(seed: int) -> None:
    draw = random.Random(seed)
    names = [f"n{number}" for number in range(12)]
    odds = {(a, b): draw.gauss(0, 2) for a in names for b in names if a != b and draw.random() < 0.4}
    kept = acyclic(odds)
    graph = nx.DiGraph(kept)
    assert nx.is_directed_acyclic_graph(graph) and all(odds[edge] > 0 for edge in kept)
    greedy = nx.DiGraph()
    for edge in sorted((edge for edge in odds if odds[edge] > 0), key=lambda edge: -odds[edge]):
        greedy.add_edge(*edge)
        if not nx.is_directed_acyclic_graph(greedy):
            greedy.remove_edge(*edge)
    assert sum(odds[edge] for edge in kept) >= sum(odds[edge] for edge in greedy.edges) - 1e-9
    reduced = reduce_transitively(kept)
    assert nx.transitive_closure(nx.DiGraph(reduced)).edges == nx.transitive_closure(graph).edges
    assert all(not nx.has_path(_without(reduced, edge), *edge) for edge in reduced)


def _without(edges: list[tuple[str, str]], edge: tuple[str, str]) -> nx.DiGraph:
    graph = nx.DiGraph([one for one in edges if one != edge])
    graph.add_nodes_from(edge)
    return graph


def test_edges_of_the_graph_are_never_turned_round() -> None:
    fixed = [("a", "b"), ("b", "c")]
    kept = acyclic({("c", "a"): 50.0, ("c", "d"): 1.0}, fixed)
    assert kept == [("c", "d")]


def test_issue4_item_03_twenty_decisions_move_the_scores_the_right_way() -> None:
    draw = random.Random(1)
    rows = [[1.0, draw.gauss(0, 2), draw.gauss(0, 0.3), *(draw.uniform(-1, 1) for _ in range(5))] for _ in range(120)]
    # This teacher goes by the order of first mention alone, and against the names.
    labels = [int(row[3] > 0) for row in rows]
    before, after = Layer(), refit(rows[:20], labels[:20])
    assert before.weights == PRIOR and after.decisions == 20

    def loss(layer: Layer) -> float:
        import numpy as np

        odds = layer.log_odds(np.array(rows[20:]))
        signs = 2 * np.array(labels[20:]) - 1
        return float(np.log1p(np.exp(-signs * odds)).mean())

    assert loss(after) < loss(before) - 0.1
    assert after.weights[3] > before.weights[3]
    assert refit(rows[:20], labels[:20]) == after and refit([], []) == Layer()


def test_issue4_item_04_the_scorer_reads_what_teachers_decided(course: Path, vectors: Vectors, tmp_path: Path) -> None:
    home = tmp_path / "home"
    found = found_in(course, vectors)
    write_suggestions(home, found)
    assert learnt(home) == Layer()
    for edge in found.edges:
        append(decisions_path(home), Decision.now("t1", "reject", edge_key(edge.before, edge.after)))
    layer = learnt(home)
    assert layer.decisions == len(found.edges) > 0
    again = {(one.before, one.after): one.probability for one in found_in(course, vectors, layer=layer).edges}
    assert all(again.get((one.before, one.after), 0.0) < one.probability for one in found.edges)
    suggestions_path(home, course.name).unlink()
    assert len(examples_of(home)) == layer.decisions, "what was decided on is remembered when the set is gone"
    assert learnt(home) == layer
    undone = found.edges[0]
    append(decisions_path(home), Decision.now("t1", "undo", edge_key(undone.before, undone.after)))
    assert learnt(home).decisions == layer.decisions - 1


def test_the_shipped_weights_are_whole_and_an_altered_file_is_refused(tmp_path: Path) -> None:
    weights = read_weights()
    assert weights.about["sets"] == ["metacademy", "mooccube", "dbe_kt22"] and len(weights.about["data_sha256"]) == 64
    text = SHIPPED.read_text("utf-8")
    altered = tmp_path / "weights.json"
    for broken in (
        text.replace("0.1", "0.2", 1),
        text[: len(text) // 2],
        "",
        "null",
        text.replace('"seed": 0', '"seed": 1'),
    ):
        if broken == text:
            continue
        altered.write_text(broken, "utf-8")
        with pytest.raises(BadInput, match=r"weights\.json"):
            read_weights(altered)


def test_with_other_vectors_the_part_learnt_from_vectors_is_left_out(course: Path) -> None:
    vectors = ngrams(64)
    weights = read_weights(vectors=vectors.name)
    assert weights.basis.shape[1] == 0
    found = suggest(course, course.name, load_graph(), vectors, weights)
    assert found.vectors == vectors.name and found.concepts


def test_issue4_item_03_the_command_prints_a_table_and_writes_the_file(
    course: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from typer.testing import CliRunner

    from portal.cli_graph import graph_app

    monkeypatch.setenv("SHUYUAN_HOME", str(tmp_path / "home"))
    home = tmp_path / "home" / "courses" / "chance"
    shutil.copytree(course, home)
    (home / "course.yaml").write_text("id: chance\n", "utf-8")
    shown = CliRunner().invoke(graph_app, ["suggest", str(course)])
    assert shown.exit_code == 0 and "not kept" in shown.output and not (tmp_path / "home" / "graph").exists()
    done = CliRunner().invoke(graph_app, ["suggest", "chance"])
    assert done.exit_code == 0, done.output
    assert "suggested by machine" in done.output and "随机变量" in done.output
    found = read_suggestions(suggestions_path(tmp_path / "home", "chance"))
    assert all(one.id in done.output for one in found.concepts)
    missing = CliRunner().invoke(graph_app, ["suggest", str(course / "nowhere")])
    assert missing.exit_code != 0 and isinstance(missing.exception, BadInput)


def test_passages_come_in_the_order_of_numbers(tmp_path: Path) -> None:
    for number in (10, 9, 1):
        (tmp_path / f"u{number}.md").write_text(f"# Part {number}\n", "utf-8")
    sources = [one.source for one in read_course(tmp_path)]
    assert sources == ["u1.md", "u9.md", "u10.md"] and all(a != b for a, b in pairwise(sources))
    assert replace(read_course(tmp_path)[0], text="x").text == "x"

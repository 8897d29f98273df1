"""The shipped graph keeps its promises, and a faulty one is refused with every fault, its line and the
nearest right word.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from commons.errors import Faults, NotFound
from commons.items import Item
from commons.languages import LANGUAGES
from knowledge_graph import check_links, links_of, load_graph

GOOD = """\
area: sums
label: {zh-CN: 算数, en: Sums}
provenance: {author: An editor, method: authored, confidence: 0.9}
concepts:
  - id: one
    label: {zh-CN: 一, en: one}
    definition: {zh-CN: 第一个数。, en: The first number.}
    needs: []
  - id: two
    label: {zh-CN: 二, en: two}
    definition: {zh-CN: 一后面的数。, en: The number after one.}
    needs: [one]
"""


def faults_of(folder: Path, **files: str) -> tuple[str, ...]:
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, "utf-8")
    with pytest.raises(Faults) as caught:
        load_graph(folder)
    return caught.value.faults


def item(name: str, *concepts: str) -> Item:
    return Item(
        f"exercise:course/u1/{name}",
        "exercise",
        concepts,
        5,
        {"zh-CN": "题", "en": "x"},
        "/courses/course/u1",
    )


def test_item_06_graph_has_at_least_80_concepts_with_texts_in_both_languages() -> None:
    graph = load_graph()
    assert len(graph.concepts) >= 110
    assert {concept.area for concept in graph.concepts.values()} == set(graph.areas)
    for concept in graph.concepts.values():
        assert all(concept.label[language] and concept.definition[language] for language in LANGUAGES)


def test_item_06_graph_is_acyclic_in_one_piece_without_redundant_edges() -> None:
    import networkx as nx

    graph = load_graph()
    arrows = nx.DiGraph((edge.before, edge.after) for edge in graph.prerequisites)
    assert set(arrows) == set(graph.concepts)
    assert nx.is_directed_acyclic_graph(arrows)
    assert nx.is_weakly_connected(arrows)
    assert set(nx.transitive_reduction(arrows).edges) == set(arrows.edges)


def test_every_shipped_edge_says_who_said_so_and_how_sure_they_are() -> None:
    for edge in load_graph().prerequisites:
        assert (edge.author, edge.method) == ("Shuyuan editors", "authored")
        assert 0.5 <= edge.confidence <= 1


def test_definitions_are_short_and_chinese_ones_are_chinese() -> None:
    for concept in load_graph().concepts.values():
        chinese, english = concept.definition["zh-CN"], concept.definition["en"]
        assert 8 <= len(chinese) <= 90 and chinese.endswith("。"), concept.id
        assert english.endswith(".") and len(english.split()) <= 40, concept.id
        assert "," not in chinese and "  " not in chinese, concept.id


def test_a_small_good_folder_loads(tmp_path: Path) -> None:
    (tmp_path / "sums.yaml").write_text(GOOD, "utf-8")
    graph = load_graph(tmp_path)
    assert graph.needs["sums.two"] == ("sums.one",) and graph.opens["sums.one"] == ("sums.two",)
    with pytest.raises(NotFound, match=r"Did you mean 'sums\.two'\?"):
        graph.concept("sums.tow")


def test_a_cycle_is_named_with_its_path(tmp_path: Path) -> None:
    faults = faults_of(tmp_path, sums=GOOD.replace("needs: []", "needs: [two]"))
    assert faults == ("prerequisites run in a circle: sums.one → sums.two → sums.one. Take one of these edges out.",)


def test_all_faults_are_told_at_once_with_their_lines(tmp_path: Path) -> None:
    bad = GOOD.replace("en: one}", "fr: un}").replace("needs: [one]", "needs: [oen, two]\n    nedes: []")
    bad += "  - id: two\n    label: {zh-CN: 二, en: two}\n    definition: {zh-CN: 二。, en: Two.}\n  - {}\n"
    faults = faults_of(tmp_path, sums=bad)
    assert faults == (
        "sums.yaml, line 9: unknown key 'nedes'. Did you mean 'needs'?",
        "sums.yaml, line 14: concept 'sums.two' is there twice, first in sums.yaml, line 9",
        "sums.yaml, line 17: a concept without 'id'",
        "sums.yaml, line 5: concept 'sums.one', label: no text in en",
        "sums.yaml, line 12: concept 'sums.two' needs 'sums.oen', which is not in the graph. Did you mean 'sums.one'?",
        "sums.yaml, line 12: concept 'sums.two' needs itself",
        "sums.yaml, line 5: concept 'sums.one' has no edge. Say what it needs, or what needs it.",
    )


def test_bad_yaml_in_one_file_does_not_hide_the_faults_of_another(tmp_path: Path) -> None:
    faults = faults_of(tmp_path, broken="area: [x", sums=GOOD.replace("needs: [one]", "needs: []"))
    assert faults[0].startswith("broken.yaml, line 1: not YAML:")
    assert sum("has no edge" in fault for fault in faults) == 2


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("confidence: 0.9", "confidence: 1.5"), "with confidence 1.5, wanted more than 0 and at most 1"),
        (("confidence: 0.9", "confidence: high"), "with confidence 'high', wanted a number"),
        (("author: An editor, ", ""), "who said so (author, method) is missing"),
        (("area: sums", "area: Sums!"), "'area' is missing or not a name"),
        (("id: two", "id: Two"), "not <area>.<name> in small letters"),
        (("needs: [one]", "needs: [one, one]"), "needs 'sums.one' twice"),
        (("needs: [one]", "needs: [3]"), "needs 3, wanted the id of a concept"),
        (("needs: [one]", "needs: one"), "'needs' is not a list"),
        (("label: {zh-CN: 一, en: one}", "label: one"), "label: no text in zh-CN"),
        (("provenance:", "provenances:"), "'provenance' is missing"),
        (("concepts:", "concept:"), "'concepts' is missing"),
        (("needs: []", "needs: &a []\n    more: *a"), "an alias (*name) is used"),
        (("needs: []", "needs: []\n    needs: [two]"), "'needs' is there twice"),
    ],
)
def test_each_kind_of_fault_is_told(tmp_path: Path, change: tuple[str, str], told: str) -> None:
    assert any(told in fault for fault in faults_of(tmp_path, sums=GOOD.replace(*change)))


def test_degenerate_folders_are_faults_and_not_crashes(tmp_path: Path) -> None:
    assert faults_of(tmp_path) == ("the graph has no concept",)
    assert any("wanted a map" in fault for fault in faults_of(tmp_path, empty="", listed="- a"))
    (tmp_path / "latin.yaml").write_bytes(b"area: caf\xe9")
    assert any("latin.yaml: not UTF-8 at byte 9" in fault for fault in faults_of(tmp_path))


def test_items_without_or_with_unknown_concepts_are_named() -> None:
    graph = load_graph()
    good = item("good", "statistics.median")
    faults = check_links(graph, [good, item("none"), item("typo", "statistics.medan"), good])
    assert faults == [
        "item 'exercise:course/u1/none': no concept. Name at least one that it teaches, assesses or shows.",
        "item 'exercise:course/u1/typo': concept 'statistics.medan' is not in the graph. Did you mean 'statistics.median'?",
        "item 'exercise:course/u1/good': the id is there twice",
    ]
    assert check_links(graph, []) == []
    assert [link.relation for link in links_of([good])] == ["assesses"]

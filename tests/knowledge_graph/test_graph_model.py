"""Concepts, entities and ties are read with every fault at once; folders lie over one another; what is hostile, broken
or endless is refused in one line (issue 4, item 1 and must-show 6).
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from commons.errors import Faults
from commons.languages import LANGUAGES
from knowledge_graph import Tie, load_graph
from knowledge_graph.bounded import FILE_BYTES, LINE_BYTES
from knowledge_graph.load import graph_folders

HEAD = """\
area: sums
label: {zh-CN: 算数, en: Sums}
provenance: {author: An editor, method: authored, confidence: 0.9}
concepts:
"""
GOOD = (
    HEAD
    + """\
  - id: one
    label: {zh-CN: 一, en: one}
    alt: {zh-CN: [壹], en: [unit, single]}
    definition: {zh-CN: 第一个数。, en: The first number.}
    exact: ["urn:x:1"]
  - id: two
    label: {zh-CN: 二, en: two}
    definition: {zh-CN: 一后面的数。, en: The number after one.}
    broader: [number]
    related: [one]
    needs: [{id: one, confirmed_by: A teacher}]
  - id: number
    label: {zh-CN: 数, en: number}
    definition: {zh-CN: 用来数东西的词。, en: A word for counting.}
entities:
  - id: person:gauss
    label: {zh-CN: 高斯, en: Gauss}
    same: ["urn:x:gauss"]
    note: {en: He added quickly.}
  - id: period:old
    label: {en: Old}
ties:
  - {source: person:gauss, relation: of-period, target: period:old}
  - {source: person:gauss, relation: about, target: sums.one}
"""
)


def write(folder: Path, **files: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, "utf-8")
    return folder


def faults_of(folder: Path, **files: str) -> tuple[str, ...]:
    with pytest.raises(Faults) as caught:
        load_graph(write(folder, **files))
    return caught.value.faults


def test_issue4_item_01_concepts_entities_and_ties_are_read_whole(tmp_path: Path) -> None:
    graph = load_graph(write(tmp_path, sums=GOOD))
    two = graph.concept("sums.two")
    assert graph.concept("sums.one").alt == {"zh-CN": ("壹",), "en": ("single", "unit")}
    assert (two.broader, two.related) == (("sums.number",), ("sums.one",))
    assert graph.narrower["sums.number"] == ("sums.two",) and graph.relatives["sums.one"] == ("sums.two",)
    assert graph.prerequisites[0].confirmed_by == "A teacher"
    assert graph.entity("person:gauss").kind == "person" and graph.entity("person:gauss").same == ("urn:x:gauss",)
    assert graph.ties_of["sums.one"] == (Tie("person:gauss", "about", "sums.one"),)


def test_issue4_item_01_the_shipped_graph_has_other_labels_wider_concepts_and_entities_in_both_languages() -> None:
    graph = load_graph()
    assert sum(bool(one.alt) for one in graph.concepts.values()) >= 40
    assert sum(bool(one.broader) for one in graph.concepts.values()) >= 10
    assert {entity.kind for entity in graph.entities.values()} == {"person", "place", "period", "object"}
    assert all(entity.label[language] for entity in graph.entities.values() for language in LANGUAGES)
    assert set(graph.entities) <= {end for tie in graph.ties for end in (tie.source, tie.target)}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("broader: [number]", "broader: [nubmer]"), "has broader 'sums.nubmer', which is not in the graph. Did you mean 'sums.number'?"),
        (("broader: [number]", "broader: [two]"), "has itself as broader"),
        (("related: [one]", "related: [one, one]"), "has related 'sums.one' twice"),
        (("broader: [number]", "broader: number"), "'broader' is not a list of words"),
        (("en: [unit, single]", "en: unit"), "'alt' is not a map of languages to lists"),
        (("en: [unit, single]", "en: [one]"), "alt in en: 'one' is there twice"),
        (("en: [unit, single]", 'en: [" "]'), "an empty label"),
        (("en: [unit, single]", "EN: [unit]"), "'EN' is no language tag like zh-CN or en"),
        (('"urn:x:1"', '"not an address"'), "'not an address' is no address (URI)"),
        (("id: person:gauss", "id: human:gauss"), "the id is not <kind>:<name>"),
        (("label: {en: Old}", "label: {}"), "entity 'period:old': no label"),
        (("relation: about", "relation: likes"), "the relation is none of made-by"),
        (("target: period:old", "target: period:odl"), "'period:odl' is not in the graph. Did you mean 'period:old'?"),
        (("source: person:gauss, relation: about", "source: sums.two, relation: about"), "'sums.two' is no entity"),
        (("relation: of-period, ", ""), "a tie without 'source', 'relation' or 'target'"),
        (("en: one}", 'en: "o\\0ne"}'), "label in en: an invisible character, U+0000"),
        (("en: one}", 'en: "one \\u202e"}'), "an invisible character, U+202E"),
        (("confirmed_by: A teacher", 'confirmed_by: "A\\e"'), "provenance: an invisible character, U+001B"),
        (("ties:", "conflicts:\n  - at: x\nties:"), "two edits wait for a decision: x"),
        (("ties:", "prerequisites:\n  - {before: one}\nties:"), "a prerequisite without 'before' or 'after'"),
    ],
)  # fmt: skip
def test_issue4_item_01_each_fault_is_told_with_its_line(tmp_path: Path, change: tuple[str, str], told: str) -> None:
    assert change[0] in GOOD
    found = [fault for fault in faults_of(tmp_path, sums=GOOD.replace(*change)) if told in fault]
    assert found and found[0].startswith("sums.yaml, line ")


def test_issue4_item_01_a_circle_of_broader_concepts_is_told(tmp_path: Path) -> None:
    looped = GOOD.replace("A word for counting.}", "A word for counting.}\n    broader: [two]")
    assert "broader concepts run in a circle: sums.number → sums.two → sums.number." in faults_of(tmp_path, a=looped)[0]


def test_issue4_item_01_a_later_folder_replaces_and_adds_but_twice_in_one_folder_is_a_fault(tmp_path: Path) -> None:
    shipped = write(tmp_path / "shipped", sums=GOOD)
    over = HEAD.replace("label: {zh-CN: 算数, en: Sums}\n", "") + (
        "  - id: one\n    label: {zh-CN: 一, en: one}\n    definition: {zh-CN: 新。, en: New.}\n    needs: []\n"
        "  - id: three\n    label: {zh-CN: 三, en: three}\n    definition: {zh-CN: 三。, en: Three.}\n    needs: [two]\n"
        "prerequisites:\n  - {before: sums.one, after: sums.two, confidence: 0.3}\n"
    )
    graph = load_graph([shipped, write(tmp_path / "over", sums=over), tmp_path / "absent"])
    assert graph.concept("sums.one").definition["en"] == "New." and graph.areas["sums"]["en"] == "Sums"
    assert [(edge.before, edge.confidence) for edge in graph.prerequisites] == [("sums.two", 0.9), ("sums.one", 0.3)]
    assert any("there twice" in fault for fault in faults_of(tmp_path / "twice", a=GOOD, b=GOOD))


def test_what_teachers_wrote_joins_the_platforms_graph_and_cannot_take_it_down(tmp_path: Path) -> None:
    from portal.catalogue import Shelf

    folder = graph_folders(tmp_path)[-1]
    more = GOOD.partition("entities:")[0]
    write(folder, sums=more)
    shelf = Shelf(tmp_path)
    assert "sums.one" in shelf.current().graph.concepts and not shelf.current().faults
    write(folder, sums=more.replace("broader: [number]", "broader: [gone]"))
    current = shelf.current()
    assert "sums.one" not in current.graph.concepts and "statistics.median" in current.graph.concepts
    assert any("sums.gone" in fault for fault in current.faults)


def test_issue4_must_06_faults_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes(b"area: caf\xe9")
    (tmp_path / "folder.yaml").mkdir()
    faults = faults_of(
        tmp_path,
        broken="area: [x",
        deep="a: " + "[" * 50_000,
        loop=GOOD.replace("exact:", "needs: [two]\n    exact:").replace("area: sums", "area: loop"),
        twice=GOOD.replace("id: number", "id: one").replace("area: sums", "area: twice"),
    )
    wanted = ["latin.yaml: not UTF-8 at byte 9", "folder.yaml: it cannot be read", "broken.yaml, line 1: not YAML"]
    wanted += ["deep.yaml, line 1: not YAML: brackets", "loop.one → loop.two → loop.one", "'twice.one' is there twice"]
    wanted += ["has broader 'twice.number', which is not in the graph"]
    assert [one for one in wanted if not any(one in fault for fault in faults)] == []


def test_issue4_must_06_a_line_of_two_gigabytes_is_refused_without_being_read(tmp_path: Path) -> None:
    with (tmp_path / "huge.yaml").open("wb") as file:
        file.truncate(2 << 30)
    start = time.perf_counter()
    assert faults_of(tmp_path)[0].startswith("huge.yaml, line 1: a line of more than 64 KiB")
    assert time.perf_counter() - start < 5
    (tmp_path / "huge.yaml").write_bytes(b"# x\n" * (FILE_BYTES // 4 + 1))
    assert faults_of(tmp_path)[0].startswith("huge.yaml: more than 8 MiB")
    (tmp_path / "huge.yaml").write_bytes(b"a: 1\nb: " + b"x" * LINE_BYTES)
    assert faults_of(tmp_path)[0].startswith("huge.yaml, line 2: a line of more than")


def test_issue4_must_06_a_label_with_script_stays_text_all_the_way(tmp_path: Path) -> None:
    from knowledge_graph.save import save_graph
    from knowledge_graph.skos import FORMATS, export_skos, import_skos

    evil = "<script>alert('x')</script>\"><img src=x onerror=alert(1)>"
    graph = load_graph(write(tmp_path / "in", sums=GOOD.replace("en: one}", f"en: {evil!r}}}".replace("\\'", "''"))))
    assert graph.concept("sums.one").label["en"] == evil
    save_graph(graph, tmp_path / "out")
    assert load_graph(tmp_path / "out").concept("sums.one") == graph.concept("sums.one")
    for format in FORMATS:
        back = import_skos(export_skos(graph, format), format)  # type: ignore[arg-type]
        assert back.concept("sums.one").label["en"] == evil

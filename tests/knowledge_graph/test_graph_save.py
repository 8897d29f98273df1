"""A graph goes into text files and back unchanged, keeps what a person wrote, merges two people's edits without losing
one in silence, and has a version (issue 4, item 1 and must-show 6).
"""

from __future__ import annotations

import errno
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from commons.errors import BadInput, Faults, Unavailable
from knowledge_graph import Concept, Entity, Graph, Prerequisite, Tie, load_graph
from knowledge_graph.load import SHIPPED
from knowledge_graph.merge import merge
from knowledge_graph.merge_files import merge_paths
from knowledge_graph.save import beyond, graph_files, save_beyond, save_graph
from knowledge_graph.skos import FORMATS, export_skos, import_skos
from knowledge_graph.statements import graph_of, statements
from knowledge_graph.versions import changes, content_hash

ODD = [
    "yes",
    "1.5",
    "a: b",
    "#x",
    "- y",
    "'q'",
    '"',
    "{a, b}",
    "比，而已",
    "  pad",
    "null",
    "=1+1",
    "'=x",
    "@a",
    "é\u00a0",
    "🀄",
    "a\\b",
    "~",
]


def strange_graph(seed: int) -> Graph:
    """A sound graph of odd words and every field, by seed."""
    dice = random.Random(seed)

    def words(more: str = "") -> str:
        return " ".join(dice.choice(ODD).strip() or "x" for _ in range(dice.randint(1, 4))) + more

    def text(more: str = "") -> dict[str, str]:
        return {language: words(more) for language in ("zh-CN", "en", *dice.sample(["fr", "zh-Hant-TW"], 1))}

    names = [f"{area}.c{number}" for area in ("odd", "even") for number in range(8)]
    concepts = {}
    for place, name in enumerate(names):
        alt = {"en": tuple(sorted({words(f" {n}") for n in range(dice.randint(1, 3))}))} if dice.random() < 0.6 else {}
        wide, kin = (
            tuple(sorted(dice.sample(names[:place], min(place, 2)))),
            tuple(sorted(dice.sample(names[:place], min(place, 1)))),
        )
        exact = ("urn:x:" + name,) if dice.random() < 0.5 else ()
        concepts[name] = Concept(name, text(), text("\nsecond line"), name.partition(".")[0], alt, wide, kin, exact)
    edges = [
        Prerequisite(names[a], names[b], words(), words(), dice.random() or 0.5, dice.choice(["", words()]))
        for b in range(1, len(names))
        for a in dice.sample(range(b), min(b, 2))
    ]
    entities = {
        one.id: one
        for one in (
            Entity(f"{kind}:东西-{seed}", kind, {"en": words()}, ("urn:y:1",), text()) for kind in ("person", "object")
        )
    }
    ties = (Tie(f"object:东西-{seed}", "made-by", f"person:东西-{seed}"), Tie(f"person:东西-{seed}", "about", names[0]))
    return Graph(concepts, tuple(edges), {"odd": text(), "even": text()}, entities, ties)  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
def test_issue4_item_01_any_graph_survives_text_files_and_every_export(tmp_path: Path, seed: int) -> None:
    graph = strange_graph(seed)
    save_graph(graph, tmp_path)
    assert changes(graph, load_graph(tmp_path)) == []
    for format in FORMATS:
        assert changes(graph, import_skos(export_skos(graph, format), format)) == []  # type: ignore[arg-type]
    assert changes(graph, graph_of(statements(graph))) == []


def test_issue4_item_01_the_shipped_graph_survives_too_with_all_its_fields(tmp_path: Path) -> None:
    graph = load_graph()
    save_graph(graph, tmp_path)
    back = load_graph(tmp_path)
    assert dict(back.concepts) == dict(graph.concepts) and set(back.prerequisites) == set(graph.prerequisites)
    assert dict(back.entities) == dict(graph.entities) and set(back.ties) == set(graph.ties)
    assert content_hash(back) == content_hash(graph) and save_graph(back, tmp_path) == []


def test_issue4_item_01_unchanged_concepts_keep_their_lines_and_comments(tmp_path: Path) -> None:
    text = (
        SHIPPED.joinpath("geometry.yaml")
        .read_text("utf-8")
        .replace("  - id: angle\n", "  # Corners.\n  - id: angle  # in degrees\n")
    )
    before = {path.name: path.read_text("utf-8") for path in SHIPPED.glob("*.yaml")} | {"geometry.yaml": text}
    for name, words in before.items():
        (tmp_path / name).write_text(words, "utf-8")
    graph = load_graph(tmp_path)
    point = replace(graph.concept("geometry.point"), alt={"en": ("spot",)})
    changed = replace(graph, concepts={**graph.concepts, point.id: point})
    assert [path.name for path in save_graph(changed, tmp_path)] == ["geometry.yaml"]
    lines = (tmp_path / "geometry.yaml").read_text("utf-8").splitlines()
    added = [line for line in lines if line not in text.splitlines()]
    assert added == ["        - spot"] or set(added) <= {"    alt:", "      en:", "        - spot"}
    assert "  # Corners." in lines and "  - id: angle  # in degrees" in lines and lines[0].startswith("# Concepts of")


def test_issue4_must_06_a_faulty_graph_writes_nothing_and_a_failing_disk_leaves_the_old_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph = strange_graph(0)
    save_graph(graph, tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    looped = replace(graph, prerequisites=(*graph.prerequisites, Prerequisite("even.c7", "odd.c0", "a", "b", 0.5)))
    with pytest.raises(Faults, match="circle"):
        save_graph(looped, tmp_path)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "no space left")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(Unavailable, match="the disk is full"):
        save_graph(strange_graph(1), tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_issue4_item_01_a_teachers_folder_holds_only_what_goes_beyond_and_takes_nothing_out(tmp_path: Path) -> None:
    base = load_graph()
    new = Concept("geometry.sphere", {"zh-CN": "球", "en": "sphere"}, {"zh-CN": "圆的体。", "en": "Round."}, "geometry")
    edges = (
        Prerequisite("geometry.circle", new.id, "A teacher", "authored", 0.8),
        Prerequisite("geometry.circle", "architecture.eave", "a model", "suggested by machine", 0.6, "A teacher"),
    )
    more = replace(base, concepts={**base.concepts, new.id: new}, prerequisites=base.prerequisites + edges)
    written = save_beyond(more, base, tmp_path)
    assert sorted(path.name for path in written) == ["_prerequisites.yaml", "geometry.yaml"]
    assert content_hash(load_graph([SHIPPED, tmp_path])) == content_hash(more)
    with pytest.raises(BadInput, match="taken out: "):
        beyond(replace(base, prerequisites=base.prerequisites[1:]), base)


def edited(graph: Graph, concept: str, **fields: object) -> Graph:
    return replace(graph, concepts={**graph.concepts, concept: replace(graph.concepts[concept], **fields)})  # type: ignore[arg-type]


def without(graph: Graph, concept: str) -> Graph:
    concepts = {name: one for name, one in graph.concepts.items() if name != concept}
    return replace(graph, concepts=concepts)


def test_issue4_item_01_edits_of_different_statements_combine() -> None:
    base = strange_graph(2)
    label = base.concepts["odd.c1"].label
    ours = edited(base, "odd.c1", label={**label, "en": "ours"}, alt={"en": ("by us",)})
    edge = replace(base.prerequisites[0], confirmed_by="A teacher")
    theirs = edited(base, "odd.c1", label={**label, "zh-CN": "他们"}, alt={"en": ("by them",)})
    theirs = replace(theirs, prerequisites=(edge, *base.prerequisites[1:]), ties=base.ties[:1])
    merged = merge(base, ours, theirs)
    assert merged.conflicts == () and merged.faults == ()
    one = merged.graph.concepts["odd.c1"]
    assert (one.label["en"], one.label["zh-CN"]) == ("ours", "他们") and {"by us", "by them"} <= set(one.alt["en"])
    assert edge in merged.graph.prerequisites and len(merged.graph.ties) == 1
    assert content_hash(merge(base, theirs, ours).graph) == content_hash(merged.graph)


def test_issue4_item_01_real_conflicts_are_told_with_place_and_both_readings() -> None:
    base = strange_graph(3)
    label = base.concepts["odd.c1"].label
    ours, theirs = (edited(base, "odd.c1", label={**label, "en": word}) for word in ("gate", "door"))
    (conflict,) = merge(base, ours, theirs).conflicts
    assert (conflict.place, conflict.ours, conflict.theirs) == ("concept 'odd.c1', label in en", "gate", "door")
    assert conflict.base == label["en"]


def test_issue4_item_01_taking_out_what_the_other_changed_or_began_to_name_is_a_conflict() -> None:
    base = replace(strange_graph(4), prerequisites=(), ties=())
    base = replace(base, concepts={name: replace(one, broader=(), related=()) for name, one in base.concepts.items()})
    gone = without(base, "odd.c1")
    changed = edited(base, "odd.c1", label={"zh-CN": "新", "en": "new"})
    for merged in (merge(base, gone, changed), merge(base, changed, gone)):
        assert merged.conflicts[0].place == "concept 'odd.c1'" and merged.graph.concepts["odd.c1"].label["en"] == "new"
    named = replace(base, prerequisites=(Prerequisite("odd.c1", "odd.c2", "a", "b", 0.5),))
    for merged in (merge(base, gone, named), merge(base, named, gone)):
        assert "odd.c1" in merged.graph.concepts and len(merged.conflicts) == 1
    assert "odd.c1" not in merge(base, gone, base).graph.concepts


def test_issue4_item_01_a_merge_that_makes_a_circle_says_so() -> None:
    from knowledge_graph.example import small_graph

    base = small_graph("ab", "cd")
    merged = merge(base, small_graph("ab", "cd", "bc"), small_graph("ab", "cd", "da"), whole=False)
    assert merged.conflicts == () and merged.faults[0].startswith("prerequisites run in a circle: a → b → c → d → a")


def test_issue4_item_01_git_merges_two_branches_with_the_command(tmp_path: Path) -> None:
    def git(*words: str, ok: bool = True) -> str:
        done = subprocess.run(["git", *words], cwd=tmp_path, capture_output=True, text=True)
        assert not ok or done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    def commit(old: str, new: str) -> None:
        text = file.read_text("utf-8")
        assert old in text
        file.write_text(text.replace(old, new, 1), "utf-8")
        git("commit", "-qam", "An edit")

    file = tmp_path / "geometry.yaml"
    git("init", "-q", "-b", "main")
    git("config", "user.email", "a@example.org")
    git("config", "user.name", "A")
    git("config", "merge.graph.driver", f"{sys.executable} -m portal.cli graph merge %O %A %B")
    (tmp_path / ".gitattributes").write_text("*.yaml merge=graph\n")
    file.write_text(SHIPPED.joinpath("geometry.yaml").read_text("utf-8"), "utf-8")
    git("add", ".")
    git("commit", "-qm", "Start")
    git("switch", "-qc", "theirs")
    commit("en: parallel lines", "en: parallels")
    git("switch", "-q", "main")
    commit("zh-CN: 平行,", "zh-CN: 平行关系,")
    git("merge", "-q", "--no-edit", "theirs")
    assert "label: {zh-CN: 平行关系, en: parallels}" in file.read_text("utf-8")
    git("switch", "-qc", "more", "main")
    commit("en: parallels", "en: parallel")
    git("switch", "-q", "main")
    commit("en: parallels", "en: side by side")
    assert "CONFLICT" in git("merge", "--no-edit", "more", ok=False)
    text = file.read_text("utf-8")
    assert "theirs: parallel\n" in text and "ours: side by side\n" in text
    with pytest.raises(Faults, match=r"two edits wait for a decision: concept 'geometry\.parallel', label in en"):
        load_graph(tmp_path)


def test_issue4_must_06_a_side_that_cannot_be_read_is_named_and_nothing_is_written(tmp_path: Path) -> None:
    text = SHIPPED.joinpath("geometry.yaml").read_text("utf-8")
    for name, words in (("base", text), ("ours", text), ("theirs", text.replace("area: geometry", "area: [x"))):
        (tmp_path / f"{name}.yaml").write_text(words, "utf-8")
    with pytest.raises(Faults, match="theirs"):
        merge_paths(*(tmp_path / f"{name}.yaml" for name in ("base", "ours", "theirs")))
    assert (tmp_path / "ours.yaml").read_text("utf-8") == text


def test_issue4_item_01_folders_merge_and_undecided_ones_are_refused(tmp_path: Path) -> None:
    base = strange_graph(5)
    label = base.concepts["odd.c1"].label
    for name, graph in (
        ("base", base),
        ("ours", edited(base, "odd.c1", label={**label, "en": "gate"})),
        ("theirs", edited(base, "odd.c1", label={**label, "en": "door"})),
    ):
        save_graph(graph, tmp_path / name)
    merged = merge_paths(*(tmp_path / name for name in ("base", "ours", "theirs")), into=tmp_path / "out")
    assert len(merged.conflicts) == 1
    with pytest.raises(Faults, match="two edits wait"):
        load_graph(tmp_path / "out")
    (tmp_path / "out" / "_conflicts.yaml").unlink()
    assert load_graph(tmp_path / "out").concepts["odd.c1"].label["en"] == "gate"


def test_issue4_item_01_the_version_is_of_the_content_and_a_diff_tells_each_statement() -> None:
    graph = strange_graph(0)
    other = replace(
        graph, prerequisites=graph.prerequisites[::-1], concepts=dict(reversed(list(graph.concepts.items())))
    )
    assert content_hash(graph) == content_hash(other) != content_hash(strange_graph(1))
    new = edited(graph, "odd.c1", alt={"en": ("extra",)}, label={**graph.concepts["odd.c1"].label, "en": "gate"})
    told = [change.told() for change in changes(graph, new)]
    assert "+ concept 'odd.c1', alt in en: 'extra'" in told
    assert any(line.startswith("~ concept 'odd.c1', label in en: ") and line.endswith("→ 'gate'") for line in told)


def test_the_text_of_the_shipped_files_is_left_as_it_is_when_nothing_changed() -> None:
    before = {path.name: path.read_text("utf-8") for path in SHIPPED.glob("*.yaml")}
    files = graph_files(load_graph(), before)
    assert {name: text for name, text in files.items() if name != "_entities.yaml"} == {
        name: text for name, text in before.items() if name != "_entities.yaml"
    }


def test_issue4_item_01_a_file_of_entities_merges_and_keeps_its_comment(tmp_path: Path) -> None:
    text = SHIPPED.joinpath("_entities.yaml").read_text("utf-8")
    tie = "  - {source: place:suzhou, relation: shows, target: jiangnan.silk}\n"
    edits = {"base": text, "ours": text + tie, "theirs": text.replace("en: Kunshan}", "en: Kunshan city}")}
    for name, words in edits.items():
        (tmp_path / f"{name}.yaml").write_text(words, "utf-8")
    merged = merge_paths(*(tmp_path / f"{name}.yaml" for name in edits))
    assert (merged.conflicts, merged.faults) == ((), ())
    assert (tmp_path / "ours.yaml").read_text("utf-8") == edits["theirs"] + tie

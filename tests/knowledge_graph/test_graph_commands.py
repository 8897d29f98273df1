"""`shuyuan graph …` does what its help says, tells every fault in words, and writes nothing when something is wrong
(issue 4, items 1 and 2, must-show 6).
"""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from commons.errors import BadInput, Faults, NotFound
from knowledge_graph.load import SHIPPED, graph_folders, load_graph
from knowledge_graph.versions import content_hash
from portal.cli_graph import graph_app

SPHERE = """\
area: geometry
provenance: {author: A teacher, method: authored, confidence: 0.7}
concepts:
  - id: sphere
    label: {zh-CN: 球, en: sphere}
    definition: {zh-CN: 到一点距离都相等的所有点。, en: All points equally far from one.}
    needs: [circle]
"""


@pytest.fixture
def shuyuan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SHUYUAN_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)

    def run(*words: str, ok: bool = True) -> Result:
        done = CliRunner().invoke(graph_app, list(words))
        if ok and done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done

    return run


@pytest.mark.parametrize(("format", "ending"), [("turtle", "ttl"), ("json-ld", "jsonld"), ("nt", "nt"), ("csv", "csv")])
def test_issue4_item_02_what_is_exported_imports_as_the_same_version(
    shuyuan, tmp_path: Path, format: str, ending: str
) -> None:
    name = f"graph.{ending}"
    assert shuyuan("export", format, "--out", name).exit_code == 0
    wanted = content_hash(load_graph())
    assert shuyuan("version", name).output.strip() == shuyuan("version").output.strip() == wanted
    assert shuyuan("diff", name, str(SHIPPED)).output == "0 changes\n"
    assert shuyuan("import", name).output.startswith("0 statements added or changed, 0 files written")
    assert shuyuan("export", format).output == (tmp_path / name).read_text("utf-8")


def test_issue4_item_02_an_import_joins_the_platforms_graph_and_again_changes_nothing(shuyuan, tmp_path: Path) -> None:
    base = tmp_path / "all"
    shuyuan("export", "yaml", "--out", str(base))
    text = (base / "geometry.yaml").read_text("utf-8")
    (base / "geometry.yaml").write_text(text + SPHERE.partition("concepts:\n")[2], "utf-8")
    assert ", 1 files written" in shuyuan("import", str(base)).output
    assert shuyuan("import", str(base)).output.startswith("0 statements")
    graph = load_graph(graph_folders(tmp_path / "home"))
    assert graph.needs["geometry.sphere"] == ("geometry.circle",)
    assert [path.name for path in graph_folders(tmp_path / "home")[-1].glob("*.yaml")] == ["geometry.yaml"]
    told = shuyuan("diff", str(SHIPPED), str(base))
    assert told.exit_code == 1 and "+ concept 'geometry.sphere', label in en: 'sphere'" in told.output
    assert "geometry.sphere  球 / sphere  (after geometry.circle)" in shuyuan("path", "geometry.sphere").output
    assert shuyuan("path", "球").output == shuyuan("path", "Sphere").output == shuyuan("path", "geometry.sphere").output
    assert "nothing is left to learn" in shuyuan("path", "球", "--known", "sphere").output


def test_issue4_must_06_a_bad_file_is_refused_with_all_faults_and_nothing_is_written(shuyuan, tmp_path: Path) -> None:
    folder = graph_folders(tmp_path / "home")[-1]
    head = "thing,id,to,field,language,value\n"
    rows = ["concept,x.a,,label,en,A", "concept,x.a,,label,en,B", "cnocept,x.a,,label,en,A", "concept,x.a,,lable,en,A"]
    rows += ["prerequisite,x.a,x.b,confidence,,high", "short,row", "prerequisite,x.a,x.a,confidence,,0.5"]
    (tmp_path / "bad.csv").write_text(head + "\n".join(rows), "utf-8")
    error = shuyuan("import", "bad.csv", ok=False).exception
    assert isinstance(error, Faults)
    for told in (
        "row 3: concept 'x.a', label in en is there twice",
        "Did you mean 'concept'?",
        "Did you mean 'label'?",
        "confidence 'high' is no number",
        "row 7: 2 cells",
        "needs itself",
        "no text in zh-CN",
        "area 'x' has no label",
    ):
        assert any(told in fault for fault in error.faults), told
    for name, content in (
        ("a.csv", b"x"),
        ("a.ttl", b"not turtle"),
        ("a.jsonld", b"[" * 90_000),
        ("a.csv", b"\xff\xfe"),
        ("a.csv", b""),
    ):
        (tmp_path / name).write_bytes(content)
        assert isinstance(shuyuan("import", name, ok=False).exception, BadInput)
    assert isinstance(shuyuan("import", "nowhere.ttl", ok=False).exception, NotFound)
    assert list(folder.glob("*.yaml")) == []


def test_issue4_must_06_an_import_that_closes_a_circle_with_what_is_there_is_refused(shuyuan, tmp_path: Path) -> None:
    shuyuan("export", "csv", "--out", "all.csv")
    text = (tmp_path / "all.csv").read_text("utf-8")
    edge = [f"prerequisite,geometry.triangle,geometry.point,{field},,{value}" for field, value in
            (("author", "A"), ("method", "m"), ("confidence", "0.5"), ("confirmed_by", ""))]  # fmt: skip
    (tmp_path / "loop.csv").write_text(text + "\n".join(edge) + "\n", "utf-8")
    error = shuyuan("import", "loop.csv", ok=False).exception
    assert isinstance(error, Faults) and "run in a circle" in str(error)
    assert not list(graph_folders(tmp_path / "home")[-1].glob("*.yaml"))


def test_a_cell_that_looks_like_a_formula_is_written_harmless_and_read_back() -> None:
    from dataclasses import replace

    from knowledge_graph.table import read_table, write_table

    graph = load_graph()
    evil = replace(
        graph.concept("geometry.point"), label={"zh-CN": "点", "en": "=HYPERLINK(1)"}, alt={"en": ("'quoted",)}
    )
    graph = replace(graph, concepts={**graph.concepts, evil.id: evil})
    text = write_table(graph)
    assert ",=HYPERLINK" not in text and ",'=HYPERLINK(1)" in text
    back, faults = read_table(text)
    assert faults == [] and content_hash(back) == content_hash(graph)


def test_merging_tells_conflicts_and_ends_with_1(shuyuan, tmp_path: Path) -> None:
    text = (SHIPPED / "geometry.yaml").read_text("utf-8")
    for name, word in (("base", "radius"), ("ours", "ray"), ("theirs", "spoke")):
        (tmp_path / f"{name}.yaml").write_text(text.replace("en: radius}", f"en: {word}}}"), "utf-8")
    done = shuyuan("merge", "base.yaml", "ours.yaml", "theirs.yaml", "--into", "out.yaml")
    assert done.exit_code == 1 and "1 conflict, 0 faults" in done.output
    assert (
        "concept 'geometry.radius', label in en: ours says 'ray', theirs says 'spoke' (before: 'radius')" in done.output
    )
    assert "en: ray}" in (tmp_path / "out.yaml").read_text("utf-8")
    assert "en: ray}" in (tmp_path / "ours.yaml").read_text("utf-8")

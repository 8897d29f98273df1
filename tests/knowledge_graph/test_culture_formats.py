"""What leaves the collections comes back whole: CSV everything, Linked Art what it carries; the standards' schemas agree."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from commons.errors import BadInput, Faults
from commons.jobs import Worker
from commons.languages import LANGUAGES, load_messages
from commons.store import Store
from knowledge_graph.culture import importing as imports
from knowledge_graph.culture import validate
from knowledge_graph.culture.carnegie import read_carnegie
from knowledge_graph.culture.cleveland import read_cleveland
from knowledge_graph.culture.concepts import FALLBACK, WORDS, concepts_of, is_mapped
from knowledge_graph.culture.exporting import export
from knowledge_graph.culture.graph_part import entities_of, ties_of
from knowledge_graph.culture.iiif import manifest
from knowledge_graph.culture.linked_art import linked_art
from knowledge_graph.culture.linked_art_read import read_linked_art
from knowledge_graph.culture.met import read_met
from knowledge_graph.culture.record import CultureRecord, Maker, from_json, name_of, record_faults, to_json
from knowledge_graph.culture.rights import CC0, Open, rights_of
from knowledge_graph.culture.store import all_records, put
from knowledge_graph.load import load_graph
from tests.knowledge_graph.culture_rows import CARNEGIE, CLEVELAND, MET, RECORD

BASE = "https://shuyuan.example"
RECORDS = (RECORD, read_carnegie(CARNEGIE, "1" * 64), read_cleveland(CLEVELAND, "2" * 64), read_met(MET, "3" * 64))


def brought(store: Store, source: str, file: Path) -> tuple[CultureRecord, ...]:
    with store.begin() as conn:
        one = imports.ask(conn, source, file)
    Worker(store, imports.job_handlers(), keys={one}).run_pending()
    with store.read() as conn:
        assert list(imports.faults_of(conn, one)) == []
        return tuple(all_records(conn))


def by_id(records: tuple[CultureRecord, ...]) -> list[CultureRecord]:
    return sorted(records, key=lambda record: record.id)


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.source)
def test_issue4_item_02_a_record_survives_json(record: CultureRecord) -> None:
    assert from_json(json.loads(json.dumps(to_json(record)))) == record
    assert record_faults(record) == []


def test_issue4_item_02_the_csv_loses_nothing_and_runs_nothing(store: Store, tmp_path: Path) -> None:
    out = tmp_path / "all.csv"
    assert export(RECORDS, "csv", out, BASE) == 4
    cells = [cell for row in csv.reader(io.StringIO(out.read_text("utf-8-sig"))) for cell in row]
    assert not [
        cell for cell in cells if cell.startswith(("=", "+", "@")) or (cell.startswith("-") and not cell[1:].isdigit())
    ]
    assert by_id(brought(store, "shuyuan", out)) == by_id(RECORDS)


def test_issue4_item_02_linked_art_comes_back_with_all_it_carries(store: Store, tmp_path: Path) -> None:
    out = tmp_path / "all.jsonl"
    export(RECORDS, "linked-art", out, BASE)
    back = by_id(brought(store, "linked-art", out))
    # The hash of the museum's own line and the size of its pictures are not in the standard.
    plain = [
        replace(record, raw="", images=tuple(replace(image, width=0, height=0) for image in record.images))
        for record in by_id(RECORDS)
    ]
    assert [replace(record, raw="") for record in back] == plain
    assert [linked_art(record, BASE) for record in back] == [linked_art(record, BASE) for record in by_id(RECORDS)]


def test_issue4_item_02_a_linked_art_document_of_another_house_is_read_as_far_as_its_types_tell() -> None:
    doc = {
        "id": "https://museum.example/thing/7", "type": "HumanMadeObject", "_label": "Cup",
        "identified_by": [{"type": "Identifier", "content": "7.1", "classified_as": [{"id": "http://vocab.getty.edu/aat/300312355"}]}],
        "referred_to_by": [{"type": "LinguisticObject", "content": "jade", "classified_as": [{"id": "http://vocab.getty.edu/aat/300435429"}]}],
    }  # fmt: skip
    record = read_linked_art(doc, "")
    assert (record.source, record.accession, record.medium, record.rights.open) == (
        "linked-art",
        "7.1",
        "jade",
        Open.unknown,
    )
    assert concepts_of(record) == ("collections.jade-carving",)
    with pytest.raises(BadInput, match="HumanMadeObject"):
        read_linked_art({"id": "x", "type": "Person"}, "")


def test_issue4_item_02_a_manifest_paints_only_what_is_free() -> None:
    messages = load_messages()
    closed, free = (manifest(record, BASE, messages) for record in (RECORDS[1], RECORDS[2]))
    body = closed["items"][0]["items"][0]["items"][0]["body"]
    assert body["id"] == f"{BASE}/static/no-image.svg" and "cmoa.org" not in json.dumps(closed)
    assert set(closed["requiredStatement"]["value"]) == set(LANGUAGES) and closed["rights"].startswith(
        "http://rightsstatements.org/"
    )
    assert "not free" in closed["items"][0]["label"]["en"][0]
    painted = free["items"][0]
    assert painted["items"][0]["items"][0]["body"]["id"] == RECORDS[2].images[0].url and free["rights"] == CC0
    assert [(canvas["width"], canvas["height"]) for canvas in free["items"]] == [(900, 1200), (800, 600)]


def test_issue4_item_02_an_export_is_whole_or_not_there(tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    out.write_text("before")

    def broken():  # type: ignore[no-untyped-def]
        yield RECORD
        raise RuntimeError("the disk is gone")

    with pytest.raises(RuntimeError):
        export(broken(), "csv", out, BASE)
    assert out.read_text() == "before" and list(tmp_path.iterdir()) == [out]
    for form, place in (("xml", out), ("csv", tmp_path / "nowhere" / "x"), ("csv", tmp_path)):
        with pytest.raises(BadInput):
            export((), form, place, BASE)


@pytest.mark.parametrize(
    ("said", "opened"),
    [
        ("CC0", "yes"), ("CC0-1.0", "yes"), ("images are NOT CC0", "no"), ("", "unknown"), (None, "unknown"), ("Public Domain", "yes"),
        ("CC BY 4.0", "yes"), ("CC BY-SA", "yes"), ("CC BY-NC 4.0", "no"), ("CC BY-ND", "no"), ("© Museum", "no"), ("ask us", "unknown"),
        ("http://creativecommons.org/licenses/by-nc/4.0/", "no"), ("https://creativecommons.org/licenses/by/4.0/", "yes"),
    ],
)  # fmt: skip
def test_rights_are_open_only_where_the_museum_says_so(said: str | None, opened: str) -> None:
    assert rights_of(said).open.value == opened


def test_a_record_that_breaks_a_rule_is_refused_with_every_reason() -> None:
    bad = replace(RECORD, source="Bad Source", url="file:///etc/passwd", title={"en": " "}, image_rights=rights_of("©"),
                  identifiers=(("isli", "<script>"),), earliest=2000)  # fmt: skip
    with pytest.raises(Faults) as caught:
        from_json(to_json(bad))
    assert len(caught.value.faults) == 6
    with pytest.raises(Faults, match=r"not http.*language tag"):
        from_json(
            to_json(
                replace(RECORD, rights=replace(RECORD.rights, uri="javascript:alert(1)"), title_language='en" onload="')
            )
        )


def test_names_for_addresses_stay_apart_and_plain() -> None:
    names = [name_of(one) for one in ("a/b", "a b", "a-b", "x.json", "玉", "", "A" * 300)]
    assert len(set(names)) == len(names) and names[2] == "a-b"
    assert all(record_faults(replace(RECORD, name=name)) == [] for name in names)


def test_every_word_of_the_mapping_leads_to_a_concept_of_the_graph() -> None:
    graph = load_graph()
    assert [name for name, _ in WORDS if f"collections.{name}" not in graph.concepts] == []
    nothing = replace(
        RECORDS[1], medium="", classification="", kind="", title={"en": "?"}, date="", period="", earliest=None
    )
    assert concepts_of(nothing) == (FALLBACK,) and not is_mapped(concepts_of(nothing))
    century = replace(RECORDS[1], date="18th century", period="", earliest=1700, latest=1799)
    assert set(concepts_of(century)) == {"collections.porcelain", "jiangnan.qing-dynasty"}


def test_makers_nobody_knows_make_no_person_in_the_graph() -> None:
    people = [entity for entity in entities_of(RECORD) if entity.kind == "person"]
    assert [one.id for one in people] == ["person:ma-yuan"]
    assert [tie.target for tie in ties_of(RECORD) if tie.relation == "made-by"] == ["person:ma-yuan"]
    assert not Maker("Unidentified artist").is_known and Maker("Anon Li").is_known


def test_issue4_show_03_the_validation_finds_what_is_wrong_and_skips_what_is_absent(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert validate.main(str(tmp_path), tmp_path) == 0
    assert capsys.readouterr().out.startswith("validate-culture skipped: ")
    folder = tmp_path / "linked-art" / "schema"
    folder.mkdir(parents=True)
    core = {"$id": "https://la.example/core.json", "definitions": {"label": {"type": "string", "maxLength": 2}}}
    (folder / "core.json").write_text(json.dumps(core))
    wanted = {
        "$id": "https://la.example/object.json",
        "properties": {"_label": {"$ref": "core.json#/definitions/label"}},
    }
    (folder / "object.json").write_text(json.dumps(wanted))
    errors = validate.linked_art_errors(tmp_path)
    assert errors is not None and len(errors(linked_art(RECORDS[2], BASE))) == 1
    assert validate.iiif_errors(tmp_path) is None


def test_issue4_item_02_the_commands_bring_a_file_in_and_take_it_out(tmp_path: Path) -> None:
    file, out = tmp_path / "in.jsonl", tmp_path / "out.csv"
    file.write_text(json.dumps(CARNEGIE) + "\n{broken\n", "utf-8")
    env = {"SHUYUAN_HOME": str(tmp_path / "home"), "PATH": "/usr/bin:/bin"}

    def shuyuan(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "portal.cli", "graph", *words]
        return subprocess.run(command, env=env, capture_output=True, text=True)

    done = shuyuan("import-museum", "carnegie", str(file), "--faults", str(tmp_path / "faults"))
    assert done.returncode == 0 and "read 2, new 1" in done.stdout and "- line 2: not JSON" in done.stdout
    assert (tmp_path / "faults").read_text().startswith("line 2: ")
    assert shuyuan("export-culture", "csv", str(out)).returncode == 0 and "Bowl" in out.read_text("utf-8-sig")
    wrong = shuyuan("import-museum", "met", str(file))
    assert wrong.returncode == 1 and "not CSV" in wrong.stderr and "Traceback" not in wrong.stderr


def test_records_are_read_in_batches_and_in_order(store: Store) -> None:
    many = [replace(RECORD, name=f"{n:04}", source_id=str(n)) for n in range(1200)]
    with store.begin() as conn:
        for start in range(0, 1200, 300):
            put(conn, many[start : start + 300])
    with store.read() as conn:
        assert [record.name for record in all_records(conn)] == [record.name for record in many]

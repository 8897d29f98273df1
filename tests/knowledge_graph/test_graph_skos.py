"""The graph goes out to SKOS and comes back whole; what comes in is checked, and no address in it is
followed.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from commons.errors import BadInput, Faults
from knowledge_graph import load_graph
from knowledge_graph.example import small_graph
from knowledge_graph.skos import FORMATS, export_skos, import_skos


@pytest.mark.parametrize("format", FORMATS)
def test_item_06_graph_round_trip_through_skos_loses_nothing(format: Any) -> None:
    graph = load_graph()
    back = import_skos(export_skos(graph, format), format)
    assert dict(back.concepts) == dict(graph.concepts)
    assert set(back.prerequisites) == set(graph.prerequisites)
    assert len(back.prerequisites) == len(graph.prerequisites)
    assert dict(back.areas) == dict(graph.areas)


def test_export_speaks_skos_with_languages_and_says_the_same_twice() -> None:
    text = export_skos(load_graph(), "turtle")
    assert '"中位数"@zh-CN' in text and "skos:prefLabel" in text and "skos:ConceptScheme" in text
    assert text == export_skos(load_graph(), "turtle")
    assert json.loads(export_skos(load_graph(), "json-ld"))


def test_an_imported_cycle_is_refused_with_its_path() -> None:
    looped = export_skos(small_graph("ab", "bc", "ca"))
    with pytest.raises(Faults) as caught:
        import_skos(looped)
    assert any("a → b → c → a" in fault for fault in caught.value.faults)


@pytest.mark.parametrize(
    ("text", "format"),
    [("not turtle at all", "turtle"), ("{", "json-ld"), ("", "csv"), ("[" * 100_000, "json-ld")],
)
def test_what_cannot_be_read_is_bad_input(text: str, format: Any) -> None:
    with pytest.raises(BadInput):
        import_skos(text, format)


def test_a_turtle_cut_off_is_told_by_its_line_and_not_printed() -> None:
    whole = export_skos(small_graph("ab", "bc"))
    with pytest.raises(BadInput) as caught:
        import_skos(whole[: whole.rindex("<urn:") + 8], "turtle")
    assert "at line" in str(caught.value) and "Bad syntax" in str(caught.value) and len(str(caught.value)) < 300


def test_nothing_to_read_is_a_fault() -> None:
    with pytest.raises(Faults, match="no concept"):
        import_skos("", "turtle")


@pytest.mark.parametrize(
    "context",
    [
        '"http://127.0.0.1:9/c"',
        '["http://127.0.0.1:9/c"]',
        '{"@import": "http://127.0.0.1:9/c"}',
        '{"a": {"@context": "x"}}',
    ],
)
def test_a_context_by_address_is_refused_before_anything_is_fetched(context: str) -> None:
    with pytest.raises(BadInput, match="by address"):
        import_skos(f'{{"@context": {context}, "@id": "urn:x"}}', "json-ld")

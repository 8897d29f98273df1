"""Search finds what is meant in both languages, title before body, forgives a slip, and never makes markup of
what was typed.
"""

from __future__ import annotations

import random
import time

import pytest

from knowledge_graph import load_graph
from knowledge_graph.search import Document, Index, search
from knowledge_graph.words import distance, fold, terms


def documents() -> list[Document]:
    concepts = load_graph().concepts.values()
    return [Document(one.id, one.label, one.definition, f"/concepts/{one.id}", "concept") for one in concepts]


@pytest.fixture(scope="module")
def index() -> Index:
    return Index(documents())


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("中位数", "statistics.median"),
        ("月洞门", "architecture.moon-gate"),
        ("什么是借景", "jiangnan.borrowed-scenery"),
        ("median", "statistics.median"),
        ("Moon Gates", "architecture.moon-gate"),
        ("how do I sort", "programming.sorting"),
        ("勾股", "geometry.pythagoras"),
        ("ｍｅｄｉａｎ", "statistics.median"),
    ],
)
def test_item_06_graph_search_finds_the_concept_in_chinese_and_english(index: Index, query: str, first: str) -> None:
    assert index.search(query)[0].document.id == first


@pytest.mark.parametrize(
    ("slip", "first"),
    [
        ("medain", "statistics.median"),
        ("Pythagorus", "geometry.pythagoras"),
        ("standrad deviation", "statistics.standard-deviation"),
        ("moon gaet", "architecture.moon-gate"),
        ("中卫数", "statistics.median"),
        ("标准茶", "statistics.standard-deviation"),
    ],
)
def test_a_slip_still_finds(index: Index, slip: str, first: str) -> None:
    assert first in [hit.document.id for hit in index.search(slip, limit=2)]


@pytest.mark.parametrize("nothing", ["", "   ", "？！", "电视机", "zzzz", "<script>", "the"])
def test_what_is_not_there_is_not_found(nothing: str) -> None:
    few = [Document("gate", {"zh-CN": "月洞门", "en": "Moon gate"}, {"en": "Round."}, "/x", "stop")]
    assert search(nothing, few) == [] and search(nothing, []) == []


def test_a_word_in_the_title_counts_more_than_in_the_body() -> None:
    body = Document("body", {"en": "A walk"}, {"en": "the bridge and the bridge and water"}, "/b", "unit")
    title = Document("title", {"en": "The bridge"}, {"en": "a walk by the water for an hour"}, "/t", "unit")
    assert [hit.document.id for hit in search("bridge", [body, title], language="en")] == ["title", "body"]


def test_hits_show_where_they_matched_in_the_language_asked_for(index: Index) -> None:
    hit = index.search("中位数", language="zh-CN")[0]
    assert [piece.text for piece in hit.title if piece.match] == ["中位数"]
    hit = index.search("medain", language="en")[0]
    assert "median" in [piece.text for piece in hit.title if piece.match]
    assert "".join(piece.text for piece in hit.title) == hit.document.title["en"]


def test_a_long_body_is_cut_around_the_match_and_says_so() -> None:
    body = {"en": "stone " * 80 + "the seal of the house " + "water " * 80}
    hit = search("seal", [Document("one", {"en": "A house"}, body, "/x", "unit")], language="en")[0]
    told = "".join(piece.text for piece in hit.snippet)
    assert told.startswith("…") and told.endswith("…") and "seal of the house" in told and len(told) < 130


def test_typed_markup_stays_text() -> None:
    hostile = Document("x", {"en": "<img src=x onerror=alert(1)> gate"}, {"en": "b"}, "/x", "unit")
    hit = search("gate", [hostile], language="en")[0]
    assert "".join(piece.text for piece in hit.title) == hostile.title["en"]


def test_places_in_folded_text_are_places_in_the_text() -> None:
    dice = random.Random(0)
    for _ in range(300):
        text = "".join(
            chr(dice.choice([dice.randrange(32, 0xD800), dice.randrange(0xE000, 0x1FFFF)])) for _ in range(40)
        )
        assert len(fold(text)) == len(text)
        assert all(0 <= term.start < term.end <= len(text) for term in terms(text))


@pytest.mark.parametrize(
    ("left", "right", "far"),
    [("", "", 0), ("a", "", 1), ("ab", "ba", 1), ("abcd", "acbd", 1), ("mean", "median", 2), ("same", "same", 0)],
)
def test_distance_counts_a_swap_of_neighbours_as_one(left: str, right: str, far: int) -> None:
    assert distance(left, right, 3) == distance(right, left, 3) == far


def test_searching_a_thousand_documents_with_slips_stays_quick() -> None:
    dice = random.Random(2)
    words = ["".join(dice.choice("abcdefghijklmnop") for _ in range(8)) for _ in range(4000)]
    many = [
        Document(str(n), {"en": dice.choice(words)}, {"en": " ".join(dice.choices(words, k=80))}, "/", "unit")
        for n in range(1000)
    ]
    index = Index(many)
    start = time.perf_counter()
    assert index.search("zzqzzq " + words[0][:7] + "z", language="en") is not None
    assert time.perf_counter() - start < 10

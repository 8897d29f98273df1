"""Objects with English titles are found by Chinese words too, and a page beyond the last is the last."""

from __future__ import annotations

from dataclasses import replace

import pytest

from commons.store import Store
from knowledge_graph.culture.carnegie import read_carnegie
from knowledge_graph.culture.cleveland import read_cleveland
from knowledge_graph.culture.meaning import meanings_of
from knowledge_graph.culture.store import find, put
from knowledge_graph.load import load_graph
from tests.knowledge_graph.culture_rows import CARNEGIE, CLEVELAND

BOWL, SCROLL = read_carnegie(CARNEGIE, ""), read_cleveland(CLEVELAND, "")


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("乾隆", {BOWL.id}), ("瓷", {BOWL.id}), ("碗", {BOWL.id}), ("乾隆 碗", {BOWL.id}), ("QIANLONG", {BOWL.id}),
        ("明", {SCROLL.id}), ("画", {SCROLL.id}), ("碗 明", set()), ("%", set()),
    ],
)  # fmt: skip
def test_issue4_item_02_chinese_words_find_objects_by_the_labels_of_what_they_are_tied_to(
    either_store: Store, words: str, wanted: set[str]
) -> None:
    with either_store.begin() as conn:
        put(conn, [BOWL, SCROLL])
        found = find(conn, words, meanings=meanings_of(load_graph()))
    assert {record.id for record in found.records} == wanted and found.total == len(wanted)


def test_issue4_item_02_a_page_beyond_the_last_is_the_last(store: Store) -> None:
    with store.begin() as conn:
        put(conn, [replace(BOWL, name=f"{n}", source_id=f"{n}") for n in range(5)])
        found = find(conn, page=99, size=2)
    assert (found.page, found.total, len(found.records)) == (3, 5, 1)

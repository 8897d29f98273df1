"""Queries answer as networkx does on random graphs, and on the shipped graph the path to a goal can be walked
in order.
"""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from commons.errors import NotFound
from knowledge_graph import load_graph
from knowledge_graph.example import small_graph
from knowledge_graph.layout import layout
from knowledge_graph.model import Concept, Graph, Prerequisite
from knowledge_graph.queries import ancestors, frontier, gap, path, unlocks


def random_graph(seed: int) -> Graph:
    dice = random.Random(seed)
    letters = "abcdefghijklmnopqrst"
    pairs = {dice.choice(letters[:i]) + letters[i] for i in range(1, 20) for _ in range(dice.randint(1, 3))}
    return small_graph(*sorted(pairs))


@pytest.mark.parametrize("seed", range(5))
def test_ancestors_and_unlocks_equal_networkx(seed: int) -> None:
    import networkx as nx

    graph = random_graph(seed)
    arrows = nx.DiGraph((edge.before, edge.after) for edge in graph.prerequisites)
    for concept in graph.concepts:
        assert ancestors(graph, concept) == nx.ancestors(arrows, concept)
        assert set(unlocks(graph, concept)) == nx.descendants(arrows, concept)


@pytest.mark.parametrize("seed", range(5))
def test_a_path_never_asks_for_something_before_what_it_needs(seed: int) -> None:
    graph = random_graph(seed)
    known = set(random.Random(seed).sample(sorted(graph.concepts), 5))
    for goal in graph.concepts:
        walked = set(known)
        for step in path(graph, known, goal):
            assert step not in known and set(graph.needs[step]) <= walked
            walked.add(step)
        assert goal in walked


def test_frontier_is_what_a_beginner_can_start_with_and_is_empty_when_all_is_known() -> None:
    graph = load_graph()
    assert "programming.value" in frontier(graph, set())
    assert all(not graph.needs[concept] for concept in frontier(graph, set()))
    assert frontier(graph, set(graph.concepts)) == []
    assert frontier(small_graph(), {"nowhere"}) == ["a", "b"]


def test_item_06_graph_leads_to_the_median_through_sorting_and_the_mean() -> None:
    graph = load_graph()
    steps = path(graph, {"programming.list"}, "statistics.median")
    assert steps[-1] == "statistics.median"
    assert {"programming.sorting", "statistics.mean"} <= set(steps)
    assert "programming.list" not in steps
    assert gap(graph, {"statistics.median"}, "statistics.median") == set()


def test_an_unknown_goal_is_told_with_the_nearest_concept() -> None:
    with pytest.raises(NotFound, match=r"Did you mean 'statistics\.median'"):
        path(load_graph(), set(), "statistics.meidan")


def test_the_map_runs_from_early_to_late_without_two_concepts_on_one_spot() -> None:
    graph = load_graph()
    chosen = [concept for concept in graph.concepts if concept.startswith(("statistics.", "geometry."))]
    drawn = layout(graph, chosen)
    assert {place.concept for place in drawn.places} == set(chosen)
    assert len({(place.x, place.y) for place in drawn.places}) == len(chosen)
    assert all(0 <= place.x <= 1 and 0 < place.y < 1 for place in drawn.places)
    assert all(wire.before.x < wire.after.x for wire in drawn.wires)
    assert drawn == layout(graph, reversed(chosen))
    assert all(wire.before.y < wire.after.y for wire in drawn.turned().wires)


def test_the_map_joins_concepts_whose_go_betweens_are_left_out_and_takes_any_subset() -> None:
    graph = load_graph()
    drawn = layout(graph, ["programming.list", "statistics.median", "jiangnan.silk", "nowhere"])
    assert [(wire.before.concept, wire.after.concept, wire.direct) for wire in drawn.wires] == [
        ("programming.list", "statistics.median", False)
    ]
    assert len(drawn.places) == 3
    assert layout(graph, []).places == () and layout(graph, ["jiangnan.silk"]).places[0].x == 0.5


def test_a_chain_of_a_thousand_concepts_is_no_trouble() -> None:
    names = [f"x.c{number:04}" for number in range(2000)]
    edges = tuple(Prerequisite(a, b, "an editor", "authored", 1.0) for a, b in pairwise(names))
    chain = Graph({name: Concept(name, {}, {}, "x") for name in names}, edges)
    assert len(path(chain, set(), names[-1])) == 2000
    assert layout(chain, names).places[-1].layer == 1999

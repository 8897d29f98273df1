"""The compact form answers as networkx and as the plain queries do, whatever the graph's shape; its file is checked
before it is used (issue 4, item 5 and must-show 2).
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from commons.errors import BadInput, NotFound
from knowledge_graph import Concept, Graph, Prerequisite, load_graph, queries
from knowledge_graph import compact_queries as asked
from knowledge_graph.compact import Compact, compact_of, from_arrays
from knowledge_graph.compact_file import load_compact, save_compact
from knowledge_graph.synthetic import layered


def wide() -> Compact:
    return from_arrays(*layered(concepts=3000, edges=12_000, layers=30, seed=1))


def deep() -> Compact:
    """More layers than a sweep is worth, with some threads beside the long one."""
    dice, count = random.Random(2), 4000
    pairs = {(n, n + 1) for n in range(count - 1)} | {tuple(sorted(dice.sample(range(count), 2))) for _ in range(4000)}
    ends = np.array(sorted(pairs), np.int32)
    return from_arrays([f"d{n:05}" for n in range(count)], ends[:, 0], ends[:, 1])


def flat() -> Compact:
    dice = np.random.default_rng(3)
    return from_arrays([f"f{n}" for n in range(2000)], dice.integers(0, 1000, 5000), dice.integers(1000, 2000, 5000))


def arrows_of(graph: Compact) -> Any:
    import networkx as nx

    arrows = nx.DiGraph()
    arrows.add_nodes_from(graph.ids)
    after = np.repeat(np.arange(len(graph.ids)), np.diff(graph.needs_at))
    arrows.add_edges_from(
        (graph.ids[a], graph.ids[b]) for a, b in zip(graph.needs.tolist(), after.tolist(), strict=True)
    )
    return arrows


@pytest.fixture(scope="module", params=[wide, deep, flat], ids=lambda make: make.__name__)
def both(request: pytest.FixtureRequest) -> tuple[Compact, Any]:
    graph = request.param()
    return graph, arrows_of(graph)


def sample(graph: Compact, count: int = 12) -> list[str]:
    return [graph.ids[0], graph.ids[-1], *random.Random(0).sample(graph.ids, count)]


def test_issue4_item_05_ancestors_and_descendants_equal_networkx(both: tuple[Compact, Any]) -> None:
    import networkx as nx

    graph, arrows = both
    for concept in sample(graph):
        assert asked.ancestors(graph, concept) == nx.ancestors(arrows, concept)
        assert asked.descendants(graph, concept) == nx.descendants(arrows, concept)
        far = nx.single_source_shortest_path_length(arrows, concept)
        del far[concept]
        assert asked.unlocks(graph, concept) == sorted(far, key=lambda one: (far[one], one))


def test_issue4_item_05_the_gap_is_what_lies_within_the_unknown_and_the_path_can_be_walked(
    both: tuple[Compact, Any],
) -> None:
    import networkx as nx

    graph, arrows = both
    for seed, goal in enumerate(sample(graph)):
        known = set(random.Random(seed).sample(graph.ids, 100))
        unknown = arrows.subgraph(set(arrows) - known)
        steps = asked.path(graph, known, goal)
        wanted = set() if goal in known else nx.ancestors(unknown, goal) | {goal}
        assert set(steps) == wanted == asked.gap(graph, known, goal) and len(steps) == len(wanted)
        place = {one: number for number, one in enumerate(steps)}
        assert all(place[need] < place[one] for one in steps for need in arrows.pred[one] if need in place)
        assert asked.order(graph, wanted) == steps


def test_issue4_item_05_the_frontier_is_what_lacks_nothing(both: tuple[Compact, Any]) -> None:
    graph, arrows = both
    known = set(random.Random(1).sample(graph.ids, 500)) | {"nowhere"}
    wanted = {one for one in arrows if one not in known and all(need in known for need in arrows.pred[one])}
    assert set(asked.frontier(graph, known)) == wanted
    assert asked.frontier(graph, set(graph.ids)) == []


def test_issue4_item_05_chains_are_as_short_and_as_cheap_as_networkx_finds(both: tuple[Compact, Any]) -> None:
    import networkx as nx

    graph, arrows = both
    cost = {one: random.Random(one).randint(1, 30) for one in graph.ids}
    checked = 0
    for start in sample(graph, 6):
        for goal in sample(graph, 6):
            if not nx.has_path(arrows, start, goal):
                with pytest.raises(NotFound, match="does not build on"):
                    asked.shortest(graph, start, goal)
                with pytest.raises(NotFound, match="does not build on"):
                    asked.cheapest(graph, start, goal, cost)
                continue
            checked += 1
            chain = asked.shortest(graph, start, goal)
            assert len(chain) - 1 == nx.shortest_path_length(arrows, start, goal)
            chain, price = asked.cheapest(graph, start, goal, cost)
            assert chain[0] == start and chain[-1] == goal and all(arrows.has_edge(*pair) for pair in pairwise(chain))
            assert price == sum(cost[one] for one in chain[1:])
            assert price == nx.dijkstra_path_length(arrows, start, goal, lambda _, after, __: cost[after])
    assert checked


def test_issue4_item_05_a_chain_of_200_000_concepts_is_no_trouble() -> None:
    count = 200_000
    chain = from_arrays([f"c{n:06}" for n in range(count)], np.arange(count - 1), np.arange(1, count))
    start = time.process_time()
    assert len(asked.path(chain, set(), chain.ids[-1])) == count
    assert len(asked.ancestors(chain, chain.ids[-1])) == count - 1
    assert len(asked.shortest(chain, chain.ids[0], chain.ids[-1])) == count
    assert time.process_time() - start < 4


def test_issue4_item_05_small_and_large_graphs_are_asked_with_the_same_words_and_answer_alike(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    graph = load_graph()
    plain = [_all_answers(graph, concept) for concept in graph.concepts]
    monkeypatch.setattr(queries, "LARGE", 1)
    assert [_all_answers(graph, concept) for concept in graph.concepts] == plain
    assert queries.order(graph, ["nowhere", *graph.concepts]) == list(graph.compact.ids)


def _all_answers(graph: Graph, concept: str) -> list[Any]:
    known = {"geometry.angle", "statistics.mean", "nowhere"}
    return [
        queries.ancestors(graph, concept),
        queries.unlocks(graph, concept),
        queries.gap(graph, known, concept),
        queries.path(graph, known, concept),
        queries.frontier(graph, known | {concept}),
    ]


def test_a_graph_of_six_thousand_concepts_goes_the_large_way_by_itself() -> None:
    ids, before, after = layered(concepts=6000, edges=20_000, layers=40, seed=4)
    edges = tuple(
        Prerequisite(ids[a], ids[b], "a", "b", 1.0) for a, b in zip(before.tolist(), after.tolist(), strict=True)
    )
    graph = Graph({one: Concept(one, {}, {}, "x") for one in ids}, edges)
    start = time.process_time()
    steps = queries.path(graph, set(), ids[-1])
    assert steps[-1] == ids[-1] and len(steps) > 1000 and graph.depth[ids[-1]] == 39
    assert time.process_time() - start < 5


def test_issue4_item_05_neighbours_by_meaning_are_the_nearest_by_cosine() -> None:
    graph = compact_of(load_graph())
    rows = np.random.default_rng(0).normal(size=(len(graph.ids), 16)).astype(np.float32)
    rows[5] = 0
    unit = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    for number in (0, 17, len(graph.ids) - 1):
        found = asked.near(graph, rows, graph.ids[number], 4)
        close = unit @ unit[number]
        close[number] = -2
        assert [name for name, _ in found] == [graph.ids[one] for one in np.argsort(-close)[:4]]
        assert found[0][1] == pytest.approx(float(close.max()), abs=1e-5)
    assert asked.near(graph, rows, graph.ids[5]) == [] and asked.near(graph, rows, graph.ids[0], 0) == []
    assert len(asked.near(graph, rows, graph.ids[0], 10_000)) == len(graph.ids) - 2
    with pytest.raises(BadInput, match="one row for each concept"):
        asked.near(graph, rows[1:], graph.ids[0])


def test_what_is_not_there_or_wrong_is_told() -> None:
    graph = compact_of(load_graph())
    with pytest.raises(NotFound, match=r"Did you mean 'statistics\.median'"):
        asked.ancestors(graph, "statistics.meidan")
    with pytest.raises(BadInput, match="the cost of 'x' is -1"):
        asked.cheapest(graph, graph.ids[0], graph.ids[0], {"x": -1})
    with pytest.raises(BadInput, match="a → b → c → a"):
        from_arrays(["a", "b", "c", "d"], np.array([0, 1, 2, 2]), np.array([1, 2, 0, 3]))
    with pytest.raises(BadInput, match="twice"):
        from_arrays(["a", "a"], np.array([0]), np.array([1]))
    with pytest.raises(BadInput, match="not there"):
        from_arrays(["a", "b"], np.array([0]), np.array([2]))
    empty = from_arrays([], np.array([], np.int32), np.array([], np.int32))
    assert asked.frontier(empty, {"a"}) == [] and asked.order(empty, ["a"]) == []


def test_issue4_item_05_the_file_gives_the_same_graph_back_and_a_damaged_one_is_refused(tmp_path: Path) -> None:
    graph, file = wide(), tmp_path / "graph.npz"
    save_compact(graph, file)
    back = load_compact(file)
    assert back.ids == graph.ids and asked.ancestors(back, graph.ids[-1]) == asked.ancestors(graph, graph.ids[-1])
    assert [path.name for path in tmp_path.iterdir()] == ["graph.npz"]
    with pytest.raises(NotFound):
        load_compact(tmp_path / "none.npz")
    whole = file.read_bytes()
    for damaged in (b"", b"PK", whole[: len(whole) // 2], whole[:3000] + b"\0" * 500 + whole[3500:]):
        file.write_bytes(damaged)
        with pytest.raises(BadInput):
            load_compact(file)
    arrays = {name: getattr(graph, name) for name in ("needs_at", "needs", "opens_at", "opens", "depth")}
    ids = np.frombuffer("\n".join(graph.ids).encode(), np.uint8)
    for name, wrong in (("needs", graph.needs[::-1]), ("depth", graph.depth[1:]), ("opens", graph.opens.astype(float))):
        np.savez(file, version=np.array([1]), ids=ids, **(arrays | {name: wrong}))
        with pytest.raises(BadInput, match="do not fit together"):
            load_compact(file)
    np.savez(file, version=np.array([1]), ids=np.array([{"a": 1}]), **arrays)
    with pytest.raises(BadInput):
        load_compact(file)


def test_issue4_must_02_the_generator_makes_what_it_says_and_the_same_each_time() -> None:
    ids, before, after = layered(concepts=5000, edges=25_000, layers=50, seed=7)
    assert (len(set(ids)), len({*zip(before.tolist(), after.tolist(), strict=True)})) == (5000, 25_000)
    layer = np.arange(5000) * 50 // 5000
    down = layer[after] - layer[before]
    assert down.min() == 1 and down.max() <= 3 and from_arrays(ids, before, after).depth.max() == 49
    again = layered(concepts=5000, edges=25_000, layers=50, seed=7)
    assert (again[1] == before).all() and (again[2] == after).all()
    assert not np.array_equal(layered(concepts=5000, edges=25_000, layers=50, seed=8)[1], before)


@pytest.mark.slow
def test_issue4_must_02_the_bench_compares_with_networkx_and_ends_in_json() -> None:
    code = "import os; os.environ.update(CONCEPTS='20000', EDGES='100000'); from knowledge_graph.bench_graph import main; main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["mismatches"] == 0 and told["edges"] == 100_000 and told["answers_compared"] >= 50
    assert told["memory_mb"] < told["nx_memory_mb"]

"""`make bench-graph`: the compact form beside plain networkx on a seeded graph of a million edges, in one run.

Both sides answer in the same form: sets and lists of concept ids, made in full. Load time and memory are taken in a
process of its own for each: ours reads the .npz that save_compact wrote, networkx builds a DiGraph from arrays of the
same edges (it has no form of its own that loads without running code). Last line: one JSON object.
"""

from __future__ import annotations

import gc
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from knowledge_graph.compact import Compact, from_arrays
from knowledge_graph.compact_file import load_compact, save_compact
from knowledge_graph.compact_queries import ancestors, path
from knowledge_graph.synthetic import layered

CONCEPTS, EDGES, SEED = 200_000, 1_000_000, 0
ANCESTORS, PATHS, THEIR_PATHS, KNOWN = 60, 300, 12, 1000


def main() -> None:
    """Make the graph, measure both sides, print the table and the JSON."""
    concepts, edges = (int(os.environ.get(name, value)) for name, value in (("CONCEPTS", CONCEPTS), ("EDGES", EDGES)))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ids, before, after = layered(concepts, edges, seed=SEED)
        np.savez(folder / "edges.npz", ids=np.array(ids), before=before, after=after)
        start = time.perf_counter()
        save_compact(from_arrays(ids, before, after), folder / "graph.npz")
        found: dict[str, Any] = {"concepts": concepts, "edges": len(before), "build_s": _seconds(start)}
        for side, prefix in (("ours", ""), ("networkx", "nx_")):
            told = subprocess.run(
                [sys.executable, "-m", "knowledge_graph.bench_graph", side, name], stdout=subprocess.PIPE, check=True
            )
            found |= {f"{prefix}{key}": value for key, value in json.loads(told.stdout).items()}
        graph, theirs = load_compact(folder / "graph.npz"), _networkx(folder)
    found |= _compare(graph, theirs)
    found["load_average"] = round(os.getloadavg()[0], 1)
    for key, value in found.items():
        print(f"{key:22} {value}")
    print(json.dumps(found))


def _compare(graph: Compact, theirs: Any) -> dict[str, Any]:
    import networkx as nx

    dice = random.Random(SEED)
    goals = dice.sample(graph.ids, ANCESTORS)
    ancestors(graph, goals[0])
    # Neither side pays for looking through the other's objects.
    gc.collect()
    gc.freeze()
    ours, mine = _timed([lambda goal=goal: ancestors(graph, goal) for goal in goals])  # type: ignore[misc]
    other, said = _timed([lambda goal=goal: nx.ancestors(theirs, goal) for goal in goals])  # type: ignore[misc]
    wrong = sum(one != two for one, two in zip(mine, said, strict=True))
    asked = [(frozenset(dice.sample(graph.ids, KNOWN)), dice.choice(graph.ids)) for _ in range(PATHS)]
    worked = [_worked(lambda one=one: path(graph, *one)) for one in asked]  # type: ignore[misc]
    walk, steps = _timed([lambda one=one: path(graph, *one) for one in asked])  # type: ignore[misc]
    few = asked[:THEIR_PATHS]
    their_walk, their_steps = _timed([lambda one=one: _their_path(theirs, *one) for one in few])  # type: ignore[misc]
    wrong += sum(not _same_path(theirs, one, two) for one, two in zip(steps, their_steps, strict=False))
    figures: dict[str, Any] = {"mismatches": wrong, "answers_compared": len(goals) + len(few)}
    for name, seconds in (("ancestors", ours), ("nx_ancestors", other), ("path", walk), ("nx_path", their_walk)):
        for part in (50, 99):
            figures[f"{name}_p{part}_ms"] = round(float(np.percentile(seconds, part)) * 1000, 2)
    figures["path_cpu_p99_ms"] = round(float(np.percentile(worked, 99)) * 1000, 2)
    figures["median_answer"] = int(np.median([len(one) for one in mine]))
    figures["ratio_p99"] = round(figures["nx_ancestors_p99_ms"] / figures["ancestors_p99_ms"], 1)
    figures["ratio"] = round(figures["nx_ancestors_p50_ms"] / figures["ancestors_p50_ms"], 1)
    return figures


def _their_path(theirs: Any, known: frozenset[str], goal: str) -> list[str]:
    """Gap and path as one writes it with networkx: what is above the goal within the unknown, in topological order."""
    import networkx as nx

    if goal in known:
        return []
    unknown = nx.subgraph_view(theirs, filter_node=lambda one: one not in known)
    return list(nx.topological_sort(theirs.subgraph(nx.ancestors(unknown, goal) | {goal})))


def _same_path(theirs: Any, ours: list[str], other: list[str]) -> bool:
    """The same concepts, and ours in an order in which nothing comes before what it needs."""
    place = {one: number for number, one in enumerate(ours)}
    return (
        len(ours) == len(other)
        and place.keys() == set(other)
        and all(place[need] < number for one, number in place.items() for need in theirs.pred[one] if need in place)
    )


def _timed(calls: list[Callable[[], Any]]) -> tuple[list[float], list[Any]]:
    seconds, answers = [], []
    for call in calls:
        start = time.perf_counter()
        answers.append(call())
        seconds.append(time.perf_counter() - start)
    return seconds, answers


def _worked(call: Callable[[], Any]) -> float:
    """Seconds of the processor's time, which say the same on a machine that others use too."""
    start = time.thread_time()
    call()
    return time.thread_time() - start


def _networkx(folder: Path) -> Any:
    import networkx as nx

    graph: Any = nx.DiGraph()
    with np.load(folder / "edges.npz", allow_pickle=False) as found:
        ids = found["ids"].tolist()
        graph.add_nodes_from(ids)
        ends = (map(ids.__getitem__, found[name].tolist()) for name in ("before", "after"))
        graph.add_edges_from(zip(*ends, strict=True))
    return graph


def _measure(side: str, folder: Path) -> None:
    """Load one side in this fresh process and print seconds and megabytes."""
    import networkx  # noqa: F401  both sides pay for the import before the clock starts

    held = _resident()
    start = time.perf_counter()
    if side == "ours":
        graph = load_compact(folder / "graph.npz")
        kept: Any = (graph, graph.numbers, graph.layers)
    else:
        kept = _networkx(folder)
    seconds = _seconds(start)
    gc.collect()
    told = {"load_s": seconds, "memory_mb": round((_resident() - held) / 1e6, 1)}
    told["peak_mb"] = round(_peak() / 1e6, 1)
    print(json.dumps(told))
    del kept


def _peak() -> int:
    # Not ru_maxrss: that of a program begins with what its parent held.
    return int(Path("/proc/self/status").read_text("ascii").split("VmHWM:")[1].split()[0]) * 1024


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * resource.getpagesize()


def _seconds(start: float) -> float:
    return round(time.perf_counter() - start, 3)


if __name__ == "__main__":
    if len(sys.argv) == 3:
        _measure(sys.argv[1], Path(sys.argv[2]))
    else:
        main()

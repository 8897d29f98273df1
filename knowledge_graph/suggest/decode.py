"""From scored pairs to a graph: the acyclic edges with the greatest sum of log-odds that a search finds, then without
the edges that others imply.

Rule: finding the best acyclic graph is NP-hard (the linear ordering problem), so an order of the concepts is improved by
moving one at a time to where the sum gains most (insertion search, after Schiavinotto and Stützle 2004) until no move
helps; started once from the net weights and once from a greedy graph, the better one wins. Equal input, equal output.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

__all__ = ["acyclic", "reduce_transitively", "total"]

Edge = tuple[str, str]


def acyclic(log_odds: Mapping[Edge, float], fixed: Sequence[Edge] = ()) -> list[Edge]:
    """The edges of positive log-odds that agree with the best order found; `fixed` edges (acyclic) always agree and are
    not returned.

    >>> acyclic({("a", "b"): 2.0, ("b", "c"): 1.0, ("c", "a"): 1.5, ("a", "c"): -1.0})
    [('a', 'b'), ('c', 'a')]
    """
    weight = {edge: odds for edge, odds in log_odds.items() if odds > 0 and edge[0] != edge[1]}
    heavy = 1 + sum(weight.values())
    weight |= dict.fromkeys(fixed, heavy)
    nodes = sorted({node for edge in weight for node in edge})
    net = dict.fromkeys(nodes, 0.0)
    for (before, after), odds in weight.items():
        net[before] += odds
        net[after] -= odds
    starts = [sorted(nodes, key=lambda node: (-net[node], node)), _order_of(nodes, _greedy(weight))]
    orders = [_improved(start, weight) for start in starts]
    best = max(orders, key=lambda order: total(order, weight))
    place = {node: number for number, node in enumerate(best)}
    return sorted(edge for edge in weight if place[edge[0]] < place[edge[1]] and edge not in set(fixed))


def total(order: Sequence[str], weight: Mapping[Edge, float]) -> float:
    """The summed log-odds of the edges that run forwards in `order`."""
    place = {node: number for number, node in enumerate(order)}
    return sum(odds for (before, after), odds in weight.items() if place[before] < place[after])


def reduce_transitively(edges: Sequence[Edge], known: Sequence[Edge] = ()) -> list[Edge]:
    """`edges` without those that a path over the others and `known` implies. All together must be acyclic.

    >>> reduce_transitively([("a", "b"), ("b", "c"), ("a", "c")])
    [('a', 'b'), ('b', 'c')]
    """
    import networkx as nx

    graph = nx.DiGraph([*edges, *known])
    kept = nx.transitive_reduction(graph).edges
    return [edge for edge in edges if edge in kept and edge not in set(known)]


def _greedy(weight: Mapping[Edge, float]) -> list[Edge]:
    """Edges by falling weight, each taken where it closes no circle."""
    below: dict[str, set[str]] = {node: {node} for edge in weight for node in edge}
    taken: list[Edge] = []
    for before, after in sorted(weight, key=lambda edge: (-weight[edge], edge)):
        if before in below[after]:
            continue
        taken.append((before, after))
        for node, reached in below.items():
            if before in reached:
                below[node] = reached | below[after]
    return taken


def _order_of(nodes: Sequence[str], edges: Sequence[Edge]) -> list[str]:
    import networkx as nx

    graph = nx.DiGraph(edges)
    graph.add_nodes_from(nodes)
    return list(nx.lexicographical_topological_sort(graph))


def _improved(order: list[str], weight: Mapping[Edge, float]) -> list[str]:
    gain: dict[str, dict[str, float]] = {node: {} for node in order}
    for (before, after), odds in weight.items():
        gain[before][after] = gain[before].get(after, 0.0) + odds
        gain[after][before] = gain[after].get(before, 0.0) - odds
    moved = True
    while moved:
        moved = False
        for node in sorted(order):
            at = order.index(node)
            rest = order[:at] + order[at + 1 :]
            best, where, value = 0.0, at, 0.0
            # Moving forwards past another loses what `node` before it was worth, and the other way round.
            for target in range(at, len(rest)):
                value -= gain[node].get(rest[target], 0.0)
                if value > best + 1e-9:
                    best, where = value, target + 1
            value = 0.0
            for target in range(at - 1, -1, -1):
                value += gain[node].get(rest[target], 0.0)
                if value > best + 1e-9:
                    best, where = value, target
            if where != at:
                order, moved = [*rest[:where], node, *rest[where:]], True
    return order

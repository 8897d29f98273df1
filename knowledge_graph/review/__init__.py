"""What teachers decide about the machine's suggestions: an append-only record, and the graph that follows from it."""

from knowledge_graph.review.decisions import Decision, edge_key, edge_of, read_decisions
from knowledge_graph.review.standing import Standing, standing

__all__ = ["Decision", "Standing", "edge_key", "edge_of", "read_decisions", "standing"]

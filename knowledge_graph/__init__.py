"""The subject graph: concepts, prerequisites and links to items. It knows nothing of courses, scenes,
learners or pages.
"""

from knowledge_graph.check import check_links, graph_faults
from knowledge_graph.links import links_of
from knowledge_graph.load import load_graph
from knowledge_graph.model import Concept, Entity, Graph, Link, Prerequisite, Tie

__all__ = [
    "Concept",
    "Entity",
    "Graph",
    "Link",
    "Prerequisite",
    "Tie",
    "check_links",
    "graph_faults",
    "links_of",
    "load_graph",
]

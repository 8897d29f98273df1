"""Culture data: museum objects with their rights, in from the museums' own files, out as Linked Art, IIIF and CSV.

It knows the graph's model and the store; courses, scenes and pages it does not know.
"""

from knowledge_graph.culture.graph_part import entities_of, graph_with, item_of, ties_of
from knowledge_graph.culture.record import CultureRecord
from knowledge_graph.culture.rights import Open, Rights

__all__ = ["CultureRecord", "Open", "Rights", "entities_of", "graph_with", "item_of", "ties_of"]

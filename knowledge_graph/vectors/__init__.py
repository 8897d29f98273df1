"""The one interface to text vectors, for graph, recommender, guide and search: whoever wants to know how near two
texts are in meaning asks here, and never a model's own package.
"""

from knowledge_graph.vectors.base import Vectors, cosines, unit
from knowledge_graph.vectors.cache import cached
from knowledge_graph.vectors.choose import best
from knowledge_graph.vectors.e5 import Finder, finding
from knowledge_graph.vectors.hashing import ngrams
from knowledge_graph.vectors.hugging_face import transformer
from knowledge_graph.vectors.use import embedded

__all__ = ["Finder", "Vectors", "best", "cached", "cosines", "embedded", "finding", "ngrams", "transformer", "unit"]

"""Training of the tracer from learning records, and the registry of what was trained: a model comes into use only where
it beats the one in use, and a broken one never does.
"""

from recommender.training.registry import SHIPPED, Entry, Live, Registry, live_tracer

__all__ = ["SHIPPED", "Entry", "Live", "Registry", "live_tracer"]

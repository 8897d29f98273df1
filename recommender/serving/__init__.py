"""The tracer at work: what is kept of each learner in memory, moved on by their new records only, and what the tracer says of
every exercise and concept of a shelf now.
"""

from recommender.serving.learners import Kept, Learners
from recommender.serving.live import Tracing, live_place, no_tracing, traced_live

__all__ = ["Kept", "Learners", "Tracing", "live_place", "no_tracing", "traced_live"]

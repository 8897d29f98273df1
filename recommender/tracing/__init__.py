"""Knowledge tracing: answers of real or synthetic learners, models that say how likely the next answer is right, and
one harness that judges them all alike. It knows no page, no planner and no course.
"""

from recommender.tracing.answers import Answers, Names, Row
from recommender.tracing.harness import Tracer, judge, predict_next

__all__ = ["Answers", "Names", "Row", "Tracer", "judge", "predict_next"]

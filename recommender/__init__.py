"""What to do next, and why, in true words. It reads records, graph and items; it knows no course, scene or
page.
"""

from recommender.facts import Fact, Known
from recommender.mastery import Mastery
from recommender.preferences import Preference, forget_said, preference, set_preference, set_verdict, verdicts_of
from recommender.reasons import Reason, within
from recommender.service import Aim, Recommender, Suggestion
from recommender.tags import KNOWS, tags_of, tags_on

__all__ = [
    "KNOWS",
    "Aim",
    "Fact",
    "Known",
    "Mastery",
    "Preference",
    "Reason",
    "Recommender",
    "Suggestion",
    "forget_said",
    "preference",
    "set_preference",
    "set_verdict",
    "tags_of",
    "tags_on",
    "verdicts_of",
    "within",
]

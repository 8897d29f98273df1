"""What to do next, and why, in true words. It reads records, graph and items; it knows no course, scene or
page.
"""

from recommender.mastery import Mastery
from recommender.preferences import Preference, preference, set_preference, set_verdict, verdicts_of
from recommender.reasons import Reason
from recommender.service import Recommender, Suggestion

__all__ = [
    "Mastery",
    "Preference",
    "Reason",
    "Recommender",
    "Suggestion",
    "preference",
    "set_preference",
    "set_verdict",
    "verdicts_of",
]

"""What the record of decisions keeps about a person: the random id beside each of their decisions, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from commons.languages import Text
from commons.people import Person
from knowledge_graph.review.decisions import decisions_path, read_decisions

__all__ = ["Decisions"]


class Decisions:
    """The decisions of one person on the graph's suggestions, in the platform at `home`."""

    name = "graph-decisions"

    def __init__(self, home: Path) -> None:
        self.home = home

    def describe(self) -> Text:
        """What is kept here, why, and for how long, in every language."""
        return {
            "zh-CN": "您作为老师对图谱建议的决定：何时、关于什么、怎样定的，只挂在一个随机编号上。注销后决定留着，编号不再属于任何人。",
            "en": "What you decided as a teacher about suggestions for the graph, and when, under a random number. After "
            "erasure the decisions stay and the number belongs to nobody.",
        }

    def export(self, conn: Connection, person: Person) -> dict[str, Any]:
        """The person's decisions, oldest first."""
        mine = [one for one in read_decisions(decisions_path(self.home)) if one.teacher == person.actor]
        return {"decisions": [{**vars(one)} for one in mine]}

    def erase(self, conn: Connection, person: Person) -> int:
        """Nothing to do: whose the random id was is erased with the person."""
        return 0

"""How well the model judges the learners of a course, group by group, for its teachers; worked out when one asks."""

from __future__ import annotations

from fastapi import APIRouter

from portal.fairness import JOB_KIND, last_report
from portal.web.pages.desk.report import report_pages

__all__ = ["router"]

SHOWN = ("activity", "language")  # in one course the other two are one group


def router() -> APIRouter:
    """/teach/<course>/fairness."""
    return report_pages("fairness", JOB_KIND, last_report, lambda course: {"kinds": SHOWN})

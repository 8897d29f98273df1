"""A course's proof before release, for its teachers: faults, warnings, and unit by unit how each check is graded and what it needs."""

from __future__ import annotations

from fastapi import APIRouter

from portal.checking import JOB_KIND, last_check
from portal.web.pages.desk.report import report_pages

__all__ = ["router"]


def router() -> APIRouter:
    """/teach/<course>/check."""
    return report_pages(
        "check", JOB_KIND, last_check, lambda course: {"titles": {unit.id: unit.title for unit in course.units}}
    )

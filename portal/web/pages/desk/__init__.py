"""A teacher's desk: one assignment of one course, from the hand-ins to the grades.

Every page first makes sure that the caller teaches the course.
"""

from __future__ import annotations

from fastapi import APIRouter

from portal.web.pages.desk import (
    audit,
    check,
    fairness,
    grades,
    marking,
    regrading,
    results,
    rules,
    standing,
    submission,
    submissions,
    suggestions,
)

__all__ = ["routers"]


def routers() -> list[APIRouter]:
    """The routers under /teach/<course>/."""
    work = (grades, audit, check, submission, submissions, results, marking, rules, regrading)
    return [module.router() for module in (*work, fairness, standing, suggestions)]

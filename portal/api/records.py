"""Visits and reading of signed-in learners, as learning records. What an item teaches is looked up here, never believed.

Answers and marks come from grading alone; a client may only say that something was opened, seen, finished, asked or skipped.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from commons.errors import Faults
from commons.people import Person
from commons.records import LearningRecord, Verb, add_records
from portal.api.caller import Caller, Here
from portal.catalogue import Catalogue

__all__ = ["router"]

MOST = 50


class Visit(BaseModel):
    """One act. `id` makes a repeated call harmless."""

    verb: Literal["launched", "experienced", "completed", "asked", "skipped"]
    item: str = Field(max_length=200)
    seconds: float | None = Field(default=None, ge=0, lt=86400)
    text: str = Field(default="", max_length=2000)
    id: uuid.UUID = Field(default_factory=uuid.uuid4)


class Visits(BaseModel):
    records: list[Visit] = Field(min_length=1, max_length=MOST)


def router() -> APIRouter:
    """POST /records."""
    found = APIRouter(tags=["me"])
    found.add_api_route(
        "/records", add, methods=["POST"], status_code=201, summary="Note what you opened, saw or finished"
    )
    return found


def add(house: Here, who: Caller, visits: Visits) -> dict[str, int]:
    catalogue = house.catalogue
    unknown = [f"there is no item '{one.item}'" for one in visits.records if one.item not in catalogue.by_id]
    if unknown:
        raise Faults(unknown, where="records", next="See /api/v1/items.")
    with house.store.begin() as conn:
        new = add_records(conn, [_record(one, who, catalogue) for one in visits.records])
    return {"added": new}


def _record(one: Visit, who: Person, catalogue: Catalogue) -> LearningRecord:
    item = catalogue.by_id[one.item]
    return LearningRecord(
        actor=who.actor,
        verb=Verb(one.verb),
        item=item.id,
        kind=item.kind,
        concepts=item.concepts,
        time=datetime.now(UTC),
        seconds=one.seconds,
        text=one.text,
        id=str(one.id),
    )

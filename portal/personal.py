"""Everything kept about a person, over all rooms: told, exported, erased. A room that keeps something registers it.

Erasing is one transaction over all stores, then the account at the hub; it can be repeated until both are done.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

import commons.personal
import courses.personal
import recommender.personal
from commons.people import Person
from commons.personal import PersonalStore
from commons.settings import Settings
from commons.store import Store
from hub_config.personal import Account, HomeFolder
from knowledge_graph.review.personal import Decisions

__all__ = ["erase", "export_zip", "exported", "personal_stores"]


def personal_stores(settings: Settings) -> Sequence[PersonalStore]:
    """All stores; those of commons last, because the others find their rows through the mapping there."""
    return (
        *courses.personal.PERSONAL_STORES,
        *recommender.personal.PERSONAL_STORES,
        Decisions(settings.home),
        HomeFolder(settings),
        Account(settings),
        *commons.personal.PERSONAL_STORES,
    )


def exported(conn: Connection, who: Person, settings: Settings) -> dict[str, dict[str, Any]]:
    """What every store keeps about `who`, by the store's name."""
    return {store.name: store.export(conn, who) for store in personal_stores(settings)}


def export_zip(conn: Connection, who: Person, settings: Settings) -> bytes:
    """The export as a zip of one JSON file for each store, and one that says what they are."""
    out = io.BytesIO()
    about = {store.name: dict(store.describe()) for store in personal_stores(settings)}
    head = {"account": who.account, "exported": datetime.now(UTC).isoformat(), "files": about}
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("about.json", _json(head))
        for name, data in exported(conn, who, settings).items():
            archive.writestr(f"{name}.json", _json(data))
    return out.getvalue()


def erase(store: Store, who: Person, settings: Settings) -> dict[str, int]:
    """Erase `who` from every store in one transaction; gives how many things went from each."""
    with store.begin() as conn:
        return {one.name: one.erase(conn, who) for one in personal_stores(settings)}


def _json(data: object) -> str:
    return json.dumps(data, ensure_ascii=False, indent=1, default=str)

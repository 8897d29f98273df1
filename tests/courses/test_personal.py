"""What courses keep about a person can be exported and erased; what belongs to others stays."""

from __future__ import annotations

import pytest

from commons import blobs
from commons.errors import NotFound
from commons.jobs import state_of
from commons.languages import text_faults
from commons.people import Person, ensure_person
from commons.store import Store
from courses import registry
from courses.attempts import attempts_of, submit
from courses.personal import PERSONAL_STORES


def test_item_09_export_holds_the_work_and_erasing_takes_it(
    released: Store, lin: Person, fetched: dict[str, bytes]
) -> None:
    other = fetched | {"notes.txt": b"mine alone \xff"}
    with released.begin() as conn:
        wang = ensure_person(conn, "wang")
        registry.add_member(conn, "tea", wang, "learner")
    shared = submit(released, lin, "tea", "u1", "en", fetched)
    submit(released, wang, "tea", "u1", "en", fetched)
    own = submit(released, lin, "tea", "u1", "en", other)
    with released.begin() as conn:
        memberships, attempts = PERSONAL_STORES
        assert memberships.export(conn, lin) == {"courses": {"tea": ["learner"]}}
        exported = attempts.export(conn, lin)["attempts"]
        assert [one["number"] for one in exported] == [2, 1]
        assert set(exported[0]["files"]["notes.txt"]) == {"base64"} and "text" in exported[0]["files"]["u1.ipynb"]
        assert [one.erase(conn, lin) for one in PERSONAL_STORES] == [1, 2]
        assert [one.erase(conn, lin) for one in PERSONAL_STORES] == [0, 0]
        assert attempts_of(conn, lin.actor) == [] and len(attempts_of(conn, wang.actor)) == 1
        assert blobs.get(conn, shared.blob)
        with pytest.raises(NotFound):
            blobs.get(conn, own.blob)
        assert state_of(conn, "grade", own.id) == ""


def test_every_store_describes_itself_in_every_language() -> None:
    assert [fault for one in PERSONAL_STORES for fault in text_faults(one.describe(), one.name)] == []

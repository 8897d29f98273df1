"""Handing in: stored before it is acknowledged, limited, repeatable; names and sizes are bounded."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from commons.errors import BadInput, LimitReached, NotAllowed, NotFound, TooLarge
from commons.jobs import state_of
from commons.people import Person, ensure_person
from commons.store import Store
from courses import registry
from courses.archive import check_files, pack, unpack
from courses.attempts import attempt_files, attempts_left, attempts_of, submit


def test_what_is_acknowledged_is_stored_with_its_job(released: Store, lin: Person, fetched: dict[str, bytes]) -> None:
    attempt = submit(released, lin, "tea", "u1", "en", fetched)
    with released.read() as conn:
        assert attempt_files(conn, attempt) == fetched
        assert state_of(conn, "grade", attempt.id) == "queued"
        assert attempts_of(conn, lin.actor, "tea") == [attempt]
    assert (attempt.number, attempt.state, attempt.language, attempt.score) == (1, "received", "en", None)
    assert attempt.timestamp.endswith(" UTC")


def test_the_same_work_twice_is_one_attempt(released: Store, lin: Person, fetched: dict[str, bytes]) -> None:
    first = submit(released, lin, "tea", "u1", "en", fetched)
    assert submit(released, lin, "tea", "u1", "en", fetched) == first


def test_attempts_are_limited(released: Store, lin: Person, fetched: dict[str, bytes], world: SimpleNamespace) -> None:
    for number in range(3):
        submit(released, lin, "tea", "u1", "en", world.fill(fetched, {"heaviest-answer": f"x = {number}"}))
    with pytest.raises(LimitReached) as told:
        submit(released, lin, "tea", "u1", "en", fetched)
    assert told.value.next
    with released.read() as conn:
        assert attempts_left(conn, lin.actor, registry.latest_release(conn, "tea", "u1")) == 0
        assert [a.number for a in attempts_of(conn, lin.actor)] == [3, 2, 1]


def test_strangers_and_unreleased_units_are_refused(released: Store, lin: Person, fetched: dict[str, bytes]) -> None:
    with released.begin() as conn:
        stranger = ensure_person(conn, "stranger")
    with pytest.raises(NotAllowed):
        submit(released, stranger, "tea", "u1", "en", fetched)
    with pytest.raises(NotFound):
        submit(released, lin, "tea", "u7", "en", fetched)


def test_a_hand_in_needs_its_notebook(released: Store, lin: Person) -> None:
    for files in ({}, {"notes.txt": b"x"}, {"u1.ipynb": b"not a notebook"}):
        with pytest.raises(BadInput):
            submit(released, lin, "tea", "u1", "en", files)
    with released.read() as conn:
        assert attempts_of(conn, lin.actor) == []


@pytest.mark.parametrize(
    "name", ["", "/etc/passwd", "../x", "a/../b", ".hidden", "a//b", "a\\b", "x" * 300, "a\nb", "."]
)
def test_unsafe_names_are_refused(name: str) -> None:
    with pytest.raises(BadInput):
        check_files({name: b""})


def test_sizes_are_bounded() -> None:
    for files in (
        {"a": b"x" * 5_000_001},
        {f"f{n}": b"x" * 4_500_000 for n in range(5)},
        {f"f{n}": b"" for n in range(51)},
    ):
        with pytest.raises(TooLarge):
            check_files(files)
    check_files({"子目录/数据 1.csv": b"x"})


def test_a_zip_is_the_same_for_the_same_files() -> None:
    files = {"b": b"2", "a/c": b"1"}
    assert pack(files) == pack(dict(reversed(files.items())))
    assert unpack(pack(files)) == files
    assert unpack(pack(files), "a") == {"c": b"1"}


def test_joining_by_code_and_roles(released: Store, lin: Person) -> None:
    with released.begin() as conn:
        teacher = ensure_person(conn, "wang")
        registry.add_member(conn, "tea", teacher, "teacher")
        registry.add_member(conn, "tea", teacher, "teacher")
        assert [m.role for m in registry.members(conn, "tea")] == ["teacher", "learner"]
        assert registry.is_teacher(conn, "tea", teacher) and not registry.is_teacher(conn, "tea", lin)
        old = registry.join_code(conn, "tea")
        assert registry.join(conn, f" {old[:4].lower()}-{old[4:]} ", lin) == "tea"
        assert registry.new_join_code(conn, "tea") != old
        with pytest.raises(NotFound):
            registry.join(conn, old, lin)
        with pytest.raises(BadInput):
            registry.add_member(conn, "tea", lin, "admin")  # type: ignore[arg-type]
        registry.remove_member(conn, "tea", lin, "learner")
        assert registry.courses_of(conn, lin) == {}

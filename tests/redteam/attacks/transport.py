"""Attacks on the way in and out: names and links of files, tokens, ids, replays, races, times, pages and tables.

Rule: they go through the real doors (hand-in, API over HTTP, pages), and each harm is seen from outside.
"""

from __future__ import annotations

import io
import secrets
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock

from commons.errors import ShuyuanError
from courses.archive import write_folder
from courses.attempts import attempts_of, submit
from courses.exchange.workdir import collect
from tests.redteam.attack import Attack, Outcome, prelude
from tests.redteam.stock import outcome_of, run_batch
from tests.redteam.us import hand_in_both, learner
from tests.redteam.world import COURSE, RIGHT, UNIT, World

__all__ = ["ATTACKS"]

UNPACKED = 60_000_000
SCRIPT = """
from IPython.display import HTML, display
tag = "script"
page = f"<{tag}>parent.postMessage('taken', '*')</{tag}>"
display(HTML(page))
def shout(text):
    raise ValueError(page)
"""


def _without(off: bool, target: str, stand_in: Callable[..., Any]) -> Any:
    """The one function that keeps this door replaced by `stand_in`, where it is to be switched off."""
    return mock.patch(target, stand_in) if off else nullcontext()


def _link(world: World, off: bool) -> Outcome:
    """The notebook that is handed in is a link to a neighbour's."""
    with tempfile.TemporaryDirectory() as folder:
        mine, theirs = Path(folder) / "mine", Path(folder) / "theirs"
        write_folder(theirs, world.filled(RIGHT))
        mine.mkdir()
        (mine / f"{UNIT}.ipynb").symlink_to(theirs / f"{UNIT}.ipynb")
        with _without(off, "pathlib.Path.is_symlink", lambda path: False):
            files = collect(mine)
    return hand_in_both(world, files)


def _traversal(world: World, off: bool) -> Outcome:
    """A file's name leads out of the hand-in's folder."""
    with _without(off, "courses.archive.check_name", lambda name: None), tempfile.TemporaryDirectory() as folder:
        outcome = (
            hand_in_both(world, world.hand_in() | {f"../../{world.marker}": b"x"}) if not off else Outcome(refused="–")
        )
        if off:
            write_folder(Path(folder) / "a" / "b", {f"../../{world.marker}": b"x"})
        out = (Path(folder) / world.marker).exists()
    return Outcome(
        refused=outcome.refused, left=(*outcome.left, *(("outside",) if out else ())), seconds=outcome.seconds
    )


def _bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("vault.ipynb", b"0" * UNPACKED)
    return out.getvalue()


def _bomb_at_stock(world: World, book: bytes) -> Outcome:
    extra = {f"downloaded/{UNIT}/archive/student-1.zip": _bomb()}
    found = run_batch(world, book, world.hand_in(), command=("zip_collect", "--force", UNIT), extra=extra)
    return Outcome(marks={"door": 0.0}, kept=int(found.get("collected", 0)), note=str(found.get("said"))[-800:])


def _replay(world: World, off: bool) -> Outcome:
    """The same hand-in is sent again and again, as a captured call would be."""
    with tempfile.TemporaryDirectory() as folder:
        store = world.store(Path(folder))
        who, files = learner(store, "attacker"), world.hand_in()
        from courses.archive import pack

        with _without(off, "courses.attempts.pack", lambda some: pack({**some, "nonce": secrets.token_bytes(8)})):
            refused = _each(lambda: submit(store, who, COURSE, UNIT, "en", files), 6)
        with store.read() as conn:
            count = len(attempts_of(conn, who.actor, COURSE, UNIT))
        store.close()
    return Outcome(marks={"door": 0.0}, note=f"{count} attempts {refused}", extra=("replayed",) if count > 1 else ())


def _race(world: World, off: bool) -> Outcome:
    """Twelve hand-ins at the same moment, where three are allowed."""
    with tempfile.TemporaryDirectory() as folder:
        store = world.store(Path(folder))
        who = learner(store, "attacker")
        works = [world.hand_in(mean=f"def mean(values):\n    return {n}") for n in range(12)]
        start, refused = threading.Barrier(len(works)), []

        def go(files: Mapping[str, bytes]) -> None:
            start.wait()
            refused.extend(_each(lambda: submit(store, who, COURSE, UNIT, "en", files), 1))

        # As if the count had been read before the transaction that stores.
        with _without(off, "courses.attempts.attempts_left", lambda *_: 3):
            threads = [threading.Thread(target=go, args=(files,)) for files in works]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        with store.read() as conn:
            numbers = [one.number for one in attempts_of(conn, who.actor, COURSE, UNIT)]
        store.close()
    late = len(numbers) > 3 or len(set(numbers)) != len(numbers)
    return Outcome(marks={"door": 0.0}, note=f"{numbers} {set(refused)}", extra=("raced",) if late else ())


def _each(act: Callable[[], object], times: int) -> list[str]:
    """The codes of what was refused."""
    codes = []
    for _ in range(times):
        try:
            act()
        except ShuyuanError as error:
            codes.append(error.code)
    return codes


def _backdated(world: World, off: bool) -> Outcome:
    """The hand-in says itself when it was made."""
    files = world.hand_in() | {"timestamp.txt": b"2020-01-01 00:00:00 UTC"}
    begun = datetime.now(UTC)
    with tempfile.TemporaryDirectory() as folder:
        store = world.store(Path(folder))
        made = submit(store, learner(store, "attacker"), COURSE, UNIT, "en", files)
        store.close()
    return Outcome(marks={"door": 0.0}, extra=("backdated",) if made.created < begun else ())


def _backdated_at_stock(world: World, book: bytes) -> Outcome:
    due = ("db", "assignment", "add", UNIT, "--duedate", "2021-01-01 00:00:00 UTC")
    files = world.hand_in() | {"timestamp.txt": b"2020-01-01 00:00:00 UTC"}
    found = run_batch(world, book, files, before=[due])
    return Outcome(marks={"door": 0.0}, note=str(found), extra=("backdated",) if found.get("late") == 0 else ())


@contextmanager
def _house() -> Iterator[Any]:
    """The portal under a real server, with its seeded learners."""
    from tests.portal.conftest import served_house

    with (
        tempfile.TemporaryDirectory(prefix="shuyuan-redteam-") as folder,
        served_house(Path(folder) / "home") as served,
    ):
        yield served
        served.close_browsers()


def _door(answers: Mapping[str, int], harm: str, got: bool, began: float) -> Outcome:
    said = ", ".join(f"{what}: {status}" for what, status in answers.items())
    return Outcome(marks={"door": 0.0}, refused=said, extra=(harm,) if got else (), seconds=time.monotonic() - began)


def _forged_token(world: World, off: bool) -> Outcome:
    """Tokens and cookies that nobody gave out: of another key, unsigned, of another use."""
    from itsdangerous import URLSafeTimedSerializer

    from portal.web.session import SESSION_COOKIE, Signer

    began, answers = time.monotonic(), {}

    def unsigned(self: Signer, use: str, signed: str | None, age_s: int) -> str:
        return str(URLSafeTimedSerializer("x", salt=f"shuyuan-{use}").loads_unsafe(signed or "")[1] or "")

    with _house() as house, _without(off, "portal.web.session.Signer._read", unsigned):
        forged = {"other key": Signer("0" * 64).session("teacher"), "form token": house.csrf("teacher")}
        for what, cookie in forged.items():
            browser = house.browser()
            browser.cookies.set(SESSION_COOKIE, cookie)
            answers[what] = browser.get("/api/v1/me").status_code
        for what in ("none", "teacher", "token-of-teacher", "../../users/teacher"):
            headers = {"Authorization": f"token {what}"}
            answers[f"token {what}"] = house.browser().get("/api/v1/me", headers=headers).status_code
    return _door(answers, "signed in", 200 in answers.values(), began)


def _other_attempt(world: World, off: bool) -> Outcome:
    """Another learner's attempt by its id, in every way that the API has."""
    from courses.attempts import attempt_of

    began, answers = time.monotonic(), {}
    with _house() as house, _without(off, "portal.api.courses.may_see", lambda conn, name, who: attempt_of(conn, name)):
        browser, attempt = house.browser("chen"), house.world.attempts[0]
        for path in ("", "/files", "/feedback.html"):
            answers[path or "/"] = browser.get(f"/api/v1/attempts/{attempt}{path}").status_code
        answers["page"] = browser.get(f"/my/attempts/{attempt}").status_code
    return _door(answers, "seen", 200 in answers.values(), began)


def _foreign_page(world: World, off: bool) -> Outcome:
    """A page of another site hands in with the visitor's own cookie."""
    began = time.monotonic()
    with _house() as house, _without(off, "portal.api.caller._is_ours", lambda request, house: True):
        answer = house.browser("lin").post(
            "/api/v1/courses/heritage/assignments/u2/attempts", headers={"Origin": "https://evil.example"},
            json={"language": "en", "files": {"u2.ipynb": "e30="}},
        )  # fmt: skip
        refused = answer.status_code == 403
    return _door({"POST": answer.status_code}, "written", not refused, began)


def _formula(world: World, off: bool) -> Outcome:
    """A learner's name is a spreadsheet's formula."""
    import csv

    began = time.monotonic()
    with _house() as house, _without(off, "portal.sheets.safe_cell", lambda value: "" if value is None else value):
        browser = house.browser("teacher")
        tables = {p: browser.get(f"/teach/heritage/{p}") for p in ("marks.csv", "roster.csv")}
    cells = [c for t in tables.values() for row in csv.reader(io.StringIO(t.content.decode("utf-8-sig"))) for c in row]
    got = any(cell[:1] in "=+@\t\r" or (cell[:1] == "-" and not cell[1:2].isdigit()) for cell in cells if cell)
    assert any("HYPERLINK" in cell for cell in cells)
    return _door({name: t.status_code for name, t in tables.items()}, "formula", got, began)


def _formula_at_stock(world: World, book: bytes) -> Outcome:
    name = '=HYPERLINK("http://evil.example")'
    before = [("db", "student", "add", "student-1", f"--first-name={name}")]
    found = run_batch(world, book, world.hand_in(), before=before, more=[("export",)])
    raw = str(found.get("exported"))
    return Outcome(
        marks={"door": 0.0},
        note=str(found)[-900:],
        extra=("formula",) if "HYPERLINK" in raw and "'=" not in raw else (),
    )


def _way(
    name: str,
    about: str,
    defence: str,
    goal: str,
    own: Callable[[World, bool], Outcome],
    stock: Any = False,
    **more: Any,
) -> Attack:
    return Attack(name, "on the way", about, defence, goal, own=own, stock=stock, **more)


def _link_at_stock(world: World, book: bytes) -> Outcome:
    return outcome_of(
        run_batch(world, book, world.hand_in(), links={f"{UNIT}.ipynb": f"../../student-2/{UNIT}/{UNIT}.ipynb"})
    )


ATTACKS = (
    _way("symlink", "the notebook is a link to a neighbour's", "links left out", "marks", _link, _link_at_stock),
    _way("traversal", "a file's name leads out of its folder", "names checked", "left", _traversal),
    Attack("archive-bomb", "on the way", "a zip of 60 kB that unpacks to 60 MB", "nothing is unpacked", "kept",
           lambda world: world.hand_in() | {"more.zip": _bomb()}, stock=_bomb_at_stock),
    _way("token-forged", "session cookies of another key or use, and tokens nobody gave out", "signatures", "signed in", _forged_token),
    _way("attempt-of-another", "another learner's attempt by its id", "whose attempt", "seen", _other_attempt),
    _way("foreign-page", "a page of another site hands in with the visitor's cookie", "origin checked", "written", _foreign_page),
    _way("replay", "a captured hand-in is sent six times", "same work, one attempt", "replayed", _replay),
    _way("race", "twelve hand-ins at one moment where three are allowed", "counted where stored", "raced", _race),
    _way("backdated", "the hand-in brings its own time-stamp from before the deadline", "the server's clock", "backdated", _backdated,
         _backdated_at_stock, only_stock=True),
    Attack("script-in-feedback", "on the way", "output and errors are scripts for whoever reads the feedback", "escaping", "script",
           prelude("", shout=SCRIPT)),
    _way("formula-in-table", "a learner's name is a spreadsheet's formula", "cells made safe", "formula", _formula, _formula_at_stock),
)  # fmt: skip

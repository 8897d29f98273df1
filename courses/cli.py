"""`shuyuan course …`: check, release, import, list, add-teacher, roster, grade, regrade.

Rule: a command says what it did or every fault it found, and exits 1 on faults; whatever is heavy is imported inside the
command. The platform's own command mounts `app`.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

if TYPE_CHECKING:
    from commons.settings import Settings
    from commons.store import Store
    from courses.manifest import Course, Unit
    from courses.registry import Role

__all__ = ["app"]

app = typer.Typer(name="course", help="Check, release, import and grade courses.", no_args_is_help=True)

CourseId = Annotated[str, typer.Argument(help="The course's id, for example heritage.")]


@contextmanager
def _said() -> Iterator[None]:
    """Turn an error of ours into words and exit status 1."""
    from commons.errors import Faults, ShuyuanError

    try:
        yield
    except Faults as error:
        for fault in error.faults:
            typer.echo(f"- {fault}", err=True)
        raise typer.Exit(1) from error
    except ShuyuanError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


def _settings() -> Settings:
    import os

    from commons.settings import load_settings

    return load_settings(os.environ, None)


@contextmanager
def _store() -> Iterator[tuple[Settings, Store]]:
    from commons.store import migrate, open_store

    settings = _settings()
    store = open_store(settings.database_url)
    try:
        migrate(store)
        yield settings, store
    finally:
        store.close()


def _folder(course: str, home: Path) -> Path:
    from courses.places import course_folder

    given = Path(course)
    return given if (given / "course.yaml").is_file() else course_folder(course, home)


@app.command("list")
def list_courses() -> None:
    """The courses here, their units and what is released."""
    with _said(), _store() as (settings, store):
        from commons.errors import ShuyuanError
        from courses.manifest import load_course
        from courses.places import course_folders
        from courses.registry import releases

        for course_id, folder in course_folders(settings.home).items():
            try:
                course = load_course(folder)
            except ShuyuanError as error:
                typer.echo(f"{course_id}: cannot be read: {error}")
                continue
            with store.read() as conn:
                versions = {r.assignment: r.version for r in reversed(releases(conn, course_id))}
            state = ", ".join(f"{u.id} (version {versions.get(u.id, '–')})" for u in course.units)
            typer.echo(f"{course_id}: {course.title.get('en') or next(iter(course.title.values()))}: {state}")


@app.command()
def check(
    course: Annotated[str, typer.Argument(help="A course's id, or a folder with a course.yaml.")],
    quick: Annotated[bool, typer.Option(help="Look only; do not run solutions and blanks.")] = False,
    no_graph: Annotated[bool, typer.Option(help="Do not look concepts up in the graph.")] = False,
    mutants: Annotated[int, typer.Option(help="At most so many mutants of each solution; 0 for none.", min=0)] = 12,
) -> None:
    """Prove a course: solutions get full marks five times over, blanks none, nothing leaks, texts are complete; which mutants survive."""
    with _said():
        from courses.check import check_course
        from courses.check_print import lines

        settings = _settings()
        report = check_course(
            _folder(course, settings.home),
            None if no_graph else _concepts(),
            run=not quick,
            mutants=mutants,
            kernels_env=settings.kernels_env,
            say=lambda unit: typer.echo(f"grading the solution, the blank and the mutants of {unit}", err=True),
        )
        for line in lines(report):
            typer.echo(line)
        if not report.ok:
            raise typer.Exit(1)


def _concepts() -> set[str]:
    from knowledge_graph.load import graph_folders, load_graph

    return set(load_graph(graph_folders(_settings().home)).concepts)


@app.command()
def release(
    course: CourseId,
    unit: Annotated[list[str] | None, typer.Option(help="Only this unit; may be given several times.")] = None,
    anyway: Annotated[
        bool, typer.Option(help="Release in spite of faults in texts, concepts or ids, or a leak.")
    ] = False,
) -> None:
    """Release what changed and has no fault that can be seen without grading; learners' work is never touched."""
    with _said(), _store() as (settings, store):
        from courses.leaks import leaks
        from courses.manifest import load_course
        from courses.registry import join_code
        from courses.release import release_course

        folder = _folder(course, settings.home)
        loaded = load_course(folder)
        units = tuple(loaded.unit(u) for u in unit) if unit else None
        faults: list[str] = []
        with _refused(anyway):
            if not anyway:
                _look(loaded, folder, units or loaded.units)
            look = None if anyway else leaks
            made = release_course(store, loaded, folder, units, settings.kernels_env, faults.append, look)
        for one in made:
            typer.echo(f"released {one.course}/{one.assignment}, version {one.version}, {', '.join(one.languages)}")
        for fault in faults:
            typer.echo(f"- not released: {fault}", err=True)
        if not made and not faults:
            typer.echo("nothing changed since the last release")
        with store.read() as conn:
            typer.echo(f"join code: {join_code(conn, loaded.id)}")
        if faults:
            raise typer.Exit(1)


@contextmanager
def _refused(anyway: bool) -> Iterator[None]:
    """Say after the faults how to release nevertheless."""
    from commons.errors import Faults

    try:
        yield
    except Faults as error:
        if anyway:
            raise
        more = "nothing was released; mend this, or release nevertheless with --anyway"
        raise Faults([*error.faults, more]) from error


def _look(course: Course, folder: Path, units: tuple[Unit, ...]) -> None:
    """The cheap part of the proof for some units of a course. Raises Faults."""
    import dataclasses

    from commons.errors import Faults
    from courses.check import content_faults

    faults = tuple(content_faults(dataclasses.replace(course, units=units), folder, _concepts()))
    if faults:
        raise Faults(faults)


@app.command("import")
def import_(
    path: Annotated[Path, typer.Argument(help="A folder with source/<assignment>/*.ipynb.")],
    course: Annotated[
        str, typer.Option(help="The new course's id; default from nbgrader_config.py or the folder.")
    ] = "",
    language: Annotated[str, typer.Option(help="The language its texts are in.")] = "en",
    update: Annotated[bool, typer.Option(help="Replace the files of the course imported before.")] = False,
) -> None:
    """Make a course of ours from an nbgrader course folder; the first teacher teaches it until somebody else does."""
    with _said(), _store() as (settings, store):
        from courses.importing import import_course

        into = settings.home / "courses"
        found = import_course(path, into, course_id=course, language=language, replace=update)
        teachers = _taught(store, found.course, settings.teacher)
        typer.echo(f"imported '{found.course.id}': {len(found.course.units)} assignments into {found.folder}")
        for remark in found.remarks:
            typer.echo(f"- {remark}")
        typer.echo(
            f"taught by {', '.join(teachers)}; shuyuan course add-teacher {found.course.id} ACCOUNT adds another"
        )
        typer.echo(f"next: shuyuan course check {found.course.id} && shuyuan course release {found.course.id}")


def _taught(store: Store, course: Course, account: str) -> list[str]:
    """Write a course into the store, with `account` as its teacher where it has none; gives its teachers' accounts."""
    from commons.people import ensure_person
    from courses.registry import add_member, members, sync_course

    with store.begin() as conn:
        sync_course(conn, course)
        if not any(one.role == "teacher" for one in members(conn, course.id)):
            add_member(conn, course.id, ensure_person(conn, account), "teacher")
        return [one.account for one in members(conn, course.id) if one.role == "teacher"]


@app.command("add-teacher")
def add_teacher(course: CourseId, account: Annotated[str, typer.Argument(help="The account's name.")]) -> None:
    """Make an account a teacher of a course. Only one that has signed in: a name nobody has yet could be taken by anybody."""
    with _said(), _store() as (_, store):
        from commons.errors import NotFound
        from commons.people import person_of_account
        from courses.registry import add_member

        with store.begin() as conn:
            who = person_of_account(conn, account)
            if who is None:
                raise NotFound(
                    f"nobody has signed in as '{account[:40]}' yet", next="Let them sign in first, then add them."
                )
            add_member(conn, course, who, "teacher")
        typer.echo(f"{account} teaches {course}")


@app.command()
def roster(
    course: CourseId,
    file: Annotated[Path, typer.Argument(help="CSV with a column `account` and optionally `name` and `role`.")],
) -> None:
    """Add everybody in a CSV file to a course; those who are in it already stay as they are."""
    with _said(), _store() as (_, store):
        from commons.errors import BadInput

        try:
            text = file.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise BadInput(
                f"this file cannot be read ({type(error).__name__})", where=str(file), next="Save it as CSV in UTF-8."
            ) from error
        added = add_roster(store, course, text)
        typer.echo(f"{added} people are in {course}")


def add_roster(store: Store, course: str, text: str) -> int:
    """Add the people of a CSV text in one transaction; gives how many it names. Raises Faults for every bad line."""
    from commons.errors import Faults
    from commons.people import ensure_person, person_of_account
    from courses.registry import add_member

    rows = list(csv.DictReader(text.splitlines()))
    faults = []
    people: list[tuple[str, str, Role]] = []
    for number, row in enumerate(rows, 2):
        account, role = (row.get("account") or "").strip(), (row.get("role") or "learner").strip()
        if not account or len(account) > 120:
            faults.append(f"line {number}: has no account")
        elif role in ("teacher", "learner"):
            people.append((account, (row.get("name") or "").strip(), cast("Role", role)))
        else:
            faults.append(f"line {number}: '{role}' is no role (teacher or learner)")
    if faults or not rows:
        raise Faults(faults or ["the roster names nobody; its first line must be `account,name,role`"])
    with store.begin() as conn:
        unknown = [name for name, _, role in people if role == "teacher" and person_of_account(conn, name) is None]
        if unknown:
            raise Faults(
                [f"nobody has signed in as '{name}' yet, so that anybody could teach by that name" for name in unknown]
            )
        for account, name, role in people:
            add_member(conn, course, ensure_person(conn, account, name=name), role)
    return len(people)


@app.command()
def grade(
    course: Annotated[str, typer.Argument(help="The course's id; left out, everything that waits is graded.")] = "",
    assignment: Annotated[str, typer.Argument(help="The unit; left out, every unit of the course.")] = "",
) -> None:
    """Grade what waits, here and now, with a bar that says how far it is and how long it will take."""
    with _said(), _store() as (settings, store):
        from courses.batch_print import grade_here

        for line in grade_here(store, settings.kernels_env, course, assignment):
            typer.echo(line)


@app.command()
def replay(attempt: Annotated[str, typer.Argument(help="The attempt's id, as on its page or receipt.")]) -> None:
    """Grade an attempt once more with its own tests and seed, and compare with its receipt; changes nothing."""
    with _said(), _store() as (settings, store):
        from courses.replay import replay as again

        found = again(store, attempt, settings.kernels_env)
        for line in found.lines:
            typer.echo(line)
        if not found.same:
            raise typer.Exit(1)


@app.command()
def regrade(
    course: CourseId,
    assignment: Annotated[str, typer.Argument(help="The unit whose tests were changed.")],
    apply: Annotated[bool, typer.Option("--apply", help="Make the new marks the marks.")] = False,
    account: Annotated[str, typer.Option("--by", help="In whose name; default the first teacher.")] = "",
) -> None:
    """Mark an assignment again after its tests were changed: first what would change, with --apply the change."""
    with _said(), _store() as (settings, store):
        from courses.regrade_words import regrade_here

        for line in regrade_here(store, settings, course, assignment, account or settings.teacher, is_applied=apply):
            typer.echo(line)


if __name__ == "__main__":
    app()

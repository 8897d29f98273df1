"""`shuyuan recommender fairness`: how well the model judges whom, for operators. Heavy imports stay inside the command."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from commons.settings import load_settings

__all__ = ["add_fairness_command", "table"]

TITLES = {"size": "learners in the course", "activity": "answers before", "language": "language", "course": "course"}
SAYS = {"fits": "fits", "high": "expects too much", "low": "expects too little", "unsure": "too few answers to tell"}

JUDGED = {
    "tracer": "judged: the live tracer",
    "counts": "judged: the model on counts, for no sound tracer is there (shuyuan recommender models)",
}


def add_fairness_command(app: typer.Typer) -> None:
    """Put the command on `shuyuan recommender`."""
    app.command("fairness")(judge_fairness)


def judge_fairness(
    course: Annotated[str, typer.Argument(help="One course only.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="The figures as one JSON object.")] = False,
) -> None:
    """Say how well the model's probabilities, given before each answer, fit what came, group by group.

    Looks at learners in mode personal only; of fewer than ten learners nothing is said.
    """
    from commons.errors import NotFound
    from commons.store import migrate, open_store
    from portal.catalogue import load_catalogue
    from portal.fairness import work_out

    settings = load_settings(os.environ)
    if course and course not in load_catalogue(settings.home).courses:
        raise NotFound(f"there is no course '{course}'", next="The catalogue lists the courses.")
    store = open_store(settings.database_url)
    try:
        migrate(store)
    finally:
        store.close()
    told = work_out(lambda _: None, settings, course)
    print(json.dumps(told, ensure_ascii=False) if as_json else table(told))


def table(told: Mapping[str, Any]) -> str:
    """The report as lines for a terminal.

    >>> print(table({"whole": None, "groups": []}))
    everybody              too few learners to say anything (10 are needed)
    """
    lines = [JUDGED[told["model"]], ""] if told.get("model") else []
    lines += [_line("everybody", told["whole"], False)]
    for by, title in TITLES.items():
        rows = [one for one in told["groups"] if one["by"] == by]
        lines += ["", f"by {title}"] if rows else []
        lines += [_line(f"  {one['name'] or '–'}", one["figures"], one["hidden"]) for one in rows]
    unfair = [one for one in told["groups"] if one["figures"] and one["figures"]["word"] in ("high", "low")]
    if told["whole"]:
        lines += ["", *map(_sentence, unfair)]
        lines += [] if unfair else ["No group shown is judged clearly too high or too low."]
    return "\n".join(lines)


def _line(name: str, one: Mapping[str, Any] | None, hidden: bool) -> str:
    if one is None:
        why = (
            "left out, so that a smaller group cannot be worked out"
            if hidden
            else "too few learners to say anything (10 are needed)"
        )
        return f"{name:<22} {why}"
    low, high = one["gap_between"]
    return (
        f"{name:<22} {one['learners']:>5} learners {one['answers']:>7} answers  expected {one['expected']:.2f}  came {one['came']:.2f}"
        f"  gap {one['gap']:+.2f} ({low:+.2f} to {high:+.2f})  error {one['error']:.3f}  by tenths {one['calibration']:.3f}"
        f"  {SAYS[one['word']]}"
    )


def _sentence(group: Mapping[str, Any]) -> str:
    one = group["figures"]
    more = "more" if one["word"] == "high" else "less"
    return (
        f"{TITLES[group['by']]} {group['name']}: of 100 answers {one['expected'] * 100:.0f} are expected right and "
        f"{one['came'] * 100:.0f} are: {more} is expected of these learners than they show."
    )

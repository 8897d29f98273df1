"""What a learner reads about an attempt: plain data per exercise, and one standalone page of it.

Rule: no text here comes from a run in which hidden tests existed: marks are numbers from one run, words are from
another, of the released notebook. Everything a learner's code said is escaped and bounded. No script, no outside request.

Shape of the data: {"exercises": [{"grade_id", "title"{}, "points", "max", "passed", "state", "message", "hidden", "why"{},
"hint"{}}], "events": [text{}], "repairs": [text{}]}; `points` is None where nothing is known, `state` as of marks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from commons.languages import LANGUAGES, pick
from courses.attempts import Attempt, Mark
from courses.warm.grade import UNWRITTEN
from courses.words import messages, reason_text

__all__ = ["compose", "feedback_html", "plain"]

MESSAGE_CHARS = 2000
EVENTS = 20
# The first errors of the learner's own cells: later ones follow from them more often than not.
ERRORS, ERROR_CHARS = 3, 300
# numpy says how much it wanted: "Unable to allocate 74.5 GiB for an array …".
_SIZE = re.compile(r"\b\d{1,6}(?:\.\d{0,3})? [KMGTPE]iB\b")

_PAGE = """<!doctype html>
<html lang="{{ language }}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ t("title") }} · {{ title }}</title>
<style>
body { font: 18px/1.7 "Noto Serif SC", "Source Serif 4", Georgia, serif; color: #1F2421; background: #F7F4EC; margin: 0 auto;
  max-width: 46rem; padding: 2rem 1.25rem; }
h1 { font-size: 1.5rem; } table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; border-bottom: 1px solid #D9D5C7; padding: .6rem .5rem; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: .85rem; margin: .3rem 0; }
.score { font-size: 1.25rem; } .bad { color: #A63A2B; }
</style>
</head>
<body>
<main>
<h1>{{ title }}</h1>
<p>{{ t("attempt", number=attempt.number) }} · {{ attempt.timestamp[:16] }} UTC</p>
<p class="score">{{ score }}</p>
{% if why %}<p class="bad">{{ why }}</p>{% endif %}
{% for event in events %}<p class="bad">{{ event }}</p>{% endfor %}
{% for line in repairs %}<p>{{ line }}</p>{% endfor %}
<table>
<thead><tr><th scope="col">{{ t("exercise") }}</th><th scope="col">{{ t("points") }}</th><th scope="col">{{ t("said") }}</th></tr></thead>
<tbody>
{% for one in exercises %}
<tr><th scope="row">{{ one.title }}</th><td>{{ one.points }}</td><td>{% for line in one.lines %}<p>{{ line }}</p>{% endfor %}
{% if one.message %}<pre>{{ one.message }}</pre>{% endif %}{% if one.hint %}<p>{{ one.hint }}</p>{% endif %}</td></tr>
{% endfor %}
</tbody>
</table>
</main>
</body>
</html>
"""


def compose(
    manifest: Mapping[str, Any],
    marks: Sequence[Mark],
    rehearsed: Mapping[str, Any],
    repairs: Sequence[Mapping[str, str]] = (),
) -> dict[str, Any]:
    """The feedback of an attempt: its release's manifest, its marks, what the released notebook's checks said, what was mended."""
    known = {mark.grade_id: mark for mark in marks}
    exercises = [_exercise(manifest, e, known, rehearsed) for e in manifest["exercises"]]
    return {"exercises": exercises, "events": _events(rehearsed), "repairs": [dict(line) for line in repairs]}


def _exercise(
    manifest: Mapping[str, Any], exercise: Mapping[str, Any], known: Mapping[str, Mark], rehearsed: Mapping[str, Any]
) -> dict[str, Any]:
    marks = [known[name] for name in exercise["tests"] if name in known]
    said = [_said(manifest["cells"][name], rehearsed) for name in exercise["tests"] if name in manifest["cells"]]
    points = [m.points for m in marks if m.points is not None]
    passed = bool(marks) and all(m.passed for m in marks)
    state = next((s for s in ("not-graded", "manual") if any(m.state == s for m in marks)), "graded")
    failed = any(one.get("failed") for one in said)
    seen = bool(said) and all("failed" in one for one in said)
    message = "\n".join(m for m in (plain(one.get("message")) for one in said) if m)[:MESSAGE_CHARS]
    why = next((reason_text(m.reason) for m in marks if m.reason), {})
    if message == UNWRITTEN and not why:
        message, why = "", {x: messages().say("courses.feedback.unwritten", x) for x in LANGUAGES}
    return {
        "grade_id": exercise["grade_id"],
        "title": dict(exercise["title"]),
        "points": sum(points) if points else None,
        "max": sum(m.max_points for m in marks),
        "passed": passed,
        "state": state,
        "visible_failed": failed,
        "message": message,
        "hidden": state == "graded" and not passed and seen and not failed,
        "why": why,
        "hint": {} if passed else dict(exercise["hint"]),
    }


def _said(cell: Mapping[str, Any], rehearsed: Mapping[str, Any]) -> Mapping[str, Any]:
    notebook = rehearsed.get(cell["notebook"])
    cells = notebook.get("cells") if isinstance(notebook, Mapping) else None
    found = cells.get(cell["cell"]) if isinstance(cells, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def plain(message: object) -> str:
    """What a program said, as text that any page and database takes."""
    text = message if isinstance(message, str) else ""
    # Half a character cannot be written to any page.
    text = text[:MESSAGE_CHARS].encode("utf-8", "replace").decode("utf-8")
    return "".join(c for c in text if c in "\n\t" or ord(c) >= 32)[:MESSAGE_CHARS]


def _events(rehearsed: Mapping[str, Any]) -> list[dict[str, str]]:
    """What a limit ended, in words: which cell, what it wanted, what is allowed."""
    found = []
    for notebook in rehearsed.values():
        events = notebook.get("events") if isinstance(notebook, Mapping) else None
        for event in events if isinstance(events, list) else []:
            key = f"courses.feedback.{event.get('kind')}" if isinstance(event, Mapping) else ""
            if key in messages().entries:
                found.append({x: messages().say(key, x, **_told_of(event, x)) for x in LANGUAGES})
        errors = notebook.get("errors") if isinstance(notebook, Mapping) else None
        for error in (errors or [])[:ERRORS]:
            text = plain(error.get("text"))[:ERROR_CHARS]
            found.append(
                {
                    x: messages().say("courses.feedback.cell-error", x, cell=int(error["cell"]), text=text)
                    for x in LANGUAGES
                }
            )
    return found[:EVENTS]


def _told_of(event: Mapping[str, Any], language: str) -> dict[str, Any]:
    size = _SIZE.search(str(event.get("wanted") or ""))
    wanted = messages().say("courses.feedback.wanted", language, size=size.group(0).replace(". ", " ")) if size else ""
    limits = {name: int(event.get(name) or 0) for name in ("cell", "seconds", "memory_mb", "disk_mb")}
    return {**limits, "wanted": wanted}


def feedback_html(attempt: Attempt, title: Mapping[str, str], language: str = "") -> str:
    """The standalone page of an attempt, in `language` (default: the attempt's own)."""
    from jinja2 import Environment

    language = language or attempt.language
    page = Environment(autoescape=True).from_string(_PAGE)
    data = attempt.feedback or {"exercises": [], "events": []}
    return page.render(
        language=language,
        t=lambda key, **values: messages().say(f"courses.feedback.{key}", language, **values),
        attempt=attempt,
        title=pick(title, language),
        score=_score(attempt, language),
        why=attempt.why(language),
        events=[pick(event, language) for event in data["events"]],
        repairs=[pick(line, language) for line in data.get("repairs", [])],
        exercises=[_row(one, language) for one in data["exercises"]],
    )


def _score(attempt: Attempt, language: str) -> str:
    if attempt.score is None or attempt.max_score is None:
        return messages().say("courses.feedback.no-score", language)
    return messages().say("courses.feedback.score", language, score=f"{attempt.score:g}", max=f"{attempt.max_score:g}")


def _row(one: Mapping[str, Any], language: str) -> dict[str, Any]:
    points = "–" if one["points"] is None else f"{one['points']:g}"
    hint = pick(one["hint"], language)
    return {
        "title": pick(one["title"], language),
        "points": f"{points} / {one['max']:g}",
        "lines": _by_hand(one) if one.get("by_hand") else [_verdict(one, language), *one.get("comments", [])],
        "message": one["message"],
        "hint": messages().say("courses.feedback.hint", language, hint=hint) if hint else "",
    }


def _by_hand(one: Mapping[str, Any]) -> list[str]:
    """What a teacher said: the rubric's items with their points, then their own words."""
    return [f"{item['words']} ({item['points']:+g})" for item in one.get("rubric", [])] + list(one.get("comments", []))


def _verdict(one: Mapping[str, Any], language: str) -> str:
    if one["why"]:
        return pick(one["why"], language)
    if one["state"] == "manual":
        return messages().say("courses.reason.manual", language)
    if one["passed"]:
        return messages().say("courses.feedback.passed", language)
    if one["hidden"]:
        return messages().say("courses.feedback.hidden", language)
    silent = one["visible_failed"] and not one["message"]
    return messages().say("courses.feedback.warning" if silent else "courses.feedback.failed", language)

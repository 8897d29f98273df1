"""Stock nbgrader side by side: the same attack by `nbgrader autograde`, in a sandbox that hides from it nothing that it would see.

Rule: the sandbox here protects this machine and not nbgrader: no system call is filtered, the course lies open as it does in a
teacher's folder, and memory, processes and disk are capped so low that a bomb harms nobody else.
"""

from __future__ import annotations

import base64
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

from commons.places import ROOT
from commons.sandbox import Launch, Limits, Mount, Sandbox, python_mounts
from commons.sandbox.launch import command
from commons.sandbox.run import run_unchecked
from courses.engine import KERNELS_ENV
from tests.redteam.attack import Attack, Outcome
from tests.redteam.world import CELL_S, COURSE, EXERCISES, RIGHT, UNIT, World

__all__ = ["KERNELS_ENV", "outcome_of", "prepare", "run_batch", "run_stock"]

LIMITS = Limits(cpu_s=120, memory_mb=1200, processes=96, file_mb=200, wall_s=100.0, output_bytes=32 << 20)
# On standard error from there on, where whatever goes wrong is the attack's doing.
BEGINS = "stock: the batch begins"
# Longer than any honest batch of two needs; a batch that has not ended by then is stopped by the attack.
BUDGET_S = 45
CONFIG = f"""
c = get_config()
c.CourseDirectory.course_id = "{COURSE}"
c.ExecutePreprocessor.timeout = {CELL_S}
"""
# Outside a virtual environment Jupyter looks into the user's own folder first.
ENV = {
    "HOME": "/tmp/teacher", "JUPYTER_PREFER_ENV_PATH": "0", "MPLBACKEND": "agg", "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1", "TZ": "UTC",
    "PATH": f"{KERNELS_ENV / 'bin'}:/usr/bin:/bin",
}  # fmt: skip


@contextmanager
def _unfiltered(sandbox: Sandbox, argv: Sequence[str]) -> Iterator[Launch]:
    with command(sandbox, argv) as launch:
        parts = list(launch.argv)
        at = parts.index("--seccomp")
        yield replace(launch, argv=(*parts[:at], *parts[at + 2 :]))


def _run(job: Mapping[str, Any], inputs: Mapping[str, Mapping[str, bytes]], tmpfs_mb: int) -> dict[str, Any]:
    """The runner's answer; {"ended": False} where it was killed together with what it ran."""
    here = Path(__file__).parent
    with tempfile.TemporaryDirectory(prefix="shuyuan-stock-") as folder:
        inside = Path(folder) / "in"
        for name, files in inputs.items():
            for path, data in files.items():
                place = inside / name / path
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(data)
        (inside / "job.json").write_text(json.dumps(job), encoding="utf-8")
        for path in (inside, *inside.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        mounts = [
            *python_mounts(KERNELS_ENV), Mount(ROOT / "courses" / "runner", "/runner"), Mount(inside, "/in"),
            Mount(here / "stock_runner.py", "/opt/stock_runner.py"),
        ]  # fmt: skip
        sandbox = Sandbox(mounts=tuple(mounts), env=ENV, limits=LIMITS, tmpfs_mb=tmpfs_mb)
        with mock.patch("commons.sandbox.run.command", _unfiltered):
            finished = run_unchecked(sandbox, [str(KERNELS_ENV / "bin" / "python"), "-I", "/opt/stock_runner.py"])
    try:
        found = json.loads(finished.stdout)
    except ValueError:
        said = finished.stderr[-1500:].decode("utf-8", "replace")
        if BEGINS.encode() not in finished.stderr:
            raise RuntimeError(f"the yardstick itself failed: exit {finished.code}: {said}") from None
        return {"ended": False, "said": f"exit {finished.code}: {said}", "share": 0.0, "marks": {}}
    return dict(found)


def prepare(world: World) -> bytes:
    """The grade book after `nbgrader generate_assignment`, made once for all batches.

    Raises RuntimeError where nbgrader itself does not work here: an honest neighbour and an empty answer are its control.
    """
    found = _run({"prepare": True, "assignment": UNIT}, {"course": _course(world, b"")}, 256)
    book = base64.b64decode(found["gradebook"])
    control = run_batch(world, book, world.hand_in())
    if control.get("share") != 1.0 or any(points != 0 for points in control["marks"].values()) or not control["ended"]:
        raise RuntimeError(f"the yardstick itself failed: {str(control)[-1500:]}")
    return book


def _course(world: World, book: bytes) -> dict[str, bytes]:
    files = {f"source/{UNIT}/{name}": data for name, data in world.source.items()}
    files["nbgrader_config.py"] = CONFIG.encode()
    return files | ({"gradebook.db": book} if book else {})


def run_batch(
    world: World, book: bytes, files: Mapping[str, bytes], *, links: Mapping[str, str] | None = None,
    more: Sequence[Sequence[str]] = (), before: Sequence[Sequence[str]] = (), command: Sequence[str] = ("autograde", UNIT),
    partner: Mapping[str, bytes] | None = None, extra: Mapping[str, bytes] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """One batch of two through nbgrader's `command`, with others `before` it and `more` after it: the runner's answer.

    `extra` are more files of the course's folder. Raises RuntimeError where it did not come to the batch at all.
    """
    job = {
        "assignment": UNIT, "port": world.port, "token": world.token, "marker": world.marker, "links": dict(links or {}),
        "budget_s": BUDGET_S, "more": [list(one) for one in more], "before": [list(one) for one in before], "command": list(command),
        "partner": partner is not None, "begins": BEGINS,
    }  # fmt: skip
    inputs = {
        "course": _course(world, book) | dict(extra or {}),
        "attacker": files,
        "neighbour": partner or world.filled(RIGHT),
    }
    return _run(job, inputs, 160)


def run_stock(attack: Attack, world: World, book: bytes) -> Outcome:
    """The attack against stock nbgrader."""
    if callable(attack.stock):
        return attack.stock(world, book)
    more = [("generate_feedback", UNIT)] if attack.goal in ("leak", "script", "kept") else []
    partner = attack.partner(world) if attack.partner else None
    return outcome_of(run_batch(world, book, attack.build(world), links=attack.links, more=more, partner=partner))


def outcome_of(found: Mapping[str, Any]) -> Outcome:
    """The runner's answer as an outcome."""
    marks = {name: found.get("marks", {}).get(name) for name in EXERCISES}
    return Outcome(
        marks=marks, read=str(found.get("read", "")), neighbour=float(found.get("share", 0.0)),
        ended=bool(found.get("ended")), left=tuple(found.get("left", ())), kept=int(found.get("kept", 0)),
        note=str(found.get("said", ""))[-1500:],
        extra=("script",) if "<script>parent.postMessage" in str(found.get("read", "")) else (),
    )  # fmt: skip

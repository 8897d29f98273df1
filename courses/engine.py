"""Running a runner script in the sandbox: files in, one JSON answer out.

Rule: nothing of nbgrader or of a learner's code runs in the platform's own process; what comes back is bounded, and is
data to be checked by the caller. Raises SandboxError where the walls are not complete, EngineStopped where a limit ended it.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from commons.errors import Unavailable
from commons.places import ROOT
from commons.sandbox import Finished, Limits, Mount, Sandbox, python_mounts, run
from courses.archive import read_folder, write_folder
from courses.warm.grade import ENV

__all__ = ["KERNELS_ENV", "EngineStopped", "Released", "answer_plain", "generate", "run_plain"]

KERNELS_ENV = ROOT / ".venv-kernels"
RUNNER = Path(__file__).parent / "runner"
MEMORY_MB = 2048


class EngineStopped(Unavailable):
    """The runner ended without an answer; `reason` is a code of courses.words (`memory 2048`, `time-all 90`, `engine`)."""

    code = "engine"

    def __init__(self, reason: str, said: str) -> None:
        self.reason, self.said = reason, said
        super().__init__(f"the grading engine stopped ({reason})", where=said[-300:])


@dataclass(frozen=True)
class Released:
    """One assignment in one language: the learner's files and nbgrader's grade book."""

    files: Mapping[str, bytes]
    gradebook: bytes


def generate(
    course: str,
    sources: Mapping[tuple[str, str], Mapping[str, bytes]],
    options: Mapping[tuple[str, str], Mapping[str, Any]],
    root_files: Mapping[str, bytes],
    kernels_env: Path = KERNELS_ENV,
) -> tuple[dict[tuple[str, str], Released], dict[tuple[str, str], str]]:
    """nbgrader's generate_assignment for every (language, unit) of `sources`; gives what was made, and reasons for the rest."""
    inputs = {f"source/{lang}/{unit}": files for (lang, unit), files in sources.items()}
    inputs["root"] = root_files
    items = [{"unit": unit, "language": lang, "options": options[lang, unit]} for lang, unit in sources]
    limits = Limits(cpu_s=600, memory_mb=MEMORY_MB, wall_s=600.0)
    with tempfile.TemporaryDirectory(prefix="shuyuan-release-") as folder:
        out = Path(folder)
        answer = _run("release.py", {"course": course, "items": items}, inputs, kernels_env, limits, out=out)
        failed = {(f["language"], f["unit"]): str(f["error"]) for f in answer["failed"]}
        made = {key: _released(out / key[0] / key[1]) for key in sources if key not in failed}
    return made, failed


def run_plain(
    assignment: str, inputs: Mapping[str, Mapping[str, bytes]], kernels_env: Path = KERNELS_ENV
) -> Mapping[str, Any]:
    """nbgrader's own commands over a course folder in `inputs`: by student, from `answer_plain`."""
    found = answer_plain(assignment, inputs, kernels_env, floor=False).get("submissions")
    return found if isinstance(found, dict) else {}


def answer_plain(
    assignment: str, inputs: Mapping[str, Mapping[str, bytes]], kernels_env: Path = KERNELS_ENV, *, floor: bool = True
) -> Mapping[str, Any]:
    """The whole answer of runner/plain.py: submissions, and the seconds of grading and (with `floor`) of the cells alone."""
    limits = Limits(cpu_s=1800, memory_mb=MEMORY_MB, processes=256, wall_s=1800.0)
    return _run("plain.py", {"assignment": assignment, "floor": floor}, inputs, kernels_env, limits)


def _run(
    script: str,
    job: Mapping[str, Any],
    inputs: Mapping[str, Mapping[str, bytes]],
    kernels_env: Path,
    limits: Limits,
    out: Path | None = None,
) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="shuyuan-engine-") as folder:
        # The outer folder stays closed to everybody else on this machine; the sandbox's account reads the inner one.
        inside = Path(folder) / "in"
        for name, files in inputs.items():
            write_folder(inside / name, files)
        (inside / "job.json").write_text(json.dumps(job, ensure_ascii=False), encoding="utf-8")
        _open_to_read(inside)
        mounts = [*python_mounts(kernels_env), Mount(RUNNER, "/runner"), Mount(inside, "/in")]
        if out is not None:
            mounts.append(Mount(out, "/out", writable=True))
        env = ENV | {"PATH": f"{kernels_env / 'bin'}:/usr/bin:/bin"}
        sandbox = Sandbox(mounts=tuple(mounts), env=env, limits=limits)
        finished = run(sandbox, [str(kernels_env / "bin" / "python"), "-I", f"/runner/{script}"])
    return _read(finished, limits)


def _read(finished: Finished, limits: Limits) -> dict[str, Any]:
    """The runner's answer. Raises EngineStopped with the reason where there is none."""
    said = finished.stderr[-4000:].decode("utf-8", "replace")
    if finished.out_of_memory:
        raise EngineStopped(f"memory {limits.memory_mb}", said)
    if finished.timed_out:
        raise EngineStopped(f"time-all {int(limits.wall_s or 0)}", said)
    try:
        answer = json.loads(finished.stdout.decode("utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise EngineStopped("engine", f"exit {finished.code}: {said}") from error
    if not isinstance(answer, dict):
        raise EngineStopped("engine", said)
    return answer


def _open_to_read(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)


def _released(folder: Path) -> Released:
    return Released(read_folder(folder / "release"), (folder / "gradebook.db").read_bytes())

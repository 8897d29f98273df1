"""The receipt of a grading: hashes of what went in and what came out, so that it can be done again and compared.

Rule: the same hand-in, tests, environment and seed give the same log; the log holds verdicts and no text or time.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from courses.attempts import Mark

__all__ = ["environment_hash", "log_hash", "receipt_of", "submission_hash"]


def receipt_of(
    release: str, archive: bytes, files: Mapping[str, bytes], marks: Sequence[Mark], kernels_env: Path, seed: int
) -> dict[str, Any]:
    """The receipt as plain data: SHA-256 of submission, tests, environment and log, the release's id and the seed."""
    return {
        "release": release,
        "submission": submission_hash(files),
        "tests": hashlib.sha256(archive).hexdigest(),
        "environment": environment_hash(kernels_env),
        "seed": seed,
        "log": log_hash(marks),
    }


def submission_hash(files: Mapping[str, bytes]) -> str:
    """SHA-256 over the names and contents of the files that were handed in."""
    whole = hashlib.sha256()
    for name in sorted(files):
        whole.update(name.encode("utf-8", "surrogatepass") + b"\0" + hashlib.sha256(files[name]).digest())
    return whole.hexdigest()


def log_hash(marks: Sequence[Mark]) -> str:
    """SHA-256 of every cell's verdict, in the release's order."""
    told = [[m.grade_id, m.points, m.max_points, m.state, m.reason, m.mode] for m in marks]
    return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()


@cache
def environment_hash(kernels_env: Path) -> str:
    """SHA-256 of what is installed for notebooks: names and versions, and the interpreter's own."""
    found = sorted(path.name for path in kernels_env.glob("lib/python3*/site-packages/*.dist-info"))
    config = kernels_env / "pyvenv.cfg"
    lines = config.read_text("utf-8").splitlines() if config.exists() else []
    found += [line for line in lines if line.startswith("version")]
    return hashlib.sha256("\n".join(found).encode()).hexdigest()

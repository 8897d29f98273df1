"""The working folder as the tests see it: the release's files are the teacher's own copies, every other file is the student's.

Rule: what came with the release lies in a folder that the student's process cannot reach; names that are not the release's
lead from there to the student's folder, and files that a test makes are laid where the student's code finds them. Modules of
the teacher's lie apart, so that none of the student's is ever imported here.
"""

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

COPY, MODULES = "/tmp/teacher", "/tmp/modules"
# The student's working folder; empty until `keep` has been called.
_WORK: list[str] = []


def keep(files: Mapping[str, bytes]) -> None:
    """Lay the copies down and work there from now on."""
    _WORK[:] = [os.getcwd()]
    for name, data in files.items():
        for root in (COPY, MODULES) if name.endswith(".py") else (COPY,):
            path = Path(root) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    Path(COPY).mkdir(exist_ok=True)
    sys.path.append(MODULES)
    os.chdir(COPY)


def take_in() -> None:
    """Let names that are not the release's lead to the student's files."""
    for folder, below in _folders():
        ours = set(os.listdir(folder))
        for name in _names(below) - ours:
            os.symlink(os.path.join(below, name), os.path.join(folder, name))


def hand_over() -> None:
    """Lay what a test made, and not the release, into the student's folder; forget links to what is no longer there."""
    for folder, below in _folders():
        theirs = _names(below)
        with os.scandir(folder) as entries:
            for entry in list(entries):
                if entry.is_symlink():
                    if entry.name not in theirs:
                        os.unlink(entry.path)
                elif entry.is_file() and entry.name not in theirs:
                    shutil.move(entry.path, os.path.join(below, entry.name))
                    os.symlink(os.path.join(below, entry.name), entry.path)


def _folders() -> list[tuple[str, str]]:
    """The folders that are the release's own, each with the student's of the same name."""
    if not _WORK:
        return []
    found = []
    for folder, names, _ in os.walk(COPY):
        names[:] = [name for name in names if not os.path.islink(os.path.join(folder, name))]
        found.append((folder, os.path.normpath(os.path.join(_WORK[0], os.path.relpath(folder, COPY)))))
    return found


def _names(folder: str) -> set[str]:
    try:
        return set(os.listdir(folder))
    except OSError:
        return set()

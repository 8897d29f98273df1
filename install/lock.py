"""Writes the lock files: every package that a group of requirements brings, with the version this environment holds.

Usage: `python install/lock.py PYTHON GROUP [GROUP…]` with the interpreter of the environment; a package that an earlier
group brings is not repeated by a later one. Lock files name versions and no host.
"""

import json
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "requirements"

# Run by the environment's own interpreter, where pip carries the parser of requirement lines.
CLOSURE = """
import importlib.metadata as m, json, sys
from pip._vendor.packaging.requirements import Requirement
from pip._vendor.packaging.utils import canonicalize_name as name
def closure(lines):
    todo = [Requirement(line) for line in lines]
    seen, done = set(), {}
    while todo:
        r = todo.pop()
        key = (name(r.name), tuple(sorted(r.extras)))
        if key in seen: continue
        seen.add(key)
        try: dist = m.distribution(r.name)
        except m.PackageNotFoundError: continue
        done[name(r.name)] = dist.version
        for line in dist.requires or []:
            need = Requirement(line)
            if need.marker is None or any(need.marker.evaluate({"extra": e}) for e in (r.extras or {""})):
                todo.append(need)
    return done
print(json.dumps(closure(json.load(sys.stdin))))
"""


def wanted(group: str) -> list[str]:
    """The requirement lines of one group."""
    lines = (FOLDER / f"{group}.in").read_text("utf-8").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def main(python: str, groups: list[str]) -> None:
    known: dict[str, str] = {}
    for group in groups:
        done = subprocess.run(
            [python, "-c", CLOSURE], input=json.dumps(wanted(group)), capture_output=True, text=True, check=True
        )
        # A local build tag (+cpu) belongs to one machine, not to the lock.
        found = {name: version.partition("+")[0] for name, version in json.loads(done.stdout).items()}
        new = {name: version for name, version in sorted(found.items()) if name not in known}
        known |= new
        head = f"# Made by `make lock` from {group}.in.\n"
        lines = [f"{name}=={version}\n" for name, version in new.items()]
        (FOLDER / f"{group}.lock").write_text(head + "".join(lines), "utf-8")
        sys.stdout.write(f"{group}.lock: {len(new)} packages\n")


main(sys.argv[1], sys.argv[2:])

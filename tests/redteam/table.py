"""Runs every attack against us, against us without the one defence it aims at, and against stock nbgrader; prints the table.

Rule: the last line is JSON with four integers; a figure in it is counted from the outcomes and from nothing else. Each attack runs in a
process of its own pool, so that switching a defence off for one touches no other.
    python -m tests.redteam.table [--only NAMES] [--sides us,off,stock] [--page docs/redteam.md]
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

from tests.redteam.attack import Attack, Outcome, faults
from tests.redteam.attacks import ATTACKS, by_name
from tests.redteam.line import Line
from tests.redteam.page import page, said
from tests.redteam.service import served
from tests.redteam.stock import KERNELS_ENV, prepare, run_stock
from tests.redteam.switches import SWITCHES
from tests.redteam.us import run_us
from tests.redteam.world import World, make_world

__all__ = ["main", "run_side"]

SIDES = ("us", "off", "stock")


def run_side(name: str, side: str, world: World, book: bytes) -> tuple[tuple[str, ...] | None, Outcome]:
    """One attack on one side: what went wrong (None where the side has no such door), and the outcome."""
    attack = by_name(name)
    os.environ["JUPYTERHUB_API_TOKEN"] = world.token
    # What one attack leaves behind is not laid at another's door.
    world = replace(world, marker=f"{world.marker}-{name}-{side}")
    if side == "stock":
        if attack.stock is False:
            return None, Outcome()
        outcome = run_stock(attack, world, book)
        return faults(attack, world, outcome, sealed=False), outcome
    if side == "off" and (attack.only_stock or (attack.own is None and attack.defence not in SWITCHES)):
        return None, Outcome()
    outcome = run_us(attack, world, off=side == "off")
    return faults(attack, world, outcome), outcome


def run_all(world: World, chosen: Sequence[Attack], sides: Sequence[str], workers: int) -> list[Line]:
    """Every chosen attack on every side."""
    book = prepare(world) if "stock" in sides else b""
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        asked: dict[tuple[str, str], Future[tuple[tuple[str, ...] | None, Outcome]]] = {}
        for side in sides:
            for attack in chosen:
                asked[attack.name, side] = pool.submit(run_side, attack.name, side, world, book)
        lines = []
        for attack in chosen:
            line = Line(attack)
            for side in sides:
                line = _with(line, side, asked[attack.name, side])
            lines.append(line)
            print(_row(line), flush=True)
            if line.notes:
                print(line.notes, file=sys.stderr, flush=True)
    return lines


def _with(line: Line, side: str, run: Future[tuple[tuple[str, ...] | None, Outcome]]) -> Line:
    try:
        found, outcome = run.result()
    except Exception as error:
        return replace(line, notes=line.notes + f"  [{side}] {''.join(traceback.format_exception(error))[-1500:]}\n")
    if os.environ.get("REDTEAM_NOTES"):
        line = replace(line, notes=line.notes + f"  [{side}] {replace(outcome, read=str(len(outcome.read)))}\n")
    if side == "us":
        return replace(line, us=found, refused=outcome.refused, seconds=outcome.seconds)
    return replace(line, off=found) if side == "off" else replace(line, stock=found)


def _row(line: Line) -> str:
    attack = line.attack
    parts = (attack.name, attack.goal, said(line.us), attack.defence, said(line.off), said(line.stock))
    return " | ".join(parts) + f" | {line.seconds:.1f} s" + (f" | {line.refused}" if line.refused else "")


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table; the exit status is 0 where every attack is effective and withstood."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="")
    parser.add_argument("--sides", default=",".join(SIDES))
    parser.add_argument("--page", type=Path)
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args(argv)
    names = [name for name in args.only.split(",") if name]
    chosen = [attack for attack in ATTACKS if not names or attack.name in names]
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="shuyuan-vault-") as folder:
        world = make_world(Path(folder))
        with served(world.port, world.token):
            lines = run_all(world, chosen, args.sides.split(","), args.workers)
    counts = {
        "attacks": len(lines),
        "effective": sum(line.effective for line in lines),
        "withstood": sum(line.withstood for line in lines),
        "nbgrader_withstood": sum(not line.stock for line in lines),
    }
    if args.page:
        args.page.write_text(page(lines, counts, _version()), encoding="utf-8")
    print(f"{time.monotonic() - begun:.0f} s")
    print(json.dumps(counts))
    return 0 if counts["effective"] == counts["withstood"] == counts["attacks"] else 1


def _version() -> str:
    found = next((KERNELS_ENV / "lib").glob("python3*/site-packages/nbgrader-*.dist-info"))
    return found.name.removeprefix("nbgrader-").removesuffix(".dist-info")


if __name__ == "__main__":
    sys.exit(main())

"""`python -m recommender.bench_path`: what paths are worth in simulators that the planner did not see, beside its peers. The
last line is JSON.

Settings come from the environment, as make passes them: DATA (folder or plain table), SEEDS (of the simulators), LEARNERS (who
walk), SLICE (learners of the data, 0 for all), WORLDS, ROUNDS, EPOCHS, MINUTES, LENGTHS, FIRST (the first seed). What is
fitted here is thrown away.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from commons.errors import BadInput
from recommender.bench_tracing import OWN
from recommender.benching import Say, beats, spread_of, tell
from recommender.paths import kss
from recommender.paths.arena import Played, Policy, play, shuffled, violations
from recommender.paths.peers import Planned
from recommender.paths.planner import Planner
from recommender.paths.stages import (
    GOALS_OF_KSS,
    KINDS,
    OURS,
    PEERS,
    Size,
    Stage,
    crowds,
    graph_stage,
    halves_of,
    kss_logs,
    kss_stage,
    peers_of,
    planned,
    worlds_of,
)

__all__ = ["Plan", "Run", "main", "measure", "plan_of", "summary"]

YARDSTICKS = {
    "EVOL on EdNet, simulator seen": {"5": 0.278, "10": 0.384, "20": 0.475},
    "EVOL on ASSIST15, simulator seen": {"5": 0.472, "10": 0.614, "20": 0.624},
    "EVOL, seeds not seen": {"10": 0.341},
}


@dataclass(frozen=True)
class Plan:
    """`place` of the data; `seeds` of the simulators, from `first` on, which also halves the
    learners; `lengths` of paths."""

    place: Path
    seeds: int = 3
    first: int = 200
    lengths: tuple[int, ...] = (5, 10, 20)
    size: Size = field(default_factory=Size)


@dataclass(frozen=True)
class Run:
    """One policy in one simulator at one length; `drop` is what shuffling took, of our path."""

    data: str
    kind: str
    seed: int
    length: int
    policy: str
    promotion: float
    different: float
    drop: float | None = None
    violations: int | None = None


def plan_of(environment: Mapping[str, str], data: Path) -> Plan:
    """The plan that `environment` asks for; `data` is the folder of data sets. Raises BadInput with the setting that
    cannot be.
    """
    base = Size()
    try:
        told = {name: int(environment.get(name) or usual) for name, usual in _usual(base).items()}
        lengths = tuple(int(one) for one in (environment.get("LENGTHS") or "5 10 20").replace(",", " ").split())
        minutes = float(environment.get("MINUTES") or base.settings.seconds / 60)
    except ValueError as error:
        raise BadInput(f"{error}", where="bench-path", next="Its settings are numbers.") from error
    if (
        min(told["SEEDS"], told["LEARNERS"], told["WORLDS"], told["EPOCHS"], *lengths) < 1
        or min(told.values()) < 0
        or minutes <= 0
    ):
        raise BadInput("a setting cannot be that", where="bench-path", next="See docs/recommender.md, Paths.")
    place = Path(environment["DATA"]).expanduser() if environment.get("DATA") else data / OWN
    settings = replace(base.settings, epochs=told["EPOCHS"], seconds=60 * minutes)
    size = Size(told["LEARNERS"], told["SLICE"], told["WORLDS"], told["ROUNDS"], base.epochs, settings)
    return Plan(place, told["SEEDS"], told["FIRST"], lengths, size)


def _usual(base: Size) -> dict[str, int]:
    return {
        "SEEDS": 3,
        "FIRST": 200,
        "LEARNERS": base.learners,
        "SLICE": base.slice,
        "WORLDS": base.worlds,
        "ROUNDS": base.rounds,
        "EPOCHS": base.settings.epochs,
    }


def measure(plan: Plan, say: Say) -> dict[str, object]:
    """Every policy in every simulator; `say` gets a line for each as it comes."""
    began = time.monotonic()
    say(f"PPO: {plan.size.rounds} rounds of 256 paths in one world of our half; greedy: one step in that world")
    runs = [*_on_data(plan, say), *_on_kss(plan, say)]
    own = _on_graph(plan, say)
    say("published, simulator and protocol not the same: " + json.dumps(YARDSTICKS))
    page = summary([*runs, own])
    return {
        "bench": "path",
        **page,
        "seeds": [plan.first + one for one in range(plan.seeds)],
        "lengths": plan.lengths,
        "learners": plan.size.learners,
        "worlds": plan.size.worlds,
        "published": YARDSTICKS,
        "seconds": round(time.monotonic() - began, 1),
    }


def _on_data(plan: Plan, say: Say) -> list[Run]:
    """Simulators fitted on one half of a data set, everything else on the other."""
    halves, found, seeds = halves_of(plan.place, plan.size, plan.first), [], range(plan.first, plan.first + plan.seeds)
    say(
        f"{halves.form}: {len(halves.simulators[0].learners)} learners train simulators, {len(halves.ours[0].learners)} us"
    )
    walkers: dict[int, dict[str, Policy]] = {}
    worlds = worlds_of(halves.ours, plan.size, 0)
    for kind in KINDS:
        for number, seed in enumerate(seeds):
            stage = crowds(halves, plan.size, kind, seed)
            if not walkers:
                ours = planned(halves.ours, worlds, stage.offered, plan.size, 0, None)
            if seed not in walkers:
                # Each seed draws the peers another world, so that none stands or falls with one of them.
                world = worlds[number % len(worlds)]
                walkers[seed] = peers_of(halves.ours, world, stage.offered, plan.size, number) | {OURS: ours}
            found += _played(halves.form, kind, seed, stage, walkers[seed], plan.lengths, say)
    return found


def _on_kss(plan: Plan, say: Say) -> list[Run]:
    """A world of KSS for each seed; models learn from other learners of the same world."""
    found = []
    for seed in range(plan.first, plan.first + plan.seeds):
        world = kss.world(seed)
        stage, logs = kss_stage(world, plan.size, seed), kss_logs(world, plan.size, seed)
        worlds = worlds_of(logs, plan.size, seed)
        walkers = peers_of(logs, worlds[0], stage.offered, plan.size, seed, GOALS_OF_KSS)
        walkers[OURS] = planned(logs, worlds, stage.offered, plan.size, seed, stage.order)
        found += _played("kss", "kss", seed, stage, walkers, plan.lengths, say)
    return found


def _on_graph(plan: Plan, say: Say) -> Run:
    """Our own graph with synthetic learners: whether the order holds."""
    stage, ours = graph_stage(plan.size, plan.first)
    worlds = worlds_of(ours, replace(plan.size, worlds=1), plan.first)
    walkers: dict[str, Policy] = {OURS: Planned(Planner(worlds, stage.offered, stage.order))}
    return _played("our graph", "synthetic", plan.first, stage, walkers, plan.lengths[-1:], say)[0]


def _played(
    data: str, kind: str, seed: int, stage: Stage, walkers: Mapping[str, Policy], lengths: Sequence[int], say: Say
) -> list[Run]:
    found = []
    for name, policy in walkers.items():
        for length in lengths:
            played = play(stage.simulator, stage.learners, policy, length, seed)
            run = Run(data, kind, seed, length, name, played.promotion, played.different)
            found.append(_more(run, stage, played))
        line = "  ".join(f"L={run.length} {run.promotion:+.3f}" for run in found[-len(lengths) :])
        last = found[-1]
        more = "" if last.drop is None else f"  shuffled {-last.drop:+.3f}  different items {last.different:.1f}"
        say(f"{data} {stage.name:14} {name:8} {line}{more}")
    return found


def _more(run: Run, stage: Stage, played: Played) -> Run:
    if run.policy == OURS:
        again = play(stage.simulator, stage.learners, shuffled(played, run.seed), run.length, run.seed)
        run = replace(run, drop=played.promotion - again.promotion)
    return replace(run, violations=violations(played, stage.learners, stage.order)) if stage.order else run


def summary(runs: Sequence[Run]) -> dict[str, object]:
    """Mean and spread (sample standard deviation over seeds, 0 for one) of each policy by data set, simulator and length;
    for each data set the mean over simulators and lengths. A peer is beaten where on every data set ours leads by more than
    the spread of the lead: both walk with the same learners, the same luck and in the same simulators of a seed.
    `beaten_by_both_spreads` asks for more than the larger of both spreads, as if they had not. `violations` are ours.
    """
    names = [name for name in PEERS if any(run.policy == name for run in runs)]
    sets = list(
        dict.fromkeys(run.data for run in runs if any(one.data == run.data and one.policy in PEERS for one in runs))
    )
    whole = {data: {name: _over(runs, data, name) for name in [*names, OURS]} for data in sets}
    lead = {data: {name: _lead(runs, data, name) for name in names} for data in sets}
    beaten = {data: [name for name in names if lead[data][name]["mean"] > lead[data][name]["spread"]] for data in sets}
    everywhere = [name for name in names if sets and all(name in beaten[data] for data in sets)]
    apart = [name for name in names if sets and all(beats(whole[data][OURS], whole[data][name]) for data in sets)]
    ours = [run for run in runs if run.policy == OURS]
    return {
        "peers": len(names),
        "peers_beaten": len(everywhere),
        "beaten": everywhere,
        "beaten_by_both_spreads": apart,
        "violations": sum(run.violations or 0 for run in ours),
        "ordered_steps": sum(run.violations is not None for run in ours),
        "shuffle_drop": {data: _mean([run.drop for run in ours if run.data == data]) for data in sets},
        "by_data": {data: {"beaten": beaten[data], "lead": lead[data], **whole[data]} for data in sets},
        "violations_of_peers": _violations(runs, names),
        "figures": _figures(runs),
    }


def _seeds(runs: Sequence[Run], data: str, name: str) -> dict[int, float]:
    """For each seed the mean over simulators and lengths of a data set."""
    found: dict[int, list[float]] = {}
    for run in runs:
        if (run.data, run.policy) == (data, name):
            found.setdefault(run.seed, []).append(run.promotion)
    return {seed: statistics.fmean(own) for seed, own in found.items()}


def _over(runs: Sequence[Run], data: str, name: str) -> dict[str, float]:
    return spread_of(list(_seeds(runs, data, name).values()))


def _lead(runs: Sequence[Run], data: str, name: str) -> dict[str, float]:
    """By how much ours is higher than `name`, seed by seed."""
    ours, other = _seeds(runs, data, OURS), _seeds(runs, data, name)
    return spread_of([ours[seed] - other[seed] for seed in other])


def _figures(runs: Sequence[Run]) -> dict[str, dict[str, float]]:
    cells: dict[str, list[float]] = {}
    for run in runs:
        cells.setdefault(f"{run.data}, {run.kind}, L={run.length}, {run.policy}", []).append(run.promotion)
    return {name: spread_of(values) for name, values in cells.items()}


def _violations(runs: Sequence[Run], names: Sequence[str]) -> dict[str, int]:
    return {name: sum(run.violations or 0 for run in runs if run.policy == name) for name in names}


def _mean(values: Sequence[float | None]) -> float:
    return round(statistics.fmean([one or 0.0 for one in values]), 4)


def main(environment: Mapping[str, str], say: Say = print) -> int:
    """Print the figures as they come and the JSON last, or one line that says what is absent or wrong."""
    return tell(environment, OWN, lambda data: measure(plan_of(environment, data), say), say)


if __name__ == "__main__":
    sys.exit(main(os.environ))

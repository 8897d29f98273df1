"""Every quick attack is withstood: handed in beside an honest neighbour, graded as a job, read back. `make redteam` runs all of them,
shows that each is a real one, and what stock nbgrader does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from courses.warm.pair import stop_all
from tests.redteam.attack import Attack, faults
from tests.redteam.attacks import ATTACKS, by_name
from tests.redteam.service import served
from tests.redteam.switches import SWITCHES
from tests.redteam.us import hand_in_all, hand_in_both, run_us
from tests.redteam.world import RIGHT, World, make_world

pytestmark = pytest.mark.slow

# These wait, search the disk or start a portal; `make redteam` runs them.
LONG = {
    "read-files", "copy-neighbour", "oracle-carried", "oracle-locks", "covert-places", "covert-locks", "endless-output",
    "token-forged", "attempt-of-another", "foreign-page", "formula-in-table",
}  # fmt: skip
QUICK = [attack for attack in ATTACKS if attack.quick and attack.name not in LONG]
PLAIN = [attack for attack in QUICK if attack.own is None and attack.partner is None]
AT_ONCE = 8
BATCHES = [PLAIN[first : first + AT_ONCE] for first in range(0, len(PLAIN), AT_ONCE)]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The vault, and beside it a service with a token, as machines have them."""
    one = make_world(tmp_path_factory.mktemp("vault"))
    with served(one.port, one.token):
        yield one
    stop_all()


@pytest.fixture(autouse=True)
def token(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", world.token)


def test_issue3_item_04_there_are_enough_attacks_and_each_has_a_name_of_its_own() -> None:
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS) >= 33


def test_the_judge_sees_full_marks_and_none(world: World) -> None:
    honest = hand_in_both(world, world.filled(RIGHT))
    assert faults(by_name("strip-asserts"), world, honest) == ("marks",)
    assert faults(by_name("strip-asserts"), world, hand_in_both(world, world.hand_in())) == ()


@pytest.mark.parametrize("batch", BATCHES, ids=lambda batch: f"{batch[0].name}-to-{batch[-1].name}")
def test_issue3_item_04_a_batch_of_attacks_is_withstood(world: World, batch: list[Attack]) -> None:
    outcomes = hand_in_all(world, {attack.name: attack.build(world) for attack in batch})
    found = {attack.name: faults(attack, world, outcomes[attack.name]) for attack in batch}
    assert {name: wrong for name, wrong in found.items() if wrong} == {}, {n: outcomes[n].note for n in found}


@pytest.mark.parametrize("attack", [a for a in QUICK if a not in PLAIN], ids=lambda attack: attack.name)
def test_issue3_item_04_an_attack_of_its_own_kind_is_withstood(world: World, attack: Attack) -> None:
    outcome = run_us(attack, world)
    assert faults(attack, world, outcome) == (), outcome


@pytest.mark.parametrize("name", ["strip-asserts", "canary-aware", "io-uring", "points-raised", "oracle-later"])
def test_issue3_item_04_without_its_defence_an_attack_succeeds(world: World, name: str) -> None:
    attack = by_name(name)
    assert attack.defence in SWITCHES
    assert attack.goal in faults(attack, world, run_us(attack, world, off=True))


def test_nothing_of_the_vault_lies_in_the_open(world: World) -> None:
    assert all(world.secret.encode() not in data for data in world.released.values())
    assert Path(world.store_file).is_file()

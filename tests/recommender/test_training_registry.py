"""The registry: sealed folders, one live; what is altered, half-written or broken is refused and the old one serves."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from commons.errors import BadInput, Conflict, NotFound
from commons.places import ROOT
from recommender.tracing.ours import Blend
from recommender.training import SHIPPED, Registry, live_tracer
from recommender.training.data import renumbered
from tests.recommender.training_world import few, registry, shipped

ABOUT = {"origin": "records", "learners": 40, "answers": 1200, "figures": {"auc": 0.7}}


def with_models(tmp_path: Path, count: int = 2) -> tuple[Registry, list[str]]:
    """A registry with so many models, each made live after the other."""
    one = registry(tmp_path)
    names = [one.add(shipped(), {**ABOUT, "seed": number}) for number in range(count)]
    for name in names:
        one.promote(name)
    return one, names


def flip(file: Path) -> None:
    """Change one bit in the middle."""
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


def test_issue5_item_06_a_model_is_kept_with_the_hash_of_every_file_and_loads_as_it_was(tmp_path: Path) -> None:
    one = registry(tmp_path)
    assert one.live() == SHIPPED and [entry.name for entry in one.entries()] == [SHIPPED]
    name = one.add(shipped(), ABOUT)
    assert one.live() == SHIPPED, "kept, not live"
    page = json.loads((one.folder / name / "about.json").read_text("utf-8"))
    files = {"config.json", "model.safetensors", "counts.safetensors", "tracer.json"}
    assert page["sha256"].keys() == files == {path.name for path in (one.folder / name).iterdir()} - {"about.json"}
    assert page["figures"] == {"auc": 0.7} and page["created"]
    asked = renumbered(few(20).held_out, shipped().names)
    assert np.abs(one.load(name).predict(asked) - shipped().predict(asked)).max() < 1e-6


def test_issue5_item_06_promote_and_roll_back(tmp_path: Path) -> None:
    one, names = with_models(tmp_path)
    assert (one.live(), one.before()) == (names[1], (names[0], SHIPPED))
    assert live_tracer(tmp_path).name == names[1] and live_tracer(tmp_path).about["seed"] == 1
    assert one.roll_back() == names[0] == one.live() == live_tracer(tmp_path).name
    assert one.roll_back() == SHIPPED == live_tracer(tmp_path).name
    with pytest.raises(Conflict, match="no model was live before"):
        one.roll_back()
    one.promote(names[1])
    assert one.live() == names[1] and one.was_live(names[1])
    told = json.loads((one.folder / "live.json").read_text("utf-8"))["history"]
    assert [row["why"] for row in told] == ["promoted", "promoted", "rolled back", "rolled back", "promoted"]


@pytest.mark.parametrize(
    "name", ["config.json", "model.safetensors", "counts.safetensors", "tracer.json", "about.json"]
)
@pytest.mark.parametrize("damage", [flip, Path.unlink, lambda file: file.write_bytes(file.read_bytes()[:-40])])
def test_issue5_must_06_a_corrupt_model_is_refused_with_a_clear_error_and_the_old_one_stays_live(
    tmp_path: Path, name: str, damage: Callable[[Path], None]
) -> None:
    one, names = with_models(tmp_path, 1)
    bad = one.add(shipped(), {**ABOUT, "seed": 9})
    damage(one.folder / bad / name)
    with pytest.raises(BadInput, match=f"the model is refused: {name}") as refused:
        one.promote(bad)
    assert str(one.folder / bad) in refused.value.where and "shuyuan recommender promote" in refused.value.next
    assert one.live() == names[0] == live_tracer(tmp_path).name
    assert [entry.name for entry in one.entries() if entry.fault] == [bad]


def test_issue5_item_06_a_live_model_that_breaks_gives_way_to_the_one_before_and_at_last_to_the_shipped_one(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    one, names = with_models(tmp_path)
    flip(one.folder / names[1] / "model.safetensors")
    assert live_tracer(tmp_path).name == names[0] == one.in_use_name()
    assert "the model is refused: model.safetensors is not as it was written" in caplog.text
    flip(one.folder / names[0] / "tracer.json")
    assert live_tracer(tmp_path).name == SHIPPED == one.in_use_name()
    with pytest.raises(BadInput, match=r"tracer.json"):
        one.roll_back()
    assert one.live() == names[1], "a roll-back to a broken one changes nothing"


def test_issue5_item_06_files_that_do_not_belong_and_links_are_refused(tmp_path: Path) -> None:
    one, names = with_models(tmp_path, 1)
    strange = one.folder / names[0] / "adapter_config.json"
    strange.write_text("{}")
    with pytest.raises(BadInput, match=r"adapter_config.json does not belong"):
        one.load(names[0])
    strange.unlink()
    weights = one.folder / names[0] / "model.safetensors"
    weights.rename(tmp_path / "elsewhere")
    weights.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BadInput, match="no plain file"):
        one.load(names[0])


@pytest.mark.parametrize("text", ["", "{", "[]", '{"live": 3, "before": [], "history": []}', '{"live": "x"}'])
def test_issue5_item_06_a_broken_live_json_is_told_and_the_shipped_one_serves(tmp_path: Path, text: str) -> None:
    one, names = with_models(tmp_path, 1)
    (one.folder / "live.json").write_text(text)
    with pytest.raises(BadInput, match="which model is live"):
        one.live()
    assert live_tracer(tmp_path).name == SHIPPED and one.marked() == ""
    one.promote(names[0])
    assert live_tracer(tmp_path).name == names[0]


@pytest.mark.parametrize("name", ["", ".", "..", "../tracer", ".lock", "no-such", "/etc"])
def test_issue5_item_06_a_name_that_is_no_model_is_refused(tmp_path: Path, name: str) -> None:
    one, names = with_models(tmp_path, 1)
    with pytest.raises((NotFound, BadInput)):
        one.promote(name)
    assert one.live() == names[0]


def test_issue5_item_06_promotion_in_place_of_another_than_the_live_one_is_refused(tmp_path: Path) -> None:
    one, names = with_models(tmp_path)
    with pytest.raises(Conflict, match="is live by now"):
        one.promote(names[0], instead_of=SHIPPED)
    assert one.live() == names[1]


def test_issue5_item_06_models_that_were_never_live_go_when_ten_newer_ones_are_there(tmp_path: Path) -> None:
    one, names = with_models(tmp_path)
    one.roll_back()
    later = [one.add(shipped(), {**ABOUT, "seed": number}) for number in range(12)]
    kept = [entry.name for entry in one.entries()]
    assert set(kept) == {SHIPPED, names[0], *later[-10:]} and names[1] not in later
    assert not [path for path in one.folder.iterdir() if path.name.startswith(".new")]


def test_issue5_item_06_a_whole_model_that_answers_nonsense_is_not_promoted(tmp_path: Path) -> None:
    one, names = with_models(tmp_path, 1)
    broken = one.load(SHIPPED)
    broken.blend = broken.blend_new = Blend(bias=math.nan)
    bad = one.add(broken, ABOUT)
    with pytest.raises(BadInput, match="it says nan where a probability is wanted"):
        one.promote(bad)
    assert one.live() == names[0]


CRASHES = """
import os, signal, sys
from pathlib import Path
import torch
torch.set_num_threads(1)
from recommender.training import Registry, live_tracer
from tests.recommender.training_world import shipped

home = Path(sys.argv[1])
one = Registry(home / "models" / "tracer")
tracer = shipped()
first = one.add(tracer, {"origin": "records"})
one.promote(first)

def dying_at(step):
    count = 0
    def wrap(call):
        def counted(*given, **named):
            nonlocal count
            count += 1
            if count == step:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*given, **named)
        return counted
    for name in ("open", "fsync", "rename", "replace", "mkdir", "chmod", "close", "unlink"):
        setattr(os, name, wrap(getattr(os, name)))

kills, step = 0, 0
while True:
    step += 1
    child = os.fork()
    if not child:
        dying_at(step)
        one.promote(one.add(tracer, {"origin": "records", "step": step}))
        os._exit(0)
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0:
        break
    kills += 1
    served = live_tracer(home)
    assert served.name == one.live() and (served.name == first or served.about["step"] == step), step
    assert not [entry for entry in one.entries() if entry.fault], step
    if served.name != first:
        one.promote(first)
assert one.live() != first and live_tracer(home).about["step"] == step
left = [path.name for path in one.folder.iterdir() if path.name.startswith(".new-") or path.name.endswith(".new")]
print(kills, left)
"""


@pytest.mark.slow
def test_issue5_item_06_killed_between_any_two_steps_the_old_model_or_the_new_one_is_live_and_whole(
    tmp_path: Path,
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CRASHES, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    kills, left = done.stdout.split(maxsplit=1)
    assert int(kills) > 15 and left.strip() == "[]", "what kills left behind is swept by the next one"

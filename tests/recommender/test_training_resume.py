"""A training that was killed goes on where it was and comes to the same figures as one that never was (must-show 6)."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from commons.places import ROOT
from recommender.tracing.checkpoint import Epoch
from recommender.tracing.neural import Settings
from recommender.tracing.ours import Ours
from recommender.training.run import Progress, train
from tests.recommender.training_world import FEW, TINY, few, registry

SCRIPT = """
import json, sys
from pathlib import Path
import torch
torch.set_num_threads(1)
from recommender.training.registry import Registry
from recommender.training.run import train
from tests.recommender.training_world import FEW, TINY, few

def tell(one):
    print(json.dumps([one.done, one.auc]), flush=True)

done = train(Registry(Path(sys.argv[1])), few(), None, settings=TINY, wanted=FEW, tell=tell)
print(json.dumps([-1, done.figures]), flush=True)
"""


class Stopped(Exception):
    """The test's own cut."""


@pytest.mark.slow
def test_issue5_must_06_a_training_killed_with_minus_9_goes_on_to_the_same_figures(tmp_path: Path) -> None:
    whole: list[Progress] = []
    wanted = train(registry(tmp_path / "whole"), few(), None, settings=TINY, wanted=FEW, tell=whole.append)

    cut = registry(tmp_path / "cut")
    command = [sys.executable, "-c", SCRIPT, str(cut.folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as one:
        assert one.stdout
        for line in one.stdout:
            if json.loads(line)[0] == 2:
                one.send_signal(signal.SIGKILL)
                break
    assert one.returncode == -signal.SIGKILL
    assert cut.live() == "shipped" and [entry.name for entry in cut.entries()] == ["shipped"]

    told = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
    steps = [json.loads(line) for line in told]
    assert [done for done, _ in steps] == [0, *range(3, len(whole)), -1], "epochs that were done are not done again"
    assert [auc for _, auc in steps[1:-1]] == [one.auc for one in whole[3:]]
    assert steps[-1][1] == wanted.figures and wanted.figures["candidate"]["auc"] > 0.5
    assert not (cut.folder / ".training" / "checkpoint.safetensors").exists()
    weights = [one.folder / wanted.name / "model.safetensors" for one in (cut, registry(tmp_path / "whole"))]
    assert weights[0].read_bytes() == weights[1].read_bytes(), "the same to the last bit"


def fitted(settings: Settings, seed: int = 1, stop: int = 0, learners: int = 20) -> tuple[Ours | None, list[int]]:
    """A tracer and the epochs it took; None where it was cut off after epoch `stop`."""
    epochs: list[int] = []

    def tell(one: Epoch) -> None:
        epochs.append(one.done)
        if one.done == stop:
            raise Stopped

    tracer, data = Ours(replace(settings, tell=tell)), few(learners)
    try:
        tracer.fit(data.train, data.valid, seed)
    except Stopped:
        return None, epochs
    return tracer, epochs


def test_issue5_item_06_a_cut_training_ends_with_the_same_numbers_everywhere(tmp_path: Path) -> None:
    """Network, best network, optimiser and random states after the last epoch: all that anything could follow from."""
    from safetensors.torch import load_file

    kept = [replace(TINY, epochs=4, checkpoint=tmp_path / name) for name in ("whole", "cut")]
    plain, _ = fitted(kept[0])
    assert fitted(kept[1], stop=2)[1] == [1, 2]
    again, epochs = fitted(kept[1])
    assert plain and again and epochs == [3, 4]
    asked = few(20).held_out
    assert np.abs(plain.predict(asked) - again.predict(asked)).max() < 1e-6
    whole, cut = (load_file(tmp_path / name) for name in ("whole", "cut"))
    assert {name.partition(".")[0] for name in whole} == {"net", "kept", "steps", "random"}
    assert [name for name in whole if not whole[name].equal(cut[name])] == [] and whole.keys() == cut.keys()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cut", "whole"]


def test_issue5_item_06_a_checkpoint_of_another_seed_settings_or_data_is_not_used(tmp_path: Path) -> None:
    kept = replace(TINY, epochs=2, checkpoint=tmp_path / "one.safetensors")
    assert fitted(kept, stop=1)[1] == [1]
    for changed in ({"seed": 2}, {"learners": 21}, {"settings": replace(kept, dropout=0.3)}):
        (tmp_path / "copy").write_bytes((tmp_path / "one.safetensors").read_bytes())
        assert fitted(**{"settings": kept, "stop": 1, **changed})[1] == [1]  # type: ignore[arg-type]
        (tmp_path / "copy").replace(tmp_path / "one.safetensors")
    assert fitted(kept)[1] == [2]


@pytest.mark.parametrize("damage", [lambda old: old[:-50] + b"x" * 50, lambda old: old[:100], lambda old: b""])
def test_issue5_item_06_a_checkpoint_that_is_damaged_is_not_used(tmp_path: Path, damage) -> None:
    kept = replace(TINY, epochs=2, checkpoint=tmp_path / "one.safetensors")
    assert fitted(kept, stop=1)[1] == [1]
    (tmp_path / "one.safetensors").write_bytes(damage((tmp_path / "one.safetensors").read_bytes()))
    assert fitted(kept)[1] == [1, 2]

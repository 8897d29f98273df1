"""course.yaml is read whole or refused with every fault at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from commons.errors import Faults, NotFound
from courses.items import items
from courses.manifest import load_course


def test_item_05_a_course_is_read_with_its_units_and_exercises(tea: Path) -> None:
    course = load_course(tea)
    unit = course.unit("u1")
    assert (course.id, course.languages, unit.attempts, unit.stop) == ("tea", ("zh-CN", "en"), 3, "garden/moon-gate")
    assert [e.grade_id for e in unit.exercises] == ["mean-weight", "heaviest"]
    assert unit.exercises[0].tests == ("mean-weight",)
    assert unit.notebooks == ("u1",)


def test_all_faults_are_told_at_once(make_tea: Callable[..., Path], world: SimpleNamespace) -> None:
    broken = world.COURSE.replace("en: Compute a mean.", "en: ''").replace("minutes: 20", "minutes: -1")
    broken = broken.replace("stop: garden/moon-gate", "stop: somewhere").replace("license: CC-BY-4.0", "colour: red")
    with pytest.raises(Faults) as told:
        load_course(make_tea(broken))
    faults = "\n".join(told.value.faults)
    for part in ("summary: no text in en", "minutes", "stop 'somewhere'", "license", "'colour' is not a known key"):
        assert part in faults


def test_a_missing_notebook_and_a_repeated_exercise_are_faults(
    make_tea: Callable[..., Path], world: SimpleNamespace
) -> None:
    broken = world.COURSE.replace("grade_id: heaviest", "grade_id: mean-weight").replace("id: u1", "id: u9")
    with pytest.raises(Faults) as told:
        load_course(make_tea(broken))
    assert "there is no notebook u9/u9.ipynb" in str(told.value)
    assert "'mean-weight' appears more than once" in str(told.value)


@pytest.mark.parametrize("text", ["", "[]", "units: 3", "id: tea\nunits: [1, 2]", "&a [*a]", "id: [tea]"])
def test_odd_manifests_are_refused_with_words(make_tea: Callable[..., Path], text: str) -> None:
    with pytest.raises(Faults):
        load_course(make_tea(text))


def test_a_folder_without_a_manifest_is_no_course(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        load_course(tmp_path)


def test_items_name_unit_and_exercises(tea: Path) -> None:
    found = {item.id: item for item in items(load_course(tea))}
    assert set(found) == {"unit:tea/u1", "exercise:tea/u1/mean-weight", "exercise:tea/u1/heaviest"}
    assert found["exercise:tea/u1/heaviest"].parent == "unit:tea/u1"
    assert found["unit:tea/u1"].url == "/courses/tea/u1"

"""Mutants are programs, differ from the solution in one thing each, stay in its regions, and are bounded."""

from __future__ import annotations

import ast

import pytest

from courses.mutants import MOST, mutants

SOLUTION = """def share(values, low):
    "A docstring that is no constant."
    ### BEGIN SOLUTION
    if len(values) == 0:
        return None
    count = 0
    for value in values:
        if value > low and not value < 0:
            count += 1
    return count / len(values)
    ### END SOLUTION
"""
VISIBLE = "assert share([1, 2], 1) == 0.5\nfew = share([], 3)\nassert few is None, 'nothing'\nassert abs(share([1], 0) - 1) < 1e-9"


def test_issue3_item_06_every_kind_of_mutant_is_made() -> None:
    found = mutants(SOLUTION, VISIBLE, most=100)
    assert {m.kind for m in found} == {"sign", "off-by-one", "constant", "early-return", "hard-coded"}
    changes = {(m.kind, m.line, m.before, m.after) for m in found}
    assert ("sign", 10, "count / len(values)", "count * len(values)") in changes
    assert ("off-by-one", 8, "value > low", "value >= low") in changes
    assert ("constant", 9, "1", "2") in changes
    assert ("hard-coded", 1, "share(…)", "2") in changes
    assert ("early-return", 4, "if len(values) == 0: return None", "if False: return None") in changes


def test_every_mutant_is_a_program_of_its_own() -> None:
    found = mutants(SOLUTION, VISIBLE, most=100)
    shapes = {ast.dump(ast.parse(m.source)) for m in found}
    assert len(shapes) == len(found) > 12 and ast.dump(ast.parse(SOLUTION)) not in shapes
    assert mutants(SOLUTION, VISIBLE, most=100) == found


def test_the_one_who_learnt_by_heart_knows_the_visible_examples_only() -> None:
    (learnt,) = [m for m in mutants(SOLUTION, VISIBLE, most=100) if m.kind == "hard-coded"]
    names: dict[str, object] = {}
    exec(learnt.source, names)  # noqa: S102
    share = names["share"]
    assert callable(share)
    assert share([1, 2], 1) == 0.5 and share([], 3) is None and share([1, 2, 3], 1) is None


def test_a_return_behind_a_loop_moves_into_it() -> None:
    source = (
        "def total(values):\n    found = 0\n    for value in values:\n        found = found + value\n    return found"
    )
    (early,) = [m for m in mutants(source, most=100) if m.kind == "early-return"]
    names: dict[str, object] = {}
    exec(early.source, names)  # noqa: S102
    total = names["total"]
    assert callable(total) and total([3, 4]) == 3 and total([]) == 0


def test_only_the_solutions_regions_change() -> None:
    source = "limit = 5\n### BEGIN SOLUTION\nanswer = limit + 1\n### END SOLUTION\nother = 7"
    found = mutants(source, most=100)
    assert found and {m.line for m in found} == {3}
    assert all("limit = 5" in m.source and "other = 7" in m.source for m in found)


@pytest.mark.parametrize("source", ["", "pass", "%matplotlib inline", "def f(:", "x = " + "(" * 300 + ")" * 300])
def test_what_cannot_be_changed_has_no_mutants(source: str) -> None:
    assert mutants(source) == ()


def test_a_long_solution_has_few_mutants_of_every_kind() -> None:
    source = "\n".join(f"x{n} = {n} + y{n} < 3.5" for n in range(500))
    found = mutants(source)
    assert len(found) == MOST and {m.kind for m in found} == {"sign", "off-by-one", "constant"}

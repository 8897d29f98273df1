"""Attacks that bend what a test is made of: its asserts, the values it compares, the shell that runs it, the functions it calls.

Rule: every one hands in wrong answers only, so that any mark at all is undeserved.
"""

from __future__ import annotations

from tests.redteam.attack import Attack, prelude

__all__ = ["ATTACKS", "STRIP"]

STRIP = """
import ast
class Strip(ast.NodeTransformer):
    def visit_Assert(self, node):
        return ast.Pass()
get_ipython().ast_transformers.append(Strip())
"""

YES = """
class Yes:
    __hash__ = None
    def __eq__(self, other):
        return True
    def __ne__(self, other):
        return False
"""

MIRROR = """
import sys
class Mirror:
    def __array__(self, dtype=None, copy=None):
        frame = sys._getframe(1)
        while frame:
            if "desired" in frame.f_locals:
                return np.array(frame.f_locals["desired"], dtype=float)
            frame = frame.f_back
        return np.zeros(1)
"""

FLOAT = """
import sys
class Echo:
    def __float__(self):
        numbers = [c for c in sys._getframe(1).f_code.co_consts if type(c) in (int, float)]
        return float(numbers[-1])
"""

RUN_CODE = """
async def nothing(code, result=None, *, async_=False):
    return False
get_ipython().run_code = nothing
"""

SHOW = """
shell = get_ipython()
shell.showtraceback = shell._showtraceback = lambda *args, **kwargs: None
def well(result):
    result.error_in_exec = result.error_before_exec = None
    return result
run_cell, run_cell_async = shell.run_cell, shell.run_cell_async
async def run_well(*args, **kwargs):
    return well(await run_cell_async(*args, **kwargs))
shell.run_cell_async = run_well
shell.run_cell = lambda *args, **kwargs: well(run_cell(*args, **kwargs))
"""

CHANCE = "import random\nrandom.randint = random.Random.randint = lambda *args: 0"
SURE = "def clamp(x, low, high):\n    return 3 if x == 5 else 0"

# What a cell that cannot be sealed is asked: everything above, at that cell alone.
SPIN = "def spin(n):\n    'while'\n    return Yes()"


def _bent(name: str, about: str, code: str, exercise: str = "shout", **answers: str) -> Attack:
    return Attack(name, "tests bent", about, "sealed", "marks", prelude(code, exercise, **answers))


def _compatible(name: str, about: str, code: str, **answers: str) -> Attack:
    return Attack(name, "tests bent", about, "canaries", "marks", prelude(code, "spin", **answers))


ATTACKS = (
    _bent("strip-asserts", "an AST transformer takes every assert out of the cells that follow", STRIP),
    _compatible("strip-asserts-unsealed", "the same, before a cell that cannot be sealed", STRIP),
    _bent(
        "lying-eq", "answers are objects that say they equal anything", YES,
        shout="def shout(text):\n    return Yes()", clamp="def clamp(x, low, high):\n    return Yes()",
    ),
    _compatible("lying-eq-unsealed", "the same, for a cell that cannot be sealed", YES, spin=SPIN),
    _bent(
        "lying-array", "an object whose __array__ looks up the wanted values in the caller's frame", MIRROR, "grid",
        grid="def grid(a):\n    return Mirror()",
    ),
    _bent(
        "lying-float", "an object whose __float__ reads the wanted number from the test's constants", FLOAT, "mean",
        mean="def mean(values):\n    return Echo()",
    ),
    _bent("replaced-run-code", "the shell's run_code is replaced: no test runs, none fails", RUN_CODE),
    _compatible("replaced-run-code-unsealed", "the same, before a cell that cannot be sealed", RUN_CODE),
    _bent("replaced-showtraceback", "the shell shows no error any more and calls every cell a success", SHOW),
    _compatible("replaced-showtraceback-unsealed", "the same, before a cell that cannot be sealed", SHOW),
    _bent("patched-builtins", "builtins.abs is always 0", "import builtins\nbuiltins.abs = lambda x: 0.0", "gap"),
    _bent(
        "patched-unittest", "unittest's assertEqual accepts everything",
        "unittest.TestCase.assertEqual = lambda *args, **kwargs: None", "tally",
    ),
    _bent(
        "patched-numpy-testing", "numpy.testing.assert_allclose accepts everything",
        "np.testing.assert_allclose = lambda *args, **kwargs: None", "grid",
    ),
    _bent("chance-made-certain", "random numbers of the test are made known", CHANCE, "clamp", clamp=SURE),
)  # fmt: skip

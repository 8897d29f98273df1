"""Exercises of every kind that teachers write, with a right answer, a wrong one and what nbgrader gives for both."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """One exercise: its test is worth 2 points; `partial` is what the wrong answer is worth."""

    name: str
    right: str
    wrong: str
    test: str
    partial: float = 0.0
    sealed: bool = True


KINDS = (
    Kind("variable", "x = 3", "x = 4", "assert x == 3"),
    Kind(
        "function",
        "def double(a):\n    return 2 * a",
        "def double(a):\n    return a",
        "assert double(4) == 8\nassert double('ab') == 'abab'",
    ),
    Kind(
        "exact-types",
        "def kinds():\n    return [1, 2.5, (3, {4}), {'a': None, 'b': [True]}, b'x', 1 + 2j, range(3), frozenset([1])]",
        "def kinds():\n    return [1]",
        "assert kinds() == [1, 2.5, (3, {4}), {'a': None, 'b': [True]}, b'x', 1 + 2j, range(3), frozenset([1])]\n"
        "assert type(kinds()[2]) is tuple",
    ),
    Kind(
        "arrays",
        "import numpy as np\ndef scaled(a):\n    return a / a.max()",
        "import numpy as np\ndef scaled(a):\n    return a",
        "import numpy as np\nnp.testing.assert_allclose(scaled(np.array([1.0, 4.0])), [0.25, 1.0])\n"
        "assert isinstance(scaled(np.arange(1, 4)), np.ndarray)\nassert scaled(np.ones((2, 3))).shape == (2, 3)",
    ),
    Kind(
        "frames",
        "import pandas as pd\ndef totals(frame):\n    return frame.groupby('who')['cups'].sum()",
        "import pandas as pd\ndef totals(frame):\n    return frame.groupby('who')['cups'].mean()",
        "import pandas as pd\nteas = pd.DataFrame({'who': ['a', 'b', 'a'], 'cups': [1, 2, 4]})\n"
        "assert totals(teas)['a'] == 5\npd.testing.assert_series_equal(totals(teas), teas.groupby('who')['cups'].sum())",
    ),
    Kind(
        "raises",
        "def root(a):\n    if a < 0:\n        raise ValueError('negative')\n    return a ** 0.5",
        "def root(a):\n    return abs(a) ** 0.5",
        "import unittest\ncase = unittest.TestCase()\ncase.assertRaises(ValueError, root, -1)\n"
        "with case.assertRaisesRegex(ValueError, 'neg'):\n    root(-2)\nassert root(4) == 2",
    ),
    Kind(
        "own-error",
        "class Empty(Exception):\n    pass\ndef first(a):\n    if not a:\n        raise Empty('nothing')\n    return a[0]",
        "class Empty(Exception):\n    pass\ndef first(a):\n    return a[0] if a else None",
        "try:\n    first([])\n    raise AssertionError('should have raised')\nexcept Empty as error:\n    assert 'nothing' in str(error)\n"
        "assert first([7]) == 7 and issubclass(Empty, Exception)",
    ),
    Kind(
        "classes",
        "class Vector:\n    def __init__(self, x, y):\n        self.x, self.y = x, y\n    def __add__(self, other):\n"
        "        return Vector(self.x + other.x, self.y + other.y)\n    def __eq__(self, other):\n"
        "        return isinstance(other, Vector) and (self.x, self.y) == (other.x, other.y)\n"
        "    def __len__(self):\n        return 2\n    def norm(self):\n        return (self.x ** 2 + self.y ** 2) ** 0.5",
        "class Vector:\n    def __init__(self, x, y):\n        self.x, self.y = x, y\n    def __add__(self, other):\n"
        "        return Vector(self.x, self.y)\n    def __eq__(self, other):\n"
        "        return isinstance(other, Vector) and (self.x, self.y) == (other.x, other.y)\n"
        "    def __len__(self):\n        return 2\n    def norm(self):\n        return 0",
        "v = Vector(1, 2) + Vector(3, 4)\nassert (v.x, v.y) == (4, 6)\nassert v == Vector(4, 6) and v != Vector(0, 6)\n"
        "assert isinstance(v, Vector) and len(v) == 2 and Vector(3, 4).norm() == 5\nv.x = 9\nassert v.x == 9",
    ),
    Kind(
        "subclass",
        "class Shape:\n    def area(self):\n        return 0\nclass Square(Shape):\n    def __init__(self, a):\n        self.a = a\n"
        "    def area(self):\n        return self.a ** 2",
        "class Shape:\n    pass\nclass Square(Shape):\n    def __init__(self, a):\n        self.a = a\n"
        "    def area(self):\n        return self.a",
        "assert issubclass(Square, Shape) and isinstance(Square(2), Shape)\nassert Square(3).area() == 9",
    ),
    Kind(
        "generator",
        "def evens(n):\n    for k in range(0, n, 2):\n        yield k",
        "def evens(n):\n    for k in range(1, n, 2):\n        yield k",
        "assert list(evens(7)) == [0, 2, 4, 6]\nassert next(evens(3)) == 0\nassert sum(evens(5)) == 6",
    ),
    Kind(
        "takes-function",
        "def twice(f, a):\n    return f(f(a))",
        "def twice(f, a):\n    return f(a)",
        "seen = []\ndef note(a):\n    seen.append(a)\n    return a + 1\nassert twice(note, 1) == 3 and seen == [1, 2]\n"
        "assert twice(lambda s: s + '!', 'a') == 'a!!'",
    ),
    Kind(
        "gives-function",
        "def adder(n):\n    return lambda a: a + n",
        "def adder(n):\n    return lambda a: n",
        "add = adder(3)\nassert callable(add) and add(4) == 7 and adder(1)(1) == 2",
    ),
    Kind(
        "in-place",
        "def tidy(names):\n    names.sort()\ndef grow(table):\n    table['new'] = 1\ndef zero(a):\n    a[a < 0] = 0",
        "def tidy(names):\n    return sorted(names)\ndef grow(table):\n    return table\ndef zero(a):\n    return a",
        "import numpy as np\nnames = ['b', 'a']\nassert tidy(names) is None and names == ['a', 'b']\ntable = {}\ngrow(table)\n"
        "assert table == {'new': 1}\na = np.array([-1, 2])\nzero(a)\nassert a.tolist() == [0, 2]",
    ),
    Kind(
        "prints",
        "def greet(name):\n    print(f'Hello, {name}')",
        "def greet(name):\n    print(name)",
        "import contextlib, io\nsaid = io.StringIO()\nwith contextlib.redirect_stdout(said):\n    greet('Lin')\n"
        "assert said.getvalue().strip() == 'Hello, Lin'",
    ),
    Kind(
        "recursion",
        "def fact(n):\n    return 1 if n < 2 else n * fact(n - 1)",
        "def fact(n):\n    return n",
        "assert fact(30) == 265252859812191058636308480000000\nassert globals()['fact'](3) == 6",
    ),
    Kind(
        "partial-credit",
        "def spell(n):\n    return {1: 'one', 2: 'two'}[n]",
        "def spell(n):\n    return 'one'",
        "points = 0\npoints += spell(1) == 'one'\npoints += spell(2) == 'two'\npoints",
        partial=1.0,
    ),
    Kind(
        "warns",
        "def half(a):\n    return a / 2",
        "import sys\ndef half(a):\n    print('careful', file=sys.stderr)\n    return a / 2",
        "assert half(3) == 1.5",
    ),
    Kind(
        "seeded",
        "import random\ndef roll():\n    return random.randint(1, 6)",
        "import random\ndef roll():\n    return 7",
        "import random\nrandom.seed(4)\nfirst = [roll() for _ in range(5)]\nrandom.seed(4)\n"
        "assert [random.randint(1, 6) for _ in range(5)] == first",
    ),
    Kind(
        "numpy-seeded",
        "import numpy as np\ndef noise(n):\n    return np.random.normal(size=n)",
        "import numpy as np\ndef noise(n):\n    return np.zeros(n)",
        "import numpy as np\nnp.random.seed(1)\na = noise(3)\nnp.random.seed(1)\nassert np.allclose(a, np.random.normal(size=3))",
    ),
    Kind(
        "figure",
        "import matplotlib.pyplot as plt\ndef draw(ys):\n    figure, ax = plt.subplots()\n    ax.plot(range(len(ys)), ys, label='tea')\n"
        "    ax.set_title('Cups')\n    ax.legend()\n    return ax",
        "import matplotlib.pyplot as plt\ndef draw(ys):\n    figure, ax = plt.subplots()\n    return ax",
        "ax = draw([1, 4, 9])\nassert list(ax.lines[0].get_ydata()) == [1, 4, 9]\nassert ax.get_title() == 'Cups'\n"
        "assert ax.get_legend().get_texts()[0].get_text() == 'tea'",
    ),
    Kind(
        "file",
        "with open('notes.txt', 'w') as file:\n    file.write('green tea')",
        "with open('notes.txt', 'w') as file:\n    file.write('coffee')",
        "import os\nassert os.path.exists('notes.txt')\nwith open('notes.txt') as file:\n    assert file.read() == 'green tea'",
    ),
    Kind(
        "reads-file",
        "def lines(path):\n    with open(path) as file:\n        return len(file.readlines())",
        "def lines(path):\n    return 1",
        "with open('made-by-the-test.txt', 'w') as file:\n    file.write('a\\nb\\nc\\n')\nassert lines('made-by-the-test.txt') == 3",
    ),
    Kind(
        "deleted",
        "kept = 1\ngone = 2\ndel gone",
        "kept = 1\ngone = 2",
        "assert kept == 1\nassert 'gone' not in globals()",
    ),
    Kind(
        "helper",
        "def area(r):\n    return 3 * r * r",
        "def area(r):\n    return r",
        "assert close_enough(area(2), 12)",
    ),
    Kind(
        "namedtuple",
        "from collections import namedtuple\nTea = namedtuple('Tea', 'name price')\ndef cheapest(teas):\n"
        "    return min(teas, key=lambda t: t.price)",
        "from collections import namedtuple\nTea = namedtuple('Tea', 'name price')\ndef cheapest(teas):\n"
        "    return teas[0]",
        "assert cheapest([Tea('a', 9), Tea('b', 3)]).name == 'b'",
    ),
    Kind(
        "library-result",
        "import datetime\nfrom fractions import Fraction\ndef share():\n    return Fraction(1, 3), datetime.date(2026, 11, 22)",
        "def share():\n    return 0.333, None",
        "import datetime\nfrom fractions import Fraction\nassert share() == (Fraction(1, 3), datetime.date(2026, 11, 22))",
    ),
    Kind(
        "source",
        "def loopless(a):\n    return sum(a)",
        "def loopless(a):\n    total = 0\n    for x in a:\n        total += x\n    return total",
        "import inspect\nassert 'for' not in inspect.getsource(loopless)\nassert loopless([1, 2]) == 3",
        sealed=False,
    ),
    Kind(
        "patched",
        "def ask():\n    return int(input('How many? '))",
        "def ask():\n    return 0",
        "from unittest import mock\nwith mock.patch('builtins.input', return_value='5'):\n    assert ask() == 5",
        sealed=False,
    ),
)

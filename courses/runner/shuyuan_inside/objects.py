"""The student's side of the border: objects that are not plain stay here and are known outside by a number.

Rule: a request is data; it can read a name, call, get or set an attribute, or use an operator, and nothing else. What the
student's code prints or raises meanwhile goes back with the answer.
"""

import functools
import itertools
import types
from collections.abc import Callable
from typing import Any

from . import figures, library
from .values import CannotCross, Packer, Unpacker

HANDLES = 200_000
FUNCTIONS = (
    types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.MethodWrapperType, types.WrapperDescriptorType,
    types.MethodDescriptorType, functools.partial,
)  # fmt: skip
ITERATORS: tuple[type, ...] = (
    types.GeneratorType, map, filter, zip, enumerate, reversed, itertools.chain, itertools.count, itertools.cycle,
    itertools.islice, itertools.product, itertools.permutations, itertools.combinations, itertools.accumulate,
    itertools.groupby, itertools.takewhile, itertools.dropwhile, itertools.zip_longest, itertools.starmap,
    type(iter([])), type(iter(())), type(iter({})), type(iter(set())), type(iter("")), type(iter(range(1))),
)  # fmt: skip
# What a class of the student's may do at an operator; __getattribute__ and construction are not operators.
_NAMES = """
abs add aenter aexit and bool bytes call ceil complex contains delitem divmod enter eq exit float floor floordiv format ge
getitem gt hash iadd iand ifloordiv imatmul imod imul index int invert ior ipow isub iter itruediv ixor le len length_hint
lshift lt matmul mod mul ne neg next or pos pow radd rand rdivmod repr reversed rfloordiv rlshift rmatmul rmod rmul ror
round rpow rrshift rshift rsub rtruediv rxor setitem str sub truediv trunc xor
"""
OPERATORS = frozenset(f"__{name}__" for name in _NAMES.split())


class TeacherFunction:
    """A function of the test that the student's code was given: calling it asks the tester."""

    def __init__(self, number: int, ask: Callable[..., Any]) -> None:
        self._number, self._ask = number, ask

    def __call__(self, *args: Any, **options: Any) -> Any:
        return self._ask(self._number, args, options)


class Objects:
    """Objects by number. `ask` calls a function of the test, `known` are the libraries' names."""

    def __init__(self, ask: Callable[..., Any], known: frozenset[str]) -> None:
        self.by_number: dict[int, Any] = {}
        self.numbers: dict[int, int] = {}
        self.ask, self.known = ask, known

    def packer(self) -> Packer:
        """Packs plain values by value and others by number."""
        packer = Packer()
        packer.other = functools.partial(self._other, packer)
        return packer

    def unpacker(self, blobs: list[bytes]) -> Unpacker:
        """Rebuilds what the tester sends."""
        return Unpacker(blobs, self._special)

    def number(self, value: Any) -> int:
        """The number of an object that stays here."""
        known = self.numbers.get(id(value))
        if known is not None:
            return known
        if len(self.by_number) >= HANDLES:
            raise CannotCross("too many objects")
        number = len(self.by_number)
        self.by_number[number], self.numbers[id(value)] = value, number
        return number

    def get(self, number: Any) -> Any:
        """The object of that number. Raises CannotCross."""
        try:
            return self.by_number[number]
        except (KeyError, TypeError):
            raise CannotCross("no such object") from None

    def _special(self, unpacker: Unpacker, tag: str, parts: list[Any]) -> Any:
        if tag == "o":
            return self.get(parts[0])
        if tag == "tf":
            return TeacherFunction(int(parts[0]), self.ask)
        if tag == "lib":
            try:
                return library.find(parts, self.known)
            except LookupError as error:
                raise CannotCross(str(error)) from error
        raise CannotCross(f"not a packed value: {tag[:20]}")

    def _other(self, packer: Packer, value: Any) -> Any:
        kind = type(value)
        if isinstance(value, type):
            named = library.name_of(value, self.known)
            return ["lib", *named] if named is not None and library.is_plain_class(value) else self.describe(value)
        if kind is TeacherFunction:
            return ["tf", value._number]
        if kind in FUNCTIONS or library.is_function(value):
            return ["fn", self.number(value), str(getattr(value, "__name__", "function"))]
        if kind in ITERATORS:
            return ["it", self.number(value)]
        facts = figures.pack(packer, value, kind)
        return ["o", self.number(value), self.describe(kind)] if facts is None else facts

    def describe(self, kind: type) -> list[Any]:
        """A class as the tester sees it: number, name, bases that are libraries', operators it has."""
        operators = sorted(name for name in OPERATORS if _has(kind, name))
        libraries = [library.name_of(base, self.known) for base in kind.__mro__[1:]]
        parents = [self.describe(b) for b in kind.__bases__ if library.name_of(b, self.known) is None]
        return ["k", self.number(kind), kind.__name__, [base for base in libraries if base], parents, operators]


def _has(kind: type, name: str) -> bool:
    if name in ("__eq__", "__ne__", "__hash__", "__str__", "__repr__", "__format__"):
        return True
    return getattr(kind, name, None) is not None


def operate(value: Any, name: str, args: list[Any]) -> Any:
    """What an operator of an object gives: the method of its class, as Python looks operators up."""
    if name not in OPERATORS:
        raise CannotCross(f"'{name[:40]}' is not an operator")
    if name == "__next__":
        return next(value)
    if name == "__iter__":
        return iter(value)
    if name == "__reversed__":
        return reversed(value)
    if name == "__bool__":
        return bool(value)
    return getattr(type(value), name)(value, *args)

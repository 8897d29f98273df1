"""Stand-ins in the tester for the student's functions, classes and objects: the same use, by asking the other process.

Rule: a stand-in holds a number and nothing of the student's; an operator exists on it only where the student's class has it.
"""

from collections.abc import Iterator
from typing import Any

OURS = "_shuyuan_remote"
READABLE = {"__doc__", "__name__", "__qualname__", "__annotations__", "__dict__", "__defaults__"}


class Function:
    """A function of the student's."""

    def __init__(self, remote: Any, number: int, name: str) -> None:
        self._remote, self._number = remote, number
        self.__name__ = self.__qualname__ = name

    def __call__(self, *args: Any, **options: Any) -> Any:
        return self._remote.call(self._number, args, options)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name not in READABLE:
            raise AttributeError(name)
        self._remote.allow(f"function.{name}")
        return self._remote.ask("attribute", of=self._number, name=name)

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self

    def __eq__(self, other: object) -> bool:
        return type(other) is Function and other._number == self._number

    def __hash__(self) -> int:
        return hash(("function", self._number))


class StandInMeta(type):
    """A class of the student's: calling it makes an object over there."""

    def __call__(cls, *args: Any, **options: Any) -> Any:
        if issubclass(cls, BaseException):
            return type.__call__(cls, *args, **options)
        return getattr(cls, OURS).call(cls.__dict__["_number"], args, options)

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        remote = getattr(cls, OURS)
        remote.allow(f"{cls.__name__}.{name}")
        return remote.ask("attribute", of=cls.__dict__["_number"], name=name)


def make_class(
    remote: Any, number: int, name: str, libraries: list[Any], parents: list[type], operators: list[Any]
) -> type:
    """The stand-in of a class: an exception where it is one, else a class whose operators ask."""
    body: dict[str, Any] = {"_number": number, OURS: remote, "__module__": "__main__"}
    ours = tuple(parents)
    error = next((b for b in libraries if isinstance(b, type) and issubclass(b, BaseException)), None)
    if error is not None:
        return StandInMeta(name, ours or (error,), body)
    body["__getattr__"] = _attribute
    body["__setattr__"] = _set
    body |= {str(one): _operator(str(one)) for one in operators if isinstance(one, str)}
    # Python makes a class without __hash__ where only __eq__ is given.
    body.setdefault("__hash__", _operator("__hash__"))
    return StandInMeta(name, ours, body)


def instance(kind: type, number: int) -> Any:
    """The stand-in of one object of such a class."""
    made: Any = object.__new__(kind)
    object.__setattr__(made, "_number", number)
    return made


def is_ours(kind: type) -> bool:
    """Whether a class is a stand-in's."""
    return type(kind) is StandInMeta


def number_of(value: Any) -> int | None:
    """The number of what a stand-in stands for; None where the value is no stand-in."""
    if type(value) is Function:
        return int(value._number)
    if type(value) is StandInMeta:
        return int(value.__dict__["_number"])
    if type(type(value)) is StandInMeta:
        number = getattr(value, "__dict__", {}).get("_number")
        return number if isinstance(number, int) else None
    return None


def iterate(remote: Any, number: int) -> Iterator[Any]:
    """A generator over an iterator of the student's."""
    while True:
        try:
            value = remote.ask("operate", of=number, name="__next__", args=[])
        except StopIteration as stop:
            return stop.value
        yield value


def change(given: Any, now: Any) -> None:
    """Make a mutable argument of the test what the student's function made of it."""
    if type(given) is not type(now):
        raise TypeError("an argument changed its type")
    if isinstance(given, list | bytearray):
        given[:] = now
    elif isinstance(given, dict | set):
        given.clear()
        given.update(now)
    elif type(given).__module__ == "numpy":
        if given.shape == now.shape and given.dtype == now.dtype:
            given[...] = now
        else:
            given.resize(now.shape, refcheck=False)
            given[...] = now
    elif hasattr(given, "_mgr"):
        # pandas' own way of an operation in place.
        given._update_inplace(now)
    elif hasattr(given, "clear") and hasattr(given, "extend"):
        given.clear()
        given.extend(now)


def _operator(name: str) -> Any:
    def ask(self: Any, *args: Any) -> Any:
        if name == "__exit__":
            # An error of the test's own is not for the student's code to see or to swallow.
            getattr(type(self), OURS).operate(self, name, (None, None, None))
            return False
        return getattr(type(self), OURS).operate(self, name, args)

    ask.__name__ = name
    return ask


def _attribute(self: Any, name: str) -> Any:
    if name.startswith("__") and name not in READABLE:
        raise AttributeError(name)
    kind = type(self)
    remote = getattr(kind, OURS)
    remote.allow(f"{kind.__name__}.{name}")
    return remote.ask("attribute", of=object.__getattribute__(self, "_number"), name=name)


def _set(self: Any, name: str, value: Any) -> None:
    kind = type(self)
    remote = getattr(kind, OURS)
    remote.allow(f"{kind.__name__}.{name} =")
    packer = remote.packer()
    remote.ask("set", packer, of=object.__getattribute__(self, "_number"), name=name, value=packer.pack(value))

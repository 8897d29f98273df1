"""The tester's side of the border: asks the student's process, and rebuilds what comes back.

Rule: nothing that comes back is believed beyond plain data of exact types. An object that stays over there can be called,
and asked for what the teacher's own solution needed in this very test (`ops`); any other use ends the test without credit.
"""

import sys
from collections.abc import Callable
from typing import Any

from . import figures, library, stand_ins, teacher_files
from .values import MUTABLE, CannotCross, Packer, Unpacker
from .wire import Line, WireError

CALLBACKS = 10_000


class Refused(BaseException):
    """The test cannot go on: a value cannot cross, or the student's process is gone. Not an Exception, so no test catches it."""


class Ended(Refused):
    """The student's process is gone."""


class Remote:
    """A line to the student's process. `ops` are the uses of objects that are allowed; None allows and records all of them."""

    def __init__(self, line: Line, known: frozenset[str]) -> None:
        self.line, self.known = line, known
        self.ops: frozenset[str] | None = None
        self.used: set[str] = set()
        self.calls = 0
        self.refused: Refused | None = None
        self.classes: dict[int, type] = {}
        self.functions: list[Callable[..., Any]] = []
        self._given: tuple[Any, ...] = ()

    def refuse(self, why: str, kind: type[Refused] = Refused) -> Refused:
        """The refusal to raise. It stands, whatever the test makes of it: a bare `except:` catches everything."""
        self.refused = self.refused or kind(why)
        return self.refused

    # --- asking ---

    def ask(self, ask: str, packer: Packer | None = None, **parts: Any) -> Any:
        """One request; gives the answer's value. Raises what the student's code raised, Refused where nothing can cross."""
        try:
            self.line.send({"ask": ask, **parts}, packer.blobs if packer else None)
            while True:
                answer, blobs = self.line.receive()
                if not isinstance(answer, dict):
                    raise self.refuse("the student's process does not keep to the form")
                if "callback" not in answer:
                    return self._answer(answer, blobs, parts)
                self._callback(answer, blobs)
        except WireError as error:
            raise self.refuse(str(error), Ended) from error
        except CannotCross as error:
            raise self.refuse(str(error)) from error

    def _answer(self, answer: dict[str, Any], blobs: list[bytes], parts: dict[str, Any]) -> Any:
        for name in ("stdout", "stderr"):
            if isinstance(answer.get(name), str):
                getattr(sys, name).write(answer[name])
        unpacker = Unpacker(blobs, self.special)
        if "refused" in answer:
            raise self.refuse(str(answer["refused"])[:300])
        if "raised" in answer:
            raise self._error(answer["raised"], unpacker)
        if answer.get("missing") is True:
            raise KeyError(parts.get("name"))
        self._changed(answer.get("changed"), parts.get("given"), unpacker)
        value = answer.get("value")
        if isinstance(value, list) and value and value[0] == "arg":
            return self._given[int(value[1])]
        return unpacker.unpack(value)

    def call(self, number: int, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        """Call the student's function of that number; what it changes in its arguments is changed here too."""
        self.calls += 1
        packer = self.packer()
        try:
            packed = [packer.pack(arg) for arg in args]
            named = {name: packer.pack(value) for name, value in options.items()}
        except CannotCross as error:
            raise self.refuse(str(error)) from error
        mutable = [n for n, one in enumerate(packed) if isinstance(one, list) and one[0] in MUTABLE]
        outer, self._given = self._given, args
        teacher_files.hand_over()
        try:
            return self.ask("call", packer, of=number, args=packed, options=named, mutable=mutable)
        finally:
            self._given = outer
            teacher_files.take_in()

    def operate(self, stand_in: Any, name: str, args: tuple[Any, ...]) -> Any:
        """Use an operator of an object that stays over there."""
        kind = type(stand_in)
        self.allow(f"{kind.__name__}.{_group(name)}{_against(args)}")
        packer = self.packer()
        try:
            packed = [packer.pack(arg) for arg in args]
        except CannotCross as error:
            raise self.refuse(str(error)) from error
        number = object.__getattribute__(stand_in, "_number")
        answer = self.ask("operate", packer, of=number, name=name, args=packed)
        if name == "__eq__" and answer is True:
            self._canary(number)
        return answer

    def _canary(self, number: int) -> None:
        """Equal to anything is equal to nothing: an object that says yes to a thing made up just now is lying."""
        import secrets

        try:
            lying = (
                self.ops is not None
                and self.ask("operate", of=number, name="__eq__", args=[secrets.token_hex(8)]) is True
            )
        except Exception:
            # An honest `==` may know its own kind only.
            return
        if lying:
            raise self.refuse("the object says that it equals everything")

    def allow(self, use: str) -> None:
        """Note a use of an object, or refuse one that the teacher's solution did not need."""
        if self.ops is None:
            self.used.add(use)
        elif use not in self.ops:
            raise self.refuse(f"an object was returned where plain data was expected ({use})")

    # --- values ---

    def packer(self) -> Packer:
        """Packs plain values by value, the student's objects by number, functions of the test by a number of ours."""
        return Packer(self._other)

    def _other(self, value: Any) -> Any:
        number = stand_ins.number_of(value)
        if number is not None:
            return ["o", number]
        named = library.name_of(value, self.known)
        if named is not None:
            return ["lib", *named]
        if callable(value) and not isinstance(value, type):
            if len(self.functions) >= CALLBACKS:
                raise CannotCross("too many functions were handed over")
            self.functions.append(value)
            return ["tf", len(self.functions) - 1]
        raise CannotCross(f"a value of type {type(value).__name__} is not plain data")

    def special(self, unpacker: Unpacker, tag: str, parts: list[Any]) -> Any:
        """What is not plain: libraries' objects, functions, classes, instances, iterators, figures."""
        if tag == "lib":
            return self._plain_class(parts)
        if tag == "fn":
            return stand_ins.Function(self, int(parts[0]), str(parts[1])[:200])
        if tag == "tf":
            return self.functions[int(parts[0])]
        if tag == "it":
            return stand_ins.iterate(self, int(parts[0]))
        if tag == "k":
            return self.class_of(parts)
        if tag == "o":
            return stand_ins.instance(self.class_of(parts[1][1:]), int(parts[0]))
        if tag in ("fig", "ax"):
            number = int(parts[1]) if tag == "fig" and len(parts) > 1 else None
            figure = figures.rebuild(unpacker.unpack(parts[0]), number)
            return figure if tag == "fig" else figure.axes[int(parts[1])]
        raise CannotCross(f"not a packed value: {tag[:20]}")

    def _plain_class(self, parts: list[Any]) -> type:
        """A library's class that the student's side names. A function of a library's would be called in this process: never."""
        if not parts or parts[0] not in sys.modules:
            raise CannotCross("not a class that may cross")
        try:
            found = library.find(parts, self.known)
        except LookupError as error:
            raise CannotCross(str(error)) from error
        if not library.is_plain_class(found):
            raise CannotCross("not a class that may cross")
        return found

    def class_of(self, parts: list[Any]) -> type:
        """The stand-in of a class of the student's; one for each class."""
        number = int(parts[0])
        if number not in self.classes:
            bases = []
            for base in parts[2]:
                try:
                    bases.append(self._plain_class(base))
                except CannotCross:
                    continue
            parents = [self.class_of(parent[1:]) for parent in parts[3]]
            self.classes[number] = stand_ins.make_class(self, number, str(parts[1])[:200], bases, parents, parts[4])
        return self.classes[number]

    # --- what comes back beside a value ---

    def _changed(self, changed: Any, given: Any, unpacker: Unpacker) -> None:
        for place, packed in changed or ():
            stand_ins.change(self._given[int(place)], unpacker.unpack(packed))

    def _error(self, told: Any, unpacker: Unpacker) -> BaseException:
        kind = unpacker.unpack(told["class"])
        args = [unpacker.unpack(part) for part in told.get("args", [])]
        if not (isinstance(kind, type) and issubclass(kind, BaseException)) or issubclass(kind, Refused):
            kind = Exception
        try:
            error = kind(*args)
        except Exception:
            error = Exception(*args)
        if isinstance(told.get("number"), int) and stand_ins.is_ours(kind):
            object.__setattr__(error, "_number", told["number"])
        return error

    def _callback(self, message: dict[str, Any], blobs: list[bytes]) -> None:
        """The student's code calls a function of the test."""
        unpacker = Unpacker(blobs, self.special)
        try:
            function = self.functions[int(message["callback"])]
            args = [unpacker.unpack(part) for part in message["args"]]
            options = {str(name): unpacker.unpack(part) for name, part in message["options"].items()}
        except (CannotCross, LookupError, TypeError, ValueError) as error:
            raise self.refuse("the student's process does not keep to the form") from error
        packer = self.packer()
        try:
            answer: dict[str, Any] = {"value": packer.pack(function(*args, **options))}
        except CannotCross as error:
            raise self.refuse(str(error)) from error
        except Exception as error:
            packer = self.packer()
            answer = {"raised": {"name": type(error).__name__, "text": str(error)[:2000]}}
        self.line.send(answer, packer.blobs)


# Whoever has one of a group has the others by Python's own rules, so that a class may be written either way.
_GROUPS = {
    "iterate": ("__iter__", "__next__", "__getitem__", "__len__", "__length_hint__", "__contains__", "__reversed__"),
    "equal": ("__eq__", "__ne__", "__hash__"),
    "order": ("__lt__", "__le__", "__gt__", "__ge__"),
    "words": ("__str__", "__repr__", "__format__"),
    "with": ("__enter__", "__exit__"),
    "number": ("__int__", "__float__", "__index__", "__bool__", "__round__", "__floor__", "__ceil__", "__trunc__"),
}


def _group(name: str) -> str:
    for group, names in _GROUPS.items():
        if name in names:
            return group
    plain = name.strip("_")
    return (
        plain[1:]
        if plain[:1] in ("r", "i") and plain[1:] in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow")
        else plain
    )


def _against(args: tuple[Any, ...]) -> str:
    """What an operator is used against: another object of the student's, or data of the test."""
    return "" if not args else " with an object" if stand_ins.number_of(args[0]) is not None else " with data"

"""Plain values across a process border: exact types only, bounded, rebuilt from data and never by running anything of theirs.

Rule: `pack` looks at `type(x)` and never at what x says of itself; a subclass is not plain. What is not plain goes to the
`other` function of the caller. A packed value is JSON: None, bool, str, small int and finite float stand for themselves,
everything else is a list that begins with its tag. Big bytes lie in blobs beside it.
"""

import collections
import datetime
import decimal
import fractions
import math
from collections.abc import Callable
from typing import Any

DEPTH, NODES, TEXT = 60, 1_000_000, 16 << 20
SMALL = 1 << 53
LONG_BITS = 1 << 20
SEQUENCES: dict[type, str] = {list: "l", tuple: "t", set: "s", frozenset: "F"}
COUNTED: dict[str, type] = {
    "Counter": collections.Counter,
    "OrderedDict": collections.OrderedDict,
    "deque": collections.deque,
}
VIEWS: dict[type, str] = {type({}.keys()): "keys", type({}.values()): "values", type({}.items()): "items"}
MUTABLE = {"l", "s", "d", "C", "n", "N", "D", "S", "B"}


class CannotCross(Exception):
    """The value is too large, too deep, or not plain data."""


class Packer:
    """Packs values into one message: `blobs` are its blobs, `other(value)` packs what is not plain or raises CannotCross."""

    def __init__(self, other: Callable[[Any], Any] | None = None) -> None:
        self.blobs: list[bytes] = []
        self.nodes = 0
        self.other = other or _refuse

    def blob(self, data: bytes) -> int:
        """Keep `data` beside the message; gives its number."""
        self.blobs.append(data)
        return len(self.blobs) - 1

    def pack(self, value: Any, depth: int = 0) -> Any:
        """The packed value. Raises CannotCross."""
        self.nodes += 1
        if depth > DEPTH or self.nodes > NODES:
            raise CannotCross("the value is too deep or has too many parts")
        kind = type(value)
        if value is None or kind is bool:
            return value
        if kind is int:
            return value if -SMALL < value < SMALL else ["i", _long(value)]
        if kind is float:
            return value if math.isfinite(value) else ["f", repr(value)]
        if kind is str:
            if len(value) > TEXT:
                raise CannotCross("the text is too long")
            return value
        if kind in SEQUENCES:
            return [SEQUENCES[kind], *(self.pack(part, depth + 1) for part in list(value))]
        if kind is dict:
            return ["d", *(self.pack(part, depth + 1) for pair in list(value.items()) for part in pair)]
        packed = self._rare(value, kind, depth)
        return self.other(value) if packed is None else packed

    def _rare(self, value: Any, kind: type, depth: int) -> Any:
        if kind in (bytes, bytearray):
            return ["b" if kind is bytes else "B", self.blob(bytes(value))]
        if kind is complex:
            return ["c", repr(value.real), repr(value.imag)]
        if kind is range:
            return ["r", *(self.pack(part) for part in (value.start, value.stop, value.step))]
        if kind is slice:
            return ["sl", *(self.pack(part, depth + 1) for part in (value.start, value.stop, value.step))]
        if value is Ellipsis:
            return ["E"]
        if value is NotImplemented:
            return ["NI"]
        if kind in VIEWS:
            return ["v", VIEWS[kind], *(self.pack(part, depth + 1) for part in list(value))]
        if kind is decimal.Decimal:
            return ["de", str(value)]
        if kind is fractions.Fraction:
            return ["q", self.pack(value.numerator), self.pack(value.denominator)]
        if kind in (datetime.datetime, datetime.date, datetime.time, datetime.timedelta):
            return _time(value, kind)
        if kind.__name__ in COUNTED and COUNTED[kind.__name__] is kind:
            return self._counted(value, kind.__name__, depth)
        if kind is collections.defaultdict and (value.default_factory in (None, int, list, float, set, dict, str)):
            name = getattr(value.default_factory, "__name__", "")
            return ["dd", name, *(self.pack(part, depth + 1) for pair in list(value.items()) for part in pair)]
        from . import arrays

        return arrays.pack(self, value, kind, depth)

    def _counted(self, value: Any, name: str, depth: int) -> Any:
        if name == "deque":
            return ["C", name, self.pack(value.maxlen), *(self.pack(part, depth + 1) for part in list(value))]
        return ["C", name, *(self.pack(part, depth + 1) for pair in list(dict.items(value)) for part in pair)]


class Unpacker:
    """Rebuilds packed values of one message; `other(unpacker, tag, parts)` rebuilds tags that are not plain. Raises CannotCross."""

    def __init__(self, blobs: list[bytes], other: Callable[[Any, str, list[Any]], Any] | None = None) -> None:
        self.blobs = blobs
        self.nodes = 0
        self.other = other or _unknown

    def unpack(self, packed: Any, depth: int = 0) -> Any:
        """The value."""
        self.nodes += 1
        if depth > DEPTH + 2 or self.nodes > NODES:
            raise CannotCross("the value is too deep or has too many parts")
        if packed is None or isinstance(packed, bool | int | float | str):
            return packed
        if not isinstance(packed, list) or not packed or not isinstance(packed[0], str):
            raise CannotCross("not a packed value")
        try:
            return self._tagged(packed[0], packed[1:], depth + 1)
        except CannotCross:
            raise
        except Exception as error:
            # Odd parts of a known tag: the other side did not keep to the form.
            raise CannotCross(f"not a packed value: {type(error).__name__}") from error

    def _tagged(self, tag: str, parts: list[Any], depth: int) -> Any:
        if tag in ("l", "t", "s", "F"):
            values = [self.unpack(part, depth) for part in parts]
            return {"l": list, "t": tuple, "s": set, "F": frozenset}[tag](values)
        if tag == "d":
            return dict(self._pairs(parts, depth))
        if tag in _RARE:
            return _RARE[tag](self, parts, depth)
        from . import arrays

        if tag in arrays.TAGS:
            return arrays.unpack(self, tag, parts, depth)
        return self.other(self, tag, parts)

    def _pairs(self, parts: list[Any], depth: int) -> list[tuple[Any, Any]]:
        values = [self.unpack(part, depth) for part in parts]
        return list(zip(values[::2], values[1::2], strict=True))

    def _counted(self, parts: list[Any], depth: int) -> Any:
        kind = COUNTED[parts[0]]
        if kind is collections.deque:
            return kind([self.unpack(part, depth) for part in parts[2:]], self.unpack(parts[1]))
        made = kind()
        for key, value in self._pairs(parts[1:], depth):
            made[key] = value
        return made

    def _defaults(self, parts: list[Any], depth: int) -> Any:
        factories = {"": None, "int": int, "list": list, "float": float, "set": set, "dict": dict, "str": str}
        return collections.defaultdict(factories[parts[0]], self._pairs(parts[1:], depth))

    def _view(self, parts: list[Any], depth: int) -> Any:
        values = [self.unpack(part, depth) for part in parts[1:]]
        if parts[0] == "items":
            return dict(values).items()
        return dict.fromkeys(values).keys() if parts[0] == "keys" else dict(enumerate(values)).values()


_RARE: dict[str, Callable[[Unpacker, list[Any], int], Any]] = {
    "i": lambda u, p, d: int(_short(p[0]), 16),
    "f": lambda u, p, d: {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}[p[0]],
    "b": lambda u, p, d: u.blobs[p[0]],
    "B": lambda u, p, d: bytearray(u.blobs[p[0]]),
    "c": lambda u, p, d: complex(float(p[0]), float(p[1])),
    "r": lambda u, p, d: range(*(u.unpack(x, d) for x in p)),
    "sl": lambda u, p, d: slice(*(u.unpack(x, d) for x in p)),
    "E": lambda u, p, d: Ellipsis,
    "NI": lambda u, p, d: NotImplemented,
    "v": lambda u, p, d: u._view(p, d),
    "de": lambda u, p, d: decimal.Decimal(_short(p[0])),
    "q": lambda u, p, d: fractions.Fraction(u.unpack(p[0]), u.unpack(p[1])),
    "dt": lambda u, p, d: datetime.datetime.fromisoformat(p[0]),
    "da": lambda u, p, d: datetime.date.fromisoformat(p[0]),
    "ti": lambda u, p, d: datetime.time.fromisoformat(p[0]),
    "td": lambda u, p, d: datetime.timedelta(p[0], p[1], p[2]),
    "C": lambda u, p, d: u._counted(p, d),
    "dd": lambda u, p, d: u._defaults(p, d),
}


def _long(value: int) -> str:
    if value.bit_length() > LONG_BITS:
        raise CannotCross("the number has too many digits")
    return hex(value)


def _short(text: str) -> str:
    if len(text) > LONG_BITS:
        raise CannotCross("the number has too many digits")
    return text


def _time(value: Any, kind: type) -> Any:
    if kind is datetime.timedelta:
        return ["td", value.days, value.seconds, value.microseconds]
    zone = getattr(value, "tzinfo", None)
    if zone is not None and type(zone) is not datetime.timezone:
        return None
    return [{"datetime": "dt", "date": "da", "time": "ti"}[kind.__name__], value.isoformat()]


def _refuse(value: Any) -> Any:
    raise CannotCross(f"a value of type {type(value).__name__} is not plain data")


def _unknown(unpacker: Unpacker, tag: str, parts: list[Any]) -> Any:
    raise CannotCross(f"not a packed value: {tag[:20]}")

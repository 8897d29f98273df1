"""What belongs to the installed libraries: a module, class or function that both sides import for themselves.

Rule: a library's object is a module, a class or a function, named by module and qualified name, and only where that name
leads to the very same object; which modules are libraries is settled before any code of others runs.
"""

import collections
import datetime
import decimal
import fractions
import functools
import importlib
import importlib.util
import sys
import types
from collections.abc import Iterable
from typing import Any

OWN = ("shuyuan_inside", "__main__")
KINDS = (
    types.FunctionType, types.BuiltinFunctionType, types.MethodDescriptorType, types.WrapperDescriptorType,
    type(functools.lru_cache(len)),
)  # fmt: skip
PLAIN_CLASSES = frozenset(
    [
        bool, int, float, complex, str, bytes, bytearray, list, tuple, dict, set, frozenset, range, slice, object,
        type(None), decimal.Decimal, fractions.Fraction, datetime.date, datetime.datetime, datetime.time, datetime.timedelta,
        collections.Counter, collections.OrderedDict, collections.deque,
    ]
)  # fmt: skip
# numpy's functions are objects of these classes of its own.
NUMPY_KINDS = ("ufunc", "_ArrayFunctionDispatcher")


def name_of(value: Any, known: Iterable[str]) -> list[str] | None:
    """[module, qualified name] of a library's class or function, [module] of a module; None for anything else."""
    if type(value) is types.ModuleType:
        own = value.__name__
        return [own] if sys.modules.get(own) is value and own.partition(".")[0] in known else None
    if not _is_kind(value):
        return None
    module: Any = getattr(value, "__module__", None)
    name: Any = getattr(value, "__qualname__", None) or getattr(value, "__name__", None)
    if type(module) is not str and type(value).__module__ == "numpy":
        module = "numpy"
    if type(module) is not str or type(name) is not str or "<" in name or module.partition(".")[0] not in known:
        return None
    found = _follow(sys.modules.get(module), name)
    return [module, name] if found is value and module not in OWN else None


def find(parts: Any, known: Iterable[str]) -> Any:
    """The object that `name_of` named. Raises LookupError where there is none."""
    if not isinstance(parts, list) or not 1 <= len(parts) <= 2 or not all(type(x) is str for x in parts):
        raise LookupError("not a library's name")
    if parts[0].partition(".")[0] not in known or parts[0].partition(".")[0] in OWN:
        raise LookupError(f"'{parts[0][:60]}' is not a library here")
    try:
        module = importlib.import_module(parts[0])
    except ImportError as error:
        raise LookupError(f"'{parts[0][:60]}' is not a library here") from error
    if len(parts) == 1:
        return module
    found = _follow(module, parts[1])
    if found is None or not _is_kind(found):
        raise LookupError(f"'{parts[1][:60]}' is not in '{parts[0][:60]}'")
    return found


def known_roots() -> frozenset[str]:
    """The top-level names that count as libraries: what of the standard library is here, and what is imported by now."""
    found = {name for name in sys.stdlib_module_names if name in sys.modules or importlib.util.find_spec(name)}
    return frozenset(found | {name.partition(".")[0] for name in sys.modules} - set(OWN))


def is_function(value: Any) -> bool:
    """Whether it is a library's function of a kind that is known."""
    return type(value) in KINDS or (type(value).__module__ == "numpy" and type(value).__name__ in NUMPY_KINDS)


def is_plain_class(kind: Any) -> bool:
    """Whether a class may come from the student's side as itself: calling it makes plain data or an error, and nothing else."""
    if not isinstance(kind, type):
        return False
    if issubclass(kind, BaseException) or kind in PLAIN_CLASSES:
        return True
    numpy = sys.modules.get("numpy")
    return numpy is not None and issubclass(kind, numpy.generic) and kind.__module__ == "numpy"


def _is_kind(value: Any) -> bool:
    return is_function(value) or isinstance(value, type)


def _follow(owner: Any, name: str) -> Any:
    for part in name.split("."):
        owner = getattr(owner, part, None)
    return owner

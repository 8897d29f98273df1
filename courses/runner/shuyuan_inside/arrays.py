"""Numpy arrays and pandas frames as plain values: bytes, shapes and names; object columns as lists of plain values.

Rule: exact types only, as in `values`; numpy and pandas are looked at only where they are already imported or asked for.
"""

import sys
from typing import Any

from .values import CannotCross

# numpy scalar, array, array of objects; pandas Series, DataFrame, Index, Timestamp, Timedelta, Period, NA, NaT, Interval
TAGS = {"N", "n", "no", "S", "D", "I", "ts", "NA", "NaT"}
PLAIN_KINDS = "biufcSUmM"
BYTES = 48 << 20


def pack(packer: Any, value: Any, kind: type, depth: int) -> Any:
    """The packed array or frame; None where it is neither."""
    root = kind.__module__.partition(".")[0]
    if root == "numpy" and "numpy" in sys.modules:
        return _pack_numpy(packer, value, kind, depth)
    if root == "pandas" and "pandas" in sys.modules:
        return _pack_pandas(packer, value, kind, depth)
    return None


def unpack(unpacker: Any, tag: str, parts: list[Any], depth: int) -> Any:
    """The array or frame of a tag of TAGS."""
    if tag in ("N", "n", "no"):
        return _unpack_numpy(unpacker, tag, parts, depth)
    return _unpack_pandas(unpacker, tag, parts, depth)


def _pack_numpy(packer: Any, value: Any, kind: type, depth: int) -> Any:
    import numpy as np

    if kind is np.ndarray:
        if value.nbytes > BYTES:
            raise CannotCross("the array is too large")
        if value.dtype.kind in PLAIN_KINDS and value.dtype.isbuiltin != 2:
            order = "F" if value.flags.f_contiguous and not value.flags.c_contiguous else "C"
            return ["n", value.dtype.str, list(value.shape), packer.blob(value.tobytes(order)), order]
        if value.dtype == object:
            return ["no", list(value.shape), *(packer.pack(x, depth + 1) for x in value.ravel().tolist())]
        return None
    if issubclass(kind, np.generic) and getattr(np, kind.__name__, None) is kind and value.dtype.kind in PLAIN_KINDS:
        return ["N", value.dtype.str, packer.blob(value.tobytes())]
    return None


def _unpack_numpy(unpacker: Any, tag: str, parts: list[Any], depth: int) -> Any:
    import numpy as np

    if tag == "no":
        shape = _shape(parts[0])
        made = np.empty(len(parts) - 1, dtype=object)
        for place, part in enumerate(parts[1:]):
            made[place] = unpacker.unpack(part, depth)
        return made.reshape(shape)
    dtype = np.dtype(str(parts[0]))
    if dtype.kind not in PLAIN_KINDS or dtype.hasobject:
        raise CannotCross("an array of this type is not plain data")
    if tag == "N":
        return np.frombuffer(unpacker.blobs[parts[1]], dtype=dtype, count=1)[0]
    order: Any = "F" if parts[3] == "F" else "C"
    data: Any = np.frombuffer(unpacker.blobs[parts[2]], dtype=dtype) if dtype.itemsize else np.empty(0, dtype)
    return data.reshape(_shape(parts[1]), order=order).copy(order=order)


def _shape(parts: Any) -> tuple[int, ...]:
    if not isinstance(parts, list) or len(parts) > 32 or not all(type(x) is int and x >= 0 for x in parts):
        raise CannotCross("not a shape")
    return tuple(parts)


def _pack_pandas(packer: Any, value: Any, kind: type, depth: int) -> Any:
    import pandas as pd

    if kind is pd.Series:
        return [
            "S",
            packer.pack(value.name, depth + 1),
            _index(packer, value.index, depth),
            _column(packer, value, depth),
        ]
    if kind is pd.DataFrame:
        columns = [_column(packer, value.iloc[:, place], depth) for place in range(value.shape[1])]
        return ["D", _index(packer, value.columns, depth), _index(packer, value.index, depth), *columns]
    if isinstance(value, pd.Index):
        return ["I", *_index(packer, value, depth)]
    if kind is pd.Timestamp:
        return ["ts", "Timestamp", value.isoformat(), str(value.tz) if value.tz else "", value.unit]
    if kind is pd.Timedelta:
        return ["ts", "Timedelta", value.isoformat(), "", value.unit]
    if value is pd.NA:
        return ["NA"]
    return ["NaT"] if value is pd.NaT else None


def _index(packer: Any, index: Any, depth: int) -> list[Any]:
    import pandas as pd

    names = [packer.pack(name, depth + 1) for name in index.names]
    if type(index) is pd.RangeIndex:
        return ["range", names, index.start, index.stop, index.step]
    if type(index) is pd.MultiIndex:
        levels = [_index(packer, level, depth) for level in index.levels]
        return ["multi", names, levels, [packer.pack([int(c) for c in codes]) for codes in index.codes]]
    freq = getattr(index, "freqstr", None)
    return ["plain", names, _column(packer, index.to_series(), depth), freq if isinstance(freq, str) else ""]


def _column(packer: Any, series: Any, depth: int) -> list[Any]:
    """[dtype's name, "" or categories, values]: an array where the dtype is numpy's, else a list of plain values."""
    import pandas as pd

    dtype = series.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        kept = [_index(packer, dtype.categories, depth), bool(dtype.ordered)]
        return ["category", kept, packer.pack([int(c) for c in series.cat.codes])]
    values = series.to_numpy() if hasattr(dtype, "kind") and not hasattr(dtype, "na_value") else None
    if values is not None and values.dtype.kind in PLAIN_KINDS:
        return ["numpy", "", packer.pack(values, depth + 1)]
    return ["list", str(dtype), packer.pack(series.tolist(), depth + 1)]


def _unpack_pandas(unpacker: Any, tag: str, parts: list[Any], depth: int) -> Any:
    import pandas as pd

    if tag == "S":
        index = _made_index(unpacker, parts[1], depth)
        return pd.Series(_made_column(unpacker, parts[2], depth, index), name=unpacker.unpack(parts[0], depth))
    if tag == "D":
        columns, index = (_made_index(unpacker, part, depth) for part in parts[:2])
        made = {place: _made_column(unpacker, part, depth, index) for place, part in enumerate(parts[2:])}
        frame = pd.DataFrame(made, index=index)
        frame.columns = columns
        return frame
    if tag == "I":
        return _made_index(unpacker, parts, depth)
    if tag == "ts" and parts[0] in ("Timestamp", "Timedelta"):
        made = getattr(pd, parts[0])(parts[1])
        if parts[2]:
            made = made.tz_convert(parts[2])
        return made.as_unit(parts[3])
    return {"NA": pd.NA, "NaT": pd.NaT}[tag]


def _made_index(unpacker: Any, parts: list[Any], depth: int) -> Any:
    import pandas as pd

    names = [unpacker.unpack(name, depth) for name in parts[1]]
    if parts[0] == "range":
        return pd.RangeIndex(*(int(x) for x in parts[2:5]), name=names[0])
    if parts[0] == "multi":
        levels = [_made_index(unpacker, level, depth) for level in parts[2]]
        return pd.MultiIndex(levels, [unpacker.unpack(codes) for codes in parts[3]], names=names)
    made = pd.Index(_made_column(unpacker, parts[2], depth, None), name=names[0])
    if parts[3] and hasattr(made, "freq"):
        made.freq = parts[3]
    return made


def _made_column(unpacker: Any, parts: list[Any], depth: int, index: Any) -> Any:
    import pandas as pd

    kind, detail, packed = parts
    if kind == "category":
        dtype = pd.CategoricalDtype(_made_index(unpacker, detail[0], depth), ordered=bool(detail[1]))
        values = pd.Categorical.from_codes(unpacker.unpack(packed), dtype=dtype)
        return pd.Series(values, index=index)
    if kind == "numpy":
        return pd.Series(unpacker.unpack(packed, depth), index=index)
    return pd.Series(unpacker.unpack(packed, depth), index=index, dtype=_dtype(str(detail)))


def _dtype(name: str) -> Any:
    """A dtype by its name; only what pandas itself knows."""
    import pandas as pd

    return object if name == "object" else pd.api.types.pandas_dtype(name)

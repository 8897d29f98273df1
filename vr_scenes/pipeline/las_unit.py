"""The unit of a LAS file's places, from its coordinate system: GeoTIFF keys or WKT.

The rule kept here: metres unless the file says feet or degrees; what was believed is told in the report. Source: ASPRS LAS 1.4, OGC
GeoTIFF 1.1 (keys 1024, 2052, 3076), EPSG units 9001 to 9003.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Mapping

__all__ = ["DEGREE", "metres_of", "unit_of"]

_UNITS = {9001: (1.0, "metre"), 9002: (0.3048, "foot"), 9003: (1200 / 3937, "US survey foot")}
_GEOGRAPHIC = 2
DEGREE = 0.0
"""Instead of a number of metres: x and y are longitude and latitude."""
_METRES_A_DEGREE = 111_320.0
_ASSUMED = (1.0, "metre (the file names none)")


def unit_of(records: Mapping[tuple[str, int], bytes]) -> tuple[float, str]:
    """Metres per unit, and its name.

    >>> unit_of({("LASF_Projection", 2112): b'PROJCS["x",GEOGCS["y",UNIT["degree",0.0174]],UNIT["foot",0.3048]]'})
    (0.3048, 'foot')
    >>> unit_of({})
    (1.0, 'metre (the file names none)')
    """
    wkt = records.get(("LASF_Projection", 2112))
    if wkt:
        return _from_wkt(wkt.split(b"\0")[0].decode("utf-8", "replace"))
    keys = records.get(("LASF_Projection", 34735))
    return _from_keys(keys) if keys else _ASSUMED


def metres_of(unit: float, latitude: float) -> tuple[float, float, float]:
    """Metres per unit along x, y, z; of degrees at a latitude (heights are metres then).

    >>> [round(one) for one in metres_of(DEGREE, 60.0)]
    [55660, 111320, 1]
    """
    if unit != DEGREE:
        return unit, unit, unit
    return _METRES_A_DEGREE * math.cos(math.radians(latitude)), _METRES_A_DEGREE, 1.0


def _from_wkt(text: str) -> tuple[float, str]:
    if "PROJCS" not in text and "PROJCRS" not in text and ("GEOGCS" in text or "GEOGCRS" in text):
        return DEGREE, "degree (made metres at the middle latitude)"
    horizontal = re.split(r"VERT_CS|VERTCRS", text)[0]
    found = re.findall(r'(?:LENGTHUNIT|UNIT)\["([^"]{1,60})",\s*([0-9.eE+-]{1,30})', horizontal)
    for name, factor in reversed(found):
        try:
            value = float(factor)
        except ValueError:
            continue
        if "degree" not in name.lower() and 1e-4 <= value <= 1e4:
            return value, name
    return _ASSUMED


def _from_keys(data: bytes) -> tuple[float, str]:
    words = struct.unpack(f"<{len(data) // 2}H", data[: len(data) // 2 * 2])
    keys = {words[at]: words[at + 3] for at in range(4, len(words) - 3, 4) if words[at + 1] == 0}
    if keys.get(1024) == _GEOGRAPHIC:
        return DEGREE, "degree (made metres at the middle latitude)"
    return _UNITS.get(keys.get(3076, 0), _ASSUMED)

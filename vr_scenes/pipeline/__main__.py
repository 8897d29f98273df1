"""`python -m vr_scenes.pipeline <kind> <source> <out>`: builds one asset, telling how far it is, one JSON object a line.

The rule kept here: the last line is the result or the error, and built.json is written last, so that a folder without it
is not a build. What goes wrong in the input is told in words with exit status 1; anything else as "the file broke its reader".
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from commons.errors import ShuyuanError
from vr_scenes.pipeline import BUILT, builder

__all__ = ["main"]


def _say(**values: object) -> None:
    sys.stdout.write(json.dumps(values, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def main(arguments: list[str]) -> int:
    """0 when built; 1 with the last line `{"error": {code, message, where, next}}`."""
    if len(arguments) != 3:
        sys.stderr.write("usage: python -m vr_scenes.pipeline <kind> <source> <out>\n")
        return 2
    kind, source, out = arguments[0], Path(arguments[1]), Path(arguments[2])
    try:
        out.mkdir(parents=True, exist_ok=True)
        made = builder(kind)(source, out, lambda doing, share: _say(doing=doing, share=round(share, 4)))
    except ShuyuanError as error:
        _say(**error.as_json())
        return 1
    except (
        MemoryError,
        RecursionError,
        ArithmeticError,
        LookupError,
        ValueError,
        TypeError,
        EOFError,
        OSError,
    ) as error:
        broken = f"the file broke its reader ({type(error).__name__}: {str(error)[:200]})"
        _say(error={"code": "bad-input", "message": broken, "where": source.name, "next": "Export it again and retry."})
        return 1
    part = out / f".{BUILT}.{os.getpid()}"
    part.write_text(json.dumps({"node": made.node, "report": made.report}, ensure_ascii=False), "utf-8")
    part.replace(out / BUILT)
    _say(doing="done", share=1.0)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

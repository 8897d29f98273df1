"""Attacks on whatever parses a hand-in: the validator, the JSON reader, the size of everything.

Rule: a hand-in is either refused at the door with a reason, or graded to a clear state; nobody waits for it.
"""

from __future__ import annotations

import json

from tests.redteam.attack import Attack, Files, prelude
from tests.redteam.world import UNIT, World, notebook_of

__all__ = ["ATTACKS"]

CELL = '{"cell_type": "raw", "metadata": {}, "source": ""}'


def _validator(world: World) -> Files:
    """Valid JSON that no schema knows: odd versions, outputs of no kind, metadata of the wrong types."""
    nb = notebook_of(world.hand_in())
    nb["nbformat_minor"] = 99
    nb["metadata"]["kernelspec"] = ["python3"]
    for cell in nb["cells"]:
        if "nbgrader" in cell["metadata"]:
            cell["metadata"]["nbgrader"]["schema_version"] = 99
        if cell["cell_type"] == "code":
            cell["outputs"] = [{"output_type": "nothing", "text": 3}]
    return world.with_notebook(nb)


def _many_cells(world: World) -> Files:
    nb = notebook_of(world.hand_in())
    text = json.dumps(nb)
    at = text.index('"cells": [') + len('"cells": [')
    return {f"{UNIT}.ipynb": (text[:at] + f"{CELL}, " * 1_000_000 + text[at:]).encode()}


def _many_small_cells(world: World) -> Files:
    """As many cells as fit into the bytes that are allowed."""
    nb = notebook_of(world.hand_in())
    text = json.dumps(nb)
    at = text.index('"cells": [') + len('"cells": [')
    return {f"{UNIT}.ipynb": (text[:at] + f"{CELL}, " * 90_000 + text[at:]).encode()}


def _deep(world: World) -> Files:
    nb = json.dumps(notebook_of(world.hand_in()))
    deep = "[" * 200_000 + "]" * 200_000
    return {f"{UNIT}.ipynb": nb.replace('"kernelspec"', f'"deep": {deep}, "kernelspec"', 1).encode()}


def _line(world: World) -> Files:
    nb = notebook_of(world.hand_in())
    nb["cells"][1]["source"] += "\n# " + "x" * 30_000_000
    return world.with_notebook(nb)


def _numbers(world: World) -> Files:
    """NaN and a number of 100,000 digits are no JSON, but Python reads the one and refuses the other late."""
    text = json.dumps(notebook_of(world.hand_in()))
    odd = '"points": NaN, "big": ' + "9" * 100_000
    return {f"{UNIT}.ipynb": text.replace('"points": 1', odd, 1).encode()}


def _nested(world: World) -> Files:
    """Sources that are short to write and deep to parse."""
    nb = notebook_of(world.hand_in())
    deep = [
        "-" * 90_000 + "1",
        "(" * 5_000 + ")" * 5_000,
        "a" + ".b" * 60_000,
        "lambda:" * 9_000 + "1",
        "not " * 30_000 + "x",
    ]
    deep.append("if x:\n    pass\n" + "elif x:\n    pass\n" * 9_000)
    deep.append("x = " + "[" * 150 + "]" * 150 + "\n" + "x = " + " + ".join("1" * 40_000))
    for number, source in enumerate(deep):
        cell = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": source}
        nb["cells"].insert(2, cell | {"id": f"deep-{number}"})
    for cell in nb["cells"]:
        cell["metadata"] = {}
    return world.with_notebook(nb)


def _alike(world: World) -> Files:
    """As many cells as are allowed, without any metadata, each nearly like a cell of the release."""
    nb = notebook_of(world.hand_in())
    known = [cell["source"] for cell in nb["cells"] if cell["cell_type"] == "code"]
    nb["cells"] = [
        {
            "cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "id": f"a{n}",
            "source": f"{known[n % len(known)]}\ndef f{n}():\n" + "\n".join(f"    x{n}_{m} = {m}" for m in range(40)),
        }
        for n in range(4_500)
    ]  # fmt: skip
    # Only putting the cells in order is to take long, not running them.
    nb["cells"].insert(0, nb["cells"][0] | {"source": "import os\nos._exit(0)", "id": "end"})
    return world.with_notebook(nb)


def _parser(name: str, about: str, goal: str, build: object, **more: object) -> Attack:
    return Attack(name, "parsers", about, "checks", goal, build, **more)  # type: ignore[arg-type]


ATTACKS = (
    _parser("validator-broken", "versions, outputs and metadata that no schema knows", "reason", _validator),
    _parser("cells-10-6", "a million cells", "reason", _many_cells, quick=False),
    _parser("cells-90-000", "as many empty cells as fit into the allowed bytes", "batch", _many_small_cells),
    _parser("json-deep", "lists 200,000 deep in the notebook's metadata", "reason", _deep),
    _parser("source-line-30-mb", "a comment of 30 MB in one line", "reason", _line, quick=False),
    _parser("json-numbers", "NaN, and a number of 100,000 digits", "reason", _numbers),
    _parser("source-nested", "sources that are short to write and deep to parse, in a notebook without metadata", "reason", _nested),
    _parser("cells-alike", "4,500 cells that all look nearly like the release's, in a notebook without metadata", "reason", _alike,
            quick=False),
    Attack("surrogate-in-source", "parsers", "half a character (U+D800) in a cell's source", "checks", "reason",
           lambda world: {f"{UNIT}.ipynb": world.hand_in(mean="# \ud800\ndef mean(values):\n    return -1")[f"{UNIT}.ipynb"]}),
    Attack("surrogate-in-words", "parsers", "an error whose message is half a character and control characters", "words cleaned",
           "unreadable", prelude("", shout="def shout(text):\n    raise ValueError('\\ud800\\x00\\x1b[2J\\udfff' * 50)")),
)  # fmt: skip

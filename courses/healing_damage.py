"""Damage as notebooks suffer it on the way: what editors, uploads and hands do to cells, for the benchmark and the tests.

Rule: damage never takes away what a learner wrote, so that the score of the healed must be that of the undamaged; the same
seed does the same damage.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from courses.notebook import Notebook, dump_notebook, nbgrader_of

__all__ = ["DAMAGES", "Damage", "damaged"]

Damage = Callable[[Notebook, Random], Notebook | bytes]
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


def damaged(kind: str, nb: Notebook, seed: int) -> bytes:
    """The bytes of `nb` after damage of this kind."""
    done = DAMAGES[kind](copy.deepcopy(nb), Random(f"{kind} {seed}"))
    return done if isinstance(done, bytes) else json.dumps(done, ensure_ascii=False, indent=1).encode()


def _is(cell: Mapping[str, Any], *flags: str) -> bool:
    return any(nbgrader_of(cell).get(flag) for flag in flags)


def _places(nb: Notebook, *flags: str) -> list[int]:
    return [n for n, cell in enumerate(nb["cells"]) if _is(cell, *flags)]


def _code(nb: Notebook) -> list[int]:
    """Cells of code that came with the release: graded ones, and those that the course gives."""
    own = {n for n, cell in enumerate(nb["cells"]) if str(cell.get("id", "")).startswith("mine-")}
    return [n for n, cell in enumerate(nb["cells"]) if cell["cell_type"] == "code" and n not in own]


def _word(rng: Random, length: int = 8) -> str:
    return "".join(rng.choice(_LETTERS) for _ in range(length))


def _some(places: list[int], most: int, rng: Random) -> list[int]:
    return rng.sample(places, min(rng.randint(1, most), len(places)))


def copied(nb: Notebook, rng: Random) -> Notebook:
    """A cell pasted a second time, with everything that is written on it."""
    for _ in range(rng.randint(1, 3)):
        n = rng.choice(_places(nb, "solution", "grade"))
        nb["cells"].insert(rng.randint(0, len(nb["cells"])), {**copy.deepcopy(nb["cells"][n]), "id": _word(rng)})
    return nb


def split(nb: Notebook, rng: Random) -> Notebook:
    """A cell torn in two between its lines; JupyterLab gives both halves the metadata, others only the first."""
    for _ in range(rng.randint(1, 2)):
        fitting = [n for n in _places(nb, "solution", "grade") if "\n" in nb["cells"][n]["source"].strip("\n")]
        if not fitting:
            break
        n = rng.choice(fitting)
        lines = nb["cells"][n]["source"].strip("\n").split("\n")
        at = rng.randint(1, len(lines) - 1)
        second = copy.deepcopy(nb["cells"][n]) | {"id": _word(rng), "source": "\n".join(lines[at:])}
        if rng.random() < 0.5:
            second["metadata"] = {}
        nb["cells"][n]["source"] = "\n".join(lines[:at])
        nb["cells"].insert(n + 1, second)
    return nb


def merged(nb: Notebook, rng: Random) -> Notebook:
    """Neighbours put together; the first one's type, id and metadata stay."""
    for _ in range(rng.randint(1, 2)):
        n = rng.choice(_code(nb)[:-1] or [0])
        count = rng.randint(2, 3)
        some = nb["cells"][n : n + count]
        if any(str(cell.get("id", "")).startswith("mine-") and cell["cell_type"] == "markdown" for cell in some):
            continue
        nb["cells"][n : n + count] = [some[0] | {"source": "\n\n".join(cell["source"] for cell in some)}]
    return nb


def deleted(nb: Notebook, rng: Random) -> Notebook:
    """Cells of the release that are gone: checks, and open code of the course."""
    for _ in range(rng.randint(1, 3)):
        fitting = [n for n in _code(nb) if not _is(nb["cells"][n], "solution")]
        if fitting:
            del nb["cells"][rng.choice(fitting)]
    return nb


def retyped(nb: Notebook, rng: Random) -> Notebook:
    """Code that became text."""
    for n in _some(_code(nb), 4, rng):
        cell = nb["cells"][n]
        nb["cells"][n] = {k: v for k, v in cell.items() if k not in ("outputs", "execution_count")} | {
            "cell_type": rng.choice(["markdown", "raw"])
        }
    return nb


def reordered(nb: Notebook, rng: Random) -> Notebook:
    """Cells of the release moved up or down."""
    for _ in range(rng.randint(1, 4)):
        cell = nb["cells"].pop(rng.choice(_code(nb)))
        nb["cells"].insert(rng.randint(0, len(nb["cells"])), cell)
    return nb


def colab(nb: Notebook, rng: Random) -> Notebook:
    """What Google Colab leaves: no nbgrader metadata, ids among the metadata, lists of lines, an old minor version."""
    for cell in nb["cells"]:
        cell.pop("id", None)
        cell["metadata"] = {"id": _word(rng, 12)}
        if cell["cell_type"] == "code":
            cell["metadata"]["colab"] = {"base_uri": "https://localhost:8080/"}
        cell["source"] = cell["source"].splitlines(keepends=True)
    nb["metadata"] = {
        "colab": {"provenance": []},
        "kernelspec": {"name": "python3", "display_name": "Python 3"},
        "accelerator": "GPU",
    }
    return nb | {"nbformat_minor": 0}


def vscode(nb: Notebook, rng: Random) -> Notebook:
    """What Visual Studio Code leaves: new ids, its own metadata, the name of a virtual environment."""
    for cell in nb["cells"]:
        cell["metadata"] = {"vscode": {"languageId": "python"}} if cell["cell_type"] == "code" else {}
        cell["id"] = _word(rng)
        cell["source"] = cell["source"].splitlines(keepends=True)
    spec = {"display_name": ".venv (3.11.7)", "language": "python", "name": rng.choice(["python3", "venv"])}
    return nb | {"metadata": {"kernelspec": spec, "language_info": {"name": "python", "version": "3.11.7"}}}


def plain(nb: Notebook, rng: Random) -> Notebook:
    """A re-upload through a tool that knows cells only."""
    for cell in nb["cells"]:
        cell.pop("id", None)
        cell["metadata"] = {}
    return {"cells": nb["cells"], "metadata": {}, "nbformat": 4, "nbformat_minor": rng.randint(0, 4)}


def ids(nb: Notebook, rng: Random) -> Notebook:
    """Changed marks: other ids, other grade_ids, or those of neighbours."""
    places = _places(nb, "solution", "grade")
    names = [nb["cells"][n]["metadata"]["nbgrader"]["grade_id"] for n in places]
    how = rng.randint(0, 2)
    renamed = [_word(rng) for _ in names] if how == 0 else rng.sample(names, len(names)) if how == 1 else names
    for n, name in zip(places, renamed, strict=True):
        nb["cells"][n]["metadata"]["nbgrader"]["grade_id"] = name
    for cell in nb["cells"]:
        if "id" in cell and (how != 1 or rng.random() < 0.3):
            cell["id"] = _word(rng)
    return nb


def duplicated(nb: Notebook, rng: Random) -> Notebook:
    """Another cell that carries a graded cell's marks: one of the course, a learner's own, or the blank answer again."""
    for _ in range(rng.randint(1, 3)):
        n = rng.choice(_places(nb, "solution", "grade"))
        others = [m for m, c in enumerate(nb["cells"]) if c["cell_type"] == "code" and not nbgrader_of(c)]
        mark = copy.deepcopy(nb["cells"][n]["metadata"]["nbgrader"])
        if others:
            nb["cells"][rng.choice(others)]["metadata"]["nbgrader"] = mark
    return nb


def kernelspec(nb: Notebook, rng: Random) -> Notebook:
    """Another kernel's name, or none."""
    nb["metadata"]["kernelspec"] = {"name": _word(rng), "display_name": "R", "language": "R"}
    if rng.random() < 0.3:
        del nb["metadata"]["kernelspec"]
    return nb


def locked(nb: Notebook, rng: Random) -> Notebook:
    """Checks that were changed: lines gone, numbers changed, text around."""
    for n in _some([n for n in _places(nb, "grade") if not _is(nb["cells"][n], "solution")], 3, rng):
        lines = nb["cells"][n]["source"].split("\n")
        how = rng.randint(0, 3)
        if how == 0:
            lines = ["pass"]
        elif how == 1:
            del lines[rng.randrange(len(lines))]
        elif how == 2:
            lines.insert(rng.randrange(len(lines) + 1), "print('checked')")
        else:
            lines = [line.replace("assert ", "# assert ") for line in lines]
        nb["cells"][n]["source"] = "\n".join(lines)
    return nb


def format_3(nb: Notebook, rng: Random) -> Notebook:
    """Saved in the format of before 2015, with worksheets."""
    cells = []
    for cell in nb["cells"]:
        old = {"cell_type": cell["cell_type"], "metadata": cell["metadata"]}
        if cell["cell_type"] == "code":
            old |= {
                "input": cell["source"],
                "language": "python",
                "outputs": [],
                "collapsed": False,
                "prompt_number": 1,
            }
        else:
            old["source"] = cell["source"]
        cells.append(old)
    metadata = {"name": "", "signature": ""} if rng.random() < 0.5 else nb["metadata"]
    return {"worksheets": [{"cells": cells, "metadata": {}}], "metadata": metadata, "nbformat": 3, "nbformat_minor": 0}


def odd_bytes(nb: Notebook, rng: Random) -> bytes:
    """A byte order mark, carriage returns, UTF-16, or something behind the end."""
    how = rng.randint(0, 3)
    if how == 0:
        return b"\xef\xbb\xbf" + dump_notebook(nb)
    if how == 1:
        for cell in nb["cells"]:
            cell["source"] = cell["source"].replace("\n", "\r\n")
        return dump_notebook(nb).replace(b"\n", b"\r\n")
    if how == 2:
        return dump_notebook(nb).decode().encode("utf-16")
    return dump_notebook(nb) + b"\0\0 </html>\n{}"


def combined(nb: Notebook, rng: Random) -> Notebook | bytes:
    """Several of these, one after the other."""
    done: Notebook = nb
    first = rng.sample([copied, split, merged, deleted, retyped, reordered, locked, duplicated], rng.randint(1, 2))
    for step in first:
        done = step(done, rng)
    last: list[Damage] = [colab, vscode, plain, ids, kernelspec, format_3, odd_bytes]
    return rng.choice(last)(done, rng)


DAMAGES: Mapping[str, Damage] = {
    "copied": copied, "split": split, "merged": merged, "deleted": deleted, "retyped": retyped, "reordered": reordered,
    "colab": colab, "vscode": vscode, "plain": plain, "ids": ids, "duplicated": duplicated, "kernelspec": kernelspec,
    "locked": locked, "format-3": format_3, "bytes": odd_bytes, "combined": combined,
}  # fmt: skip

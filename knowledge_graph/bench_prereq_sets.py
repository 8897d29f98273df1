"""The sets that prerequisite scoring is measured on, read from where others published them: labelled pairs, names,
texts, and the features that the set's own authors give.

Rule: a pair (a, b) is positive when b should be known before a; negatives are the published ones.
Nothing here looks at a label to make a feature.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["AL_CPL", "EdgeSet", "PairSet", "al_cpl", "kcs4edu", "metacademy", "mooccube", "plain", "university_course"]

AL_CPL = ("data_mining", "geometry", "physics", "precalculus")
# Columns (of a, of b) that say something of one concept alone.
ALONE = ((0, 1), (2, 3), (4, 5), (22, 23), (26, 27), (32, 33))


@dataclass(frozen=True)
class PairSet:
    """Labelled pairs with features. `first`/`second` index `names`; `y` is 1 where the second comes before the first;
    `x` (n, f) are the set's own features, `alone` (concepts, k) those of a concept; `refd` is the column of RefD.
    """

    key: str
    names: Sequence[str]
    first: NDArray[np.int64] = field(repr=False)
    second: NDArray[np.int64] = field(repr=False)
    y: NDArray[np.int64] = field(repr=False)
    x: NDArray[np.float64] = field(repr=False)
    alone: NDArray[np.float64] = field(repr=False)
    refd: int = 10


@dataclass(frozen=True)
class EdgeSet:
    """Concepts with names and texts ("" where there is none), and edges (before, after) between their places."""

    key: str
    language: str
    names: Sequence[str]
    texts: Sequence[str]
    edges: Sequence[tuple[int, int]]


def plain(title: str) -> str:
    """A Wikipedia title as words.

    >>> plain("Position_(vector)")
    'Position'
    """
    return re.sub(r"_?\(.*?\)$", "", title).replace("_", " ")


def al_cpl(root: Path, domain: str) -> PairSet:
    """One domain of AL-CPL from `root`/al-cpl: pairs, labels and features stand line by line in the same order."""
    import numpy as np

    pairs = _rows(root / "al-cpl" / f"{domain}.pairs")
    lines = (root / "al-cpl" / f"{domain}.features").read_text("utf-8").splitlines()
    parts = [line.split() for line in lines]
    x = np.array([[float(part.partition(":")[2]) for part in one[1:39]] for one in parts])
    y = np.array([int(one[0]) for one in parts])
    known = {tuple(row) for row in _rows(root / "al-cpl" / f"{domain}.preqs")}
    if [tuple(row) in known for row in pairs] != list(y == 1):
        raise ValueError(f"al-cpl/{domain}: labels of .features and .preqs differ")
    names, first, second = _numbered(pairs)
    alone = np.zeros((len(names), len(ALONE)))
    for column, (of_first, of_second) in enumerate(ALONE):
        alone[first, column] = x[:, of_first]
        alone[second, column] = x[:, of_second]
    ranks = [_potential(first, second, x[:, column], len(names)) for column in (35, 36, 37)]
    return PairSet(domain, [plain(one) for one in names], first, second, y, x, np.c_[alone, np.stack(ranks, 1)])


def university_course(root: Path) -> PairSet:
    """CPR-Recover's University Course: the annotated pairs, positive where the majority said so (`cs_preqs.csv`), with
    features counted in the 654 course texts and their prerequisites.
    """
    import numpy as np

    from knowledge_graph.bench_prereq_courses import course_features

    folder = root / "cpr-recover"
    pairs = [row[:2] for row in _rows(folder / "cs_annotations.tsv", "\t")[1:]]
    known = {tuple(row) for row in _rows(folder / "cs_preqs.csv")}
    names, first, second = _numbered(pairs)
    courses = {row[0]: row[1] for row in _rows(folder / "cs_courses.csv")}
    before = [(row[0], row[1]) for row in _rows(folder / "cs_edges.csv")]
    words = [plain(one) for one in names]
    found = course_features(words, courses, before)
    y = np.array([tuple(row) in known for row in pairs]).astype(np.int64)
    return PairSet("university_course", words, first, second, y, found.pairs(first, second), found.alone, found.refd)


def metacademy(root: Path) -> EdgeSet:
    """metacademy's concepts with their summaries and dependencies."""
    folders = sorted(path for path in (root / "metacademy" / "concepts").iterdir() if path.is_dir())
    place = {path.name: number for number, path in enumerate(folders)}
    edges = []
    for path in folders:
        tags = re.findall(r"^tag:\s*(\S+)", _text(path / "dependencies.txt"), re.MULTILINE)
        edges += [(place[tag], place[path.name]) for tag in tags if tag in place]
    names = [_text(path / "title.txt").strip() or path.name.replace("_", " ") for path in folders]
    texts = [" ".join(_text(path / "summary.txt").split()) for path in folders]
    return EdgeSet("metacademy", "en", names, texts, sorted(set(edges)))


def mooccube(root: Path) -> EdgeSet:
    """MOOCCube's prerequisite relations between Chinese concepts: names alone, no texts."""
    rows = _rows(root / "mooccube" / "prerequisite_relations.csv")[1:]
    names = sorted({one for row in rows for one in row[:2]})
    place = {name: number for number, name in enumerate(names)}
    return EdgeSet("mooccube", "zh", names, [""] * len(names), [(place[row[0]], place[row[1]]) for row in rows])


def kcs4edu(root: Path, name: str) -> EdgeSet:
    """One graph of KCs4EDU, `DBE-KT22` or `WDKG-KnowledgePoints`, edges in the published direction, earlier → later.

    Read with care: DBE-KT22 also holds edges that run from a part to its whole (Natural Join → Join), and WDKG joins
    every point of one course with every point of the next.
    """
    graph = json.loads((root / "kcs4edu" / f"{name}.json").read_text("utf-8"))
    place = {node["id"]: number for number, node in enumerate(graph["nodes"])}
    edges = [(place[link["source"]], place[link["target"]]) for link in graph["links"]]
    names = [node["name"].strip() for node in graph["nodes"]]
    texts = [" ".join(node.get("description", "").split()) for node in graph["nodes"]]
    key, language = ("dbe_kt22", "en") if name.startswith("DBE") else ("wdkg", "zh")
    return EdgeSet(key, language, names, texts, edges)


def _potential(
    first: NDArray[np.int64], second: NDArray[np.int64], gap: NDArray[np.float64], n: int
) -> NDArray[np.float64]:
    """Values v of concepts, by least squares, with v[first] - v[second] = gap: what a published difference was made of."""
    import numpy as np
    from scipy.sparse import coo_matrix
    from scipy.sparse.linalg import lsqr

    rows, ones = np.arange(len(gap)), np.ones(len(gap))
    matrix = coo_matrix((np.r_[ones, -ones], (np.r_[rows, rows], np.r_[first, second])), shape=(len(gap), n))
    return np.asarray(lsqr(matrix, gap, damp=1e-6)[0])


def _rows(file: Path, mark: str = ",") -> list[list[str]]:
    with file.open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream, delimiter=mark))


def _text(file: Path) -> str:
    return file.read_text("utf-8") if file.is_file() else ""


def _numbered(pairs: Sequence[Sequence[str]]) -> tuple[list[str], NDArray[np.int64], NDArray[np.int64]]:
    import numpy as np

    names = sorted({one for pair in pairs for one in pair})
    place: Mapping[str, int] = {name: number for number, name in enumerate(names)}
    return names, np.array([place[a] for a, _ in pairs]), np.array([place[b] for _, b in pairs])

"""Features of University Course's concepts, counted in the texts of the courses and in which course needs which.

Rule: no label is known here. Reference distance after Liang et al. 2015, over courses instead of Wikipedia pages: a
concept refers to another where a course that names it needs a course that names the other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["CourseFeatures", "course_features"]

ENDS = re.compile(r"[^a-z0-9+#]+")


@dataclass(frozen=True)
class CourseFeatures:
    """`alone` (n, k): of each concept; `between`: matrices (n, n) of each ordered pair; `refd` is its column in `pairs`."""

    names: Sequence[str]
    alone: NDArray[np.float64] = field(repr=False)
    between: Sequence[NDArray[np.float64]] = field(repr=False)
    refd: int

    def pairs(self, first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.float64]:
        """The features of the pairs (first, second): shape (pairs, columns)."""
        import numpy as np

        columns = [matrix[first, second] for matrix in self.between]
        return np.c_[np.stack(columns, 1), self.alone[first], self.alone[second]]


def course_features(
    names: Sequence[str], courses: Mapping[str, str], before: Sequence[tuple[str, str]]
) -> CourseFeatures:
    """Features of `names` in `courses` (id → text, the title first); `before` holds (course, a course it needs)."""
    import numpy as np

    texts = [f" {ENDS.sub(' ', text.lower())} " for text in courses.values()]
    titles = [f" {ENDS.sub(' ', text.partition('.')[0].lower())} " for text in courses.values()]
    counts, start = _mentions(names, texts)
    titled = _mentions(names, titles)[0] > 0
    needs = _needs(list(courses), before)
    level = np.array([_level(course) for course in courses])
    there = (counts > 0).astype(float)
    many = np.maximum(there.sum(1), 1)

    def mean(of_course: NDArray[np.float64]) -> NDArray[np.float64]:
        return there @ of_course / many

    lengths = [[len(name), len(name.split())] for name in names]
    of_courses = [mean(_depth(needs)), mean(needs.sum(1)), mean(needs.sum(0)), mean(level)]
    alone = np.c_[there.sum(1), counts.sum(1), titled.sum(1), np.stack(of_courses, 1), lengths]
    between = _between(there, needs, titled.astype(float), start, texts)
    return CourseFeatures(names, alone, [*between, *_of_names(names)], refd=6)


def _between(
    there: NDArray[np.float64],
    needs: NDArray[np.float64],
    titled: NDArray[np.float64],
    start: NDArray[np.float64],
    texts: Sequence[str],
) -> list[NDArray[np.float64]]:
    import numpy as np

    many = np.maximum(there.sum(1), 1)
    together, down = there @ there.T, there @ needs @ there.T
    weight = together / np.sqrt(np.outer(many, many))
    np.fill_diagonal(weight, 1)
    refers = weight / weight.sum(1, keepdims=True) @ (down > 0).astype(float)
    order = np.zeros_like(together)
    for column in start.T:
        here = np.flatnonzero(~np.isnan(column))
        order[np.ix_(here, here)] += np.sign(column[here][None, :] - column[here][:, None])
    share = (down - down.T) / np.maximum(down + down.T, 1)
    chance = np.log((together + 0.1) * len(texts) / (np.outer(many, many) + 1))
    directed = [together / many[:, None], together / many[None, :], down, down.T]
    gaps = [share, refers - refers.T, refers, refers.T, order / np.maximum(together, 1)]
    return [together, *directed, *gaps, there @ titled.T, titled @ there.T, _alike(there, texts), chance]


def _alike(there: NDArray[np.float64], texts: Sequence[str]) -> NDArray[np.float64]:
    """Cosine between the words of the courses that name each concept."""
    import numpy as np
    from sklearn.feature_extraction.text import TfidfVectorizer

    words = TfidfVectorizer(sublinear_tf=True, stop_words="english", min_df=2).fit_transform(texts).toarray()
    sums = there @ words
    sums /= np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9)
    return np.asarray(sums @ sums.T)


def _of_names(names: Sequence[str]) -> list[NDArray[np.float64]]:
    import numpy as np

    low = [name.lower() for name in names]
    words = [set(name.split()) for name in low]
    jaccard = np.array([[len(a & b) / len(a | b) for b in words] for a in words])
    inside = np.array([[float(b in a) for b in low] for a in low])
    return [jaccard, inside, inside.T]


def _mentions(names: Sequence[str], texts: Sequence[str]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How often each name stands in each text, and where first, in 0..1 (NaN where it does not): both (names, texts)."""
    import numpy as np

    counts = np.zeros((len(names), len(texts)))
    start = np.full(counts.shape, np.nan)
    for row, name in enumerate(names):
        forms = _forms(ENDS.sub(" ", name.lower()).strip())
        for column, text in enumerate(texts):
            found = [text.find(f" {form} ") for form in forms if f" {form} " in text]
            if found:
                counts[row, column] = sum(text.count(f" {form} ") for form in forms)
                start[row, column] = min(found) / len(text)
    return counts, start


def _forms(name: str) -> set[str]:
    singular = name[:-1] if name.endswith("s") else name
    return {name, name + "s", singular, name[:-1] + "ies" if name.endswith("y") else name}


def _needs(courses: Sequence[str], before: Sequence[tuple[str, str]]) -> NDArray[np.float64]:
    import numpy as np

    place = {course: number for number, course in enumerate(courses)}
    needs = np.zeros((len(courses), len(courses)))
    for course, needed in before:
        if course in place and needed in place:
            needs[place[course], place[needed]] = 1
    return needs


def _depth(needs: NDArray[np.float64]) -> NDArray[np.float64]:
    import numpy as np

    depth = np.zeros(len(needs))
    for _ in range(12):
        depth = np.maximum(depth, (needs * (depth[None, :] + 1)).max(1))
    return depth


def _level(course: str) -> float:
    digit = re.search(r"\d", course.partition("_")[2])
    return float(digit.group()) if digit else 0.0

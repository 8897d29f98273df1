"""A data set with its split: whatever form lies in a folder, three tables come out, and no learner is in two of them.

Where the publisher made a split, it is that one; else learners are drawn with the seed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from commons.errors import BadInput
from recommender.tracing.answers import Answers, Row, parts_of, tables
from recommender.tracing.readers import read_akt, read_ednet_rows, read_gervet, read_pykt, read_table

__all__ = ["Split", "read_split"]

SHARES = (0.7, 0.1, 0.2)  # train, valid, test
HELD_BACK = 0.125  # of what the publisher gives for training, where no part is for validation
PYKT = (
    ("train_valid_sequences_quelevel.csv", "test_sequences_quelevel.csv"),
    ("train_valid.csv", "test.csv"),
    ("train_valid_sequences.csv", "test_sequences.csv"),
)
FOLDS = 5


@dataclass(frozen=True)
class Split:
    """`form` is how the data were published; `own` whether the split is the publisher's."""

    form: str
    own: bool
    train: Answers
    valid: Answers
    test: Answers

    def first(self, learners: int) -> Split:
        """A quick slice: about `learners` learners in all, in the shares of the whole; everything for 0."""
        parts = (self.train, self.valid, self.test)
        count = sum(len(part.learners) for part in parts)
        if not learners or learners >= count:
            return self
        few = [part.first(max(1, round(learners * len(part.learners) / count))) for part in parts]
        return replace(self, train=few[0], valid=few[1], test=few[2])


def read_split(place: Path, seed: int) -> Split:
    """The data set in folder `place`, or the plain table `place`, split for `seed`.

    pyKT: its test file, and fold `seed` mod 5 for validation. AKT: fold `seed` mod 5. Gervet: its test file where there
    is one. Raises BadInput where no known form lies there.
    """
    if place.is_file():
        return _drawn("table", read_table(place), seed)
    if (place / "data.txt").is_file() and (place / "skill_id_dict.txt").is_file():
        return _drawn("ednet", read_ednet_rows(place), seed)
    for first, second in PYKT:
        if (place / first).is_file() and (place / second).is_file():
            return _pykt(place / first, place / second, seed)
    if folds := sorted(place.glob(f"*_test{seed % FOLDS + 1}.csv")):
        return _akt(folds[0], seed % FOLDS + 1)
    if (place / "preprocessed_data_train.csv").is_file() and (place / "preprocessed_data_test.csv").is_file():
        train, test = (read_gervet(place / f"preprocessed_data_{one}.csv") for one in ("train", "test"))
        return _held_back("gervet", train, test, seed)
    if (place / "preprocessed_data.csv").is_file():
        return _drawn("gervet", read_gervet(place / "preprocessed_data.csv"), seed)
    found = sorted([*place.glob("*.csv"), *place.glob("*.tsv")]) if place.is_dir() else []
    if len(found) == 1:
        return _drawn("table", read_table(found[0]), seed)
    raise BadInput("no data set of a known form", where=str(place), next="docs/recommender.md names the forms.")


def _akt(test: Path, fold: int) -> Split:
    """Fold 1..5 of AKT. Its training file holds everybody else, so that without it the other folds' test files do."""

    def beside(part: str, number: int) -> Path:
        return test.with_name(test.name.replace(f"_test{fold}.csv", f"_{part}{number}.csv"))

    valid, train = read_akt(beside("valid", fold)), beside("train", fold)
    if train.is_file():
        return _apart("akt", read_akt(train), valid, read_akt(test))
    held = {row.learner for row in valid}
    others = [row for number in range(1, FOLDS + 1) if number != fold for row in read_akt(beside("test", number))]
    return _apart("akt", [row for row in others if row.learner not in held], valid, read_akt(test))


def _drawn(form: str, rows: list[Row], seed: int) -> Split:
    return Split(form, False, *parts_of(tables(rows)[0], SHARES, seed))


def _pykt(first: Path, second: Path, seed: int) -> Split:
    held = seed % FOLDS
    train = read_pykt(first, set(range(FOLDS)) - {held})
    return _apart("pykt", train, read_pykt(first, {held}), read_pykt(second))


def _apart(form: str, train: list[Row], valid: list[Row], test: list[Row]) -> Split:
    """The publisher's split, refused where a learner is in two parts of it."""
    people = [{row.learner for row in part} for part in (train, valid, test)]
    both = people[0] & people[1] | people[0] & people[2] | people[1] & people[2]
    if both:
        raise BadInput(f"{len(both)} learners are in two parts of the split, {min(both)} among them", where=form)
    return Split(form, True, *tables(train, valid, test))


def _held_back(form: str, train: list[Row], test: list[Row], seed: int) -> Split:
    if both := {row.learner for row in train} & {row.learner for row in test}:
        raise BadInput(f"{len(both)} learners are in both files, {min(both)} among them", where=form)
    whole, out = tables(train, test)
    kept, valid = parts_of(whole, (1 - HELD_BACK, HELD_BACK), seed)
    return Split(form, True, kept, valid, out)

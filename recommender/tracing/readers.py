"""Readers of the forms in which answers are published: EdNet as PEBG slices it, pyKT's CSV, AKT's folds, the
preparation of Gervet and others, plain tables; and our own learning records.

Every fault of a file is told at once, with its line; nothing is repaired in silence.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence
from pathlib import Path

from commons.errors import BadInput, Faults
from commons.records import LearningRecord
from recommender.ednet import read_ednet
from recommender.state import result
from recommender.tracing.answers import Row

__all__ = ["counted", "read_akt", "read_ednet_rows", "read_gervet", "read_pykt", "read_records", "read_table"]

SHOWN = 20  # faults told of one file
DAY = 86400.0
PLAIN = ("learner", "question", "concepts", "correct", "time")


def read_ednet_rows(folder: Path) -> list[Row]:
    """The EdNet slice in `folder`. Raises what `read_ednet` raises."""
    data = read_ednet(folder)
    return [
        Row(str(at), question, given.concepts, int(given.right))
        for at, (own, asked) in enumerate(zip(data.people, data.questions, strict=True))
        for given, question in zip(own, asked, strict=True)
    ]


def read_pykt(path: Path, folds: Iterable[int] | None = None) -> list[Row]:
    """pyKT's CSV: columns fold, uid, responses and questions or concepts (or both); timestamps (milliseconds),
    selectmasks and is_repeat where they are there. Lists stand in one cell with commas, the concepts of one answer are
    joined by `_`, -1 fills up; a row with is_repeat 1 repeats the answer before it for another concept, and is put
    together with it again. `folds`: only these.

    A learner's first answer of a row is not scored, as pyKT does it. Raises Faults with the lines.
    """
    wanted = None if folds is None else set(folds)
    rows: list[Row] = []
    faults: list[str] = []
    for line, record in _records(path, ",", ("uid", "responses")):
        try:
            if wanted is None or int(record.get("fold") or -1) in wanted:
                rows += _pykt_row(record)
        except ValueError as error:
            faults.append(f"line {line}: {error}")
    return _kept(rows, faults, path)


def _pykt_row(record: Mapping[str, str]) -> Iterator[Row]:
    columns = {name: record[name].split(",") for name in record if name not in ("fold", "uid") and record[name]}
    count = len(columns["responses"])
    known = ("questions", "concepts", "timestamps", "selectmasks", "is_repeat", "responses")
    uneven = [name for name in known if name in columns and len(columns[name]) != count]
    if uneven or not {"questions", "concepts"} & columns.keys():
        raise ValueError(f"{', '.join(uneven)} do not fit responses" if uneven else "no questions and no concepts")
    held: Row | None = None
    for at in range(count):
        cell = {name: column[at].strip() for name, column in columns.items() if name in known}
        if cell["responses"] == "-1":
            continue
        concepts = tuple(cell.get("concepts", cell.get("questions", "")).split("_"))
        if held and cell.get("is_repeat") == "1":
            held = held._replace(concepts=(*held.concepts, *concepts))
            continue
        if held:
            yield held
        time = float(cell["timestamps"]) / 1000 if cell.get("timestamps", "-1") != "-1" else math.nan
        question = cell.get("questions") or f"c{cell['concepts']}"
        scored = at > 0 and cell.get("selectmasks", "1") == "1"
        held = Row(record["uid"], question, concepts, _answer(cell["responses"]), time, scored)
    if held:
        yield held


def read_akt(path: Path) -> list[Row]:
    """One fold file of AKT: a learner has the lines `number,learner`, problems, skills, answers, or the same without
    problems (then the skill is the question). Raises Faults with the lines.
    """
    if not path.is_file():
        raise BadInput("no such fold file", where=path.name)
    lines = [line.strip().strip(",") for line in path.read_text("utf-8").splitlines() if line.strip()]
    size = _akt_size(lines, path)
    rows: list[Row] = []
    faults: list[str] = []
    for at in range(0, len(lines), size):
        *asked, answers = (line.split(",") for line in lines[at + 1 : at + size])
        skills = asked[-1]
        if not all(len(one) == len(answers) for one in asked):
            faults.append(f"line {at + 1}: {', '.join(str(len(one)) for one in [*asked, answers])} values do not fit")
            continue
        try:
            for question, skill, answer in zip(asked[0], skills, answers, strict=True):
                rows.append(Row(lines[at], question, tuple(skill.split("_")), _answer(answer)))
        except ValueError as error:
            faults.append(f"line {at + size}: {error}")
    return _kept(rows, faults, path)


def _akt_size(lines: Sequence[str], path: Path) -> int:
    """Three or four lines a learner: the last of them are the answers, so 0 and 1 all through. Where neither form is
    without fault, the longer one that divides the lines is meant.
    """
    fitting = [size for size in (4, 3) if lines and not len(lines) % size]
    for size in fitting:
        if all(set(line.replace(",", "")) <= set("01") for line in lines[size - 1 :: size]):
            return size
    if fitting:
        return fitting[0]
    raise BadInput(f"{len(lines)} lines, wanted three or four a learner", where=path.name)


def read_gervet(path: Path) -> list[Row]:
    """A prepared file of Gervet and others: tabs, columns user_id, item_id, timestamp, correct and, in most,
    skill_id (combinations of skills have numbers of their own). Without skill_id the skills come from `q_mat.npz`
    beside it: rows are items, columns skills. Raises Faults with the lines.
    """
    skills = _q_matrix(path.with_name("q_mat.npz"))
    rows: list[Row] = []
    faults: list[str] = []
    moving = False
    for line, record in _records(path, "\t", ("user_id", "item_id", "timestamp", "correct")):
        try:
            own = (record["skill_id"],) if record.get("skill_id") else skills[int(record["item_id"])]
            time = float(record["timestamp"])
            moving = moving or time != 0
            rows.append(Row(record["user_id"], record["item_id"], own, _answer(record["correct"]), time))
        except (ValueError, IndexError) as error:
            faults.append(f"line {line}: {error}")
    # Where the data have no times, the column is 0 all through.
    return _kept(rows if moving else [row._replace(time=math.nan) for row in rows], faults, path)


def _q_matrix(path: Path) -> list[tuple[str, ...]]:
    if not path.is_file():
        return []
    from scipy.sparse import load_npz

    matrix = load_npz(path).tocsr()
    return [tuple(map(str, matrix.indices[a:b])) for a, b in zip(matrix.indptr, matrix.indptr[1:], strict=False)]


def read_table(path: Path) -> list[Row]:
    """A plain table with the columns learner, question, concepts, correct, time: CSV, or tabs in `.tsv`. Concepts of
    one answer are joined by `;`, time is in seconds or empty. Where times are given, each learner's answers are put in
    their order. Raises Faults with the lines.
    """
    rows: list[Row] = []
    faults: list[str] = []
    for line, record in _records(path, "\t" if path.suffix == ".tsv" else ",", PLAIN):
        try:
            concepts = tuple(dict.fromkeys(one.strip() for one in record["concepts"].split(";") if one.strip()))
            time = float(record["time"]) if record["time"].strip() else math.nan
            if not record["learner"] or not record["question"] or math.isinf(time):
                raise ValueError("learner and question must not be empty, and a time is finite")
            rows.append(Row(record["learner"], record["question"], concepts, _answer(record["correct"]), time))
        except ValueError as error:
            faults.append(f"line {line}: {error}")
    rows = _kept(rows, faults, path)
    return rows if any(math.isnan(row.time) for row in rows) else sorted(rows, key=lambda row: row.time)


def read_records(records: Iterable[LearningRecord], solved: MutableMapping[str, float] | None = None) -> list[Row]:
    """The answers among our own learning records (oldest first) that count: those with a result; see `counted`. Half right or
    more is right.
    """
    found = ((one, result(one)) for one in records)
    rows = (
        Row(one.actor, one.item, tuple(one.concepts), int(share >= 0.5), one.time.timestamp())
        for one, share in found
        if share is not None and one.item
    )
    return list(counted(rows, solved))


def counted(rows: Iterable[Row], solved: MutableMapping[str, float] | None = None) -> Iterator[Row]:
    """`rows` without what is answered again within a day after it was right: a notebook is handed in whole. `solved`: when
    each question was last right, by learner and question, to go on with later.

    Whatever comes of it, it is left out. Were only what is right again left out, a solved exercise would come back in the
    data only where it is wrong, and a model would learn just that.
    """
    solved = {} if solved is None else solved
    for row in rows:
        key = f"{row.learner} {row.question}"
        if row.time - solved.get(key, -math.inf) < DAY:
            continue
        yield row
        if row.correct:
            solved[key] = row.time


def _answer(text: str) -> int:
    if text.strip() not in ("0", "1", "0.0", "1.0"):
        raise ValueError(f"answer {text.strip()[:20]!r} is neither 0 nor 1")
    return int(float(text))


def _records(path: Path, separator: str, wanted: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a table with their lines. Raises BadInput where a column is missing or it is no table."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, delimiter=separator, restval="")
        # A learner's cells of many answers are long; the module's own limit is 128 KiB.
        csv.field_size_limit(1 << 26)
        try:
            missing = [name for name in wanted if name not in (reader.fieldnames or ())]
            if missing:
                raise BadInput(f"no column {', '.join(missing)}", where=path.name, next=f"Wanted: {', '.join(wanted)}.")
            for record in reader:
                yield reader.line_num, {name: value for name, value in record.items() if isinstance(name, str)}
        except UnicodeDecodeError as error:
            raise BadInput(
                f"it is not UTF-8 (byte {error.object[error.start]:#04x} after line {reader.line_num})",
                where=path.name,
                next="Save the table as UTF-8 and try again.",
            ) from error
        except csv.Error as error:
            raise BadInput(f"cannot be read after line {reader.line_num}: {error}", where=path.name) from error


def _kept(rows: list[Row], faults: list[str], path: Path) -> list[Row]:
    if faults:
        more = [f"and {len(faults) - SHOWN} more"] if len(faults) > SHOWN else []
        raise Faults([*faults[:SHOWN], *more], where=path.name)
    if not rows:
        raise BadInput("no answers", where=path.name)
    return rows

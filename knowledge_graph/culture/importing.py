"""Import of a museum's file: a durable job that reads it a row at a time and keeps good rows in batches.

Rule: a batch's records, its faults, its counts and the place in the file are one transaction, so that a job that was killed
goes on behind the last batch and counts nothing twice. The same file again changes nothing.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, select

from commons.errors import BadInput, ShuyuanError
from commons.jobs import Fenced, Handler, Job, enqueue, fail, finish, job, renew
from commons.store import Store
from knowledge_graph.culture.concepts import concepts_of, is_mapped
from knowledge_graph.culture.reading import Raw
from knowledge_graph.culture.record import CultureRecord, record_faults
from knowledge_graph.culture.rights import Open
from knowledge_graph.culture.sources import Source, rows_of, source_named
from knowledge_graph.culture.store import put
from knowledge_graph.culture.tables import culture_fault, culture_import

__all__ = ["COUNTS", "JOB_KIND", "Progress", "ask", "faults_of", "job_handlers", "progress_of", "state_of_import"]

JOB_KIND = "import-museum"
BATCH = 200
# read: rows in the file; not_open: kept, images withheld; refused: the text itself is not open; unmapped: no concept but the general one.
COUNTS = ("read", "new", "changed", "same", "not_open", "unknown_rights", "refused", "unmapped", "bad")


@dataclass(frozen=True)
class Progress:
    """How far an import is: `at` of `size` bytes, and its counts so far."""

    id: str
    source: str
    file: str
    size: int
    at: int
    line: int
    counts: Mapping[str, int]


Tell = Callable[[Progress], None]


@dataclass
class _Batch:
    """What one transaction will keep."""

    records: dict[str, CultureRecord] = field(default_factory=dict)
    faults: dict[int, str] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    line: int = 0
    at: int = 0

    def count(self, what: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1


def ask(conn: Connection, source: str, file: Path) -> str:
    """Ask for the import of a file; gives the import's id. Raises NotFound for an unknown source, BadInput for no file."""
    source_named(source)
    if not file.is_file():
        found = "this is not a plain file" if file.exists() else "there is no such file"
        raise BadInput(found, where=str(file), next="Give the path of the museum's file.")
    one, now = str(uuid.uuid4()), datetime.now(UTC)
    row = {"id": one, "source": source, "file": str(file.resolve()), "size": file.stat().st_size, "at": 0, "line": 0}
    conn.execute(culture_import.insert().values(**row, counts=dict.fromkeys(COUNTS, 0), created=now, updated=now))
    enqueue(conn, JOB_KIND, one, {"import": one, "turn": source})
    return one


def progress_of(conn: Connection, import_id: str) -> Progress:
    """How far an import is."""
    row = conn.execute(select(culture_import).where(culture_import.c.id == import_id)).one()
    return Progress(
        row.id, row.source, row.file, row.size, row.at, row.line, {name: row.counts.get(name, 0) for name in COUNTS}
    )


def faults_of(conn: Connection, import_id: str, limit: int | None = None) -> Iterator[tuple[int, str]]:
    """(line, fault) of each row that was not kept, in the file's order."""
    mine = select(culture_fault.c.line, culture_fault.c.fault).where(culture_fault.c.import_id == import_id)
    rows = conn.execute(mine.order_by(culture_fault.c.line).limit(limit))
    yield from ((row.line, row.fault) for row in rows)


def job_handlers(tell: Tell | None = None) -> dict[str, Handler]:
    """The handler of this kind of job, for commons.jobs.Worker; `tell` hears of every batch."""
    return {JOB_KIND: partial(_import, tell=tell)}


def _import(one: Job, store: Store, *, tell: Tell | None) -> None:
    with store.read() as conn:
        known = progress_of(conn, str(one.payload["import"]))
    if one.is_lost:
        with store.begin() as conn:
            fail(conn, one, "the worker was lost at every try", final=True)
        return
    try:
        _read_all(one, store, known, tell)
    except Fenced:
        raise
    except (ShuyuanError, OSError) as error:
        with store.begin() as conn:
            fail(conn, one, str(error)[:1000], final=True)


def _read_all(one: Job, store: Store, known: Progress, tell: Tell | None) -> None:
    source = source_named(known.source)
    with Path(known.file).open("rb") as file:
        batch = _Batch(line=known.line)
        # Which objects the file had already: a number each, the one thing that grows with the file (some 60 bytes a row).
        seen: set[int] = set()
        for raw in rows_of(source, file):
            if raw.line <= known.line:
                _note(raw, source, seen)
                continue
            _take(raw, source, batch, seen)
            if len(batch.records) + len(batch.faults) >= BATCH:
                _keep(one, store, known.id, batch, tell)
                batch = _Batch(line=raw.line)
        batch.at = known.size
        _keep(one, store, known.id, batch, tell, is_last=True)


def _note(raw: Raw, source: Source, seen: set[int]) -> None:
    """A row that an earlier try has kept."""
    record, _ = _record(raw, source)
    if record is not None:
        seen.add(hash(record.id))


def _take(raw: Raw, source: Source, batch: _Batch, seen: set[int]) -> None:
    """Read one row into the batch: a record, or a fault with its line."""
    batch.count("read")
    batch.line, batch.at = raw.line, raw.at
    record, fault = _record(raw, source)
    if record is not None and hash(record.id) in seen:
        fault = f"object {record.id} is in the file twice; the first was kept"
        record = None
    if record is None:
        batch.count("refused" if fault.startswith("not open") else "bad")
        batch.faults[raw.line] = fault
        return
    seen.add(hash(record.id))
    batch.records[record.id] = record
    if record.image_rights.open is not Open.yes:
        batch.count("not_open")
    if Open.unknown in (record.rights.open, record.image_rights.open):
        batch.count("unknown_rights")
    if not is_mapped(concepts_of(record)):
        batch.count("unmapped")


def _record(raw: Raw, source: Source) -> tuple[CultureRecord | None, str]:
    if raw.fault:
        return None, raw.fault
    try:
        record = source.read(raw.value, hashlib.sha256(raw.data).hexdigest())
    except BadInput as error:
        return None, str(error)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        return None, f"another shape than '{source.name}' publishes ({type(error).__name__}: {str(error)[:120]})"
    if faults := record_faults(record):
        return None, "; ".join(faults)
    if record.rights.open is Open.no:
        return None, f"not open: the museum says of its text {record.rights.note[:120]!r}"
    return record, ""


def _keep(one: Job, store: Store, import_id: str, batch: _Batch, tell: Tell | None, *, is_last: bool = False) -> None:
    """Write one batch with its progress. Raises Fenced when another worker has taken the job over."""
    if not renew(store, one):
        raise Fenced(f"import {import_id} is no longer this worker's", next="The other worker goes on with it.")
    with store.begin() as conn:
        for name, number in put(conn, list(batch.records.values())).items():
            batch.counts[name] = number
        if batch.faults:
            rows = [
                {"import_id": import_id, "line": line, "fault": fault[:2000]} for line, fault in batch.faults.items()
            ]
            conn.execute(culture_fault.insert(), rows)
        known = progress_of(conn, import_id)
        counts = {name: known.counts[name] + batch.counts.get(name, 0) for name in COUNTS}
        values = {"counts": counts, "line": max(batch.line, known.line), "at": batch.at, "updated": datetime.now(UTC)}
        conn.execute(culture_import.update().where(culture_import.c.id == import_id).values(**values))
        if is_last:
            finish(conn, one, counts)
        told = progress_of(conn, import_id)
    if tell:
        tell(told)


def state_of_import(conn: Connection, import_id: str) -> tuple[str, str]:
    """(state, error) of an import's job; state as commons.jobs has it, "" for an unknown import."""
    row = conn.execute(select(job.c.state, job.c.error).where(job.c.kind == JOB_KIND, job.c.key == import_id)).first()
    return (row.state, row.error) if row else ("", "there is no such import")

"""One relational store for all rooms: SQLite (WAL) by default, PostgreSQL by URL; what `begin` has committed is on the disk.

Each room puts its tables on `metadata`; migrations are in `commons/migrations`. This module knows no table.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, DateTime, Dialect, Engine, MetaData, TypeDecorator, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, OperationalError

from commons.errors import BadInput, Unavailable

__all__ = ["Store", "UtcTime", "metadata", "migrate", "open_store"]

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

BUSY_MS = 20_000
KINDS = "Use sqlite:///PATH or postgresql+psycopg://USER:PASSWORD@HOST/DATABASE."


class UtcTime(TypeDecorator[datetime]):
    """A point in time, aware and in UTC on both databases (SQLite alone would forget the zone). Use it for every time column."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError(f"time {value} has no zone")
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


class Store:
    """The open store. `begin` writes, `read` reads; both give a SQLAlchemy connection and leave nothing open."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """One write transaction: committed and synced when the block ends, rolled back when it raises.

        Raises Unavailable when the store cannot be written (full disk, locked, server away).
        """
        try:
            with self.engine.connect() as conn, _write(conn):
                yield conn
        except OperationalError as error:
            raise _unavailable(error) from error

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection to read through; whatever is written on it is rolled back."""
        try:
            with self.engine.connect() as conn:
                yield conn
                conn.rollback()
        except OperationalError as error:
            raise _unavailable(error) from error

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


@contextmanager
def _write(conn: Connection) -> Iterator[None]:
    if conn.dialect.name == "sqlite":
        # A deferred transaction that turns into a writer cannot wait for the lock; an immediate one can.
        conn.exec_driver_sql("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        conn.rollback()
        raise
    conn.commit()


def _unavailable(error: OperationalError) -> Unavailable:
    cause = str(error.orig).strip().splitlines()[0]
    return Unavailable(
        f"the store did not answer ({cause})",
        where="database",
        next="Nothing half-written was kept. Check disk space and the database, then try again.",
    )


def open_store(url: str) -> Store:
    """Open the store at `url` (`sqlite:///…` or `postgresql+psycopg://…`); the folder of an SQLite file is made.

    Raises BadInput for a URL of another kind, Unavailable where the folder cannot be made.
    """
    parsed = _parsed(url)
    if parsed.get_backend_name() == "sqlite":
        if parsed.database and parsed.database != ":memory:":
            _ensure_folder(Path(parsed.database).parent)
        engine = create_engine(parsed, connect_args={"timeout": BUSY_MS / 1000})
        event.listen(engine, "connect", _prepare_sqlite)
    else:
        if parsed.drivername == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        engine = create_engine(parsed, pool_pre_ping=True)
    return Store(engine)


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise BadInput("the database's URL cannot be read", where="setting database_url", next=KINDS) from error
    if parsed.get_backend_name() not in ("sqlite", "postgresql"):
        raise BadInput(f"no database of the kind {parsed.drivername!r}", where="setting database_url", next=KINDS)
    return parsed


def _ensure_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Unavailable(
            f"the folder cannot be made ({error.strerror})", where=str(folder), next="Choose another SHUYUAN_HOME."
        ) from error


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # autocommit mode of the driver: transactions begin where this module says so.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    # FULL: a commit is synced before it is acknowledged, so that it survives power loss as well as `kill -9`.
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def migrate(store: Store) -> None:
    """Bring the schema to the newest version. Safe to call again and from several processes at once (one waits)."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with store.begin() as conn:
        if conn.dialect.name == "postgresql":
            conn.exec_driver_sql("SELECT pg_advisory_xact_lock(72811)")
        config.attributes["connection"] = conn
        command.upgrade(config, "head")

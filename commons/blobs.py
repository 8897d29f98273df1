"""Bytes by content address, kept in the database so that one transaction holds a row and the bytes it points to."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from sqlalchemy import Column, Connection, Integer, LargeBinary, String, Table, delete, select

from commons.errors import NotFound
from commons.store import UtcTime, metadata

__all__ = ["blob", "drop", "get", "put"]

blob = Table(
    "blob",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("data", LargeBinary, nullable=False),
    Column("size", Integer, nullable=False),
    Column("created", UtcTime, nullable=False),
)


def put(conn: Connection, data: bytes) -> str:
    """Keep `data`; gives its SHA-256 in hex. The same bytes are kept once."""
    digest = hashlib.sha256(data).hexdigest()
    if conn.execute(select(blob.c.sha256).where(blob.c.sha256 == digest)).first() is None:
        conn.execute(blob.insert().values(sha256=digest, data=data, size=len(data), created=datetime.now(UTC)))
    return digest


def get(conn: Connection, digest: str) -> bytes:
    """The bytes with that address. Raises NotFound."""
    row = conn.execute(select(blob.c.data).where(blob.c.sha256 == digest)).first()
    if row is None:
        raise NotFound(f"no stored bytes {digest[:12]}…", where="blob store")
    return bytes(row.data)


def drop(conn: Connection, digest: str) -> None:
    """Forget the bytes with that address; the caller knows that nothing else points to them."""
    conn.execute(delete(blob).where(blob.c.sha256 == digest))

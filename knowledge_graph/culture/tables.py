"""The tables of museum objects: the records, what each is tied to, and the imports with the rows they could not take.

Rule: a row of `culture_object` and its ties are written in one transaction with the progress of the import they came
from. It knows columns only.
"""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, Index, Integer, String, Table, Text

from commons.store import UtcTime, metadata

__all__ = ["culture_fault", "culture_import", "culture_link", "culture_object"]

culture_object = Table(
    "culture_object",
    metadata,
    Column("id", String(200), primary_key=True),
    Column("source", String(40), nullable=False, index=True),
    Column("record", JSON, nullable=False),
    # Of the record and its ties: tells whether anything changed.
    Column("digest", String(64), nullable=False),
    # What the search looks through, in small letters.
    Column("words", Text, nullable=False),
    Column("earliest", Integer),
    Column("created", UtcTime, nullable=False),
    Column("updated", UtcTime, nullable=False),
)

culture_link = Table(
    "culture_link",
    metadata,
    Column("object", String(200), primary_key=True),
    Column("relation", String(16), primary_key=True),
    # A concept's id, or an entity's.
    Column("target", String(200), primary_key=True),
    Index("ix_culture_link_target", "target", "object"),
)

culture_import = Table(
    "culture_import",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("source", String(40), nullable=False),
    Column("file", Text, nullable=False),
    # Bytes of the file, bytes read, and the last line that is done.
    Column("size", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("line", Integer, nullable=False),
    Column("counts", JSON, nullable=False),
    Column("created", UtcTime, nullable=False),
    Column("updated", UtcTime, nullable=False),
)

culture_fault = Table(
    "culture_fault",
    metadata,
    Column("import_id", String(36), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("fault", Text, nullable=False),
)

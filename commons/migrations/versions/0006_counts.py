"""Counts of a learner are kept in memory and no longer stored: the records are their only source."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ACTOR = sa.String(36)


def upgrade() -> None:
    for table in ("cursor", "mastery"):
        op.drop_table(table)


def downgrade() -> None:
    op.create_table(
        "mastery",
        sa.Column("actor", ACTOR, primary_key=True),
        sa.Column("concept", sa.String(120), primary_key=True),
        sa.Column("right", sa.Float, nullable=False),
        sa.Column("wrong", sa.Float, nullable=False),
        sa.Column("last", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "cursor",
        sa.Column("actor", ACTOR, primary_key=True),
        sa.Column("seq", sa.BigInteger, nullable=False),
    )

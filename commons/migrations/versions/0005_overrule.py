"""What a learner said of subjects, places and kinds; what a teacher decided about suggestions."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
ACTOR = sa.String(36)


def upgrade() -> None:
    op.create_table(
        "tag",
        sa.Column("actor", ACTOR, primary_key=True),
        sa.Column("tag", sa.String(160), primary_key=True),
        sa.Column("word", sa.String(16), nullable=False),
        sa.Column("time", TIME, nullable=False),
    )
    op.create_table(
        "overrule",
        sa.Column("course", sa.String(64), primary_key=True),
        sa.Column("actor", ACTOR, primary_key=True),
        sa.Column("word", sa.String(16), primary_key=True),
        sa.Column("target", sa.String(200), primary_key=True),
        sa.Column("author", ACTOR, nullable=False),
        sa.Column("time", TIME, nullable=False),
    )
    op.create_index("ix_overrule_author", "overrule", ["author"])


def downgrade() -> None:
    for table in ("overrule", "tag"):
        op.drop_table(table)

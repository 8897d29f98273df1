"""Museum objects: records, ties, and imports with the rows they could not take."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
OBJECT = sa.String(200)


def upgrade() -> None:
    op.create_table(
        "culture_object",
        sa.Column("id", OBJECT, primary_key=True),
        sa.Column("source", sa.String(40), nullable=False),
        sa.Column("record", sa.JSON, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("earliest", sa.Integer),
        sa.Column("created", TIME, nullable=False),
        sa.Column("updated", TIME, nullable=False),
    )
    op.create_index("ix_culture_object_source", "culture_object", ["source"])
    op.create_table(
        "culture_link",
        sa.Column("object", OBJECT, primary_key=True),
        sa.Column("relation", sa.String(16), primary_key=True),
        sa.Column("target", OBJECT, primary_key=True),
    )
    op.create_index("ix_culture_link_target", "culture_link", ["target", "object"])
    op.create_table(
        "culture_import",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("source", sa.String(40), nullable=False),
        sa.Column("file", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("line", sa.Integer, nullable=False),
        sa.Column("counts", sa.JSON, nullable=False),
        sa.Column("created", TIME, nullable=False),
        sa.Column("updated", TIME, nullable=False),
    )
    op.create_table(
        "culture_fault",
        sa.Column("import_id", sa.String(36), primary_key=True),
        sa.Column("line", sa.Integer, primary_key=True),
        sa.Column("fault", sa.Text, nullable=False),
    )


def downgrade() -> None:
    for table in ("culture_fault", "culture_import", "culture_link", "culture_object"):
        op.drop_table(table)

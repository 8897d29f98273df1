"""What a failing test said, kept with the mark for teachers."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("mark", sa.Column("said", sa.Text, nullable=False, server_default=""))


def downgrade() -> None:
    with op.batch_alter_table("mark") as mark:
        mark.drop_column("said")

"""What teachers decide: receipts and modes on marks, marks by hand, rubrics, deadlines, release of feedback, re-grading, audit."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
ACTOR = sa.String(36)
COURSE = sa.String(64)
GRADE_ID = sa.String(256)


def upgrade() -> None:
    op.add_column("attempt", sa.Column("receipt", sa.JSON))
    op.add_column("attempt", sa.Column("repairs", sa.JSON))
    op.add_column("attempt", sa.Column("late_s", sa.Float))
    op.add_column("mark", sa.Column("mode", sa.String(16), nullable=False, server_default=""))
    _by_hand()
    _rules()
    _regrading()


def _by_hand() -> None:
    op.create_table(
        "manual_mark",
        sa.Column("attempt", sa.String(36), primary_key=True),
        sa.Column("grade_id", GRADE_ID, primary_key=True),
        sa.Column("points", sa.Float),
        sa.Column("comment", sa.Text, nullable=False),
        sa.Column("items", sa.JSON, nullable=False),
        sa.Column("was", sa.JSON, nullable=False),
        sa.Column("author", ACTOR, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("time", TIME, nullable=False),
    )
    op.create_table(
        "rubric",
        sa.Column("course", COURSE, primary_key=True),
        sa.Column("assignment", COURSE, primary_key=True),
        sa.Column("grade_id", GRADE_ID, primary_key=True),
        sa.Column("items", sa.JSON, nullable=False),
        sa.Column("author", ACTOR, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("time", TIME, nullable=False),
    )


def _rules() -> None:
    op.create_table(
        "extension",
        sa.Column("course", COURSE, primary_key=True),
        sa.Column("assignment", COURSE, primary_key=True),
        sa.Column("actor", ACTOR, primary_key=True),
        sa.Column("due", TIME),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("author", ACTOR, nullable=False),
        sa.Column("time", TIME, nullable=False),
    )
    op.create_table(
        "late_rule",
        sa.Column("course", COURSE, primary_key=True),
        sa.Column("assignment", COURSE, primary_key=True),
        sa.Column("method", sa.String(16), nullable=False),
        sa.Column("percent", sa.Float, nullable=False),
        sa.Column("author", ACTOR, nullable=False),
        sa.Column("time", TIME, nullable=False),
    )
    op.create_table(
        "feedback_release",
        sa.Column("course", COURSE, primary_key=True),
        sa.Column("assignment", COURSE, primary_key=True),
        sa.Column("mode", sa.String(16), nullable=False),
        sa.Column("author", ACTOR, nullable=False),
        sa.Column("time", TIME, nullable=False),
    )


def _regrading() -> None:
    op.create_table(
        "audit",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("course", COURSE, nullable=False),
        sa.Column("assignment", COURSE, nullable=False),
        sa.Column("author", ACTOR, nullable=False),
        sa.Column("what", sa.String(40), nullable=False),
        sa.Column("detail", sa.JSON, nullable=False),
        sa.Column("time", TIME, nullable=False),
    )
    op.create_index("ix_audit_course", "audit", ["course"])
    op.create_table(
        "regrade",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("course", COURSE, nullable=False),
        sa.Column("assignment", COURSE, nullable=False),
        sa.Column("release", sa.String(160), nullable=False),
        sa.Column("manifest", sa.JSON, nullable=False),
        sa.Column("source_blob", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("done", sa.Integer, nullable=False),
        sa.Column("runs", sa.Integer, nullable=False),
        sa.Column("author", ACTOR, nullable=False),
        sa.Column("created", TIME, nullable=False),
        sa.Column("applied", TIME),
    )
    op.create_index("ix_regrade_course", "regrade", ["course"])
    op.create_table(
        "regrade_change",
        sa.Column("regrade", sa.String(36), primary_key=True),
        sa.Column("attempt", sa.String(36), primary_key=True),
        sa.Column("before", sa.Float),
        sa.Column("after", sa.Float),
        sa.Column("max_before", sa.Float),
        sa.Column("max_after", sa.Float),
        sa.Column("marks", sa.JSON, nullable=False),
        sa.Column("cells", sa.JSON, nullable=False),
        sa.Column("feedback", sa.JSON, nullable=False),
        sa.Column("receipt", sa.JSON),
        sa.Column("based_on", sa.String(64), nullable=False),
    )


def downgrade() -> None:
    for table in (
        "regrade_change",
        "regrade",
        "audit",
        "feedback_release",
        "late_rule",
        "extension",
        "rubric",
        "manual_mark",
    ):
        op.drop_table(table)
    with op.batch_alter_table("mark") as mark:
        mark.drop_column("mode")
    with op.batch_alter_table("attempt") as attempt:
        for name in ("late_s", "repairs", "receipt"):
            attempt.drop_column(name)

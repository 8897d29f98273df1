"""The first schema: people, records, jobs, blobs; courses, attempts, marks; preferences and mastery."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
ACTOR = sa.String(36)


def upgrade() -> None:
    _commons()
    _courses()
    _recommender()


def _commons() -> None:
    op.create_table(
        "person",
        sa.Column("actor", ACTOR, primary_key=True),
        sa.Column("account", sa.String(120), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("age_band", sa.String(16), nullable=False),
        sa.Column("guardian", sa.Boolean, nullable=False),
        sa.Column("created", TIME, nullable=False),
        sa.UniqueConstraint("account", name="uq_person_account"),
    )
    op.create_table(
        "record",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("actor", ACTOR, nullable=False),
        sa.Column("verb", sa.String(16), nullable=False),
        sa.Column("item", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("concepts", sa.JSON, nullable=False),
        sa.Column("score", sa.Float),
        sa.Column("success", sa.Boolean),
        sa.Column("attempt", sa.String(36), nullable=False),
        sa.Column("seconds", sa.Float),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("time", TIME, nullable=False),
        sa.UniqueConstraint("id", name="uq_record_id"),
    )
    op.create_index("ix_record_actor", "record", ["actor"])
    op.create_table(
        "job",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("payload", sa.JSON, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("token", sa.Integer, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("max_tries", sa.Integer, nullable=False),
        sa.Column("worker", sa.String(80), nullable=False),
        sa.Column("lease", TIME, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("result", sa.JSON),
        sa.Column("created", TIME, nullable=False),
        sa.Column("updated", TIME, nullable=False),
        sa.UniqueConstraint("kind", "key", name="uq_job_kind"),
    )
    op.create_index("ix_job_state", "job", ["state"])
    op.create_table(
        "blob",
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("created", TIME, nullable=False),
    )


def _courses() -> None:
    op.create_table(
        "course",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("title", sa.JSON, nullable=False),
        sa.Column("manifest", sa.JSON, nullable=False),
        sa.Column("join_code", sa.String(32), nullable=False),
        sa.Column("created", TIME, nullable=False),
        sa.UniqueConstraint("join_code", name="uq_course_join_code"),
    )
    op.create_table(
        "release",
        sa.Column("id", sa.String(160), primary_key=True),
        sa.Column("course", sa.String(64), nullable=False),
        sa.Column("assignment", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("manifest", sa.JSON, nullable=False),
        sa.Column("source_blob", sa.String(64), nullable=False),
        sa.Column("created", TIME, nullable=False),
        sa.UniqueConstraint("course", "assignment", "version", name="uq_release_course"),
    )
    op.create_table(
        "membership",
        sa.Column("course", sa.String(64), primary_key=True),
        sa.Column("actor", ACTOR, primary_key=True),
        sa.Column("role", sa.String(16), primary_key=True),
        sa.Column("created", TIME, nullable=False),
    )
    op.create_table(
        "attempt",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("course", sa.String(64), nullable=False),
        sa.Column("assignment", sa.String(64), nullable=False),
        sa.Column("release", sa.String(160), nullable=False),
        sa.Column("actor", ACTOR, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("blob", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("score", sa.Float),
        sa.Column("max_score", sa.Float),
        sa.Column("feedback", sa.JSON),
        sa.Column("created", TIME, nullable=False),
        sa.Column("graded", TIME),
        sa.UniqueConstraint("course", "assignment", "actor", "number", name="uq_attempt_course"),
    )
    op.create_index("ix_attempt_actor", "attempt", ["actor"])
    op.create_table(
        "mark",
        sa.Column("attempt", sa.String(36), primary_key=True),
        sa.Column("grade_id", sa.String(256), primary_key=True),
        sa.Column("points", sa.Float),
        sa.Column("max_points", sa.Float, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("passed", sa.Boolean),
    )


def _recommender() -> None:
    op.create_table(
        "preference",
        sa.Column("actor", ACTOR, primary_key=True),
        sa.Column("mode", sa.String(16), nullable=False),
        sa.Column("goal", sa.String(120), nullable=False),
        sa.Column("updated", TIME, nullable=False),
    )
    op.create_table(
        "mastery",
        sa.Column("actor", ACTOR, primary_key=True),
        sa.Column("concept", sa.String(120), primary_key=True),
        sa.Column("right", sa.Float, nullable=False),
        sa.Column("wrong", sa.Float, nullable=False),
        sa.Column("last", TIME, nullable=False),
    )
    op.create_table(
        "cursor",
        sa.Column("actor", ACTOR, primary_key=True),
        sa.Column("seq", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "verdict",
        sa.Column("actor", ACTOR, primary_key=True),
        sa.Column("item", sa.String(200), primary_key=True),
        sa.Column("what", sa.String(20), nullable=False),
        sa.Column("time", TIME, nullable=False),
    )


def downgrade() -> None:
    for table in ("verdict", "cursor", "mastery", "preference", "mark", "attempt", "membership", "release", "course"):
        op.drop_table(table)
    for table in ("blob", "job", "record", "person"):
        op.drop_table(table)

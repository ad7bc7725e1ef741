"""Drafts of rules, votes on matches, and published versions that nothing can change."""

import sqlalchemy as sa
from alembic import op

from storage.immutable import statements
from storage.tables import BigId, UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the new tables; offers that waited among the versions become drafts."""
    op.create_table(
        "draft",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("topic_id", BigId, nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("author", sa.Text(), server_default="", nullable=False),
        sa.Column("based_on", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("saved_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["topic_id"], ["topic.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("topic_id"),
    )
    op.create_table(
        "vote",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("item_id", BigId, nullable=False),
        sa.Column("topic_id", BigId, nullable=False),
        sa.Column("rule_id", BigId, nullable=True),
        sa.Column("subscriber_id", BigId, nullable=True),
        sa.Column("relevant", sa.Boolean(), nullable=False),
        sa.Column("voted_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["topic_id"], ["topic.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["subscriber_id"], ["subscriber.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("item_id", "topic_id", "subscriber_id"),
    )
    op.create_index("vote_topic", "vote", ["topic_id"], unique=False)
    op.create_index(op.f("ix_vote_subscriber_id"), "vote", ["subscriber_id"], unique=False)
    _move_offers()
    op.add_column("rule", sa.Column("based_on", sa.Integer(), nullable=False, server_default="0"))
    connection = op.get_bind()
    for statement in statements(connection.dialect.name):
        connection.exec_driver_sql(statement)


def _move_offers() -> None:
    """Of each topic the newest offer was the one that an editor would have looked at."""
    op.execute(
        "INSERT INTO draft (topic_id, text, author, based_on, revision, saved_at) "
        "SELECT offer.topic_id, offer.text, offer.author, COALESCE(current.number, 0), 1, offer.published_at "
        "FROM rule AS offer JOIN topic ON topic.id = offer.topic_id "
        "LEFT JOIN rule AS current ON current.id = topic.published_id "
        "WHERE offer.draft AND offer.number = "
        "(SELECT MAX(other.number) FROM rule AS other WHERE other.topic_id = offer.topic_id AND other.draft)"
    )
    op.execute("DELETE FROM rule WHERE draft")
    with op.batch_alter_table("rule") as rule:
        rule.drop_column("draft")

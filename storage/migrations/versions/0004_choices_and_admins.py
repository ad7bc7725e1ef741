"""What subscribers choose beyond topics and hours; mutes, spikes, invitations, notices, proposals."""

import sqlalchemy as sa
from alembic import op

from storage.tables import BigId, UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns of choices and the new tables."""
    _choices()
    op.create_table(
        "mute",
        sa.Column("subscriber_id", BigId, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("target_id", BigId, nullable=False),
        sa.Column("until", UtcDateTime(), nullable=True),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["subscriber_id"], ["subscriber.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("subscriber_id", "kind", "target_id"),
        sqlite_with_rowid=False,
    )
    op.drop_index("subscription_topic", table_name="subscription")
    op.create_index("subscription_topic", "subscription", ["topic_id", "subscriber_id", "how", "urgent"], unique=False)
    op.create_index("mute_target", "mute", ["kind", "target_id"], unique=False)
    op.create_index("verdict_story", "verdict", ["story_id"], unique=False)
    op.create_index("story_merged", "story", ["merged_into"], unique=False)
    _for_searching()
    _for_admins()
    _for_reports()


def _for_searching() -> None:
    op.add_column("item", sa.Column("search_due", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.create_index(
        "item_to_search",
        "item",
        ["id"],
        unique=False,
        sqlite_where=sa.text("search_due = 1"),
        postgresql_where=sa.text("search_due"),
    )
    op.create_table(
        "item_search",
        sa.Column("item_id", BigId, nullable=False),
        sa.Column("words", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("item_id"),
    )


def _choices() -> None:
    for name in ("language_chosen", "nothing_note", "chart", "weekly", "escalate"):
        op.add_column("subscriber", sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("subscriber", sa.Column("quiet_from", sa.Integer(), nullable=True))
    op.add_column("subscriber", sa.Column("quiet_to", sa.Integer(), nullable=True))
    op.add_column("subscriber", sa.Column("role", sa.Text(), nullable=False, server_default=""))
    op.add_column("subscription", sa.Column("urgent", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("alert", sa.Column("rung_sources", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("digest", sa.Column("state", sa.Text(), nullable=False, server_default="prepared"))
    op.add_column("digest", sa.Column("due_at", UtcDateTime(), nullable=True))
    op.add_column("draft", sa.Column("preview_due", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("outbox", sa.Column("attachment", sa.LargeBinary(), nullable=True))
    op.add_column("outbox", sa.Column("attachment_name", sa.Text(), nullable=False, server_default=""))


def _for_admins() -> None:
    op.create_table(
        "spike",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("topic_id", BigId, nullable=False),
        sa.Column("began_at", UtcDateTime(), nullable=False),
        sa.Column("last_at", UtcDateTime(), nullable=False),
        sa.Column("stories", sa.Integer(), nullable=False),
        sa.Column("expected", sa.Float(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["topic_id"], ["topic.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("spike_topic", "spike", ["topic_id", "began_at"], unique=False)
    op.create_table(
        "invite",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("made_by", BigId, nullable=True),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["made_by"], ["subscriber.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("token_hash"),
    )
    op.create_table(
        "notice",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("cause", sa.Text(), server_default="", nullable=False),
        sa.Column("detail", sa.Text(), server_default="", nullable=False),
        sa.Column("began_at", UtcDateTime(), nullable=False),
        sa.Column("told_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("notice_cause", "notice", ["cause"], unique=False)
    op.create_table(
        "proposal",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("topic_id", BigId, nullable=False),
        sa.Column("based_on", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("summary", sa.Text(), server_default="", nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False, server_default="open"),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("decided_by", BigId, nullable=True),
        sa.ForeignKeyConstraint(["topic_id"], ["topic.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("proposal_topic", "proposal", ["topic_id"], unique=False)


def _for_reports() -> None:
    op.create_table(
        "report",
        sa.Column("subscriber_id", BigId, nullable=False),
        sa.Column("minute", sa.Integer(), nullable=True),
        sa.Column("next_due_at", UtcDateTime(), nullable=True),
        sa.Column("asked_at", UtcDateTime(), nullable=True),
        sa.Column("covered_until", UtcDateTime(), nullable=False),
        sa.Column("last_date", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["subscriber_id"], ["subscriber.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("subscriber_id"),
    )
    op.create_table(
        "label_sheet",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("entries", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "broadcast",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("made_by", BigId, nullable=True),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), nullable=False, server_default="shown"),
        sa.Column("recipients", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["made_by"], ["subscriber.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id"),
    )

"""The console: links that sign in, sessions, saved searches, keys of Atom feeds, and ways to list and find items."""

import sqlalchemy as sa
from alembic import op

from storage.tables import BigId, UtcDateTime
from storage.word_index import statements

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the console's tables, the indexes of its lists and the index of words."""
    _people()
    _searches()
    op.create_index("item_source", "item", ["source_id", "id"], unique=False)
    op.create_index("item_language", "item", ["language", "id"], unique=False)
    op.create_index("match_standing", "match", ["topic_id", "item_id", "vanished_at"], unique=False)
    for statement in statements(op.get_bind().dialect.name):
        op.execute(sa.text(statement))


def _people() -> None:
    op.create_table(
        "web_link",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("subscriber_id", BigId, nullable=True),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("role", sa.Text(), server_default="", nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["subscriber_id"], ["subscriber.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("token_hash"),
    )
    op.create_table(
        "web_session",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("token_hash", sa.Text(), server_default="", nullable=False),
        sa.Column("subscriber_id", BigId, nullable=True),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("role", sa.Text(), server_default="", nullable=False),
        sa.Column("language", sa.Text(), server_default="", nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["subscriber_id"], ["subscriber.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token_hash"),
    )
    op.create_index("ix_web_session_subscriber_id", "web_session", ["subscriber_id"], unique=False)


def _searches() -> None:
    op.create_table(
        "saved_search",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("subscriber_id", BigId, nullable=True),
        sa.Column("owner", sa.Text(), server_default="", nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["subscriber_id"], ["subscriber.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("owner", "name"),
    )
    op.create_index("ix_saved_search_subscriber_id", "saved_search", ["subscriber_id"], unique=False)
    op.create_table(
        "atom_key",
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("subscriber_id", BigId, nullable=True),
        sa.Column("owner", sa.Text(), server_default="", nullable=False),
        sa.Column("topic_id", BigId, nullable=True),
        sa.Column("search_id", BigId, nullable=True),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["subscriber_id"], ["subscriber.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["topic_id"], ["topic.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["search_id"], ["saved_search.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("token"),
    )
    op.create_index("ix_atom_key_subscriber_id", "atom_key", ["subscriber_id"], unique=False)

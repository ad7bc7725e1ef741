"""Sketches of items and the clues that lead to them, so that items about one event find each other."""

import sqlalchemy as sa
from alembic import op

from storage.tables import BigId

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the new tables. Items of before have no sketch: exact keys go on leading to their stories."""
    op.add_column("story", sa.Column("core_item_id", BigId, nullable=True))
    op.create_table(
        "story_sketch",
        sa.Column("item_id", BigId, nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("sketch", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("item_id"),
    )
    op.create_index("story_sketch_hour", "story_sketch", ["hour"], unique=False)
    op.create_table(
        "story_clue",
        sa.Column("clue", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hour", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("item_id", BigId, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("clue", "hour", "item_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("story_clue_item", "story_clue", ["item_id"], unique=False)


def downgrade() -> None:
    """An older mediawatch does without the sketches; a backup brings it back."""
    raise NotImplementedError("restore a backup instead")

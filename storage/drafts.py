"""Texts of rules that are not yet published: one for a topic, so that two editors meet instead of overwriting."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from storage.engine import StorageError, insert_into
from storage.tables import DraftRow


class DraftTakenError(StorageError):
    """Somebody saved the draft meanwhile. Nothing was overwritten; `author` and `saved_at` say who and when."""

    def __init__(self, author: str, revision: int, saved_at: datetime) -> None:
        super().__init__(
            f"{author} saved revision {revision} of this draft at {saved_at:%Y-%m-%d %H:%M} UTC; nothing was "
            f"overwritten: look at it, take it in, then save yours with --revision {revision}"
        )
        self.author = author
        self.revision = revision
        self.saved_at = saved_at


def find(tx: Session, topic_id: int) -> DraftRow | None:
    """Return a topic's draft, or None."""
    query = select(DraftRow).where(DraftRow.topic_id == topic_id)
    return tx.exec(query.execution_options(populate_existing=True)).first()


def save(tx: Session, topic_id: int, text: str, author: str, *, based_on: int, seen: int, now: datetime) -> DraftRow:
    """Save a topic's draft and return it; its revision is one higher than `seen`, the one the editor saw (0: none).

    A draft that exists keeps the base it was begun from. Raises DraftTakenError where another revision stands there.
    """
    values = {"text": text, "author": author, "revision": seen + 1, "saved_at": now}
    if seen:
        change = update(DraftRow).where(col(DraftRow.topic_id) == topic_id, col(DraftRow.revision) == seen)
        done = tx.connection().execute(change.values(**values).returning(col(DraftRow.id))).first()
    else:
        new = insert_into(tx, DraftRow).values(topic_id=topic_id, based_on=based_on, **values)
        done = tx.connection().execute(new.on_conflict_do_nothing().returning(col(DraftRow.id))).first()
    standing = find(tx, topic_id)
    if standing is None:
        raise StorageError("the draft that you saw was published or dropped meanwhile; look again, then save anew")
    if done is None:
        raise DraftTakenError(standing.author, standing.revision, standing.saved_at)
    return standing


def drop(tx: Session, topic_id: int, seen: int | None = None) -> bool:
    """Delete a topic's draft (only the revision `seen`, where given); say whether there was one."""
    gone = delete(DraftRow).where(col(DraftRow.topic_id) == topic_id)
    if seen is not None:
        gone = gone.where(col(DraftRow.revision) == seen)
    return bool(tx.connection().execute(gone).rowcount)

"""A database copied while it is in use, and one that comes back from a copy without telling old news again."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import true, update
from sqlmodel import Session, col, delete

from storage import audit
from storage.engine import StorageError
from storage.tables import (
    ItemRow,
    OutboxRow,
    OutboxState,
    SourceRow,
    VerdictRow,
    WebLinkRow,
    WebSessionRow,
)

PAGES_A_STEP = 2_000
NOTE = "restored from a backup: it may have been told since"


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore set aside so that nothing is told twice."""

    messages: int
    waiting: int
    sources: int


def copy_database(file: Path, target: Path) -> int:
    """Write a copy of an SQLite database that is in use to a new file; return its size in bytes.

    Raises StorageError where there is no such database, or the target is there already or can't be written.
    """
    if not file.exists():
        raise StorageError(f"there is no database at {file}")
    if target.exists():
        raise StorageError(f"{target} is there already; give another name, a backup never overwrites")
    try:
        target.touch(mode=0o600)
        source, copy = sqlite3.connect(f"file:{file}?mode=ro", uri=True), sqlite3.connect(target)
        try:
            source.backup(copy, pages=PAGES_A_STEP, sleep=0.001)
            # A copy in one file: no log beside it that could be forgotten.
            copy.execute("PRAGMA journal_mode=DELETE")
        finally:
            copy.close()
            source.close()
    except (OSError, sqlite3.Error) as error:
        target.unlink(missing_ok=True)
        raise StorageError(f"the backup could not be written to {target}: {error}") from error
    return target.stat().st_size


def check_copy(file: Path) -> str:
    """Return the version of our tables in a copy. Raises StorageError where it is no sound database of ours."""
    if not file.exists():
        raise StorageError(f"there is no file {file}")
    try:
        copy = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        try:
            (said,) = copy.execute("PRAGMA quick_check(1)").fetchone()
            found = copy.execute("SELECT version_num FROM alembic_version").fetchone()
        finally:
            copy.close()
    except sqlite3.Error as error:
        raise StorageError(f"{file} is no backup of ours: {error}") from error
    if said != "ok" or found is None:
        raise StorageError(f"{file} is damaged: {said}")
    return str(found[0])


def after_restore(tx: Session, now: datetime) -> Restored:
    """Set aside what may have been told after the copy was made; return how much that was.

    What waited to be sent is dropped, what waited for a digest is let go, what was unread is old, and each source
    begins with a silent poll again. Nobody stays signed in.
    """
    open_states = [OutboxState.WAITING.value, OutboxState.SENDING.value]
    ended = {"state": OutboxState.DROPPED.value, "finished_at": now, "note": NOTE}
    messages = tx.execute(update(OutboxRow).where(col(OutboxRow.state).in_(open_states)).values(ended))
    waiting = tx.execute(update(VerdictRow).where(col(VerdictRow.waits)).values(waits=False))
    tx.execute(update(ItemRow).where(col(ItemRow.analyse_due) == true()).values(baseline=True))
    sources = tx.execute(update(SourceRow).values(baseline_done=False, etag="", last_modified="", body_hash=""))
    tx.execute(update(ItemRow).where(col(ItemRow.page_due_at).is_not(None)).values(page_due_at=None))
    tx.execute(delete(WebSessionRow))
    tx.execute(delete(WebLinkRow))
    audit.record(tx, who="command", action="restore backup", subject="database", now=now)
    return Restored(_count(messages), _count(waiting), _count(sources))


def _count(done: object) -> int:
    return int(getattr(done, "rowcount", 0))

"""Leading a source to another address: what it listed stays known, so nothing old is alerted again."""

from __future__ import annotations

from datetime import datetime

from bot.actions.manage_sources import SourceError
from storage import audit, sources
from storage.engine import Session
from storage.tables import SourceState


def move(tx: Session, source_id: int, url: str, *, who: str, now: datetime) -> str:
    """Let a source be polled at another address from now on; return its name. The address as imported stays known.

    Raises SourceError where there is no such source, or another one has this address.
    """
    row = sources.find(tx, str(source_id))
    if row is None or row.state == SourceState.REMOVED.value:
        raise SourceError(f"no source {source_id}")
    other = sources.find(tx, url)
    if other is not None and other.id != row.id:
        raise SourceError(f"source {other.id}, {other.name}, has this address already")
    before = row.url
    row.url, row.etag, row.last_modified, row.body_hash = url, "", "", ""
    row.failures, row.failing_since, row.fault, row.fault_detail = 0, None, "", ""
    row.moved_to, row.moved_since, row.moved_polls, row.next_poll_at = "", None, 0, now
    audit.record(
        tx, who=who, action="move source", subject=f"source {row.id}", before={"url": before}, after={"url": url},
        now=now,
    )  # fmt: skip
    return row.name

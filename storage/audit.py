"""What people changed: each change leaves a row in its own commit. Rows know subscribers by local numbers, never
their chats or names, and editors by their names on this machine."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from storage.tables import AuditRow


def record(
    tx: Session,
    *,
    who: str,
    action: str,
    subject: str,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    now: datetime,
) -> None:
    """Write that `who` ("subscriber 17", "editor anna", "file", a command's name) did `action` to `subject`.

    `before` and `after` hold what changed as plain values. Never put a chat id, a name, a message's text or the words
    of a private topic into any of them: this row outlives the person's wish to be forgotten.
    """
    tx.add(
        AuditRow(
            happened_at=now,
            who=who,
            action=action,
            subject=subject,
            before=dict(before or {}),
            after=dict(after or {}),
        )
    )


def latest(tx: Session, limit: int = 100) -> list[AuditRow]:
    """Return the newest changes first, at most `limit`."""
    return list(tx.exec(select(AuditRow).order_by(col(AuditRow.id).desc()).limit(limit)))

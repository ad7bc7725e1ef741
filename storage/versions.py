"""The published versions of a topic's rule: written once, never changed; the newest publish is in force."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from storage.engine import StorageError
from storage.tables import RuleRow, TopicRow

FILE_AUTHOR = "file"


class OvertakenError(StorageError):
    """Somebody published meanwhile: the text was not made from the version in force. Nothing was written."""

    def __init__(self, slug: str, based_on: int | None, number: int, author: str, published_at: datetime) -> None:
        made = (
            "does not say which version it was made from" if based_on is None else f"was made from version {based_on}"
        )
        super().__init__(
            f"{slug}: your text {made}, and {author} published version {number} at "
            f"{published_at:%Y-%m-%d %H:%M} UTC; look at it (`mediawatch rules history {slug}`), take it in, then "
            f"publish with --based-on {number}, or knowingly over it with --anyway"
        )
        self.number = number
        self.author = author
        self.published_at = published_at


class UnchangedError(StorageError):
    """The text is the one in force already."""


@dataclass(frozen=True, slots=True)
class Change:
    """A text to publish, with who, why, the version it was made from, and the measured effect.

    `based_on` 0 means from none, None that nobody knows: then only the author's own version, or a file's, is followed.
    """

    text: str
    author: str
    reason: str
    based_on: int | None
    figures: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Version:
    """One published version as people see it. `in_force` says that items are read by it today."""

    number: int
    text: str
    author: str
    reason: str
    based_on: int
    published_at: datetime
    figures: Mapping[str, Any]
    in_force: bool


def in_force(tx: Session, topic: TopicRow) -> RuleRow | None:
    """Return the version by which a topic is recognised today, None where it has none."""
    return tx.get(RuleRow, topic.published_id) if topic.published_id else None


def history(tx: Session, topic: TopicRow) -> list[Version]:
    """Return all versions of a topic's rule, the newest first."""
    query = select(RuleRow).where(RuleRow.topic_id == topic.id).order_by(col(RuleRow.number).desc())
    return [_version(row, topic) for row in tx.exec(query)]


def find(tx: Session, topic: TopicRow, number: int) -> Version | None:
    """Return one version of a topic's rule by its number, or None."""
    row = tx.exec(select(RuleRow).where(RuleRow.topic_id == topic.id, RuleRow.number == number)).first()
    return _version(row, topic) if row is not None else None


def publish(tx: Session, topic: TopicRow, change: Change, now: datetime, *, anyway: bool = False) -> Version:
    """Write a text as the topic's next version and put it in force.

    Raises OvertakenError where it was not made from the version in force (unless `anyway`), UnchangedError where it is
    that version's very text.
    """
    allow(tx, topic, change, anyway=anyway)
    return _version(add(tx, topic, change, now), topic)


def allow(tx: Session, topic: TopicRow, change: Change, *, anyway: bool = False) -> None:
    """Return where the change may be published on what is in force; raise as `publish` would where it may not."""
    current = in_force(tx, topic)
    if current is None:
        return
    if current.text == change.text and topic.removed_at is None:
        raise UnchangedError(f"{topic.slug}: version {current.number} in force has this very text; nothing to publish")
    if not anyway and not _follows(change, current):
        raise OvertakenError(topic.slug, change.based_on, current.number, current.author, current.published_at)


def _follows(change: Change, current: RuleRow) -> bool:
    if change.based_on is None:
        return current.author in (change.author, FILE_AUTHOR)
    return change.based_on == current.number


def add(tx: Session, topic: TopicRow, change: Change, now: datetime) -> RuleRow:
    """Write the next version of a topic's rule, whatever is in force, and put it in force."""
    last = tx.exec(select(func.max(RuleRow.number)).where(RuleRow.topic_id == topic.id)).one() or 0
    current = in_force(tx, topic)
    made_from = change.based_on if change.based_on is not None else current.number if current else 0
    row = RuleRow(
        topic_id=topic.id or 0,
        number=last + 1,
        text=change.text,
        author=change.author,
        reason=change.reason,
        based_on=made_from,
        figures=dict(change.figures),
        published_at=now,
    )
    tx.add(row)
    tx.flush()
    topic.published_id, topic.removed_at = row.id, None
    tx.add(topic)
    tx.flush()
    return row


def _version(row: RuleRow, topic: TopicRow) -> Version:
    return Version(
        row.number,
        row.text,
        row.author,
        row.reason,
        row.based_on,
        row.published_at,
        row.figures,
        row.id == topic.published_id,
    )

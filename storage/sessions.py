"""Who may enter the console: links that sign in once, and the sessions that follow. Of tokens only hashes are kept."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, update
from sqlmodel import Session, col, select

from storage.tables import SubscriberRow, WebLinkRow, WebSessionRow

LINK_LIVES = timedelta(minutes=10)
IDLE_ENDS = timedelta(hours=12)
SESSION_ENDS = timedelta(days=14)
# Every request would be a write otherwise.
SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as the console knows them: a subscriber's local number, or a name given on this machine. `role` is
    "reader", "editor" or "admin"."""

    name: str
    role: str
    subscriber_id: int | None = None


@dataclass(frozen=True, slots=True)
class Signed:
    """A session in force. `chosen_role` is the subscriber's role as it stands in their row today."""

    session_id: int
    person: Person
    chosen_role: str
    chat_id: int | None
    language: str
    zone: str
    made_at: datetime
    seen_at: datetime


def hash_token(token: str) -> str:
    """Return the SHA-256 of a token in hex: what is kept of it."""
    return hashlib.sha256(token.encode()).hexdigest()


def put_link(tx: Session, token: str, person: Person, now: datetime) -> datetime:
    """Keep a link that signs `person` in once; return until when it can be used. Old links are cleared away."""
    tx.execute(delete(WebLinkRow).where(col(WebLinkRow.expires_at) < now - SESSION_ENDS))
    expires_at = now + LINK_LIVES
    tx.add(
        WebLinkRow(
            token_hash=hash_token(token), subscriber_id=person.subscriber_id, name=person.name, role=person.role,
            made_at=now, expires_at=expires_at,
        )
    )  # fmt: skip
    return expires_at


def see_link(tx: Session, token: str, now: datetime) -> Person | None:
    """Return whom a link would sign in, without using it up; None where it is unknown, used or too old."""
    row = tx.get(WebLinkRow, hash_token(token))
    if row is None or row.used_at is not None or row.expires_at <= now:
        return None
    return Person(row.name, row.role, row.subscriber_id)


def use_link(tx: Session, token: str, now: datetime) -> Person | None:
    """Use a link up and return whom it signs in; None where it is unknown, used or too old. Of two at once one wins."""
    used = (
        update(WebLinkRow)
        .where(
            col(WebLinkRow.token_hash) == hash_token(token),
            col(WebLinkRow.used_at).is_(None),
            col(WebLinkRow.expires_at) > now,
        )
        .values(used_at=now)
        .returning(col(WebLinkRow.name), col(WebLinkRow.role), col(WebLinkRow.subscriber_id))
    )
    row = tx.connection().execute(used).first()
    return Person(row.name, row.role, row.subscriber_id) if row is not None else None


def open_session(tx: Session, token: str, person: Person, now: datetime) -> int:
    """Open a session for whoever holds `token`; return its number. Sessions long over are cleared away."""
    tx.execute(delete(WebSessionRow).where(col(WebSessionRow.made_at) < now - 2 * SESSION_ENDS))
    row = WebSessionRow(
        token_hash=hash_token(token), subscriber_id=person.subscriber_id, name=person.name, role=person.role,
        made_at=now, seen_at=now,
    )  # fmt: skip
    tx.add(row)
    tx.flush()
    return row.id or 0


def find(tx: Session, token: str, now: datetime) -> Signed | None:
    """Return the session of a token; None where there is none in force (ended, idle for too long, or too old)."""
    query = (
        select(WebSessionRow, SubscriberRow)
        .outerjoin(SubscriberRow, col(SubscriberRow.id) == WebSessionRow.subscriber_id)
        .where(WebSessionRow.token_hash == hash_token(token), _in_force(now))
    )
    found = tx.exec(query).first()
    if found is None:
        return None
    row, subscriber = found
    return _signed(row, subscriber)


def _signed(row: WebSessionRow, subscriber: SubscriberRow | None) -> Signed:
    return Signed(
        row.id or 0,
        Person(row.name, row.role, row.subscriber_id),
        subscriber.role if subscriber else row.role,
        subscriber.chat_id if subscriber else None,
        row.language or (subscriber.language if subscriber else ""),
        subscriber.zone if subscriber else "",
        row.made_at,
        row.seen_at,
    )


def _in_force(now: datetime) -> ColumnElement[bool]:
    return and_(
        col(WebSessionRow.ended_at).is_(None),
        col(WebSessionRow.seen_at) > now - IDLE_ENDS,
        col(WebSessionRow.made_at) > now - SESSION_ENDS,
    )


def seen(tx: Session, session_id: int, now: datetime) -> None:
    """Note that a session is in use."""
    tx.execute(update(WebSessionRow).where(col(WebSessionRow.id) == session_id).values(seen_at=now))


def choose_language(tx: Session, session_id: int, language: str) -> None:
    """Let a session's pages be in this language."""
    tx.execute(update(WebSessionRow).where(col(WebSessionRow.id) == session_id).values(language=language))


def of_person(tx: Session, person: Person, now: datetime) -> list[WebSessionRow]:
    """Return the sessions in force of a person, the newest first."""
    query = select(WebSessionRow).where(_whose(WebSessionRow, person), _in_force(now))
    return list(tx.exec(query.order_by(col(WebSessionRow.id).desc())))


def end(tx: Session, person: Person, now: datetime, session_id: int | None = None) -> int:
    """End one session of a person (None: all, and the links not yet used); return how many that were."""
    ended = update(WebSessionRow).where(_whose(WebSessionRow, person), col(WebSessionRow.ended_at).is_(None))
    if session_id is not None:
        ended = ended.where(col(WebSessionRow.id) == session_id)
    else:
        links = update(WebLinkRow).where(col(WebLinkRow.used_at).is_(None))
        tx.execute(links.where(_whose(WebLinkRow, person)).values(used_at=now))
    return int(tx.execute(ended.values(ended_at=now)).rowcount)  # type: ignore[attr-defined]


def _whose(rows: type[WebSessionRow] | type[WebLinkRow], person: Person) -> ColumnElement[bool]:
    if person.subscriber_id is not None:
        return col(rows.subscriber_id) == person.subscriber_id
    return and_(col(rows.subscriber_id).is_(None), col(rows.name) == person.name)

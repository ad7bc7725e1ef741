"""Invitations to become admin. Only a hash of each token is kept: who reads the database can't use one."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlmodel import Session, col, select

from storage.tables import InviteRow

VALID_FOR = timedelta(hours=24)
OPEN_AT_MOST = 10


def hash_token(token: str) -> str:
    """Return the SHA-256 of a token in hex. Tokens are long and random, so no salt is needed."""
    return hashlib.sha256(token.encode()).hexdigest()


def make(tx: Session, token: str, made_by: int, now: datetime) -> InviteRow | None:
    """Keep an invitation for a day; None where OPEN_AT_MOST are open already. What is long spent is deleted."""
    tx.execute(delete(InviteRow).where(col(InviteRow.expires_at) < now - VALID_FOR))
    if len(standing(tx, now)) >= OPEN_AT_MOST:
        return None
    row = InviteRow(token_hash=hash_token(token), made_by=made_by, made_at=now, expires_at=now + VALID_FOR)
    tx.add(row)
    tx.flush()
    return row


def standing(tx: Session, now: datetime) -> list[InviteRow]:
    """Return the invitations that can still be used."""
    query = select(InviteRow).where(col(InviteRow.used_at).is_(None), col(InviteRow.expires_at) > now)
    return list(tx.exec(query.order_by(col(InviteRow.expires_at))))


def use(tx: Session, token: str, now: datetime) -> InviteRow | None:
    """Spend an invitation and return it; None where there is none, or it was used, or its day is over."""
    row = tx.get(InviteRow, hash_token(token))
    if row is None or row.used_at is not None or row.expires_at <= now:
        return None
    row.used_at = now
    tx.add(row)
    return row


def withdraw(tx: Session, now: datetime) -> int:
    """End every invitation that can still be used; return how many that were."""
    rows = standing(tx, now)
    for row in rows:
        tx.delete(row)
    return len(rows)

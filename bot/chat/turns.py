"""That every update is taken exactly once, over restarts and kills (docs/adr/0006).

The number of the last update taken is written in the commit that did what it asked. Telegram counts updates upwards,
but begins anew at any number after a week of silence; it keeps an update for a day at most. So once the last one was
taken two days ago or more, nothing that was taken can come back, and every number is new.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from storage import state
from storage.engine import Session

LAST = "telegram_update"
LAST_AT = "telegram_update_at"
BOT = "telegram_bot"
FORGET_AFTER = timedelta(days=2)


def last_taken(tx: Session, bot_id: int, now: datetime) -> int | None:
    """Return the number up to which updates were taken; None where every number is new: nothing was taken yet, it was
    another bot's, or it is too long ago for Telegram to send any of it again."""
    number, taken_at = state.get(tx, LAST), state.get(tx, LAST_AT)
    if not number or state.get(tx, BOT) != str(bot_id):
        return None
    if taken_at and now - datetime.fromisoformat(taken_at) >= FORGET_AFTER:
        return None
    return int(number)


def is_taken(tx: Session, bot_id: int, update_id: int, now: datetime) -> bool:
    """Say whether this update was taken before."""
    last = last_taken(tx, bot_id, now)
    return last is not None and update_id <= last


def take(tx: Session, bot_id: int, update_id: int, now: datetime) -> None:
    """Mark this update, and all before it, as taken; it holds once the transaction is committed."""
    state.put(tx, LAST, str(update_id))
    state.put(tx, LAST_AT, now.isoformat())
    state.put(tx, BOT, str(bot_id))

"""Digests that need no hour: what was too much at once, what quiet hours held, what waits for an hour that is gone.

A flood (`Verdict.FLOOD`) is gathered as soon as no other message waits for the chat. What quiet hours held comes when
they end, to who has no digest hour; to the others with their digest. The same goes for whatever else waits for a
digest of somebody who has no hour (any more), so that nothing waits for an hour that never comes. Nothing of this
comes in quiet hours.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, time
from functools import partial

from bot.database import Database
from bot.pipeline.digest import READERS_A_COMMIT, Occasion, in_one_commit, may_write, tell
from bot.pipeline.edition import Edition
from rules.alerts import Verdict, is_quiet
from storage import digests
from storage.digests import FLOOD_SLOT
from storage.engine import Session
from storage.readers import Reader
from storage.slots import zone_of
from storage.tables import OutboxKind, SubscriberRow

# Told in good time although a digest was to repeat it, or kept back by the person's own wish: without an hour, let go.
NOT_MADE_UP_FOR = frozenset({Verdict.SEND, Verdict.TOLD, Verdict.PAUSED, Verdict.SUSPENDED, Verdict.MUTED})
GATHERED_WITHOUT_HOURS = tuple(v.value for v in Verdict if v not in NOT_MADE_UP_FOR)
GATHERED = (Verdict.FLOOD.value,)
LET_GO = tuple(v.value for v in NOT_MADE_UP_FOR)


async def gather_floods(db: Database, now: datetime) -> int:
    """Prepare digests of what waits for no hour, for chats that have no other message waiting; return how many."""
    concerned = await db.read(partial(_concerned, now=now))
    edition = Edition(now)
    prepared = 0
    for first in range(0, len(concerned), READERS_A_COMMIT):
        some = list(concerned)[first : first + READERS_A_COMMIT]
        work = partial(_gather_for, edition=edition, held=concerned)
        prepared += await in_one_commit(db, some, work, now)
    return prepared


def _concerned(tx: Session, now: datetime) -> dict[int, frozenset[str]]:
    """Return the subscribers for whom there is something to gather, or to let go, right now, with what waits."""
    kinds: dict[int, set[str]] = {}
    for number, verdict, _ in digests.waiting_subscribers(tx):
        kinds.setdefault(number, set()).add(verdict)
    with_hours = digests.with_hours(tx, kinds)
    found = {}
    for number, verdicts in kinds.items():
        let_go = number not in with_hours and verdicts & set(LET_GO)
        wanted = verdicts & set(GATHERED if number in with_hours else GATHERED_WITHOUT_HOURS)
        if let_go or (wanted and _is_free(tx, number, now)):
            found[number] = frozenset(wanted)
    return found


def _is_free(tx: Session, number: int, now: datetime) -> bool:
    """Say whether a subscriber may be written to, is not asleep, and nothing of the news waits in front."""
    person = tx.get(SubscriberRow, number)
    if person is None or not may_write(person, now) or _is_asleep(person, now):
        return False
    return not digests.open_messages(tx, person.chat_id, (OutboxKind.ALERT, OutboxKind.DIGEST))


def _is_asleep(person: SubscriberRow, now: datetime) -> bool:
    if person.quiet_from is None or person.quiet_to is None:
        return False
    start, end = (time(minute // 60 % 24, minute % 60) for minute in (person.quiet_from, person.quiet_to))
    return is_quiet((start, end), now.astimezone(zone_of(person.zone)).time())


def _gather_for(tx: Session, reader: Reader, edition: Edition, held: dict[int, frozenset[str]]) -> bool:
    """Gather for one reader what needs no hour; say whether a digest goes out."""
    number, has_hours = reader.number, bool(reader.slots)
    if not has_hours:
        digests.take_waiting(tx, number, None, LET_GO)
    if not _is_free(tx, number, edition.now):
        return False
    today = edition.now.astimezone(zone_of(reader.person.zone)).date()
    verdicts = GATHERED if has_hours else GATHERED_WITHOUT_HOURS
    return tell(tx, reader, Occasion(FLOOD_SLOT, today, title=_title(held[number]), verdicts=verdicts), edition)


def _title(verdicts: Collection[str]) -> str:
    """Return the key of the title for what is gathered."""
    if set(verdicts) == {Verdict.FLOOD.value}:
        return "flood"
    return "quiet" if set(verdicts) == {Verdict.HOLD.value} else "digest"

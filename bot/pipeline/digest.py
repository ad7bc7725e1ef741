"""Digests: all that was put down for a subscriber becomes outbox rows, in one commit with the mark that it was told.

A digest comes at the subscriber's hour, at most once for a slot and local date. Where the service was down at that hour
it comes late, up to six hours; later it is skipped, and what it would have told waits for the next one. With nothing to
say it is silent, and the slot counts as served.

A pause silences digests too: their hours pass. What happened meanwhile and was put down for a digest stands in the
first one after the pause. Who has no digest hour is not told later of what a pause kept back.

What was too much at once (`Verdict.FLOOD`) needs no hour: it is gathered into a digest as soon as no other message
waits for the chat. The same goes for whatever waits for a digest of somebody who has no hour (any more), so that
nothing waits for an hour that never comes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from functools import partial

import structlog

from bot.database import Database
from bot.delivery import render
from bot.delivery.model import AlertCard, DigestGroup
from rules.alerts import Verdict
from storage import digests, outbox
from storage.digests import FLOOD_SLOT, WaitingStory
from storage.engine import Session, may_pass
from storage.slots import next_slot, present_slot, zone_of
from storage.tables import OutboxKind, ScheduleRow, SubscriberRow, SubscriberState

log = structlog.get_logger()

LATE_AT_MOST = timedelta(hours=6)
# Told in good time although a digest was to repeat it, or kept back by the person's own wish: without an hour, let go.
NOT_MADE_UP_FOR = frozenset({Verdict.SEND, Verdict.TOLD, Verdict.PAUSED, Verdict.SUSPENDED, Verdict.MUTED})
# Quiet hours end by themselves; what they hold is theirs.
NOT_GATHERED = NOT_MADE_UP_FOR | {Verdict.HOLD}
GATHERED_WITHOUT_HOURS = tuple(v.value for v in Verdict if v not in NOT_GATHERED)
GATHERED = (Verdict.FLOOD.value,)
LET_GO = tuple(v.value for v in NOT_MADE_UP_FOR)


async def prepare_due(db: Database, now: datetime) -> int:
    """Prepare the digests whose hour has come, and plan the next ones; return how many digests have something to say.

    Each slot is a commit of its own, so a crash loses nothing. A slot that fails costs that slot only and is tried
    again at the next call. Raises what the database raises where it takes no changes.
    """
    due = await db.read(partial(digests.due_slots, now=now))
    return await _one_by_one(db, due, partial(_prepare_slot, now=now), "digest failed")


async def gather_floods(db: Database, now: datetime) -> int:
    """Prepare digests of what was too much at once, for chats that have no other message waiting; return how many."""
    concerned = await db.read(partial(_concerned, now=now))
    return await _one_by_one(db, concerned, partial(_gather_for, now=now), "flood digest failed")


async def _one_by_one(db: Database, ids: Iterable[int], work: Callable[..., bool], trouble: str) -> int:
    prepared = 0
    for number in ids:
        [done] = await asyncio.gather(db.write(partial(work, number=number)), return_exceptions=True)
        if isinstance(done, BaseException):
            if may_pass(done) or not isinstance(done, Exception):
                raise done
            log.error(trouble, number=number, error=type(done).__name__)
            continue
        prepared += done
    return prepared


def _prepare_slot(tx: Session, number: int, now: datetime) -> bool:
    """Serve one slot if it is due; say whether a digest goes out."""
    slot = tx.get(ScheduleRow, number)
    person = tx.get(SubscriberRow, slot.subscriber_id) if slot else None
    if slot is None or person is None:
        return False
    zone = zone_of(person.zone)
    due = present_slot(slot, zone, now)
    if due is None:
        return False
    done = digests.last_date(tx, number)
    late, wanted = now - due.due_at, done is None or due.local_date > done
    if late > LATE_AT_MOST:
        log.warning("digest skipped", subscriber=person.id, slot=number, due_at=due.due_at.isoformat())
    served = wanted and late <= LATE_AT_MOST and _may_write(person, now)
    slot.next_due_at = next_slot(slot, zone, now, done=due.local_date if served else done)
    tx.add(slot)
    return served and _write(tx, person, number, due.local_date, None, now)


def _concerned(tx: Session, now: datetime) -> list[int]:
    """Return the subscribers for whom there is something to gather, or to let go, right now."""
    found = [row for row in digests.waiting_subscribers(tx) if row[1] != Verdict.HOLD.value]
    with_hours = digests.with_hours(tx, {number for number, _, _ in found})
    due = {number for number, verdict, _ in found if verdict in GATHERED or number not in with_hours}
    return [number for number in sorted(due) if number not in with_hours or _is_free(tx, number, now)]


def _is_free(tx: Session, number: int, now: datetime) -> bool:
    """Say whether a subscriber may be written to and nothing of the news waits in front."""
    person = tx.get(SubscriberRow, number)
    if person is None or not _may_write(person, now):
        return False
    return not digests.open_messages(tx, person.chat_id, (OutboxKind.ALERT, OutboxKind.DIGEST))


def _gather_for(tx: Session, number: int, now: datetime) -> bool:
    """Gather for one subscriber what needs no hour; say whether a digest goes out."""
    person = tx.get(SubscriberRow, number)
    if person is None:
        return False
    has_hours = bool(digests.hours(tx, number))
    if not has_hours:
        digests.take_waiting(tx, number, None, LET_GO)
    if not _is_free(tx, number, now):
        return False
    today = now.astimezone(zone_of(person.zone)).date()
    return _write(tx, person, FLOOD_SLOT, today, GATHERED if has_hours else GATHERED_WITHOUT_HOURS, now)


def _write(
    tx: Session, person: SubscriberRow, slot: int, local_date: date, verdicts: Collection[str] | None, now: datetime
) -> bool:
    """Put all that waits into the outbox and mark it as told; a set slot counts as served even with nothing to say."""
    number = person.id or 0
    stories = digests.waiting(tx, number, verdicts)
    if not stories and slot == FLOOD_SLOT:
        return False
    digest_id = digests.open_digest(
        tx, subscriber_id=number, schedule_id=slot, local_date=local_date, stories=len(stories), now=now
    )
    if not stories:
        return False
    for part in render.digest(_groups(tx, person, stories), zone=person.zone):
        outbox.put(
            tx,
            chat_id=person.chat_id,
            kind=OutboxKind.DIGEST,
            text=part,
            now=now,
            subscriber_id=number,
            thread_id=person.thread_id,
            digest_id=digest_id,
            silent=person.silent,
        )
    digests.take_waiting(tx, number, digest_id, verdicts)
    log.info("digest prepared", subscriber=number, slot=slot, stories=len(stories))
    return True


def _groups(tx: Session, person: SubscriberRow, stories: Sequence[WaitingStory]) -> list[DigestGroup]:
    """Return the stories by topic: the topic with the widest spread story first, in each the widest spread first."""
    by_topic: dict[int, list[WaitingStory]] = {}
    for story in stories:
        by_topic.setdefault(story.topic_id, []).append(story)
    topics = digests.topics_by_id(tx, by_topic)
    return [
        DigestGroup(topics[topic_id].title(person.language), tuple(_card(story) for story in under))
        for topic_id, under in by_topic.items()
    ]


def _card(story: WaitingStory) -> AlertCard:
    return AlertCard(
        title=story.title,
        link=story.link,
        source_name=story.source_name,
        published_at=story.published_at or story.first_seen_at,
        sources_count=story.sources,
        language_count=story.languages,
    )


def _may_write(person: SubscriberRow, now: datetime) -> bool:
    paused = person.paused_until is not None and person.paused_until > now
    return person.state == SubscriberState.ACTIVE.value and not paused

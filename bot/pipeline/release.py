"""What quiet hours held back, told when they end: a few stories each as the alert that it would have been, with its
buttons and room to grow. Many at once are left to be gathered into one message (`bot.pipeline.gathering`)."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

import structlog

from bot.database import Database
from bot.pipeline import cards
from bot.pipeline.deciding import quiet_hours
from bot.pipeline.telling import Letters
from rules.alerts import Verdict, is_quiet
from storage import alerts, digests, edits, mutes, stories, subscribers
from storage.alerts import NewAlert
from storage.engine import Session
from storage.listeners import told_of
from storage.mutes import Muted
from storage.slots import zone_of
from storage.tables import How, ItemRow, SubscriberRow, SubscriberState, VerdictRow

log = structlog.get_logger()

ALERTS_AT_MOST = 3
FRESH_FOR = timedelta(hours=24)
PEOPLE_A_COMMIT = 50


async def release_held(db: Database, now: datetime) -> int:
    """Tell what quiet hours held of those whose quiet hours are over; return how many alerts that is."""
    awake = await db.read(partial(_awake, now=now))
    sent = 0
    for first in range(0, len(awake), PEOPLE_A_COMMIT):
        sent += await db.write(partial(_release, numbers=awake[first : first + PEOPLE_A_COMMIT], now=now))
    if sent:
        log.info("held alerts released", alerts=sent, subscribers=len(awake))
    return sent


def _awake(tx: Session, now: datetime) -> list[int]:
    return [person.id or 0 for person in alerts.waiting_under(tx, Verdict.HOLD.value) if may_hear(person, now)]


def may_hear(person: SubscriberRow, now: datetime) -> bool:
    """Say whether a subscriber may be written to now by their own choices and by Telegram."""
    if person.state != SubscriberState.ACTIVE.value or (person.paused_until and person.paused_until > now):
        return False
    local = now.astimezone(zone_of(person.zone)).time()
    return not is_quiet(quiet_hours(person.quiet_from, person.quiet_to), local)


def _release(tx: Session, numbers: list[int], now: datetime) -> int:
    sent = 0
    for number in numbers:
        person = tx.get(SubscriberRow, number)
        if person is None or not may_hear(person, now):
            continue
        by_story: dict[int, list[VerdictRow]] = {}
        for row in alerts.waiting_of(tx, number, Verdict.HOLD.value):
            by_story.setdefault(alerts.lead(tx, row.story_id), []).append(row)
        fresh = all(now - rows[0].decided_at <= FRESH_FOR for rows in by_story.values())
        if len(by_story) > ALERTS_AT_MOST or not fresh:
            continue
        sent += sum(_tell(tx, person, story_id, rows, now) for story_id, rows in by_story.items())
    return sent


def _tell(tx: Session, person: SubscriberRow, story_id: int, rows: list[VerdictRow], now: datetime) -> bool:
    """Tell one held story by its first item that is still wanted; say whether an alert goes out."""
    number = person.id or 0
    wanted = [row for row in rows if not _is_muted(tx, number, story_id, row, now)]
    told = number in told_of(tx, story_id)
    both = {s.topic_id for s in subscribers.subscriptions(tx, number) if s.how == How.BOTH.value}
    for row in rows:
        row.waits = False
        tx.add(row)
    if told or not wanted:
        return False
    first = wanted[0]
    first.verdict, first.waits = Verdict.SEND.value, first.topic_id in both
    tx.flush()
    members = stories.members(tx, story_id)
    new = [NewAlert(number, first.topic_id, first.item_id)]
    alert_id = alerts.open_alerts(tx, story_id, new, cards.sources_of(members), now)[number]
    letters = Letters(digests.topics_by_id(tx, [first.topic_id]), members)
    edits.put_alerts(
        tx,
        [
            edits.Words(
                alert_id, number, person.chat_id, person.thread_id,
                letters.text(tx, person, first.item_id, first.topic_id),
                cards.buttons(alert_id, person.language, kind=person.kind), 1, now, person.silent,
            )
        ],
        now,
    )  # fmt: skip
    return True


def _is_muted(tx: Session, number: int, story_id: int, row: VerdictRow, now: datetime) -> bool:
    item = tx.get(ItemRow, row.item_id)
    asked = [(Muted.STORY, story_id), (Muted.TOPIC, row.topic_id), (Muted.SOURCE, item.source_id if item else 0)]
    return any(mutes.is_muted(tx, number, kind, target, now) for kind, target in asked)

"""Digests: all that was put down for a subscriber becomes outbox rows, in one commit with the mark that it was told.

A digest comes at the subscriber's hour, at most once for a slot and local date. Where the service was down at that hour
it comes late, up to six hours, and once for all hours missed; later it is skipped: what it would have told waits for
the next one, which names it. With nothing to say it is silent (or one line, by choice), and the slot counts as served.

A pause silences digests too: their hours pass. What happened meanwhile and was put down for a digest stands in the
first one after the pause. Who has no digest hour is not told later of what a pause kept back.

What needs no hour stands in `bot.pipeline.gathering`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import structlog

from bot.database import Database
from bot.delivery import digest_message, week_message
from bot.delivery.digest_message import DigestPage, DigestTopic
from bot.pipeline import mentions, weekly
from bot.pipeline.edition import Edition
from bot.pipeline.mentions import ChartOrder, Draw
from storage import digests, outbox
from storage.engine import Session, may_pass
from storage.readers import Reader, readers
from storage.slots import Occurrence, next_slot, passed_slots, zone_of
from storage.tables import OutboxKind, ScheduleRow, SubscriberRow, SubscriberState
from storage.waiting import of_many

log = structlog.get_logger()

LATE_AT_MOST = timedelta(hours=6)
# A digest that comes later than this says so.
LATE_AT_LEAST = timedelta(minutes=15)
# So many readers share a commit: each alone would wait for the disk, all together would keep other writers waiting.
READERS_A_COMMIT = 25


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a digest is prepared for: its slot (FLOOD_SLOT: none) and local date, when it was due, its title's key, and
    which kinds of decisions it takes (None: every kind)."""

    slot: int
    local_date: date
    due_at: datetime | None = None
    title: str = "digest"
    verdicts: Collection[str] | None = None
    week: bool = False


async def prepare_due(db: Database, now: datetime, draw: Draw | None = None) -> int:
    """Prepare the digests whose hour has come, and plan the next ones; return how many digests have something to say.

    What fails costs one reader only and is tried again at the next call; a crash loses nothing. `draw` draws the charts
    of those who want one; without it there are none. Raises what the database raises where it takes no changes.
    """
    due = await db.read(partial(digests.due_subscribers, now=now))
    edition = Edition(now)
    pictures: dict[ChartOrder, bytes | None] = {}
    prepared = 0
    for first in range(0, len(due), READERS_A_COMMIT):
        some = due[first : first + READERS_A_COMMIT]
        await db.read(partial(_look_up, subscriber_ids=some, edition=edition))
        charts = await _draw(db, some, edition, pictures, draw) if draw is not None else {}
        prepared += await in_one_commit(db, some, partial(_serve, edition=edition, charts=charts), now)
    return prepared


async def in_one_commit(
    db: Database, subscriber_ids: Sequence[int], work: Callable[[Session, Reader], bool], now: datetime
) -> int:
    """Do some work for each of these readers in one commit, and return for how many it said yes. One who fails is
    logged, undone and left out."""

    def change(tx: Session) -> int:
        done = 0
        for number, reader in readers(tx, subscriber_ids, now).items():
            try:
                with tx.begin_nested():
                    done += work(tx, reader)
            except Exception as error:
                if may_pass(error):
                    raise
                log.error("digest failed", subscriber=number, error=type(error).__name__)
        return done

    return await db.write(change)


def _serve(tx: Session, reader: Reader, edition: Edition, charts: Mapping[int, tuple[ChartOrder, bytes]]) -> bool:
    """Serve the slots of a reader that are due; say whether a digest goes out."""
    person, now, zone = reader.person, edition.now, zone_of(reader.person.zone)
    served: list[tuple[ScheduleRow, Occurrence]] = []
    for slot in reader.slots:
        passed = passed_slots(slot, zone, now)
        if not passed:
            continue
        done = reader.dates.get(slot.id or 0)
        fresh = [one for one in passed if done is None or one.local_date > done] if may_write(person, now) else []
        in_time = [one for one in fresh[-1:] if now - one.due_at <= LATE_AT_MOST]
        _skip(tx, reader, slot, fresh[: len(fresh) - len(in_time)], now)
        served += [(slot, one) for one in in_time]
        done = in_time[0].local_date if in_time else done
        slot.next_due_at = next_slot(slot, zone, now, done=done)
        tx.add(slot)
    if not served:
        return False
    return _serve_together(tx, reader, served, edition, charts.get(reader.number))


def _serve_together(
    tx: Session,
    reader: Reader,
    served: list[tuple[ScheduleRow, Occurrence]],
    edition: Edition,
    chart: tuple[ChartOrder, bytes] | None,
) -> bool:
    """Prepare one digest for all slots that are due at once: the last of them has it, the others count as served."""
    served.sort(key=lambda one: one[1].due_at)
    for slot, missed in served[:-1]:
        digests.open_digest(
            tx, subscriber_id=reader.number, schedule_id=slot.id or 0, local_date=missed.local_date, stories=0,
            now=edition.now, due_at=missed.due_at, skipped=reader.skipped,
        )  # fmt: skip
    slot, present = served[-1]
    week = reader.person.weekly and weekly.is_due(present.local_date, reader.last_date)
    occasion = Occasion(slot.id or 0, present.local_date, present.due_at, week=week)
    return tell(tx, reader, occasion, edition, chart)


def _skip(tx: Session, reader: Reader, slot: ScheduleRow, missed: list[Occurrence], now: datetime) -> None:
    """Note the digests that come too late to be made up for, unless a pause would have silenced them anyway."""
    paused_until, slot_id = reader.person.paused_until, slot.id or 0
    known = {(row.schedule_id, row.local_date) for row in reader.skipped}
    heard = [one for one in missed if paused_until is None or one.due_at >= paused_until]
    for one in heard:
        if (slot_id, one.local_date) not in known:
            reader.skipped.append(
                digests.skip_digest(tx, subscriber_id=reader.number, schedule_id=slot_id, missed=one, now=now)
            )
    if heard:
        log.warning(
            "digest skipped",
            subscriber=reader.number,
            slot=slot_id,
            due_at=heard[0].due_at.isoformat(),
            last_due_at=heard[-1].due_at.isoformat(),
            digests=len(heard),
        )


def tell(
    tx: Session,
    reader: Reader,
    occasion: Occasion,
    edition: Edition,
    chart: tuple[ChartOrder, bytes] | None = None,
) -> bool:
    """Put all that waits into the outbox and mark it as told; say whether there was anything to send. A set slot counts
    as served even with nothing to say."""
    person, number, now = reader.person, reader.number, edition.now
    taken = [row for row in reader.waiting if occasion.verdicts is None or row.verdict in occasion.verdicts]
    rows = edition.wanted(tx, taken, reader.muted)
    topics = edition.topics(tx, rows, person.language)
    stories = sum(len(topic.stories) for topic in topics)
    if not stories and occasion.slot == digests.FLOOD_SLOT:
        digests.take_waiting(tx, number, None, occasion.verdicts)
        return False
    digest_id = digests.open_digest(
        tx, subscriber_id=number, schedule_id=occasion.slot, local_date=occasion.local_date, stories=stories, now=now,
        due_at=occasion.due_at, skipped=reader.skipped,
    )  # fmt: skip
    texts: list[str] = []
    if stories or (person.nothing_note and occasion.slot != digests.FLOOD_SLOT):
        texts = digest_message.digest(_page(reader, occasion, edition, topics))
    if occasion.week:
        texts += week_message.week(weekly.week_page(tx, edition, person, zone_of(person.zone), occasion.local_date))
    _put(tx, person, digest_id, texts, chart if texts else None, now)
    digests.take_named(tx, [row.verdict_id for row in rows], digest_id)
    if len(rows) < len(taken):  # what is muted by now
        digests.take_waiting(tx, number, None, occasion.verdicts)
    if texts:
        log.info("digest prepared", subscriber=number, slot=occasion.slot, stories=stories, messages=len(texts))
    return bool(texts)


def _page(reader: Reader, occasion: Occasion, edition: Edition, topics: tuple[DigestTopic, ...]) -> DigestPage:
    slotted = occasion.slot != digests.FLOOD_SLOT
    late = occasion.due_at is not None and edition.now - occasion.due_at >= LATE_AT_LEAST
    return DigestPage(
        topics,
        language=reader.person.language,
        zone=reader.person.zone,
        title=occasion.title,
        day=occasion.local_date if slotted else None,
        late_since=occasion.due_at if late else None,
        skipped=tuple(digests.take_skipped(reader.skipped)) if slotted else (),
    )


def _put(
    tx: Session,
    person: SubscriberRow,
    digest_id: int,
    texts: Sequence[str],
    chart: tuple[ChartOrder, bytes] | None,
    now: datetime,
) -> None:
    """Put the messages of a digest into the outbox, the picture last."""
    sent: list[tuple[str, bytes | None]] = [(text, None) for text in texts]
    if chart is not None:
        sent.append((digest_message.escaped(chart[0].caption(), digest_message.TITLE), chart[1]))
    for text, picture in sent:
        outbox.put(
            tx,
            chat_id=person.chat_id,
            kind=OutboxKind.DIGEST,
            text=text,
            now=now,
            subscriber_id=person.id,
            thread_id=person.thread_id,
            digest_id=digest_id,
            silent=person.silent,
            attachment=picture,
            attachment_name="mentions.png" if picture else "",
        )


def _look_up(tx: Session, subscriber_ids: Sequence[int], edition: Edition) -> None:
    """Look up for several readers at once what their digests will say, so that the writing is short."""
    edition.learn(tx, of_many(tx, subscriber_ids))


def may_write(person: SubscriberRow, now: datetime) -> bool:
    """Say whether news may be put down for a subscriber at present."""
    paused = person.paused_until is not None and person.paused_until > now
    return person.state == SubscriberState.ACTIVE.value and not paused


async def _draw(
    db: Database,
    subscriber_ids: Sequence[int],
    edition: Edition,
    pictures: dict[ChartOrder, bytes | None],
    draw: Draw,
) -> dict[int, tuple[ChartOrder, bytes]]:
    """Return the charts of those of these readers who want one, and have something to read, each drawn once."""
    orders = await db.read(partial(_orders, subscriber_ids=subscriber_ids, edition=edition))
    new = [wanted for wanted in dict.fromkeys(orders.values()) if wanted not in pictures]
    pictures.update(zip(new, await asyncio.gather(*(draw(wanted) for wanted in new)), strict=True))
    found = {number: (wanted, pictures[wanted]) for number, wanted in orders.items()}
    return {number: (wanted, picture) for number, (wanted, picture) in found.items() if picture is not None}


def _orders(tx: Session, subscriber_ids: Sequence[int], edition: Edition) -> dict[int, ChartOrder]:
    found: dict[int, ChartOrder] = {}
    for number, reader in readers(tx, subscriber_ids, edition.now).items():
        person = reader.person
        if not person.chart or not may_write(person, edition.now):
            continue
        zone: ZoneInfo = zone_of(person.zone)
        today = edition.now.astimezone(zone).date()
        week = person.weekly and weekly.is_due(today, reader.last_date)
        if not week and not reader.waiting:
            continue
        days = mentions.DAYS_WITH_WEEK if week else mentions.DAYS
        wanted = mentions.order(tx, edition, person, zone, days=days)
        if wanted is not None:
            found[number] = wanted
    return found

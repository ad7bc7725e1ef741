"""What admins are told of at once: a source of note that fails for hours, polling that stands still, our own network,
Telegram that refuses us. Each cause is told once, and once more when it is over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot.database import Database
from bot.delivery.admin_words import moment, say
from bot.delivery.text import split
from bot.feeds.model import FetchFault
from bot.metrics import Metrics
from bot.pipeline.source_health import line, trouble_of
from storage import admins, health, notices, outbox
from storage import sources as listing
from storage.engine import Session
from storage.tables import NoticeRow, OutboxKind, SourceRow, SourceState

log = structlog.get_logger()

SOURCE, POLLING, NETWORK, TELEGRAM, UPDATES, UNREAD = "source", "polling", "network", "telegram", "updates", "unread"
KINDS = (SOURCE, POLLING, NETWORK, TELEGRAM, UPDATES, UNREAD)
# Telegram can't be told of what Telegram refuses: these are told when they are over.
TOLD_AFTERWARDS = frozenset({TELEGRAM})
INTERVALS = 3
OURS_SHARE = 0.8
UNREAD_FOR = timedelta(hours=1)
DOWN_FOR = timedelta(minutes=10)
UPDATES_FOR = timedelta(minutes=2)
LIMIT = 4_000
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong now: its cause ("source 17", "polling"), what is said about it, and since when."""

    cause: str
    detail: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Line:
    """How Telegram treats us: since when it takes no messages and why, whether it is our token that it refuses, and who
    takes our updates ("": nobody)."""

    down_since: datetime | None = None
    reason: str = ""
    refused: bool = False
    updates: str = ""


@dataclass(slots=True)
class Watch:
    """Looks around at each tick. `started_at` is when the service started: what stood still before is not news.

    `speaks` says that messages reach Telegram at all; without, notices stand in the log alone.
    """

    db: Database
    metrics: Metrics
    chat_ids: Collection[int]
    notice_after: timedelta
    interval_least: timedelta
    started_at: datetime
    telegram: Callable[[], Line]
    speaks: bool = True
    refused_since: datetime | None = None
    updates_since: datetime | None = None

    async def tick(self, now: datetime) -> int:
        """Tell admins what began and what is over since the last look; return how many messages that is."""
        state = self.telegram()
        self.refused_since = (self.refused_since or state.down_since or now) if state.refused else None
        self.updates_since = (self.updates_since or now) if state.updates else None
        found = self._of_telegram(state, now)
        found += await self.db.read(lambda tx: self.look(tx, now))
        counted = Counter(kind_of(one.cause) for one in found)
        for kind in KINDS:
            self.metrics.notices.labels(kind).set(counted.get(kind, 0))
        if not await self.db.read(lambda tx: self._has_news(tx, found)):
            return 0
        return await self.db.write(lambda tx: self._settle(tx, found, now))

    def _has_news(self, tx: Session, found: Sequence[Finding]) -> bool:
        standing = notices.standing(tx)
        untold = any(row.told_at is None and kind_of(row.cause) not in TOLD_AFTERWARDS for row in standing)
        return untold or {row.cause for row in standing} != {one.cause for one in found}

    def look(self, tx: Session, now: datetime) -> list[Finding]:
        """Return what is wrong by the rows."""
        rows = [row for row in listing.listed(tx) if row.state in (SourceState.ACTIVE.value, SourceState.PAUSED.value)]
        found = self._of_sources(tx, rows, now)
        active = [row for row in rows if row.state == SourceState.ACTIVE.value]
        ours = [row for row in active if row.fault == FetchFault.OUR_NETWORK.value]
        if active and len(ours) >= OURS_SHARE * len(active):
            found.append(Finding(NETWORK, "", min(row.last_polled_at or now for row in ours)))
        found += self._of_polling(active, now)
        work = health.work(tx, now, now)
        oldest = work.oldest_unread_at
        if oldest is not None and now - max(oldest, self.started_at) >= UNREAD_FOR:
            found.append(Finding(UNREAD, str(work.unread), oldest))
        return found

    def _of_sources(self, tx: Session, rows: Sequence[SourceRow], now: datetime) -> list[Finding]:
        ill = []
        for row in rows:
            failing = row.failing_since is not None and now - row.failing_since >= self.notice_after
            gone = row.state == SourceState.PAUSED.value and bool(row.fault)
            if gone or (failing and row.state == SourceState.ACTIVE.value):
                ill.append(row)
        noted = health.of_note(tx, now, [row.id or 0 for row in ill])
        return [
            Finding(f"{SOURCE} {row.id}", row.fault_detail or row.fault, row.failing_since or now)
            for row in ill
            if row.id in noted
        ]

    def _of_polling(self, active: Sequence[SourceRow], now: datetime) -> list[Finding]:
        """Return that nothing was polled for three intervals, although something was due all the time."""
        if not active:
            return []
        pace_s = min((row.interval_s for row in active if row.interval_s > 0), default=0.0)
        patience = INTERVALS * max(timedelta(seconds=pace_s), self.interval_least)
        last = max((row.last_polled_at for row in active if row.last_polled_at), default=None)
        waiting = min((row.next_poll_at or row.added_at for row in active), default=now)
        still_since = max(waiting, last or waiting, self.started_at)
        return [Finding(POLLING, "", last or still_since)] if now - still_since >= patience else []

    def _of_telegram(self, state: Line, now: datetime) -> list[Finding]:
        found = []
        down = state.down_since
        if self.refused_since is not None:
            found.append(Finding(TELEGRAM, state.reason, self.refused_since))
        elif down is not None and now - down >= DOWN_FOR:
            found.append(Finding(TELEGRAM, state.reason, down))
        since = self.updates_since
        if since is not None and down is None and now - since >= UPDATES_FOR:
            found.append(Finding(UPDATES, state.updates, since))
        return found

    def _settle(self, tx: Session, found: Sequence[Finding], now: datetime) -> int:
        """Write what began and what ended, and put the messages about it down; return how many."""
        standing = {row.cause: row for row in notices.standing(tx)}
        wrong = {one.cause: one for one in found}
        began = [_begun(tx, one) for cause, one in wrong.items() if cause not in standing]
        over = [row for cause, row in standing.items() if cause not in wrong]
        for row in over:
            notices.end(tx, row, now)
        people = admins.reachable(tx, self.chat_ids) if self.speaks else []
        untold = [row for row in standing.values() if row.told_at is None and row.cause in wrong]
        new = [row for row in [*untold, *began] if kind_of(row.cause) not in TOLD_AFTERWARDS]
        ended = [row for row in over if row.told_at is not None or kind_of(row.cause) in TOLD_AFTERWARDS]
        if not people or not (new or ended):
            return 0
        for row in new:
            notices.told(tx, row, now)
        put = 0
        for person in people:
            for text in split(_message(tx, new, ended, person.zone, person.language), LIMIT):
                put += 1
                outbox.put(
                    tx, chat_id=person.chat_id, kind=OutboxKind.NOTICE, text=text, now=now, subscriber_id=person.id,
                    silent=person.silent or not new,
                )  # fmt: skip
        return put


def _begun(tx: Session, one: Finding) -> NoticeRow:
    log.error("admins must look", cause=one.cause, reason=one.detail, since=one.since.isoformat())
    return notices.begin(tx, one.cause, one.detail, one.since)


def _message(tx: Session, new: Sequence[NoticeRow], over: Sequence[NoticeRow], zone: str, language: str) -> str:
    said: list[str] = []
    for rows, key in ((new, "notice new"), (over, "notice over")):
        if rows:
            said.append(say("title", language, words=say(key, language)))
            said += [f"• {in_a_line(tx, row, zone, language)}" for row in rows[:SHOWN]]
        if len(rows) > SHOWN:
            said.append(say("notice more", language, number=len(rows) - SHOWN))
    return "\n".join(said)


def in_a_line(tx: Session, row: NoticeRow, zone: str, language: str) -> str:
    """Return as HTML what a notice is about: while it lasts how it stands, later from when to when it was so."""
    kind, since = kind_of(row.cause), moment(row.began_at, zone, language)
    until = moment(row.ended_at, zone, language)
    if kind != SOURCE:
        key = f"notice {kind}" if row.ended_at is None else f"notice {kind} over"
        return say(key, language, since=since, until=until, detail=row.detail)
    source = tx.get(SourceRow, int(row.cause.split()[1]))
    if source is None:
        return say("notice source gone", language)
    if row.ended_at is None:
        return line(source, trouble_of(source, row.began_at), zone, language)
    key = "notice source over" if source.state == SourceState.ACTIVE.value else "notice source left"
    return say("source line", language, name=source.name or source.url, number=source.id) + say(
        key, language, since=since, until=until
    )


def kind_of(cause: str) -> str:
    """Return which kind of cause this is."""
    return cause.partition(" ")[0]

"""The admins' daily report: what came in, what became of it, and that the sums come out.

A report covers the time since the one before: no item is counted twice, none is left out. It is made outside any write
and put down in one commit with the mark up to where it reaches.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

import structlog

from bot.database import Database
from bot.delivery.text import split
from bot.pipeline import label_sheet, proposals, report_text
from bot.pipeline.report_text import Facts
from bot.pipeline.source_health import troubles
from bot.workers import Workers
from storage import admins, health, labels, outbox, tally
from storage import sources as listing
from storage.engine import Session, may_pass
from storage.slots import zone_of
from storage.tables import OutboxKind, ReportRow, SubscriberRow, SubscriberState

log = structlog.get_logger()

LIMIT = 4_000
FAILED_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Due:
    """A report whose time has come: whose it is and where it begins."""

    person: SubscriberRow
    since: datetime


@dataclass(slots=True)
class Reporter:
    """Makes the reports that are due. `chat_ids` are the admins that the settings name."""

    db: Database
    judges: Workers
    chat_ids: Collection[int]
    rng: Random
    measure: proposals.Measure

    async def tick(self, now: datetime) -> int:
        """Put down the reports whose hour has come, or that were asked for; return how many."""
        if not await self.db.read(lambda tx: self._is_busy(tx, now)):
            return 0
        due = await self.db.write(lambda tx: self._take_stock(tx, now))
        if due:
            await proposals.renew(self.db, self.judges, self.measure, now)
        done = 0
        for one in due:
            try:
                done += await self._report(one, now)
            except Exception as error:
                if may_pass(error):
                    raise
                log.exception("report failed", subscriber=one.person.id)
                await self.db.write(lambda tx, one=one: self._put_off(tx, one, now))  # type: ignore[misc]
        return done

    def _is_busy(self, tx: Session, now: datetime) -> bool:
        return bool(admins.due(tx, now)) or any(self._is_misplanned(tx, row, now) for row in health.reports(tx))

    def _is_misplanned(self, tx: Session, row: ReportRow, now: datetime) -> bool:
        """Say whether an admin moved their clock, so that the hour of the report is another moment now."""
        person = tx.get(SubscriberRow, row.subscriber_id)
        if person is None or row.next_due_at is None or row.next_due_at <= now:
            return False
        return row.next_due_at != admins.next_time(row, person, now)

    def _take_stock(self, tx: Session, now: datetime) -> list[Due]:
        """Plan anew what must be, and return the reports to make now."""
        known = {person.id: person for person in admins.listed(tx, self.chat_ids)}
        for row in health.reports(tx):
            person = known.get(row.subscriber_id)
            if person is None:
                tx.delete(row)
            elif self._is_misplanned(tx, row, now):
                admins.plan(tx, row, person, now)
        found = []
        for row in admins.due(tx, now):
            person = known.get(row.subscriber_id)
            if person is None:
                continue
            paused = person.paused_until is not None and person.paused_until > now and row.asked_at is None
            if person.state == SubscriberState.ACTIVE.value and not paused:
                found.append(Due(person, row.covered_until))
            else:
                # The hour passes; the next report covers this time too.
                self._served(tx, row, person, now)
        return found

    async def _report(self, due: Due, now: datetime) -> int:
        facts = await self.db.read(lambda tx: gather(tx, due.since, now))
        entries = await label_sheet.choose(self.db, self.judges, label_sheet.Span(due.since, now), self.rng)
        put = await self.db.write(lambda tx: self._put(tx, due, facts, entries, now))
        log.info("report prepared", subscriber=due.person.id, messages=put, seen=facts.tally.seen)
        return int(put > 0)

    def _put(self, tx: Session, due: Due, facts: Facts, entries: list[dict[str, Any]], now: datetime) -> int:
        row = tx.get(ReportRow, due.person.id or 0)
        person = tx.get(SubscriberRow, due.person.id or 0)
        if row is None or person is None or row.covered_until != due.since:
            return 0
        texts: list[tuple[str, label_sheet.Buttons]] = [
            (text, ()) for text in split(report_text.report(facts, person.zone, person.language), LIMIT)
        ]
        if entries:
            texts.append(label_sheet.shown(tx, labels.keep_sheet(tx, entries, now), person))
        texts += proposals.messages(tx, person)
        for number, (text, buttons) in enumerate(texts):
            outbox.put(
                tx, chat_id=person.chat_id, kind=OutboxKind.NOTICE, text=text, now=now, subscriber_id=person.id,
                buttons=buttons, silent=person.silent or number > 0,
            )  # fmt: skip
        row.covered_until = now
        self._served(tx, row, person, now)
        return len(texts)

    def _served(self, tx: Session, row: ReportRow, person: SubscriberRow, now: datetime) -> None:
        if row.next_due_at is not None and row.next_due_at <= now:
            row.last_date = now.astimezone(zone_of(person.zone)).date()
        row.asked_at = None
        admins.plan(tx, row, person, now)

    def _put_off(self, tx: Session, due: Due, now: datetime) -> None:
        """Leave a report that can't be made to the next day: it covers this time then."""
        row = tx.get(ReportRow, due.person.id or 0)
        if row is not None:
            self._served(tx, row, due.person, now)


def gather(tx: Session, since: datetime, until: datetime) -> Facts:
    """Return what a report tells, all of one moment."""
    rows = listing.listed(tx)
    ill = troubles(rows, until)
    return Facts(
        since,
        until,
        tally.tally(tx, since, until),
        health.messages(tx, since, until),
        health.messages_total(tx, since, until),
        tuple(health.failed_messages(tx, since, until, FAILED_SHOWN)),
        tuple(health.suspended(tx)),
        tuple(rows),
        tuple(ill),
        frozenset(health.of_note(tx, until, [one.source.id or 0 for one in ill])),
    )

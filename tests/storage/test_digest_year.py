"""Four hundred days of digests on six clocks: for every slot, each local date once, none twice and none left out."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import Session, SQLModel, select

from bot.pipeline.digest import _serve
from bot.pipeline.edition import Edition
from storage import digests, subscribers
from storage.engine import open_engine, writing
from storage.readers import readers
from storage.slots import coming_slots, first_moment, next_slot, passed_slots
from storage.tables import DigestRow, DigestState, ScheduleRow

ZONES = (
    "Europe/Kyiv",
    "Europe/Berlin",
    "America/New_York",
    "Africa/Cairo",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
)
DAYS = 400
SLOTS = tuple(range(0, 24 * 60, 30))
BEGAN_ON = date(2026, 1, 15)


def began_at(zone: ZoneInfo, day: date = BEGAN_ON) -> datetime:
    """Return the moment just before a local date begins."""
    return first_moment(day, 0, zone) - timedelta(seconds=1)


def all_days() -> list[date]:
    return [BEGAN_ON + timedelta(days=number) for number in range(DAYS)]


@pytest.mark.parametrize("name", ZONES)
def test_every_slot_serves_every_date_once(name: str) -> None:
    zone = ZoneInfo(name)
    for minute in SLOTS:
        slot = ScheduleRow(id=1, subscriber_id=1, minute=minute, weekdays=127)
        slot.next_due_at = next_slot(slot, zone, began_at(zone))
        served: list[date] = []
        moments: list[datetime] = []
        while len(served) < DAYS:
            assert slot.next_due_at is not None
            now = slot.next_due_at + timedelta(seconds=2)
            [present] = passed_slots(slot, zone, now)
            served.append(present.local_date)
            moments.append(present.due_at)
            slot.next_due_at = next_slot(slot, zone, now, done=present.local_date)
        assert served == all_days()
        assert moments == sorted(set(moments))
        shown = [at.astimezone(zone) for at in moments]
        # The wall clock shows the slot's minute, but on a day whose clocks skip it: then the first moment after.
        odd = [at for at in shown if at.hour * 60 + at.minute != minute]
        assert len(odd) <= 2
        assert all(0 < at.hour * 60 + at.minute - minute <= 60 for at in odd)


@pytest.mark.parametrize("name", ZONES)
@pytest.mark.parametrize("weekdays", [0b0000001, 0b0011111, 0b1100000])
def test_a_slot_of_some_weekdays_serves_just_these(name: str, weekdays: int) -> None:
    zone = ZoneInfo(name)
    slot = ScheduleRow(id=1, subscriber_id=1, minute=150, weekdays=weekdays)
    wanted = [day for day in all_days() if (weekdays >> day.weekday()) & 1]
    coming = coming_slots(slot, zone, began_at(zone), len(wanted))
    assert [one.local_date for one in coming] == wanted


def stretches(zone: ZoneInfo) -> list[tuple[date, date]]:
    """Return, for each change of the clocks within the year (and its first days), the nine days around."""
    noons = {day: datetime(day.year, day.month, day.day, 12, tzinfo=zone).utcoffset() for day in all_days()}
    changes = [day for day in all_days()[5:-5] if noons[day] != noons[day - timedelta(days=1)]]
    return [(day - timedelta(days=4), day + timedelta(days=4)) for day in [all_days()[5], *changes]]


@pytest.mark.parametrize("name", ZONES)
def test_through_the_database_each_slot_and_date_has_its_one_digest(name: str, tmp_path: Path) -> None:
    """Thinner: the days around each change of the clocks, each hour served twice over, as after a restart."""
    zone = ZoneInfo(name)
    engine = open_engine(f"sqlite:///{tmp_path / 'year.sqlite3'}")
    SQLModel.metadata.create_all(engine)
    for chat_id, (first, last) in enumerate(stretches(zone), start=1):
        now = began_at(zone, first)
        with writing(engine) as tx:
            person = subscribers.find_or_add(tx, chat_id, kind="private", language="en", zone=name, now=now)
            who = person.id or 0
            ids = {slot.id or 0 for slot in digests.set_hours(tx, who, [0, 150, 23 * 60 + 30], zone, now)}
        while now < began_at(zone, last + timedelta(days=1)):
            with writing(engine) as tx:
                now = _tick(tx, who, now)
        with writing(engine) as tx:
            rows = tx.exec(select(DigestRow).where(DigestRow.subscriber_id == who)).all()
        assert all(row.state == DigestState.PREPARED.value for row in rows)
        served = Counter((row.schedule_id, row.local_date) for row in rows)
        days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
        assert set(served.values()) == {1}
        assert not [(slot, day) for slot in ids for day in days if (slot, day) not in served]
    engine.dispose()


def _tick(tx: Session, who: int, now: datetime) -> datetime:
    """Serve what is due, twice as after a restart, and return when to look next: soon after the next slot."""
    for _ in range(2):
        _serve(tx, readers(tx, [who], now)[who], Edition(now), {})
        tx.flush()
    due = [slot.next_due_at for slot in digests.hours(tx, who) if slot.next_due_at]
    return min(due) + timedelta(seconds=7)

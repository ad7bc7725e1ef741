"""When digests are due: on every clock on earth, over its changes, and once for each date."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, SQLModel

from storage import digests, subscribers
from storage.engine import Engine, open_engine, writing
from storage.slots import first_moment, next_slot, occurrences, present_slot, zone_of
from storage.tables import ScheduleRow

ZONES = (
    "Europe/Minsk",
    "Europe/Kyiv",
    "Europe/Berlin",
    "America/New_York",
    "Africa/Cairo",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "America/Santiago",
    "Asia/Beirut",
)
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
zones = st.sampled_from(ZONES).map(ZoneInfo)
moments = st.timedeltas(timedelta(0), timedelta(days=9_500)).map(
    lambda passed: datetime(2010, 1, 1, tzinfo=UTC) + passed
)
minutes = st.integers(0, 1439)
weekdays = st.integers(1, 127)


def slot(minute: int, weekdays: int = 127, due_at: datetime | None = None) -> ScheduleRow:
    return ScheduleRow(subscriber_id=1, minute=minute, weekdays=weekdays, next_due_at=due_at)


@pytest.mark.parametrize(
    ("zone", "day", "minute", "expected"),
    [
        ("Europe/Berlin", date(2026, 11, 23), 540, "2026-11-23T08:00:00+00:00"),
        ("Asia/Kathmandu", date(2026, 11, 23), 540, "2026-11-23T03:15:00+00:00"),
        # The clocks go from 2:00 to 3:00: half past two is skipped, three is the first moment after.
        ("Europe/Berlin", date(2026, 3, 29), 150, "2026-03-29T01:00:00+00:00"),
        # They go from 3:00 back to 2:00: the first half past two counts.
        ("Europe/Berlin", date(2026, 10, 25), 150, "2026-10-25T00:30:00+00:00"),
        # Half an hour is skipped at 2:00.
        ("Australia/Lord_Howe", date(2026, 10, 4), 135, "2026-10-03T15:30:00+00:00"),
        # Midnight itself is skipped.
        ("Africa/Cairo", date(2026, 4, 24), 0, "2026-04-23T22:00:00+00:00"),
        # A whole day is left out.
        ("Pacific/Apia", date(2011, 12, 30), 540, "2011-12-30T10:00:00+00:00"),
    ],
)
def test_a_local_hour_becomes_its_moment_also_where_the_clocks_change(
    zone: str, day: date, minute: int, expected: str
) -> None:
    assert first_moment(day, minute, ZoneInfo(zone)).isoformat() == expected


@given(zones, st.dates(date(2010, 1, 1), date(2036, 1, 1)), minutes)
@settings(max_examples=300, deadline=None)
def test_the_first_moment_shows_the_hour_or_is_the_first_after_the_gap(zone: ZoneInfo, day: date, minute: int) -> None:
    moment = first_moment(day, minute, zone)
    wall = datetime.combine(day, time(minute // 60, minute % 60))
    before = (moment - timedelta(seconds=1)).astimezone(zone).replace(tzinfo=None)
    assert moment.astimezone(zone).replace(tzinfo=None) >= wall
    assert before < wall


@given(zones, moments, minutes, weekdays)
@settings(max_examples=300, deadline=None)
def test_the_next_time_is_later_and_none_lies_between(
    zone: ZoneInfo, after: datetime, minute: int, weekdays: int
) -> None:
    due_at = next_slot(slot(minute, weekdays), zone, after)
    assert due_at is not None
    assert due_at > after
    assert due_at - after <= timedelta(days=9)
    today = after.astimezone(zone).date()
    around = occurrences(slot(minute, weekdays), zone, today - timedelta(days=2), today + timedelta(days=10))
    assert [o.due_at for o in around if after < o.due_at < due_at] == []
    assert due_at in {o.due_at for o in around}


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("minute", [0, 30, 150, 540, 1439])
def test_a_year_of_days_has_each_date_once(zone: str, minute: int) -> None:
    row, clock, dates = slot(minute), ZoneInfo(zone), []
    now = datetime(2026, 1, 1, tzinfo=UTC)
    row.next_due_at = next_slot(row, clock, now)
    for _ in range(400):
        assert row.next_due_at is not None
        now = row.next_due_at + timedelta(seconds=2)
        due = present_slot(row, clock, now)
        assert due is not None
        dates.append(due.local_date)
        row.next_due_at = next_slot(row, clock, now, done=due.local_date)
    assert [later - earlier for earlier, later in pairwise(dates)] == [timedelta(days=1)] * 399


def test_after_a_long_downtime_only_the_newest_occurrence_is_due() -> None:
    row = slot(540, due_at=NOON - timedelta(days=30, hours=3))
    due = present_slot(row, ZoneInfo("UTC"), NOON)
    assert due is not None
    assert (due.local_date, due.due_at) == (NOON.date(), NOON.replace(hour=9))


def test_a_slot_without_weekdays_is_never_due() -> None:
    assert next_slot(slot(540, weekdays=0), ZoneInfo("UTC"), NOON) is None


def test_an_unknown_zone_is_read_as_utc() -> None:
    assert {zone_of(name).key for name in ("", "../../etc/passwd", "Mars/Olympus", "\0")} == {"UTC"}


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = open_engine(f"sqlite:///{tmp_path / 'digests.sqlite3'}")
    SQLModel.metadata.create_all(made)
    yield made
    made.dispose()


def person(tx: Session, chat_id: int = 1) -> int:
    row = subscribers.find_or_add(tx, chat_id, kind="private", language="en", zone="UTC", now=NOON)
    return row.id or 0


UTC_ZONE = ZoneInfo("UTC")


def test_a_moved_hour_keeps_its_slot_so_that_its_date_is_not_served_twice(engine: Engine) -> None:
    with writing(engine) as tx:
        who = person(tx)
        [morning] = digests.set_hours(tx, who, [9 * 60], UTC_ZONE, NOON - timedelta(hours=6))
        digests.open_digest(
            tx, subscriber_id=who, schedule_id=morning.id or 0, local_date=NOON.date(), stories=3, now=NOON
        )
        [moved] = digests.set_hours(tx, who, [18 * 60], UTC_ZONE, NOON)
    assert moved.id == morning.id
    assert moved.next_due_at == NOON.replace(day=24, hour=18)


def test_hours_that_stay_keep_their_next_time_while_others_come_and_go(engine: Engine) -> None:
    with writing(engine) as tx:
        who = person(tx)
        first = digests.set_hours(tx, who, [9 * 60, 18 * 60], UTC_ZONE, NOON)
        kept = {row.minute: (row.id, row.next_due_at) for row in first}
        second = digests.set_hours(tx, who, [18 * 60, 7 * 60, 20 * 60], UTC_ZONE, NOON)
    assert [row.minute for row in second] == [7 * 60, 18 * 60, 20 * 60]
    assert (second[1].id, second[1].next_due_at) == kept[18 * 60]


def test_no_hours_are_no_slots(engine: Engine) -> None:
    with writing(engine) as tx:
        who = person(tx)
        digests.set_hours(tx, who, [1, 2, 3], UTC_ZONE, NOON)
        assert digests.set_hours(tx, who, [], UTC_ZONE, NOON) == []


def test_a_slots_number_is_never_given_to_another_person(engine: Engine) -> None:
    with writing(engine) as tx:
        [row] = digests.set_hours(tx, person(tx, 1), [60], UTC_ZONE, NOON)
        former = row.id
        digests.set_hours(tx, person(tx, 1), [], UTC_ZONE, NOON)
    with writing(engine) as tx:
        [row] = digests.set_hours(tx, person(tx, 2), [60], UTC_ZONE, NOON)
        assert row.id != former


def test_the_number_of_a_forgotten_person_is_never_given_to_another(engine: Engine) -> None:
    with writing(engine) as tx:
        who = subscribers.find_or_add(tx, 5, kind="private", language="en", zone="UTC", now=NOON)
        former = who.id
        subscribers.forget(tx, who)
    with writing(engine) as tx:
        assert person(tx, 6) != former


def test_the_database_refuses_a_second_digest_of_a_slot_on_a_date(engine: Engine) -> None:
    with writing(engine) as tx:
        who = person(tx)
        digests.open_digest(tx, subscriber_id=who, schedule_id=7, local_date=NOON.date(), stories=1, now=NOON)
    with pytest.raises(IntegrityError), writing(engine) as tx:
        digests.open_digest(tx, subscriber_id=who, schedule_id=7, local_date=NOON.date(), stories=1, now=NOON)


def test_a_change_of_zone_gives_no_second_digest_on_a_date(engine: Engine) -> None:
    with writing(engine) as tx:
        who = person(tx)
        kathmandu, honolulu = ZoneInfo("Asia/Kathmandu"), ZoneInfo("Pacific/Honolulu")
        [row] = digests.set_hours(tx, who, [9 * 60], kathmandu, datetime(2026, 11, 22, 12, tzinfo=UTC))
        served = date(2026, 11, 23)
        digests.open_digest(tx, subscriber_id=who, schedule_id=row.id or 0, local_date=served, stories=1, now=NOON)
        digests.replan(tx, who, honolulu, datetime(2026, 11, 23, 4, tzinfo=UTC))
        assert row.next_due_at == datetime(2026, 11, 24, 19, tzinfo=UTC)
        assert row.next_due_at.astimezone(honolulu).date() == date(2026, 11, 24)

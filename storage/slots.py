"""When a digest slot is due on the subscriber's own clock. Pure: zones and dates in, moments out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from storage.tables import ScheduleRow

EVERY_DAY = 127
# Nine days hold every weekday once, also where a zone leaves a day out.
DAYS_AHEAD = timedelta(days=9)
DAY = timedelta(days=1)
PASSED_AT_MOST = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One digest of a slot: the local date it belongs to, and the moment it is due."""

    local_date: date
    due_at: datetime


def zone_of(name: str) -> ZoneInfo:
    """Return the zone of this name; UTC where the system does not know it (any more)."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def first_moment(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """Return the UTC moment at which the clocks of `zone` first show `minute` of `day`.

    Where they skip it (summer time begins, a day left out), the first moment after the gap; where they show it twice,
    the first time.
    """
    wall = datetime.combine(day, time(minute // 60, minute % 60), tzinfo=zone)
    later = wall.astimezone(UTC)
    if later.astimezone(zone).replace(tzinfo=None) == wall.replace(tzinfo=None):
        return later
    # In a gap fold=1 reads the wall clock by the offset after the change and so lands before it; fold=0 lands after.
    before, after = wall.replace(fold=1).astimezone(UTC), later
    offset_after = after.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) // 2
        if middle.astimezone(zone).utcoffset() == offset_after:
            after = middle
        else:
            before = middle
    return after.replace(microsecond=0)


def occurrences(schedule: ScheduleRow, zone: ZoneInfo, first: date, last: date) -> list[Occurrence]:
    """Return the slot's occurrences that belong to the local dates from `first` to `last`, in order."""
    return list(_occurrences(schedule, zone, first, last))


def _occurrences(schedule: ScheduleRow, zone: ZoneInfo, first: date, last: date) -> Iterator[Occurrence]:
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    for day in days:
        if (schedule.weekdays >> day.weekday()) & 1:
            yield Occurrence(day, first_moment(day, schedule.minute, zone))


def next_slot(schedule: ScheduleRow, zone: ZoneInfo, after: datetime, *, done: date | None = None) -> datetime | None:
    """Return when the slot is next due: the first occurrence later than `after`, and of a later date than `done`.

    `done` is the last local date that had its digest. None for a slot without weekdays.
    """
    coming = coming_slots(schedule, zone, after, 1, done=done)
    return coming[0].due_at if coming else None


def coming_slots(
    schedule: ScheduleRow, zone: ZoneInfo, after: datetime, number: int, *, done: date | None = None
) -> list[Occurrence]:
    """Return the slot's next occurrences after a moment, in order; none for a slot without weekdays."""
    if not schedule.weekdays & EVERY_DAY:
        return []
    today = after.astimezone(zone).date()
    first = max(today - DAY, done + DAY if done else today - DAY)
    last = max(first, today) + DAYS_AHEAD * number
    later = (one for one in _occurrences(schedule, zone, first, last) if one.due_at > after)
    return [one for _, one in zip(range(number), later, strict=False)]


def passed_slots(schedule: ScheduleRow, zone: ZoneInfo, now: datetime) -> list[Occurrence]:
    """Return the occurrences that came due since the slot was planned, oldest first, at most those of the last month;
    none where its next time has not come yet. More than one after a downtime."""
    planned = schedule.next_due_at
    if planned is None or planned > now:
        return []
    first = max(planned, now - PASSED_AT_MOST).astimezone(zone).date() - DAY
    today = now.astimezone(zone).date()
    due = [one for one in occurrences(schedule, zone, first, today + DAY) if planned <= one.due_at <= now]
    # A zone's rules may have changed under a stored time: then the time as planned stands.
    return due or [Occurrence(planned.astimezone(zone).date(), planned)]


def present_slot(schedule: ScheduleRow, zone: ZoneInfo, now: datetime) -> Occurrence | None:
    """Return the newest occurrence that is due by `now`, None where the slot's next time has not come yet."""
    passed = passed_slots(schedule, zone, now)
    return passed[-1] if passed else None

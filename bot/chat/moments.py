"""Times as the chat shows them: on the person's clock, in their language."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.actions import subscribe
from bot.chat.texts import Html, text
from bot.chat.times import clock
from bot.texts import figures
from storage import digests
from storage.engine import Session
from storage.slots import coming_slots
from storage.tables import SubscriberRow

__all__ = ["clock", "coming", "ending", "hour", "local", "slots_shown", "until"]

A_WEEKDAY_IS_CLEAR = timedelta(days=60)


def local(person: SubscriberRow, at: datetime) -> str:
    """Return day, weekday and time: "Monday, 23 November, 9:00"."""
    there = at.astimezone(subscribe.zone_of(person.zone))
    return f"{figures.day(there.date(), person.language, weekday=True)}, {clock(there.hour * 60 + there.minute)}"


def hour(person: SubscriberRow, at: datetime) -> str:
    """Return the time of day."""
    there = at.astimezone(subscribe.zone_of(person.zone))
    return clock(there.hour * 60 + there.minute)


def until(person: SubscriberRow, ends: datetime, now: datetime) -> Html:
    """Return when a pause ends, with its year where it is months away."""
    if ends >= subscribe.UNTIL_RESUMED:
        return text("until resumed", person.language)
    return text("until time", person.language, time=ending(person, ends, now))


def ending(person: SubscriberRow, at: datetime, now: datetime) -> str:
    """Return day, weekday and time; of what is months away, the year in place of the weekday."""
    if at - now <= A_WEEKDAY_IS_CLEAR:
        return local(person, at)
    there = at.astimezone(subscribe.zone_of(person.zone))
    day = figures.day(there.date(), person.language)
    return f"{day} {there.year}, {clock(there.hour * 60 + there.minute)}"


def slots_shown(tx: Session, person: SubscriberRow) -> str:
    """Return a person's digest hours by their days: "Mon–Fri 9:00, 18:30; Sat 11:00"; "" for none."""
    return hours_by_day(((row.minute, row.weekdays) for row in digests.hours(tx, person.id or 0)), person.language)


def hours_by_day(slots: Iterable[tuple[int, int]], language: str) -> str:
    """Return (minute, weekdays) as a person writes them."""
    by_days: dict[int, list[int]] = {}
    for minute, weekdays in slots:
        by_days.setdefault(weekdays, []).append(minute)
    return "; ".join(
        f"{figures.weekdays(weekdays, language)} {', '.join(clock(minute) for minute in sorted(minutes))}".strip()
        for weekdays, minutes in sorted(by_days.items(), key=lambda one: min(one[1]))
    )


def coming(tx: Session, person: SubscriberRow, now: datetime, number: int) -> list[datetime]:
    """Return when the next digests come, in order."""
    zone, found = subscribe.zone_of(person.zone), list[datetime]()
    for row in digests.hours(tx, person.id or 0):
        done = digests.last_date(tx, row.id or 0)
        found += [one.due_at for one in coming_slots(row, zone, now, number, done=done)]
    return sorted(found)[:number]

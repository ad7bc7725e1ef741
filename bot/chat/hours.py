"""When messages come: digest hours, the person's clock, and pauses."""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from zoneinfo import available_timezones

from bot.actions import subscribe
from bot.chat.texts import Html, lines, text
from bot.chat.visit import Answer, Visit, find_person, followed, join, says
from storage import digests, subscribers
from storage.engine import Session
from storage.tables import How, SubscriberRow, SubscriberState

HOURS_AT_MOST = 48
PAUSE_AT_MOST = timedelta(days=366)
# Names of the zone database that are no place on earth.
NO_PLACES = frozenset({"Factory", "localtime", "posixrules"})
_TIME = re.compile(r"(\d{1,2})(?:[:.h](\d{2}))?\s*(am|pm)?", re.ASCII)
_AM_PM = re.compile(r"(\d)\s+(am|pm)\b", re.ASCII)
_TIMES_APART = re.compile(r"[\s,;]+(?:(?:and|и|і|та|және)[\s,;]+)?")
_LENGTH = re.compile(r"(\d{1,4})\s*([^\W\d_]{1,7})", re.ASCII)
_UNITS = (
    (timedelta(minutes=1), frozenset({"m", "min", "mins", "minute", "minutes"})),
    (timedelta(hours=1), frozenset({"h", "hr", "hrs", "hour", "hours"})),
    (timedelta(days=1), frozenset({"d", "day", "days"})),
    (timedelta(weeks=1), frozenset({"w", "week", "weeks"})),
)
_OFF = frozenset({"off", "none", "no", "stop", "never"})


def digest(tx: Session, visit: Visit) -> Answer:
    """Show or set the hours of this chat's digests."""
    words = _AM_PM.sub(r"\1\2", visit.ask.argument.strip().casefold())
    if not words:
        known = find_person(tx, visit)
        if known is None:
            return _begin_first(visit)
        return says(lines(_hours_shown(tx, known), text("digest usage", known.language, zone=known.zone)), person=known)
    if words in _OFF:
        return _digest_off(tx, visit)
    wanted = [read_time(part) for part in _TIMES_APART.split(words) if part]
    found = [minute for minute in wanted if minute is not None]
    if len(found) < len(wanted) or not 0 < len(set(found)) <= HOURS_AT_MOST:
        return _digest_refused(tx, visit, too_many=len(found) == len(wanted))
    person = _welcomed(tx, visit)
    had = minutes(tx, person)
    subscribe.set_hours(tx, person, found, visit.now)
    note = text("digest both", person.language) if not had and followed(tx, person) else ""
    return says(lines(_hours_shown(tx, person), note), person=person)


def read_time(words: str) -> int | None:
    """Return the minute of the day that is written ("9", "9:00", "18.30", "9pm"), None for anything else."""
    found = _TIME.fullmatch(words)
    if found is None:
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    if found[3]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found[3] == "pm" else 0)
    return hour * 60 + minute if hour < 24 and minute < 60 else None


def read_length(words: str) -> timedelta | None:
    """Return the length of time that is written ("3d", "2 hours", "1d 12h"), at most a year; None for anything else."""
    parts = [(int(number), unit) for number, unit in _LENGTH.findall(words.casefold())]
    if not parts or _LENGTH.sub("", words.casefold()).strip():
        return None
    total = timedelta()
    for number, unit in parts:
        length = next((length for length, names in _UNITS if unit in names), None)
        if length is None:
            return None
        total += number * length
    return min(total, PAUSE_AT_MOST) if total else None


def zone(tx: Session, visit: Visit) -> Answer:
    """Show or set the clock of this chat."""
    person = find_person(tx, visit)
    if not visit.ask.argument:
        if person is None:
            return _begin_first(visit)
        return says(_clock(person, visit, "zone shown"), person=person)
    found, nearest = read_zone(visit.ask.argument)
    if found is None:
        language = person.language if person else visit.ask.language
        hint = text("zone nearest", language, zone=nearest) if nearest else ""
        return says(lines(text("zone unknown", language, words=visit.ask.argument), hint), person=person)
    person = _welcomed(tx, visit)
    subscribe.set_zone(tx, person, found, visit.now)
    slots = _hours_shown(tx, person) if minutes(tx, person) else ""
    return says(lines(_clock(person, visit, "zone set"), slots), person=person)


def read_zone(words: str) -> tuple[str | None, str]:
    """Return the IANA zone meant by a name or a city; else None and the name most like it ("" for none)."""
    wanted = "_".join(words[:64].casefold().split())
    names = zones()
    if wanted in names:
        return names[wanted], ""
    near = difflib.get_close_matches(wanted, names, n=1, cutoff=0.75)
    return None, names[near[0]] if near else ""


@functools.cache
def zones() -> Mapping[str, str]:
    """Return the zone names by their small letters, and by their city where only one zone has it."""
    full = sorted(available_timezones() - NO_PLACES)
    cities: dict[str, list[str]] = {}
    for name in full:
        if "/" in name and not name.startswith(("Etc/", "SystemV/", "US/")):
            cities.setdefault(name.rsplit("/", 1)[-1].casefold(), []).append(name)
    alone = {city: names[0] for city, names in cities.items() if len(names) == 1}
    return MappingProxyType(alone | {name.casefold(): name for name in full})


def pause(tx: Session, visit: Visit) -> Answer:
    """Send nothing for a while, or until /resume."""
    person = find_person(tx, visit)
    if person is None:
        return _begin_first(visit)
    if person.state == SubscriberState.STOPPED.value:
        return says(text("not paused stopped", person.language), person=person)
    words = visit.ask.argument.strip()
    length = read_length(words) if words else None
    if words and length is None:
        return says(text("pause unknown", person.language, words=words), person=person)
    ends = subscribe.pause(tx, person, length, visit.now)
    later = "paused later digest" if minutes(tx, person) and _by_digest(tx, person) else "paused later nothing"
    said = text("paused", person.language, until=until(person, ends), later=text(later, person.language))
    return says(said, person=person)


def resume(tx: Session, visit: Visit) -> Answer:
    """End a pause."""
    person = find_person(tx, visit)
    if person is None:
        return _begin_first(visit)
    if person.state == SubscriberState.STOPPED.value:
        return says(text("not paused stopped", person.language), person=person)
    ended = subscribe.resume(tx, person, visit.now)
    return says(text("resumed" if ended else "not paused", person.language), person=person)


def minutes(tx: Session, person: SubscriberRow) -> list[int]:
    """Return the minutes of the day at which this person's digests come, in order."""
    return [slot.minute for slot in digests.hours(tx, subscribe.number(person))]


def shown(day_minutes: Iterable[int]) -> str:
    """Return minutes of the day as a person writes them."""
    return ", ".join(f"{minute // 60}:{minute % 60:02}" for minute in day_minutes)


def until(person: SubscriberRow, ends: datetime) -> Html:
    """Return when a pause ends, on the person's clock."""
    if ends >= subscribe.UNTIL_RESUMED:
        return text("until resumed", person.language)
    return text("until time", person.language, time=local(person, ends))


def local(person: SubscriberRow, at: datetime) -> str:
    """Return a moment on the person's clock."""
    return f"{at.astimezone(subscribe.zone_of(person.zone)):%a %d.%m.%Y %H:%M}"


def _digest_off(tx: Session, visit: Visit) -> Answer:
    person = find_person(tx, visit)
    if person is None:
        return _begin_first(visit)
    had = minutes(tx, person)
    subscribe.set_hours(tx, person, [], visit.now)
    return says(text("digest off" if had else "digest was off", person.language), person=person)


def _digest_refused(tx: Session, visit: Visit, *, too_many: bool) -> Answer:
    person = find_person(tx, visit)
    language, clock = (person.language, person.zone) if person else (visit.ask.language, visit.zone)
    why = (
        text("digest too many", language, limit=HOURS_AT_MOST)
        if too_many
        else text("digest not a time", language, words=visit.ask.argument)
    )
    return says(lines(why, text("digest usage", language, zone=clock)), person=person)


def _by_digest(tx: Session, person: SubscriberRow) -> bool:
    mine = subscribers.subscriptions(tx, subscribe.number(person))
    return any(subscription.how != How.AT_ONCE.value for subscription in mine)


def _hours_shown(tx: Session, person: SubscriberRow) -> Html:
    slots = digests.hours(tx, subscribe.number(person))
    coming = [slot.next_due_at for slot in slots if slot.next_due_at]
    if not coming:
        return text("digest none", person.language)
    return text(
        "digest hours",
        person.language,
        hours=shown(slot.minute for slot in slots),
        zone=person.zone,
        next=local(person, min(coming)),
    )


def _clock(person: SubscriberRow, visit: Visit, key: str) -> Html:
    return text(key, person.language, zone=person.zone, time=f"{local(person, visit.now)[-5:]}")


def _welcomed(tx: Session, visit: Visit) -> SubscriberRow:
    """Return this chat's subscriber, made where there was none; one who stopped stays stopped."""
    return find_person(tx, visit) or join(tx, visit)


def _begin_first(visit: Visit) -> Answer:
    return says(text("begin first", visit.ask.language))

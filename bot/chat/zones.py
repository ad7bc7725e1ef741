"""The person's clock: by a city or zone, or by a place that was shared. Of the place only the zone is kept."""

from __future__ import annotations

import re

from bot.actions import subscribe
from bot.chat import hours, moments
from bot.chat.places import nearest_zone, read_zone
from bot.chat.texts import Html, lines, plain, text
from bot.chat.topics import settings_row
from bot.chat.visit import Answer, Buttons, Reply, Visit, begin_first, find_person, join, says
from storage import digests
from storage.engine import Session
from storage.tables import SubscriberRow

# What most of our readers live by, one or two a row.
OFFERED = (
    ("Europe/Minsk", "Europe/Vilnius"),
    ("Europe/Warsaw", "Europe/Berlin"),
    ("Europe/Kyiv", "Europe/Moscow"),
    ("Asia/Almaty", "Europe/London"),
)


def command(tx: Session, visit: Visit) -> Answer:
    """Show or set the clock of this chat."""
    person = find_person(tx, visit)
    if not visit.ask.argument.strip():
        return begin_first(visit) if person is None else says(screen(person, visit), person=person)
    found, nearest = read_zone(visit.ask.argument)
    if found is None:
        language = person.language if person else visit.ask.language
        hint = text("zone nearest", language, zone=nearest) if nearest else ""
        said = lines(text("zone unknown", language, words=visit.ask.argument), hint)
        return says(Reply(said, _offered() if person is not None else ()), person=person)
    return _set(tx, visit, found)


def place(tx: Session, visit: Visit) -> Answer:
    """Set the clock by a place that was shared."""
    ask = visit.ask
    found = nearest_zone(ask.latitude, ask.longitude)
    if found is None:
        return says(text("words unknown", ask.language), person=find_person(tx, visit))
    return _set(tx, visit, found)


def chosen(tx: Session, visit: Visit, person: SubscriberRow, found: re.Match[str]) -> Answer:
    """Set the clock that a button names."""
    zone, _ = read_zone(found[1])
    if zone is None:
        return Answer(toast=plain("toast stale", person.language), about="press stale", subscriber_id=person.id)
    subscribe.set_zone(tx, person, zone, visit.now)
    toast = plain("zone set", person.language, zone=zone, time=moments.hour(person, visit.now))
    return Answer(toast=toast, rewritten=screen(person, visit), about="zone set", subscriber_id=person.id)


def screen(person: SubscriberRow, visit: Visit) -> Reply:
    """Return the person's clock, with some others as buttons."""
    return Reply(_clock(person, visit, "zone shown"), (*_offered(), settings_row(person.language)))


def _offered() -> Buttons:
    return tuple(tuple((zone.rpartition("/")[2], f"k:{zone}") for zone in row) for row in OFFERED)


def _set(tx: Session, visit: Visit, zone: str) -> Answer:
    person = find_person(tx, visit) or join(tx, visit)
    subscribe.set_zone(tx, person, zone, visit.now)
    has_hours = bool(digests.hours(tx, subscribe.number(person)))
    said = lines(_clock(person, visit, "zone set"), hours.shown(tx, person, visit) if has_hours else "")
    return says(said, person=person)


def _clock(person: SubscriberRow, visit: Visit, key: str) -> Html:
    return text(key, person.language, zone=person.zone, time=moments.hour(person, visit.now))

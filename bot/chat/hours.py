"""When digests come: hours and weekdays, by words or by buttons."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.actions import choose, subscribe
from bot.chat import moments
from bot.chat.places import read_zone
from bot.chat.texts import Html, lines, plain, text
from bot.chat.times import WORKDAYS, clock, read_hours
from bot.chat.topics import settings_row
from bot.chat.visit import Answer, Buttons, Reply, Visit, begin_first, find_person, followed, join, says
from bot.texts import figures
from rules.words.wordlists import words_of
from storage import digests
from storage.engine import Session
from storage.slots import EVERY_DAY
from storage.tables import SubscriberRow

HOURS_AT_MOST = 48
NEXT_SHOWN = 3
MORNING, EVENING = 9 * 60, 18 * 60 + 30
DAY_MINUTES = 24 * 60
OFF = words_of("off none no stop never выкл выключить нет стоп не выключи адключыць не стоп")


def command(tx: Session, visit: Visit) -> Answer:
    """Show or set the hours of this chat's digests; a city's name after them sets the clock too."""
    words = visit.ask.argument.strip().casefold()
    known = find_person(tx, visit)
    if not words or words in OFF:
        if known is None:
            return begin_first(visit)
        return _off(tx, visit, known) if words else says(screen(tx, known, visit), person=known)
    wanted = read_hours(words)
    zone, _ = read_zone(wanted.rest) if wanted.rest else (None, "")
    too_many = len(wanted.slots) > HOURS_AT_MOST
    if not wanted.slots or too_many or (wanted.rest and zone is None):
        return _refused(visit, known, too_many=too_many)
    person = known or join(tx, visit)
    had = bool(digests.hours(tx, subscribe.number(person)))
    notes = []
    if zone is not None:
        subscribe.set_zone(tx, person, zone, visit.now)
        notes.append(text("digest also zone", person.language, zone=zone))
    choose.set_slots(tx, person, wanted.slots, visit.now)
    if not had and followed(tx, person):
        notes.append(text("digest both", person.language))
    if not followed(tx, person):
        notes.append(text("nothing followed", person.language))
    return says(lines(*notes[:-1], shown(tx, person, visit), *notes[-1:]), person=person)


def chosen(tx: Session, visit: Visit, person: SubscriberRow, found: re.Match[str]) -> Answer:
    """Set the hours that a button names."""
    minutes = [int(minute) for minute in (found[1], found[2]) if minute and int(minute) < DAY_MINUTES]
    slots = [(minute, int(found[3]) & EVERY_DAY) for minute in minutes]
    if slots and slots[0][1]:
        choose.set_slots(tx, person, slots, visit.now)
    return _pressed(tx, visit, person)


def ended(tx: Session, visit: Visit, person: SubscriberRow, found: re.Match[str]) -> Answer:
    """End digests by a button."""
    choose.set_slots(tx, person, [], visit.now)
    return _pressed(tx, visit, person)


def screen(tx: Session, person: SubscriberRow, visit: Visit) -> Reply:
    """Return when digests come, with the buttons that change it."""
    language = person.language
    words = lines(shown(tx, person, visit), text("digest usage", language, zone=person.zone))
    first, second = clock(MORNING), clock(EVENING)
    days = figures.weekdays(WORKDAYS, language)
    rows: Buttons = (
        (
            (plain("digest daily", language, hour=first), f"d:{MORNING}:{EVERY_DAY}"),
            (plain("digest daily", language, hour=second), f"d:{EVENING}:{EVERY_DAY}"),
        ),
        ((plain("digest workdays", language, days=days, hour=first), f"d:{MORNING}:{WORKDAYS}"),),
        ((plain("digest twice", language, first=first, second=second), f"d:{MORNING}+{EVENING}:{EVERY_DAY}"),),
        ((plain("digest end", language), "d:off"),),
    )
    return Reply(words, (*rows, settings_row(language)))


def shown(tx: Session, person: SubscriberRow, visit: Visit) -> Html:
    """Return the hours of a person's digests and the next ones."""
    coming = moments.coming(tx, person, visit.now, NEXT_SHOWN)
    if not coming:
        return text("digest none", person.language)
    listed = Html("\n".join(text("line", person.language, line=f"• {moments.local(person, at)}") for at in coming))
    hours = moments.slots_shown(tx, person)
    return text("digest hours", person.language, hours=hours, zone=person.zone, next=listed)


def _off(tx: Session, visit: Visit, person: SubscriberRow) -> Answer:
    had = bool(digests.hours(tx, subscribe.number(person)))
    choose.set_slots(tx, person, [], visit.now)
    return says(text("digest off" if had else "digest was off", person.language), person=person)


def _refused(visit: Visit, person: SubscriberRow | None, *, too_many: bool) -> Answer:
    language, zone = (person.language, person.zone) if person else (visit.ask.language, visit.zone)
    why = (
        text("digest too many", language, limit=HOURS_AT_MOST)
        if too_many
        else text("digest not a time", language, words=visit.ask.argument)
    )
    return says(lines(why, text("digest usage", language, zone=zone)), person=person)


def _pressed(tx: Session, visit: Visit, person: SubscriberRow) -> Answer:
    done = says(person=person)
    toast = plain("toast done", person.language)
    return replace(done, toast=toast, rewritten=screen(tx, person, visit), about="digest hours set")

"""/settings: one message that shows everything a person chose, and changes it by buttons."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from bot.actions import choose
from bot.actions.choose import Choice
from bot.chat import hours, how, languages, leaving, moments, mutes, quiet, topics, watch, zones
from bot.chat.texts import counted, lines, plain, text
from bot.chat.times import clock
from bot.chat.topics import settings_row
from bot.chat.visit import Answer, Buttons, Reply, Visit, begin_first, find_person, followed, says
from storage import watches
from storage.engine import Session
from storage.tables import SubscriberRow, SubscriberState

Screen = Callable[[Session, SubscriberRow, Visit], Reply]


def command(tx: Session, visit: Visit) -> Answer:
    """Show all settings."""
    person = find_person(tx, visit)
    return begin_first(visit) if person is None else says(main(tx, person, visit), person=person)


def turned(tx: Session, visit: Visit, person: SubscriberRow, found: re.Match[str]) -> Answer:
    """Show the page of settings that a button names."""
    screen = SCREENS.get(found[1])
    if screen is None:
        return Answer(toast=plain("toast stale", person.language), about="press unknown", subscriber_id=person.id)
    return Answer(rewritten=screen(tx, person, visit), about=f"settings: {found[1]}", subscriber_id=person.id)


def extra_chosen(tx: Session, visit: Visit, person: SubscriberRow, found: re.Match[str]) -> Answer:
    """Take a choice of yes or no by its button."""
    choice, on = Choice(found[1]), found[2] == "1"
    choose.set_choice(tx, person, choice, on, visit.now)
    name = plain(f"extra {choice.value}", person.language)
    toast = plain("toast on now" if on else "toast off now", person.language, name=name)
    return Answer(toast=toast, rewritten=extras(tx, person, visit), about="extra", subscriber_id=person.id)


def main(tx: Session, person: SubscriberRow, visit: Visit) -> Reply:
    """Return the overview with a button for each part of it."""
    language = person.language
    told = [
        text("settings line", language, name=plain(f"name {name}", language), value=value)
        for name, value in _values(tx, person, visit)
    ]
    stopped = text("not paused stopped", language) if person.state == SubscriberState.STOPPED.value else ""
    return Reply(lines(text("settings", language), *told, stopped), _doors(language))


def extras(tx: Session, person: SubscriberRow, visit: Visit) -> Reply:
    """Return the choices of yes or no."""
    rows: list[tuple[tuple[str, str], ...]] = []
    for choice in Choice:
        on = bool(getattr(person, choice.value))
        name = plain(f"extra {choice.value}", person.language)
        label = plain("extra on" if on else "extra off", person.language, name=name)
        rows.append(((label, f"e:{choice.value}:{0 if on else 1}"),))
    return Reply(text("extras", person.language), (*rows, settings_row(person.language)))


def _doors(language: str) -> Buttons:
    pairs = (
        ("topics", "watch"),
        ("how", "digest"),
        ("quiet", "zone"),
        ("pause", "mutes"),
        ("language", "extras"),
        ("mine",),
    )
    return tuple(tuple((plain(f"name {name}", language), f"s:{name}") for name in row) for row in pairs)


def _values(tx: Session, person: SubscriberRow, visit: Visit) -> list[tuple[str, str]]:
    language, none = person.language, plain("value none", person.language)
    muted = mutes.count(tx, person, visit)
    return [
        ("topics", counted("following", language, len(followed(tx, person)))),
        ("how", how.summary(tx, person)),
        ("watch", str(watches.count(tx, person.id or 0) or none)),
        ("digest", moments.slots_shown(tx, person) or none),
        ("zone", plain("value zone", language, zone=person.zone, time=moments.hour(person, visit.now))),
        ("quiet", _quiet(person)),
        ("pause", _pause(person, visit)),
        ("mutes", str(muted or none)),
        ("language", languages.NAMES.get(language, language)),
    ]


def _quiet(person: SubscriberRow) -> str:
    begin, end = person.quiet_from, person.quiet_to
    if begin is None or end is None:
        return plain("value none", person.language)
    return plain("quiet button", person.language, from_hour=clock(begin), to_hour=clock(end))


def _pause(person: SubscriberRow, visit: Visit) -> str:
    until = person.paused_until
    if until is None or until <= visit.now:
        return plain("value none", person.language)
    return moments.until(person, until, visit.now)


SCREENS: Mapping[str, Screen] = MappingProxyType(
    {
        "main": main,
        "topics": lambda tx, person, visit: topics.reply(tx, person, "topics"),
        "watch": lambda tx, person, visit: watch.screen(tx, person),
        "how": lambda tx, person, visit: how.screen(tx, person),
        "digest": hours.screen,
        "zone": lambda tx, person, visit: zones.screen(person, visit),
        "quiet": lambda tx, person, visit: quiet.screen(tx, person),
        "pause": lambda tx, person, visit: quiet.pause_screen(person, visit),
        "mutes": mutes.screen,
        "language": lambda tx, person, visit: languages.screen(person),
        "extras": extras,
        "mine": lambda tx, person, visit: leaving.screen(person),
    }
)

"""What a press on a button does. What it carries is checked anew: it may be old, or forged."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from bot.actions.choose import Choice
from bot.chat import (
    begin,
    feedback,
    finding,
    hours,
    how,
    languages,
    leaving,
    mutes,
    overview,
    quiet,
    topics,
    watch,
    zones,
)
from bot.chat.texts import plain
from bot.chat.visit import Answer, Right, Visit, find_person
from storage.engine import Session
from storage.tables import SubscriberRow

Press = Callable[[Session, Visit, SubscriberRow, "re.Match[str]"], Answer]

_EXTRAS = "|".join(choice.value for choice in Choice)


def press(tx: Session, visit: Visit) -> Answer:
    """Do what a pressed button asks for; the toast says what came of it."""
    ask = visit.ask
    if feedback.concerns(ask.press):
        return feedback.press(tx, visit)
    person = find_person(tx, visit)
    language = person.language if person else ask.language
    if found := re.fullmatch(finding.PRESS, ask.press, re.ASCII | re.DOTALL):
        return finding.turned(tx, visit, person, found)
    handler, found = _asked(ask.press)
    if handler is None or found is None:
        return Answer(toast=plain("toast stale", language), about="press unknown")
    if visit.right is not Right.YES:
        key = "toast admins" if visit.right is Right.NO else "toast unsure"
        return Answer(toast=plain(key, language), about="press refused")
    if person is None:
        return Answer(toast=plain("toast begin", language), about="press of a stranger")
    return handler(tx, visit, person, found)


def _asked(carried: str) -> tuple[Press | None, re.Match[str] | None]:
    for pattern, handler in PRESSES.items():
        if found := re.fullmatch(pattern, carried, re.ASCII):
            return handler, found
    return None, None


# A topic's, a subscriber's or a page's number; every handler asks whose it is.
PRESSES: Mapping[str, Press] = MappingProxyType(
    {
        r"b:l:(en|ru|be)": begin.language_chosen,
        r"b:p:(\d{1,4})": begin.topics_turned,
        r"b:t:(\d{1,12})": begin.topic_chosen,
        r"b:h:([odb])": begin.how_chosen,
        r"t:(\d{1,12}):([01]):(\d{1,4})": topics.toggle,
        r"p:(\d{1,4})": topics.turn,
        r"l:(en|ru|be)": languages.chosen,
        r"h:([odb])": how.for_all,
        r"h:(\d{1,12}):([odb])": how.for_one,
        r"d:(\d{1,4})(?:\+(\d{1,4}))?:(\d{1,3})": hours.chosen,
        r"d:off": hours.ended,
        r"k:([A-Za-z_/+-]{1,40})": zones.chosen,
        r"u:(?:(\d{1,4}):(\d{1,4})|off)": quiet.chosen,
        r"u:t:(\d{1,12}):([01])": quiet.urgent,
        r"z:(\d{1,4}|open|on)": quiet.pause_chosen,
        r"m:([sot]):(\d{1,15})": mutes.undone,
        rf"e:({_EXTRAS}):([01])": overview.extra_chosen,
        r"s:([a-z]{1,12})": overview.turned,
        r"w:(\d{1,12}):(\d{1,9}):(save|no|[012])": watch.pressed,
        r"w:(\d{1,12}):ask": watch.delete_asked,
        r"w:(\d{1,12}):del": watch.deleted,
        r"x:file": leaving.export_pressed,
        r"x:forget": leaving.forget_asked,
        r"forget:(\d{1,12}):([01])": leaving.forget_answered,
    }
)

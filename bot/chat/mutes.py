"""What a person does not want to hear of: the list with its way back, and topics and sources muted by name."""

from __future__ import annotations

import re
from datetime import datetime
from types import MappingProxyType

from bot.actions import react, subscribe
from bot.chat import moments
from bot.chat.texts import Html, counted, lines, plain, text
from bot.chat.times import read_length
from bot.chat.topics import find_topic, settings_row
from bot.chat.visit import Answer, Buttons, Reply, Visit, begin_first, find_person, says
from bot.delivery.text import clean, cut
from storage import muted
from storage.engine import Session
from storage.muted import Mute
from storage.mutes import Muted
from storage.tables import SubscriberRow

SHOWN = 20
NAME = 44
SEVERAL = 8
LETTERS = MappingProxyType({"s": Muted.STORY, "o": Muted.SOURCE, "t": Muted.TOPIC})
_LETTER = MappingProxyType({kind: letter for letter, kind in LETTERS.items()})
_LENGTH_AT_END = re.compile(r"(.*?)\s+(\d{1,4}\s*[^\W\d_]{1,8})", re.DOTALL)


def command(tx: Session, visit: Visit) -> Answer:
    """Show what is muted, or mute the topic or source that is named, for a while if a length of time follows."""
    person = find_person(tx, visit)
    if person is None:
        return begin_first(visit)
    words = visit.ask.argument.strip()
    if not words:
        return says(screen(tx, person, visit), person=person)
    found = _LENGTH_AT_END.fullmatch(words)
    length = read_length(found[2]) if found else None
    name = found[1] if found and length else words
    targets = _meant(tx, person, name)
    if not targets:
        said = text("mute unknown", person.language, words=name)
        return says(lines(said, text("mute usage", person.language)), person=person)
    if len(targets) > 1:
        names = ", ".join(one for _, _, one in targets[:SEVERAL]) + (" …" if len(targets) > SEVERAL else "")
        return says(text("mute several", person.language, words=name, names=names), person=person)
    kind, number, title = targets[0]
    until = visit.now + length if length else None
    new = react.set_muted(tx, subscribe.number(person), kind, number, True, visit.now, until)
    if until is not None:
        said = text("muted until", person.language, name=title, time=moments.ending(person, until, visit.now))
    else:
        said = text("muted" if new else "muted already", person.language, name=title)
    return says(said, person=person)


def undone(tx: Session, visit: Visit, person: SubscriberRow, found: re.Match[str]) -> Answer:
    """Take a mute back by its button."""
    kind, number = LETTERS[found[1]], int(found[2])
    known = _all(tx, person, visit)
    name = next((one.name for one in known if (one.kind, one.target_id) == (kind, number)), None)
    react.set_muted(tx, subscribe.number(person), kind, number, False, visit.now)
    key = "toast unmuted" if name is not None else "toast stale"
    toast = plain(key, person.language, name=cut(clean(name or ""), NAME))
    return Answer(toast=toast, rewritten=screen(tx, person, visit), about="unmuted", subscriber_id=person.id)


def screen(tx: Session, person: SubscriberRow, visit: Visit) -> Reply:
    """Return what is muted, each with the button that takes it back."""
    language, known = person.language, _all(tx, person, visit)
    if not known:
        offered = subscribe.topics_for(tx, subscribe.number(person))
        slug = next((topic.slug for topic in offered), "kazakh-oil")
        return Reply(text("mutes none", language, slug=slug), (settings_row(language),))
    told = [_line(one, person, visit.now) for one in known[:SHOWN]]
    rest = counted("mutes more", language, len(known) - SHOWN) if len(known) > SHOWN else Html("")
    rows: Buttons = tuple(
        ((plain("unmute button", language, name=_name(one, language)), f"m:{_LETTER[one.kind]}:{one.target_id}"),)
        for one in known[:SHOWN]
    )
    return Reply(lines(text("mutes list", language), *told, rest), (*rows, settings_row(language)))


def count(tx: Session, person: SubscriberRow, visit: Visit) -> int:
    """Return how many things a person has muted."""
    return len(_all(tx, person, visit))


def _all(tx: Session, person: SubscriberRow, visit: Visit) -> list[Mute]:
    return muted.of_subscriber(tx, subscribe.number(person), person.language, visit.now)


def _line(one: Mute, person: SubscriberRow, now: datetime) -> Html:
    said = text(f"mute {one.kind.value}", person.language, name=_name(one, person.language))
    if one.until is not None:
        said = text("mute until", person.language, name=said, time=moments.ending(person, one.until, now))
    return Html(f"• {said}")


def _name(one: Mute, language: str) -> str:
    return cut(clean(one.name), NAME) or plain("untitled", language)


def _meant(tx: Session, person: SubscriberRow, words: str) -> list[tuple[Muted, int, str]]:
    """Return what a name may stand for: a topic before any source."""
    topic = find_topic(subscribe.topics_for(tx, subscribe.number(person)), words)
    if topic is not None:
        return [(Muted.TOPIC, topic.topic_id, topic.title(person.language))]
    return [(Muted.SOURCE, number, name) for number, name in muted.sources_called(tx, words)]

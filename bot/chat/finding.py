"""Looking for news: /search through all that was read, page by page, and /latest on one's own topics.

What is found is looked up before the transaction that answers: it may take a moment, and no writer waits for it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from bot.actions import subscribe
from bot.chat.texts import Html, plain, text
from bot.chat.updates import Ask, Wish
from bot.chat.visit import Answer, Buttons, Reply, Visit, begin_first, find_person, followed, says
from bot.delivery.text import clean, cut, link
from bot.search_words import LEFT_OUT, STEMS_AT_MOST, asks_for_more, stems
from bot.texts import figures
from storage import search
from storage.engine import Session
from storage.search import Entry, Page
from storage.tables import SubscriberRow

A_PAGE = 8
LATEST = 10
TITLE, SOURCE, TOPIC, WORDS = 180, 60, 60, 100
CALLBACK_BYTES = 64
GLASS = "🔎"
PRESS = r"q:([bn])(\d{1,15}):(.{1,60})"
# Folded words have no capitals and none of these signs: each stands for a letter of two bytes.
_TO_SIGNS: Mapping[int, int] = MappingProxyType(
    str.maketrans("абвгдежзиклмнопрстуфхцчшщыюя", "ABCDEFGHIJKLMNOPQRSTUVWXYZ!$")
)
_FROM_SIGNS: Mapping[int, int] = MappingProxyType({sign: letter for letter, sign in _TO_SIGNS.items()})


def wants(ask: Ask) -> bool:
    """Say whether an ask is answered by a page of items."""
    if ask.wish is Wish.PRESS:
        return re.fullmatch(PRESS, ask.press, re.ASCII | re.DOTALL) is not None
    return ask.wish is Wish.COMMAND and ask.command in ("latest", "search")


def look(tx: Session, visit: Visit) -> Page:
    """Return the items that an ask is about."""
    ask = visit.ask
    pressed = re.fullmatch(PRESS, ask.press, re.ASCII | re.DOTALL)
    if pressed:
        edge, wanted = int(pressed[2]), _unpacked(pressed[3])
        below, above = (edge, 0) if pressed[1] == "b" else (0, edge)
        return search.find(tx, wanted, A_PAGE, below=below, above=above) if wanted else Page(())
    if ask.command == "search":
        wanted = stems(ask.argument)
        return search.find(tx, wanted, A_PAGE) if wanted else Page(())
    person = find_person(tx, visit)
    return Page(tuple(search.latest(tx, followed(tx, person), LATEST)) if person else ())


def searched(tx: Session, visit: Visit) -> Answer:
    """Answer /search with the newest items that have all of its words."""
    person, language = find_person(tx, visit), visit.ask.language
    language = person.language if person else language
    wanted = stems(visit.ask.argument)
    if not wanted or visit.page is None:
        return says(text("search usage", language), person=person)
    words = cut(clean(visit.ask.argument), WORDS)
    return says(_results(visit, person, words, wanted, visit.page), person=person)


def turned(tx: Session, visit: Visit, person: SubscriberRow | None, found: re.Match[str]) -> Answer:
    """Show another page of what was searched for."""
    wanted = _unpacked(found[3])
    if visit.page is None or not wanted:
        return Answer(toast=plain("toast stale", visit.ask.language), about="press stale")
    number, language = (person.id, person.language) if person else (None, visit.ask.language)
    if not visit.page.entries and visit.page.searched_to is None:
        return Answer(toast=plain("search no more", language), about="searched", subscriber_id=number)
    words = cut(clean(visit.ask.heading.removeprefix(GLASS)), WORDS) or " ".join(wanted)
    shown = _results(visit, person, words, wanted, visit.page)
    return Answer(rewritten=shown, about="searched", subscriber_id=number)


def latest(tx: Session, visit: Visit) -> Answer:
    """Answer /latest with the newest stories on the person's topics."""
    person = find_person(tx, visit)
    if person is None:
        return begin_first(visit)
    entries = visit.page.entries if visit.page is not None else ()
    if not entries:
        key = "latest nothing" if followed(tx, person) else "nothing followed"
        return says(text(key, person.language), person=person)
    titles = {
        topic.topic_id: topic.title(person.language) for topic in subscribe.topics_for(tx, subscribe.number(person))
    }
    told = [_entry(one, person.zone, person.language, titles.get(one.topic_id, "")) for one in entries]
    return says(Html("\n\n".join([text("latest", person.language), *told])), person=person)


def _results(visit: Visit, person: SubscriberRow | None, words: str, wanted: tuple[str, ...], page: Page) -> Reply:
    language, zone = (person.language, person.zone) if person else (visit.ask.language, visit.zone)
    far = _day(page.searched_to, zone, language) if page.searched_to else ""
    carried = _pack(wanted)
    turns: list[tuple[str, str]] = []
    if page.newer:
        turns.append((plain("search newer", language), f"q:n{page.newer}:{carried}"))
    if page.older:
        turns.append((plain("search older", language), f"q:b{page.older}:{carried}"))
    fits = all(len(data.encode()) <= CALLBACK_BYTES for _, data in turns)
    buttons: Buttons = (tuple(turns),) if turns and fits else ()
    if not page.entries:
        key = "search nothing yet" if far else "search nothing"
        return Reply(text(key, language, words=words, day=far), buttons)
    notes = [text("search so far", language, day=far)] if far else []
    notes += [] if fits else [text("search too long", language)]
    notes += [text("search plain", language)] if asks_for_more(words) else []
    told = [_entry(one, zone, language) for one in page.entries]
    return Reply(Html("\n\n".join([text("search found", language, words=words), *told, *notes])), buttons)


def _entry(one: Entry, zone: str, language: str, topic: str = "") -> Html:
    title = cut(clean(one.title), TITLE) or plain("untitled", language)
    address = link(one.link)
    said = text(
        "entry" if address else "entry bare",
        language,
        title=title,
        source=cut(clean(one.source_name), SOURCE),
        time=figures.moment(one.shown_at, zone, language),
        link=Html(html.escape(address)),
    )
    return Html(said + text("entry topic", language, topic=cut(clean(topic), TOPIC))) if topic else said


def _day(at: datetime, zone: str, language: str) -> str:
    return figures.day(figures.on_the_clock(at, zone)[0].date(), language)


def _pack(wanted: tuple[str, ...]) -> str:
    """Return folded words in as few bytes as a button has room for: one for a letter."""
    return "+".join(wanted).translate(_TO_SIGNS)


def _unpacked(carried: str) -> tuple[str, ...]:
    """Return the words that a button carries."""
    return tuple(word for word in carried.translate(_FROM_SIGNS).split("+") if word.strip(LEFT_OUT))[:STEMS_AT_MOST]

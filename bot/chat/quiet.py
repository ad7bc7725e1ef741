"""When messages are silent: quiet hours of each day, and pauses."""

from __future__ import annotations

import re
from datetime import timedelta

from bot.actions import choose, subscribe
from bot.chat import moments
from bot.chat.hours import OFF
from bot.chat.texts import Html, counted, lines, plain, text
from bot.chat.times import clock, read_length, read_span
from bot.chat.topics import label, settings_row
from bot.chat.visit import Answer, Buttons, Reply, Visit, begin_first, find_person, join, says
from storage import digests, subscribers
from storage.engine import Session
from storage.rulebook import Topic
from storage.tables import How, SubscriberRow, SubscriberState

SPANS = ((23 * 60, 7 * 60), (22 * 60, 8 * 60), (0, 9 * 60))
PAUSES_H = (3, 24, 72, 168)
DAY_MINUTES = 24 * 60
URGENT_SHOWN = 20


def command(tx: Session, visit: Visit) -> Answer:
    """Show or set quiet hours."""
    person, words = find_person(tx, visit), visit.ask.argument.strip()
    if not words or words.casefold() in OFF:
        if person is None:
            return begin_first(visit)
        if words:
            choose.set_quiet(tx, person, None, visit.now)
        return says(screen(tx, person), person=person)
    span = read_span(words)
    if span is None:
        language = person.language if person else visit.ask.language
        said = lines(text("quiet unknown", language, words=words), text("quiet usage", language))
        return says(said, person=person)
    person = person or join(tx, visit)
    choose.set_quiet(tx, person, span, visit.now)
    return says(screen(tx, person), person=person)


def chosen(tx: Session, visit: Visit, person: SubscriberRow, found: re.Match[str]) -> Answer:
    """Set the quiet hours that a button names; none for "off"."""
    begin, end = (int(found[1]), int(found[2])) if found[1] else (0, 0)
    usable = begin != end and max(begin, end) < DAY_MINUTES
    choose.set_quiet(tx, person, (begin, end) if usable else None, visit.now)
    return _pressed(tx, person, plain("toast done", person.language))


def urgent(tx: Session, visit: Visit, person: SubscriberRow, found: re.Match[str]) -> Answer:
    """Let a topic ring in quiet hours, or wait for their end, as its button says."""
    wanted, topic_id = found[2] == "1", int(found[1])
    topic = next((one for one in _mine(tx, person) if one.topic_id == topic_id), None)
    if topic is None or not choose.set_urgent(tx, person, topic_id, wanted, visit.now):
        return _pressed(tx, person, plain("toast stale", person.language))
    key = "toast urgent" if wanted else "toast not urgent"
    return _pressed(tx, person, plain(key, person.language, topic=topic.title(person.language)))


def screen(tx: Session, person: SubscriberRow) -> Reply:
    """Return a person's quiet hours, and which topics ring in them, with the buttons that change it."""
    language = person.language
    begin, end = person.quiet_from, person.quiet_to
    spans: Buttons = (tuple((_span(one, language), f"u:{one[0]}:{one[1]}") for one in SPANS),)
    if begin is None or end is None:
        said = lines(text("quiet none", language), text("quiet usage", language))
        return Reply(said, (*spans, settings_row(language)))
    said = text("quiet shown", language, from_hour=clock(begin), to_hour=clock(end), zone=person.zone)
    marked = {one.topic_id: one.urgent for one in subscribers.subscriptions(tx, subscribe.number(person))}
    topics = _mine(tx, person)[:URGENT_SHOWN]
    rows = tuple(
        (
            (
                plain("urgent on" if marked[topic.topic_id] else "urgent off", language, topic=label(topic, language)),
                f"u:t:{topic.topic_id}:{0 if marked[topic.topic_id] else 1}",
            ),
        )
        for topic in topics
    )
    hint = text("quiet urgent", language) if topics else Html("")
    ends: Buttons = (((plain("quiet end", language), "u:off"),),)
    return Reply(lines(said, text("quiet usage", language), hint), (*rows, *spans, *ends, settings_row(language)))


def pause(tx: Session, visit: Visit) -> Answer:
    """Send nothing for a while, or until /resume."""
    person = find_person(tx, visit)
    if person is None:
        return begin_first(visit)
    if person.state == SubscriberState.STOPPED.value:
        return says(text("not paused stopped", person.language), person=person)
    words = visit.ask.argument.strip()
    if words.casefold() in OFF:
        return resume(tx, visit)
    length = read_length(words) if words else None
    if words and length is None:
        return says(text("pause unknown", person.language, words=words), person=person)
    return says(Reply(_pause(tx, person, length, visit), (_end_row(person),)), person=person)


def resume(tx: Session, visit: Visit) -> Answer:
    """End a pause."""
    person = find_person(tx, visit)
    if person is None:
        return begin_first(visit)
    if person.state == SubscriberState.STOPPED.value:
        return says(text("not paused stopped", person.language), person=person)
    ended = subscribe.resume(tx, person, visit.now)
    return says(text("resumed" if ended else "not paused", person.language), person=person)


def pause_chosen(tx: Session, visit: Visit, person: SubscriberRow, found: re.Match[str]) -> Answer:
    """Pause for as long as a button says, or end a pause ("on")."""
    if person.state == SubscriberState.STOPPED.value:
        return Answer(toast=plain("toast stopped", person.language), about="press refused", subscriber_id=person.id)
    if found[1] == "on":
        ended = subscribe.resume(tx, person, visit.now)
        said = text("resumed" if ended else "not paused", person.language)
        shown = Reply(said, (settings_row(person.language),))
    else:
        length = timedelta(hours=int(found[1])) if found[1] != "open" else None
        rows = (_end_row(person), settings_row(person.language))
        shown = Reply(_pause(tx, person, length, visit), rows)
    return Answer(rewritten=shown, about="pause", subscriber_id=person.id)


def pause_screen(person: SubscriberRow, visit: Visit) -> Reply:
    """Return the question for how long to be silent."""
    language, until = person.language, person.paused_until
    lengths = tuple((_length(hours, language), f"z:{hours}") for hours in PAUSES_H)
    rows: Buttons = (lengths[:2], lengths[2:], ((plain("pause open", language), "z:open"),))
    if until is not None and until > visit.now:
        running = text("pause running", language, until=moments.until(person, until, visit.now))
        return Reply(running, (_end_row(person), *rows, settings_row(language)))
    return Reply(text("pause ask", language), (*rows, settings_row(language)))


def _pause(tx: Session, person: SubscriberRow, length: timedelta | None, visit: Visit) -> Html:
    ends = subscribe.pause(tx, person, length, visit.now)
    by_digest = any(one.how != How.AT_ONCE.value for one in subscribers.subscriptions(tx, subscribe.number(person)))
    has_hours = bool(digests.hours(tx, subscribe.number(person)))
    later = text("paused later digest" if has_hours and by_digest else "paused later nothing", person.language)
    return text("paused", person.language, until=moments.until(person, ends, visit.now), later=later)


def _end_row(person: SubscriberRow) -> tuple[tuple[str, str], ...]:
    return ((plain("pause end", person.language), "z:on"),)


def _length(hours: int, language: str) -> str:
    return counted("pause days", language, hours // 24) if hours >= 24 else counted("pause hours", language, hours)


def _span(span: tuple[int, int], language: str) -> str:
    return plain("quiet button", language, from_hour=clock(span[0]), to_hour=clock(span[1]))


def _mine(tx: Session, person: SubscriberRow) -> list[Topic]:
    number = subscribe.number(person)
    mine = {one.topic_id for one in subscribers.subscriptions(tx, number)}
    return [topic for topic in subscribe.topics_for(tx, number) if topic.topic_id in mine]


def _pressed(tx: Session, person: SubscriberRow, toast: str) -> Answer:
    return Answer(toast=toast, rewritten=screen(tx, person), about="quiet hours set", subscriber_id=person.id)

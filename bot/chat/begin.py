"""How one begins: three taps (language, topic, how) to a subscription that works, or a link that names the topic.

Each tap is a choice already made: who stops after the topic is told of it at once.
"""

from __future__ import annotations

import re
from types import MappingProxyType

from bot.actions import choose, subscribe
from bot.chat import languages, moments, topics
from bot.chat.texts import Html, lines, plain, text
from bot.chat.visit import Answer, Buttons, Reply, Visit, find_person, followed, join, says
from storage import digests
from storage.engine import Session
from storage.rulebook import Topic
from storage.slots import EVERY_DAY
from storage.tables import How, SubscriberRow, SubscriberState

WAYS = MappingProxyType({"o": How.AT_ONCE, "d": How.DIGEST, "b": How.BOTH})
TOPICS_NAMED = 5


def start(tx: Session, visit: Visit) -> Answer:
    """Begin, or come back; with a topic, follow it at once with no further tap."""
    known = find_person(tx, visit)
    was_off = known is not None and known.state != SubscriberState.ACTIVE.value
    person = join(tx, visit)
    if visit.ask.argument:
        return _with_topic(tx, visit, person)
    if known is None or not (followed(tx, person) or was_off):
        return says(first(person, note=paused_note(person, visit)), person=person)
    shown = topics.reply(tx, person, "welcome back" if was_off else "topics", paused_note(person, visit))
    return says(shown, person=person)


def first(person: SubscriberRow, note: Html) -> Reply:
    """Return the first of three messages: hello, and in which language?"""
    return Reply(
        lines(note, text("welcome", person.language)), languages.buttons(person, "b:l:{language}", marked=False)
    )


def _with_topic(tx: Session, visit: Visit, person: SubscriberRow) -> Answer:
    offered = subscribe.topics_for(tx, subscribe.number(person))
    topic = topics.find_topic(offered, visit.ask.argument)
    if topic is None:
        asked = text("topic unknown", person.language, topic=visit.ask.argument)
        listed = topics.topic_list(offered, person.language)
        return says(topics.reply(tx, person, "topics", asked, *listed), person=person)
    new = subscribe.subscribe(tx, person, topic, visit.now)
    said = text(
        "subscribed" if new else "already subscribed",
        person.language,
        topic=topic.title(person.language),
        how=plain(f"how {subscribe.how_of(tx, person, topic.topic_id)}", person.language),
    )
    return says(lines(said, paused_note(person, visit)), person=person)


def language_chosen(tx: Session, visit: Visit, person: SubscriberRow, found: re.Match[str]) -> Answer:
    """Take the first tap, and ask for a topic."""
    choose.set_language(tx, person, found[1], visit.now)
    return _named("began: language", person, _topic_question(tx, person, 0), menu=found[1])


def topics_turned(tx: Session, visit: Visit, person: SubscriberRow, found: re.Match[str]) -> Answer:
    """Show another page of topics to choose from."""
    return _named("page turned", person, _topic_question(tx, person, int(found[1])))


def topic_chosen(tx: Session, visit: Visit, person: SubscriberRow, found: re.Match[str]) -> Answer:
    """Take the second tap, which is a subscription already, and ask how it shall come."""
    topic = topics.offered(tx, person, int(found[1]))
    if topic is None or person.state == SubscriberState.STOPPED.value:
        key = "toast stale" if topic is None else "toast stopped"
        return Answer(toast=plain(key, person.language), about="press stale", subscriber_id=person.id)
    subscribe.subscribe(tx, person, topic, visit.now)
    toast = plain("toast on", person.language, topic=topic.title(person.language))
    return _named("began: topic", person, _how_question(tx, person, topic), toast=toast)


def how_chosen(tx: Session, visit: Visit, person: SubscriberRow, found: re.Match[str]) -> Answer:
    """Take the third tap, and say what was set up."""
    way = WAYS[found[1]]
    set_way(tx, person, way, followed(tx, person), visit)
    return _named("began: how", person, _done(tx, person, way), toast=plain("toast done", person.language))


def set_way(tx: Session, person: SubscriberRow, way: How, topic_ids: list[int], visit: Visit) -> bool:
    """Let topics come this way, with a digest hour where they need one; say whether that was made now."""
    lacks_hour = way is not How.AT_ONCE and not digests.hours(tx, subscribe.number(person))
    if lacks_hour:
        choose.set_slots(tx, person, [(subscribe.DEFAULT_MINUTE, EVERY_DAY)], visit.now)
    subscribe.set_how(tx, person, topic_ids, way, visit.now)
    return lacks_hour


def paused_note(person: SubscriberRow, visit: Visit) -> Html:
    """Return the reminder that messages are paused, "" where they are not."""
    if person.paused_until is None or person.paused_until <= visit.now:
        return Html("")
    return text("still paused", person.language, until=moments.until(person, person.paused_until, visit.now))


def _topic_question(tx: Session, person: SubscriberRow, page: int) -> Reply:
    offered = subscribe.topics_for(tx, subscribe.number(person))
    if not offered:
        return Reply(text("no topics", person.language))
    rows = topics.keyboard(
        offered, followed(tx, person), person.language, page, carries="b:t:{topic}", turns="b:p"
    )  # fmt: skip
    return Reply(text("begin topics", person.language), rows)


def _how_question(tx: Session, person: SubscriberRow, topic: Topic) -> Reply:
    language = person.language
    hours = [slot.minute for slot in digests.hours(tx, subscribe.number(person))]
    hour = moments.clock(min(hours, default=subscribe.DEFAULT_MINUTE))
    ways: Buttons = (
        ((plain("button at once", language), "b:h:o"),),
        ((plain("button digest", language, hour=hour), "b:h:d"),),
        ((plain("button both", language), "b:h:b"),),
    )
    more: Buttons = (((plain("button another", language), "b:p:0"),),)
    return Reply(text("begin how", language, topic=topic.title(language)), (*ways, *more))


def _done(tx: Session, person: SubscriberRow, way: How) -> Reply:
    language = person.language
    mine = set(followed(tx, person))
    titles = [topic.title(language) for topic in subscribe.topics_for(tx, subscribe.number(person))
              if topic.topic_id in mine]  # fmt: skip
    if not titles:
        return topics.reply(tx, person, "topics")
    named = ", ".join(titles[:TOPICS_NAMED]) + (" …" if len(titles) > TOPICS_NAMED else "")
    said = text("begin done", language, topics=named, how=plain(f"how {way.value}", language))
    hours = moments.slots_shown(tx, person)
    digest = text("begin hour", language, hours=hours, zone=person.zone) if way is not How.AT_ONCE else Html("")
    buttons = ((plain("button topics", language), "s:topics"), (plain("button settings", language), "s:main"))
    return Reply(lines(said, digest), (buttons,))


def _named(about: str, person: SubscriberRow, shown: Reply, *, toast: str = "", menu: str = "") -> Answer:
    return Answer(toast=toast, rewritten=shown, about=about, subscriber_id=person.id, menu_language=menu)

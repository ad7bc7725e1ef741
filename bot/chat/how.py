"""How topics come: at once, in a digest, or both; for all of them or for one."""

from __future__ import annotations

import re
from types import MappingProxyType

from bot.actions import subscribe
from bot.chat import begin, moments
from bot.chat.texts import Html, counted, lines, plain, text
from bot.chat.topics import find_topic, label, settings_row
from bot.chat.visit import Answer, Buttons, Reply, Visit, begin_first, find_person, followed, says
from rules.words.wordlists import words_of
from storage import subscribers
from storage.engine import Session
from storage.rulebook import Topic
from storage.tables import How, SubscriberRow

SHOWN_AT_MOST = 40
_AT_ONCE = words_of("once now immediately atonce at-once alert alerts сразу немедленно адразу") | {"at once", "at-once"}
_DIGEST = words_of("digest digests дайджест дайджесты дайджэст дайджэсты") | {
    "in digest",
    "in the digest",
    "в дайджесте",
}
_BOTH = words_of("both оба обое абодва") | {"at once and digest", "at once and in the digest", "и так и так"}
_NEXT = MappingProxyType({How.AT_ONCE: "d", How.DIGEST: "b", How.BOTH: "o"})


def command(tx: Session, visit: Visit) -> Answer:
    """Show or set how topics come: all of them, or the one that is named."""
    person = find_person(tx, visit)
    if person is None:
        return begin_first(visit)
    mine = _mine(tx, person)
    if not mine:
        return says(text("nothing followed", person.language), person=person)
    words = visit.ask.argument
    if not words:
        return says(screen(tx, person), person=person)
    way, named = read_how(words)
    chosen = [find_topic(mine, named)] if named else mine
    wanted = [topic for topic in chosen if topic]
    if way is None or not wanted:
        failed = text("how unknown", person.language, words=words)
        return says(lines(failed, text("how usage", person.language, slug=mine[0].slug)), person=person)
    return says(_set(tx, visit, person, wanted, way, one=bool(named)), person=person)


def for_all(tx: Session, visit: Visit, person: SubscriberRow, found: re.Match[str]) -> Answer:
    """Let every topic come as a button says."""
    begin.set_way(tx, person, begin.WAYS[found[1]], followed(tx, person), visit)
    return _pressed(tx, person)


def for_one(tx: Session, visit: Visit, person: SubscriberRow, found: re.Match[str]) -> Answer:
    """Let one topic come as its button says."""
    begin.set_way(tx, person, begin.WAYS[found[2]], [int(found[1])], visit)
    return _pressed(tx, person)


def screen(tx: Session, person: SubscriberRow) -> Reply:
    """Return how each topic comes, with the buttons that change it."""
    language, mine = person.language, _mine(tx, person)
    if not mine:
        return Reply(text("nothing followed", language), (settings_row(language),))
    ways = {one.topic_id: one.how for one in subscribers.subscriptions(tx, subscribe.number(person))}
    told = [
        text("how line", language, topic=label(topic, language), how=plain(f"how {ways[topic.topic_id]}", language))
        for topic in mine[:SHOWN_AT_MOST]
    ]
    words = lines(text("how list", language), *told, text("how usage", language, slug=mine[0].slug))
    every: Buttons = (
        (
            (plain("button at once", language), "h:o"),
            (plain("button digest only", language), "h:d"),
            (plain("button both", language), "h:b"),
        ),
    )
    single = tuple((_next(topic, How(ways[topic.topic_id]), language),) for topic in mine[:SHOWN_AT_MOST])
    return Reply(words, (*every, *(single if len(mine) > 1 else ()), settings_row(language)))


def read_how(words: str) -> tuple[How | None, str]:
    """Return how topics should come, and the topic named before or after that ("" for none); None for other words."""
    said = " ".join(words.casefold().split())
    for way, names in ((How.BOTH, _BOTH), (How.DIGEST, _DIGEST), (How.AT_ONCE, _AT_ONCE)):
        for name in sorted(names, key=len, reverse=True):
            if said == name:
                return way, ""
            if said.startswith(name + " "):
                return way, said.removeprefix(name + " ")
            if said.endswith(" " + name):
                return way, said.removesuffix(" " + name)
    return None, ""


def summary(tx: Session, person: SubscriberRow) -> str:
    """Return in a few words how a person's topics come."""
    ways = {one.how for one in subscribers.subscriptions(tx, subscribe.number(person))}
    if len(ways) > 1:
        return plain("value mixed", person.language)
    return plain(f"how {ways.pop()}", person.language) if ways else plain("value none", person.language)


def _next(topic: Topic, way: How, language: str) -> tuple[str, str]:
    """Return a topic's button: what it would come by after a tap."""
    letter = _NEXT[way]
    shown = plain(f"how {begin.WAYS[letter].value}", language)
    return plain("how button", language, topic=label(topic, language), how=shown), f"h:{topic.topic_id}:{letter}"


def _mine(tx: Session, person: SubscriberRow) -> list[Topic]:
    mine = set(followed(tx, person))
    return [topic for topic in subscribe.topics_for(tx, subscribe.number(person)) if topic.topic_id in mine]


def _set(tx: Session, visit: Visit, person: SubscriberRow, topics: list[Topic], way: How, *, one: bool) -> Html:
    language = person.language
    made = begin.set_way(tx, person, way, [topic.topic_id for topic in topics], visit)
    shown = plain(f"how {way.value}", language)
    said = (
        text("how set one", language, topic=topics[0].title(language), how=shown)
        if one
        else counted("how set", language, len(topics), how=shown)
    )
    return lines(said, text("how hour made", language, hours=moments.slots_shown(tx, person)) if made else "")


def _pressed(tx: Session, person: SubscriberRow) -> Answer:
    toast = plain("toast done", person.language)
    return Answer(toast=toast, rewritten=screen(tx, person), about="how set", subscriber_id=person.id)

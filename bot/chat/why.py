"""Why an article was sent or not: the item behind a link, its matches with their evidence, and what was decided."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from bot.actions import subscribe
from bot.chat.texts import Html, messages, plain, text
from bot.chat.updates import Ask, Wish, links_in
from bot.chat.visit import Answer, Reply, Visit, says
from bot.delivery import wording
from bot.texts import figures
from rules.alerts import Verdict
from rules.stories import canonical_url
from storage import accounts, alerts, matches, subscribers
from storage.engine import Session
from storage.rulebook import Topic
from storage.tables import ItemRow, MatchRow, SourceRow, SubscriberRow

WORDS_SHOWN = 6
CONCEPT = re.compile(r"” \([^\W\d_][\w-]*\)")
ACCOUNT_LINES = 60


@dataclass(frozen=True, slots=True)
class Found:
    """The item an ask is about, and whether the stored matches alone answer it (every topic matched)."""

    item_id: int
    complete: bool


def asks_why(ask: Ask) -> bool:
    """Say whether an update asks about an article."""
    return ask.command == "why" if ask.wish is Wish.COMMAND else ask.wish is Wish.WORDS and bool(ask.links)


def find_item(tx: Session, ask: Ask) -> Found | None:
    """Return the item that an ask means: by a link in it, else by the alert that it answers. None where unknown."""
    person = subscribers.find(tx, ask.chat_id, ask.thread_id)
    links = _typed(ask) or ask.links
    item = _by_links(tx, links)
    if item is None and not _typed(ask):
        item = _by_alert(tx, person, ask.answers_message_id)
    if item is None:
        return None
    topics = subscribe.topics_for(tx, subscribe.number(person) if person else 0)
    standing = {topic_id for topic_id, row in _matches(tx, item.id or 0).items() if row.vanished_at is None}
    return Found(item.id or 0, all(topic.topic_id in standing for topic in topics))


def answer(tx: Session, visit: Visit, person: SubscriberRow | None, language: str) -> Answer:
    """Return why the item of this visit was sent or not, topic by topic."""
    item = tx.get(ItemRow, visit.item_id) if visit.item_id else None
    if item is None:
        return _named(says(_not_found(visit.ask, language), person=person))
    topics = subscribe.topics_for(tx, subscribe.number(person) if person else 0)
    parts = [_head(tx, item, person, visit, language)]
    if item.analyse_due:
        parts.append(text("why unread", language))
    parts += _by_topic(tx, item, topics, person, language)
    parts += _decided(tx, item, topics, person, language)
    parts += _account(visit, language)
    replies = [Reply(message) for message in messages(parts)]
    return _named(says(*replies, person=person))


def _typed(ask: Ask) -> tuple[str, ...]:
    """Return the links in the words themselves, not those of the message they answer."""
    return links_in(ask.argument)


def _not_found(ask: Ask, language: str) -> Html:
    asked = (*_typed(ask), *ask.links)
    if asked:
        return text("why unknown", language, link=asked[0])
    return text("why unknown answer" if ask.answers_message_id else "why usage", language)


def _by_links(tx: Session, links: Iterable[str]) -> ItemRow | None:
    return accounts.item_by_link_keys(
        tx, [canonical_url(link if "://" in link else f"https://{link}") for link in links]
    )


def _by_alert(tx: Session, person: SubscriberRow | None, message_id: int) -> ItemRow | None:
    if person is None or not message_id:
        return None
    return accounts.item_by_message(tx, subscribe.number(person), message_id)


def _matches(tx: Session, item_id: int) -> dict[int, MatchRow]:
    return matches.of_items(tx, [item_id]).get(item_id, {})


def _head(tx: Session, item: ItemRow, person: SubscriberRow | None, visit: Visit, language: str) -> Html:
    source = tx.get(SourceRow, item.source_id)
    zone = person.zone if person else visit.zone
    return text(
        "why item",
        language,
        title=item.title,
        source=source.name if source else "",
        time=figures.moment(item.first_seen_at, zone, language),
    )


def _by_topic(
    tx: Session, item: ItemRow, topics: list[Topic], person: SubscriberRow | None, language: str
) -> list[Html]:
    found = _matches(tx, item.id or 0)
    mine = {s.topic_id for s in subscribers.subscriptions(tx, subscribe.number(person))} if person else set()
    told: list[Html] = []
    for topic in topics:
        title, match = topic.title(language), found.get(topic.topic_id)
        if match is None:
            told.append(text("why not matched", language, topic=title))
        elif match.vanished_at is not None:
            told.append(text("why vanished", language, topic=title))
        else:
            note = "" if topic.topic_id in mine else text("why not followed", language)
            line = text("why matched", language, topic=title, because=_plainly(match.because))
            told += [Html(line + note), *_evidence(match, language)]
    return told


def _plainly(because: str) -> str:
    """Return the reason without the names that the rule gives its concepts: the quoted words say more to a reader."""
    return CONCEPT.sub("”", because)


def _evidence(match: MatchRow, language: str) -> list[Html]:
    words = dict.fromkeys(
        f"“{hit.get('quoted', '')}” ({_reach(str(hit.get('reach', '')), language)})" for hit in match.evidence
    )
    return [text("why words", language, words=", ".join(list(words)[:WORDS_SHOWN]))] if words else []


def _reach(reach: str, language: str) -> str:
    """Return how a word was recognised, in the reader's language where that is known."""
    key = f"reach {reach}"
    return wording.say(key, language) if key in wording.PHRASES.keys() else reach  # noqa: SIM118


def _verdict(kept: str, language: str) -> str:
    """Return what was decided, in the reader's language; as it was written down where a release knows it no more."""
    name = next((verdict.name.lower() for verdict in Verdict if verdict.value == kept), "")
    return plain(f"verdict {name}", language) if name else kept


def _decided(
    tx: Session, item: ItemRow, topics: list[Topic], person: SubscriberRow | None, language: str
) -> list[Html]:
    if person is None:
        return []
    titles = {topic.topic_id: topic.title(language) for topic in topics}
    made = [v for v in alerts.verdicts_of(tx, item.id or 0, subscribe.number(person)) if v.topic_id in titles]
    told = [
        text(
            "why verdict",
            language,
            verdict=_verdict(verdict.verdict, language),
            topic=titles[verdict.topic_id],
            time=figures.moment(verdict.decided_at, person.zone, language),
        )
        for verdict in made
    ]
    if told:
        return told
    return [text("why baseline" if item.baseline else "why no verdict", language)]


def _account(visit: Visit, language: str) -> list[Html]:
    if visit.account is None:
        return []
    if not visit.account:
        return [text("why no account", language)]
    told = [text("line", language, line=line) for line in visit.account[:ACCOUNT_LINES]]
    return [text("why account", language), *told]


def _named(done: Answer) -> Answer:
    return replace(done, about="why")

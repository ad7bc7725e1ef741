"""Who is told of a newly matched item, and how: verdicts, alerts and outbox rows, in the commit of the matches.

The number of statements for an item does not depend on how many people listen: what verdicts need is looked up once,
equal situations are decided once, equal messages are written once, and all rows go in together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from bot.pipeline import cards
from bot.pipeline.cards import Words
from bot.pipeline.deciding import Decision, Judge
from rules.alerts import Verdict
from rules.model import Match
from storage import alerts, digests, edits, listeners, stories
from storage.alerts import NewAlert, NewVerdict
from storage.deliveries import Growth
from storage.engine import Session
from storage.items import Unread
from storage.listeners import Desk
from storage.rulebook import Topic
from storage.stories import Member
from storage.tables import AlertRow


@dataclass(frozen=True, slots=True)
class News:
    """An item with the topics that newly match it, in its story."""

    item: Unread
    story_id: int
    topics: tuple[tuple[Topic, Match], ...]


class Reader(Protocol):
    """Somebody who reads messages in their language and on their clock."""

    @property
    def language(self) -> str:
        """Return the language's code."""
        ...

    @property
    def zone(self) -> str:
        """Return the clock's zone."""
        ...


@dataclass(slots=True)
class Letters:
    """Writes the messages about one story; each text once for a topic, a first item, a language and a clock."""

    topics: Mapping[int, Topic]
    members: Sequence[Member]
    words: dict[tuple[int, int], Words] = field(default_factory=dict)
    written: dict[tuple[int, int, str, str, bool], str] = field(default_factory=dict)

    def text(self, tx: Session, reader: Reader, item_id: int, topic_id: int, *, spread: bool = False) -> str:
        """Return what the message says to a reader who was (or is now) told by this item under this topic."""
        language, zone = reader.language, reader.zone
        key = (item_id, topic_id, language, zone, spread)
        if key not in self.written:
            if (item_id, topic_id) not in self.words:
                self.words[item_id, topic_id] = cards.told_words(tx, item_id, topic_id)
            topic = self.topics.get(topic_id)
            title = topic.title(language) if topic else ""
            card = cards.card(self.members, self.words[item_id, topic_id], title, language, spread=spread)
            self.written[key] = cards.message(card, zone, language) if card else ""
        return self.written[key]


class Teller:
    """Decides for each subscriber; keeps nothing but the operator's limits: how many alerts may wait for a chat before
    more go to a digest, and how often a told story's message may be edited."""

    def __init__(self, flood_limit: int, edit_every: timedelta = timedelta(minutes=1)) -> None:
        self._flood_limit = flood_limit
        self._edit_every = edit_every

    def tell(self, tx: Session, news: News, now: datetime) -> dict[str, int]:
        """Write a verdict for each subscriber of the topics, and what follows from it; return how many of each kind."""
        tx.flush()
        made, desk, sources = self.verdicts(tx, news, now)
        if not made:
            return {}
        members = stories.members(tx, news.story_id)
        topics = {topic.topic_id: topic for topic, _ in news.topics}
        topics |= digests.topics_by_id(tx, {told.topic_id for told in desk.told.values()} - topics.keys())
        letters = Letters(topics, members)
        for topic, match in news.topics:
            letters.words[news.item.item_id, topic.topic_id] = cards.words_of(news.item.item_id, news.item.text, match)
        by_verdict: dict[Verdict, list[Decision]] = {}
        for each in made:
            by_verdict.setdefault(each.verdict, []).append(each)
        self._ring(tx, news, by_verdict.get(Verdict.SEND, ()), letters, now)
        self._ring_again(tx, news, by_verdict.get(Verdict.RING, ()), letters, sources, now)
        grown = self._edit(tx, news, by_verdict.get(Verdict.EDIT, ()), letters, desk, now)
        counts: dict[str, int] = {}
        rows = []
        for each in made:
            waits = each.waits or (
                each.verdict is Verdict.EDIT
                and each.wish.how != "at once"
                and (each.told is None or each.told.alert_id not in grown)
            )
            rows.append(NewVerdict(each.wish.subscriber_id, each.wish.topic_id, each.verdict.value, waits))
            name = each.verdict.name.lower()
            counts[name] = counts.get(name, 0) + 1
        alerts.record_verdicts(tx, item_id=news.item.item_id, story_id=news.story_id, new=rows, now=now)
        return counts

    def verdicts(self, tx: Session, news: News, now: datetime) -> tuple[list[Decision], Desk, int]:
        """Return the decision for each subscriber of the topics, what they were made from, and how many sources have
        the story. Writes nothing."""
        topic_ids = [topic.topic_id for topic, _ in news.topics]
        wishes = listeners.of_topics(tx, topic_ids, now)
        desk = listeners.desk(
            tx, story_id=news.story_id, source_id=news.item.source_id, topic_ids=topic_ids, wishes=wishes,
            flood_limit=self._flood_limit, now=now,
        )  # fmt: skip
        sources = cards.sources_of(stories.members(tx, news.story_id)) if desk.told else 1
        return Judge(news.item, desk, sources, self._flood_limit, now).decide_all(wishes), desk, sources

    def _ring(self, tx: Session, news: News, made: Sequence[Decision], letters: Letters, now: datetime) -> None:
        item_id = news.item.item_id
        new = [NewAlert(each.wish.subscriber_id, each.wish.topic_id, item_id) for each in made]
        ids = alerts.open_alerts(tx, news.story_id, new, cards.sources_of(letters.members), now)
        people = listeners.addressees(tx, ids)
        words = []
        for each in made:
            person = people[each.wish.subscriber_id]
            alert_id = ids[person.subscriber_id]
            words.append(
                edits.Words(
                    alert_id, person.subscriber_id, person.chat_id, person.thread_id,
                    letters.text(tx, person, item_id, each.wish.topic_id),
                    cards.buttons(alert_id, person.language, kind=person.kind), 1, now, person.silent,
                )
            )  # fmt: skip
        edits.put_alerts(tx, words, now)
        gone = [each.wish.subscriber_id for each in made if each.let_go]
        alerts.let_go(tx, news.story_id, gone, Verdict.HOLD.value)

    def _ring_again(
        self, tx: Session, news: News, made: Sequence[Decision], letters: Letters, sources: int, now: datetime
    ) -> None:
        told = [each.told for each in made if each.told is not None]
        if not told:
            return
        people = listeners.addressees(tx, [before.subscriber_id for before in told])
        numbers = {before.alert_id for before in told}
        edits.drop_edits(tx, news.story_id, numbers, now)
        alerts.ring_again(tx, numbers, sources, now)
        alerts.revise(tx, [(before.alert_id, before.revision + 1) for before in told])
        words = []
        for before in told:
            person = people[before.subscriber_id]
            words.append(
                edits.Words(
                    before.alert_id, person.subscriber_id, person.chat_id, person.thread_id,
                    letters.text(tx, person, before.item_id, before.topic_id, spread=True),
                    cards.buttons(before.alert_id, person.language, kind=person.kind), before.revision + 1, now,
                    person.silent,
                )
            )  # fmt: skip
        edits.put_alerts(tx, words, now)

    def _edit(
        self, tx: Session, news: News, made: Sequence[Decision], letters: Letters, desk: Desk, now: datetime
    ) -> set[int]:
        """Let the messages of a story told say who else has it, at most once a minute; return the alerts whose
        messages can."""
        told = [each.told for each in made if each.told is not None]
        if not told:
            return set()
        source_of = {member.item_id: member.source_id for member in letters.members}
        people = listeners.addressees(tx, [before.subscriber_id for before in told])
        said_at = alerts.said_at(tx, news.story_id)
        words = []
        for before in told:
            person = people[before.subscriber_id]
            # Its second ring still waits to be sent: what it says then is that the story has spread.
            rings = before.message_id is None and bool(before.edited)
            muted = (person.subscriber_id, source_of.get(before.item_id, 0)) in desk.muted_sources
            words.append(
                edits.Words(
                    before.alert_id, person.subscriber_id, person.chat_id, person.thread_id,
                    letters.text(tx, person, before.item_id, before.topic_id, spread=rings),
                    cards.buttons(before.alert_id, person.language, source_muted=muted, kind=person.kind),
                    before.revision + 1, max(now, said_at[before.alert_id] + self._edit_every),
                    message_id=before.message_id,
                )
            )  # fmt: skip
        alerts.revise(tx, [(each.alert_id, each.revision) for each in words])
        return edits.put_edits(tx, news.story_id, words, now)


def growth_to_digest(tx: Session, growth: Growth, now: datetime) -> None:
    """Put down a story's growth for the digest, where its message can't be edited any more.

    Only for subscribers who have a digest hour: a message of its own would ring a second time for one story.
    """
    alert = tx.get(AlertRow, growth.alert_id)
    if alert is None or not digests.hours(tx, alert.subscriber_id):
        return
    alerts.record_verdict(
        tx, subscriber_id=alert.subscriber_id, item_id=alert.item_id, story_id=alert.story_id,
        topic_id=alert.topic_id, verdict=Verdict.EDIT.value, waits=True, now=now,
    )  # fmt: skip

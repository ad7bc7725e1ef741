"""What one round of digests knows of stories, and a reader's digest composed from it.

The same stories wait for many readers: what they look like is looked up once a round, a few hundred at a time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from bot.delivery.digest_message import DigestStory, DigestTopic
from bot.pipeline.cards import Words, places_of, quoted, snippet
from bot.texts.phrases import reading_language
from rules.alerts import Verdict
from rules.ranking import weight
from storage import digests, trends, waiting
from storage.engine import Session
from storage.mutes import Muted
from storage.rulebook import Topic
from storage.trends import Mention
from storage.waiting import MatchFacts, StoryFacts, Told, Waiting

ALSO_NAMES = 9
ALERTED = frozenset({Verdict.SEND.value, Verdict.EDIT.value, Verdict.TOLD.value})

Ranked = tuple[float, datetime, DigestStory]


class Edition:
    """Facts of stories and topics, kept for one round of digests at `now` and dropped with it."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self._leads: dict[int, int] = {}
        self._stories: dict[int, StoryFacts] = {}
        self._items: dict[int, Told] = {}
        self._matches: dict[tuple[int, int], MatchFacts] = {}
        self._words: dict[tuple[int, int], Words] = {}
        self._topics: dict[int, Topic] = {}
        self._mentions: dict[tuple[int, datetime, datetime], list[Mention]] = {}

    def topics(self, tx: Session, rows: Sequence[Waiting], language: str) -> tuple[DigestTopic, ...]:
        """Return what waits for a reader as a digest tells it: each story once, topics and stories best first."""
        if not rows:
            return ()
        self.learn(tx, rows)
        by_story: dict[int, list[Waiting]] = {}
        for row in (one for one in rows if one.item_id in self._items):
            by_story.setdefault(self._leads[row.story_id], []).append(row)
        by_topic: dict[int, list[Ranked]] = {}
        for story_id, mine in by_story.items():
            topic_id, ranked = self._story(story_id, mine, language)
            by_topic.setdefault(topic_id, []).append(ranked)
        return self.grouped(tx, by_topic, language)

    def grouped(self, tx: Session, by_topic: dict[int, list[Ranked]], language: str) -> tuple[DigestTopic, ...]:
        """Return ranked stories under their topics, the topic of the best story first."""
        for ranked in by_topic.values():
            ranked.sort(key=lambda one: (-one[0], one[1]))
        order = sorted(by_topic, key=lambda topic_id: (-by_topic[topic_id][0][0], topic_id))
        titles = self.titles(tx, by_topic, language)
        return tuple(DigestTopic(titles[topic], tuple(story for _, _, story in by_topic[topic])) for topic in order)

    def learn(self, tx: Session, rows: Iterable[Waiting]) -> None:
        """Look up what is not known yet of the stories, items and matches of these rows."""
        rows = list(rows)
        stories = {row.story_id for row in rows} - self._leads.keys()
        if stories:
            self._leads.update(waiting.leads(tx, stories))
        self._learn_stories(tx, {self._leads[row.story_id] for row in rows})
        strangers = {row.item_id for row in rows} - self._items.keys()
        if strangers:
            self._items.update(waiting.told_items(tx, strangers))
        items = {row.item_id for row in rows if (row.item_id, row.topic_id) not in self._matches}
        if items:
            self._matches.update(waiting.match_facts(tx, items))
            for row in rows:
                self._matches.setdefault((row.item_id, row.topic_id), MatchFacts(0, "", [], ""))

    def _learn_stories(self, tx: Session, story_ids: set[int]) -> None:
        unknown = story_ids - self._stories.keys()
        if not unknown:
            return
        found = waiting.facts(tx, unknown)
        self._stories.update(found)
        self._items.update({item.item_id: item for story in found.values() for item in story.items})

    def wanted(self, tx: Session, rows: Sequence[Waiting], muted: Collection[tuple[str, int]]) -> list[Waiting]:
        """Return of what waits for a reader what is not `muted` (kind and number) by now."""
        if not muted:
            return list(rows)
        self.learn(tx, rows)
        stories = {target for kind, target in muted if kind == Muted.STORY.value}
        leads = set(waiting.leads(tx, stories).values()) if stories else set()
        return [
            row
            for row in rows
            if row.item_id in self._items
            and self._leads[row.story_id] not in leads
            and (Muted.TOPIC.value, row.topic_id) not in muted
            and (Muted.SOURCE.value, self._items[row.item_id].source_id) not in muted
        ]

    def _story(self, story_id: int, rows: Sequence[Waiting], language: str) -> tuple[int, Ranked]:
        """Return the topic that a story stands under, and the story with its weight."""
        reads = reading_language(language)
        # What can be opened first; in the reader's language where the story is told in it.
        row = min(rows, key=lambda one: (not self._items[one.item_id].link, self._items[one.item_id].language != reads))
        item, story, words = self._items[row.item_id], self._stories[story_id], self._said(row.item_id, row.topic_id)
        others = dict.fromkeys(one.source_name for one in story.items if one.source_id != item.source_id)
        told = any(one.verdict in ALERTED for one in rows)
        shown = DigestStory(
            title=item.title,
            link=item.link,
            source_name=item.source_name,
            published_at=item.published_at or item.first_seen_at,
            because=words.reason(language),
            snippet=words.snippet,
            also=tuple(others)[:ALSO_NAMES],
            sources=story.sources,
            languages=story.languages,
            reports=max(len(story.items), 1),
            told=told,
        )
        began_at = story.items[0].first_seen_at if story.items else item.first_seen_at
        points = max(self._matches[one.item_id, one.topic_id].points for one in rows)
        heavy = weight(points, story.sources, story.languages, self.now - began_at, told=told)
        return row.topic_id, (heavy, item.first_seen_at, shown)

    def widest(self, tx: Session, story_ids: Sequence[int]) -> tuple[DigestStory, ...]:
        """Return stories by their first item, in the order given, without what waits or matched."""
        self._learn_stories(tx, set(story_ids))
        stories = [self._stories[story_id] for story_id in story_ids]
        return tuple(
            DigestStory(
                title=story.items[0].title, link=story.items[0].link, source_name=story.items[0].source_name,
                sources=story.sources, languages=story.languages, reports=len(story.items),
            )
            for story in stories
            if story.items
        )  # fmt: skip

    def _said(self, item_id: int, topic_id: int) -> Words:
        """Return the words in which a topic was found in an item."""
        key = (item_id, topic_id)
        if key not in self._words:
            match = self._matches[key]
            places = places_of(match.evidence)
            self._words[key] = Words(item_id, quoted(places), snippet(match.text, places), match.because)
        return self._words[key]

    def titles(self, tx: Session, topic_ids: Collection[int], language: str) -> dict[int, str]:
        """Return the titles of these topics in a language, removed topics' too."""
        unknown = set(topic_ids) - self._topics.keys()
        if unknown:
            self._topics.update(digests.topics_by_id(tx, unknown))
        return {topic: self._topics[topic].title(language) for topic in topic_ids if topic in self._topics}

    def mentions(self, tx: Session, topic_ids: Collection[int], since: datetime, until: datetime) -> list[Mention]:
        """Return the mentions of these topics in [since, until), by topic, each in order of time."""
        unknown = [topic for topic in topic_ids if (topic, since, until) not in self._mentions]
        if unknown:
            self._mentions.update({(topic, since, until): [] for topic in unknown})
            for one in trends.mentions(tx, unknown, since, until):
                self._mentions[one.topic_id, since, until].append(one)
        return [one for topic in topic_ids for one in self._mentions[topic, since, until]]

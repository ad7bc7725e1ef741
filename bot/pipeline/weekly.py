"""The week's trends for a reader: when they are due, and what they say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from bot.delivery.digest_message import DigestStory
from bot.delivery.week_message import WeekPage, WeekTopic
from bot.pipeline.edition import Edition
from storage import trends
from storage.engine import Session
from storage.slots import first_moment
from storage.tables import SubscriberRow
from storage.trends import Mention

WEEK = timedelta(days=7)
BEST = 3


def is_due(local_date: date, last: date | None) -> bool:
    """Say whether the digest of `local_date` brings the week: the first one since Monday does.

    `last` is the date of the digest before it, None for a newcomer, who waits for a Monday.
    """
    monday = monday_of(local_date)
    return local_date == monday if last is None else last < monday


def monday_of(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def week_page(tx: Session, edition: Edition, person: SubscriberRow, zone: ZoneInfo, today: date) -> WeekPage:
    """Return the week before the present one, Monday to Sunday on the reader's own clock, for the topics followed."""
    monday = monday_of(today)
    began = [first_moment(monday - n * WEEK, 0, zone) for n in (2, 1, 0)]
    topics = trends.followed_topics(tx, person.id or 0)
    before, during = (
        _by_topic(edition.mentions(tx, topics, since, until))
        for since, until in ((began[0], began[1]), (began[1], began[2]))
    )
    best = {topic: edition.widest(tx, _widest(during.get(topic, []))) for topic in topics}
    titles = edition.titles(tx, topics, person.language)
    found = [
        _topic(titles[topic], during.get(topic, []), before.get(topic, []), best[topic], zone)
        for topic in topics
        if topic in titles
    ]
    found.sort(key=lambda topic: (-topic.stories, topic.title))
    return WeekPage(monday - WEEK, monday - timedelta(days=1), tuple(found), person.language)


def _by_topic(mentions: Sequence[Mention]) -> dict[int, list[Mention]]:
    found: dict[int, list[Mention]] = {}
    for mention in mentions:
        found.setdefault(mention.topic_id, []).append(mention)
    return found


def _widest(mentions: Sequence[Mention]) -> list[int]:
    """Return the stories that most sources told, the first three."""
    sources: dict[int, set[int]] = {}
    for mention in mentions:
        if mention.story_id:
            sources.setdefault(mention.story_id, set()).add(mention.source_id)
    return sorted(sources, key=lambda story: (-len(sources[story]), story))[:BEST]


def _topic(
    title: str, during: Sequence[Mention], before: Sequence[Mention], best: tuple[DigestStory, ...], zone: ZoneInfo
) -> WeekTopic:
    days: Counter[date] = Counter()
    for day, _ in {(mention.seen_at.astimezone(zone).date(), _story(mention)) for mention in during}:
        days[day] += 1
    loudest = max(days.items(), key=lambda one: (one[1], one[0])) if days else None
    return WeekTopic(title, _stories(during), _stories(before), loudest, best)


def _stories(mentions: Sequence[Mention]) -> int:
    return len({_story(mention) for mention in mentions})


def _story(mention: Mention) -> int:
    """Return the number of a mention's story; an item without one is a story of its own."""
    return mention.story_id or -mention.item_id

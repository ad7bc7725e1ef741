"""The first page: the stories of the day, how much was said of each topic, what is in trouble, what was sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from starlette.responses import Response

from bot.pipeline.source_health import Ill, troubles
from bot.web.roles import Page, Role
from bot.web.visit import Visit
from storage import newsday, rulebook, sources
from storage.engine import Session
from storage.newsday import Sums, Telling
from storage.rulebook import Topic
from storage.slots import first_moment, zone_of
from storage.tables import OutboxRow

CURVE_DAYS = 30
STORIES_SHOWN = 6
TROUBLES_SHOWN = 6
MESSAGES_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Story:
    """A story of the day: its newest item, and how widely it is told."""

    newest: Telling
    first: Telling
    sources: int
    items: int
    languages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TopicDay:
    """A topic's day: its stories, the widest first, and how many there are."""

    topic: Topic
    stories: tuple[Story, ...]
    total: int
    items: int


@dataclass(frozen=True, slots=True)
class Day:
    """All that the first page tells."""

    topics: tuple[TopicDay, ...]
    sums: Sums
    ills: tuple[Ill, ...]
    messages: tuple[OutboxRow, ...]


async def today(visit: Visit) -> Response:
    """Show the day."""
    return visit.page("today.html", day=await visit.read(lambda tx: read_day(tx, visit)))


async def today_curve(visit: Visit) -> Response:
    """Show the mentions of 30 days; asked for after the page stands, since a big archive takes a moment."""
    return visit.page("today_curve.html", chart=await visit.read(lambda tx: curve(tx, visit)))


async def today_part(visit: Visit) -> Response:
    """Show what of the day changes from minute to minute."""
    return visit.page("today_part.html", day=await visit.read(lambda tx: read_day(tx, visit)))


def read_day(tx: Session, visit: Visit) -> Day:
    """Return the day so far on the visitor's clock."""
    clock, now = zone_of(visit.zone), visit.now
    since = first_moment(now.astimezone(clock).date(), 0, clock)
    topics = rulebook.topics(tx)
    told = newsday.tellings(tx, [topic.topic_id for topic in topics], since)
    days = [_topic_day(topic, [one for one in told if one.topic_id == topic.topic_id]) for topic in topics]
    ills = troubles(sources.listed(tx), now)
    messages = newsday.latest_messages(tx, MESSAGES_SHOWN)
    ordered = sorted(days, key=lambda day: (-day.total, day.topic.slug))
    return Day(tuple(ordered), newsday.sums(tx, since), tuple(ills), tuple(messages))


def _topic_day(topic: Topic, told: Sequence[Telling]) -> TopicDay:
    grouped: dict[tuple[bool, int], list[Telling]] = {}
    for one in told:
        grouped.setdefault((one.story_id == 0, one.story_id or one.item_id), []).append(one)
    stories = [_story(members) for members in grouped.values()]
    # The widest first; of equals the newest.
    stories.sort(key=lambda story: story.newest.first_seen_at, reverse=True)
    stories.sort(key=lambda story: -story.sources)
    return TopicDay(topic, tuple(stories[:STORIES_SHOWN]), len(stories), len(told))


def _story(members: Sequence[Telling]) -> Story:
    ordered = sorted(members, key=lambda one: (one.first_seen_at, one.item_id))
    languages = tuple(sorted({one.language for one in members if one.language}))
    names = {one.source_name for one in members}
    return Story(ordered[-1], ordered[0], len(names), len(members), languages)


def curve(tx: Session, visit: Visit) -> Mapping[str, Any] | None:
    """Return the mentions of each topic by day, as the chart takes them; None where there was none."""
    clock = zone_of(visit.zone)
    last = visit.now.astimezone(clock).date()
    days = [last - timedelta(days=CURVE_DAYS - 1 - number) for number in range(CURVE_DAYS)]
    topics = rulebook.topics(tx)
    hours = newsday.hourly(tx, [topic.topic_id for topic in topics], first_moment(days[0], 0, clock))
    told = [(topic, by_day(hours.get(topic.topic_id, {}), days, clock)) for topic in topics]
    told = [(topic, counts) for topic, counts in told if any(counts)]
    if not told:
        return None
    told.sort(key=lambda pair: -sum(pair[1]))
    series = [{"name": topic.title(visit.language), "counts": counts} for topic, counts in told]
    return {"days": [f"{day:%d.%m.}" for day in days], "series": series}


def by_day(hours: Mapping[datetime, int], days: Sequence[date], clock: ZoneInfo) -> list[int]:
    """Return how many there were on each of these days of a clock."""
    counts = dict.fromkeys(days, 0)
    for hour, number in hours.items():
        day = hour.astimezone(clock).date()
        if day in counts:
            counts[day] += number
    return list(counts.values())


PAGES = (
    Page("GET", "/", Role.READER, today),
    Page("GET", "/today", Role.READER, today_part),
    Page("GET", "/today/curve", Role.READER, today_curve),
)

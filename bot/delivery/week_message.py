"""The week in numbers, as Telegram HTML: for each topic how much there was, against the week before, and the stories
that spread furthest."""

from __future__ import annotations

import html
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from bot.delivery.digest_message import NAME, DigestStory, breadth, escaped, headline, pack
from bot.delivery.digest_texts import PHRASES
from bot.texts import figures


@dataclass(frozen=True, slots=True)
class WeekTopic:
    """A topic's week: how many stories, how many the week before, the day with most (None where there was nothing), and
    its `best` stories, the widest spread first."""

    title: str
    stories: int
    before: int
    loudest: tuple[date, int] | None = None
    best: tuple[DigestStory, ...] = ()


@dataclass(frozen=True, slots=True)
class WeekPage:
    """A week from `first` to `last` for one reader."""

    first: date
    last: date
    topics: tuple[WeekTopic, ...]
    language: str = "en"


def week(page: WeekPage) -> list[str]:
    """Return the messages of a week; topics without anything in either week are left out."""
    language = page.language
    said = PHRASES.say("week", language).format(
        first=figures.day(page.first, language), last=figures.day(page.last, language)
    )
    head = f"<b>{html.escape(said, quote=False)}</b>"
    topics = [topic for topic in page.topics if topic.stories or topic.before]
    if not topics:
        return [f"{head}\n{html.escape(PHRASES.say('quiet week', language), quote=False)}"]
    sections = ((escaped(topic.title, NAME), list(_blocks(topic, language))) for topic in topics)
    return pack(head, sections, language)


def trend(stories: int, before: int, language: str) -> str:
    """Return a week's number of stories in words, against that of the week before."""
    if not stories:
        said = PHRASES.count("now none", language, before)
        return said.format(number=figures.number(before, language))
    number = PHRASES.count("stories", language, stories).format(number=figures.number(stories, language))
    if not before:
        against = PHRASES.say("none before", language)
    elif stories == before:
        against = PHRASES.say("as before", language)
    else:
        key = "more than" if stories > before else "less than"
        against = PHRASES.say(key, language).format(share=figures.share(abs(stories - before) / before, language))
    return f"{number}, {against}"


def _blocks(topic: WeekTopic, language: str) -> Iterable[str]:
    arrow = "▲" if topic.stories > topic.before else "▼" if topic.stories < topic.before else "="
    lines = [f"{arrow} {trend(topic.stories, topic.before, language)}"]
    if topic.loudest is not None and topic.stories > 1:
        day, number = topic.loudest
        said = figures.day(day, language, weekday=True)
        lines.append(PHRASES.say("loudest", language).format(day=said, number=figures.number(number, language)))
    yield html.escape("\n".join(lines), quote=False)
    if topic.best:
        best = "\n".join(_line(place, story, language) for place, story in enumerate(topic.best, start=1))
        yield f"<blockquote expandable>{best}</blockquote>"


def _line(place: int, story: DigestStory, language: str) -> str:
    parts = (headline(story, language, 120), escaped(story.source_name, NAME), breadth(story, language))
    return f"{place}. " + " · ".join(part for part in parts if part)

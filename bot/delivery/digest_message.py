"""A digest as Telegram HTML: topics, their stories best first, and what there is to each story behind a fold.

Split between stories only. Telegram reads at most 4,096 UTF-16 units and 100 entities in a message; what is beyond the
hundredth loses its link, so both are counted.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from bot.delivery.digest_texts import PHRASES
from bot.delivery.model import Snippet
from bot.delivery.render import sentence
from bot.delivery.text import clean, cut, link, units
from bot.texts import figures

LIMIT = 4_096
ENTITIES = 96
TITLE = 300
NAME = 80
BECAUSE = 240
SENTENCE = 400
MARKS = 4
ALSO_NAMES = 8
BLOCKS_KEPT = 4_096
# Longer digests would be a column of messages: beyond so many, a topic's lesser stories are one line each.
DETAILED = 60
DETAILED_A_TOPIC = 10
# Escaping makes an ampersand five units long: a text of nothing else is shown shorter.
SCALES = (1.0, 0.5, 0.2, 0.05)


@dataclass(frozen=True, slots=True)
class DigestStory:
    """What a digest tells of one story. Texts are bare (no HTML), as hostile as they came.

    `also` names other sources; `sources`, `languages` and `reports` count all that told it; `told`: the reader had an
    alert of it.
    """

    title: str
    link: str = ""
    source_name: str = ""
    published_at: datetime | None = None
    because: str = ""
    snippet: Snippet | None = None
    also: tuple[str, ...] = ()
    sources: int = 1
    languages: int = 1
    reports: int = 1
    told: bool = False


@dataclass(frozen=True, slots=True)
class DigestTopic:
    """A topic's part of a digest: its stories, best first."""

    title: str
    stories: tuple[DigestStory, ...]


@dataclass(frozen=True, slots=True)
class DigestPage:
    """A whole digest for one reader, on the clock of `zone`.

    `title` is a key of the phrases; `day` stands beside it; `late_since` is when it was due, where it comes late;
    `skipped` are the moments of digests that never came.
    """

    topics: tuple[DigestTopic, ...]
    language: str = "en"
    zone: str = "UTC"
    title: str = "digest"
    day: date | None = None
    late_since: datetime | None = None
    skipped: tuple[datetime, ...] = ()


def digest(page: DigestPage) -> list[str]:
    """Return the messages of a digest; a topic that goes on in the next message is named there again. Without stories
    it is one short message that says so."""
    topics = [topic for topic in page.topics if topic.stories]
    stories = [story for topic in topics for story in topic.stories]
    head = "\n".join([_head(page), *_notes(page), *([_counts(page, topics)] if stories else [])])
    if not stories:
        return [f"{head}\n{PHRASES.say('nothing', page.language)}"]
    detailed = DETAILED_A_TOPIC if len(stories) > DETAILED else len(stories)
    sections = [(_topic(topic, page), list(_blocks(topic, detailed, page))) for topic in topics]
    return pack(head, sections, page.language)


def pack(head: str, sections: Iterable[tuple[str, Sequence[str]]], language: str) -> list[str]:
    """Return messages of whole blocks under their sections' titles; `head` opens the first. No block may be longer than
    half a message."""
    messages: list[str] = []
    text, long, set_apart = head, units(head), entities(head)
    for title, blocks in sections:
        opened = False
        for block in blocks:
            addition = f"\n{block}" if opened else f"\n\n<b>{title}</b>\n{block}"
            more, more_apart = units(addition), entities(addition)
            if long + more > LIMIT or set_apart + more_apart > ENTITIES:
                messages.append(text)
                again = PHRASES.say("goes on", language).format(topic=title) if opened else title
                text, long, set_apart, addition = "", 0, 0, f"<b>{again}</b>\n{block}"
                more, more_apart = units(addition), entities(addition)
            text, long, set_apart = text + addition, long + more, set_apart + more_apart
            opened = True
    return [*messages, text]


def entities(markup: str) -> int:
    """Return how many stretches of a message Telegram must set apart from the rest."""
    return markup.count("<") - markup.count("</")


def escaped(text: str, limit: float) -> str:
    """Return bare text as it may stand in a message, cut to about `limit` units."""
    return html.escape(cut(clean(text), max(int(limit), 8)), quote=False)


def headline(story: DigestStory, language: str, limit: float = TITLE) -> str:
    """Return a story's title, linked where it has an address."""
    title = escaped(story.title, limit) or html.escape(PHRASES.say("untitled", language), quote=False)
    address = link(story.link)
    return f'<a href="{html.escape(address)}">{title}</a>' if address else title


def breadth(story: DigestStory, language: str) -> str:
    """Return how widely a story was told, "" for a single source."""
    if story.sources <= 1:
        return ""
    told = _counted("sources", story.sources, language)
    return f"{told} · {_counted('languages', story.languages, language)}" if story.languages > 1 else told


def _head(page: DigestPage) -> str:
    title = PHRASES.say(page.title, page.language)
    if page.day is not None:
        day = figures.day(page.day, page.language, weekday=True)
        title = PHRASES.say("titled", page.language).format(title=title, day=day)
    return f"<b>{html.escape(title, quote=False)}</b>"


def _notes(page: DigestPage) -> list[str]:
    notes = []
    if page.late_since is not None:
        due = figures.hour(page.late_since, page.zone, page.language)
        notes.append(PHRASES.say("late", page.language).format(time=due))
    if page.skipped:
        first, last = (figures.moment(at, page.zone, page.language) for at in (page.skipped[0], page.skipped[-1]))
        said = PHRASES.count("skipped", page.language, len(page.skipped))
        number = figures.number(len(page.skipped), page.language)
        notes.append(said.format(number=number, first=first, last=last))
    return [f"<i>{html.escape(note, quote=False)}</i>" for note in notes]


def _counts(page: DigestPage, topics: Sequence[DigestTopic]) -> str:
    stories = [story for topic in topics for story in topic.stories]
    parts = [_counted("stories", len(stories), page.language)]
    reports = sum(story.reports for story in stories)
    if reports > len(stories):
        parts.append(_counted("reports", reports, page.language))
    if len(topics) > 1:
        parts.append(_counted("topics", len(topics), page.language))
    return html.escape(" · ".join(parts), quote=False)


def _counted(key: str, number: int, language: str) -> str:
    return PHRASES.count(key, language, number).format(number=figures.number(number, language))


def _topic(topic: DigestTopic, page: DigestPage) -> str:
    title = escaped(topic.title, NAME) or html.escape(PHRASES.say("untitled", page.language), quote=False)
    return f"{title} · {len(topic.stories)}" if len(page.topics) > 1 and len(topic.stories) > 1 else title


def _blocks(topic: DigestTopic, detailed: int, page: DigestPage) -> Iterable[str]:
    for place, story in enumerate(topic.stories):
        yield (_block if place < detailed else _line)(story, page.language, page.zone)


@lru_cache(maxsize=BLOCKS_KEPT)
def _block(story: DigestStory, language: str, zone: str) -> str:
    """Return a story: its headline, and folded under it what there is to it. The same for many readers."""
    for scale in SCALES:
        inside = "\n".join(_details(story, language, zone, scale))
        head = "• " + headline(story, language, TITLE * scale)
        block = f"{head}\n<blockquote expandable>{inside}</blockquote>" if inside else head
        if units(block) <= LIMIT // 2:
            return block
    return "• " + headline(story, language, TITLE * SCALES[-1])


@lru_cache(maxsize=BLOCKS_KEPT)
def _line(story: DigestStory, language: str, _zone: str) -> str:
    for scale in SCALES:
        parts = [headline(story, language, TITLE * scale), escaped(story.source_name, NAME * scale)]
        line = "• " + " · ".join(part for part in (*parts, breadth(story, language)) if part)
        if units(line) <= LIMIT // 2:
            return line
    return "• " + headline(story, language, TITLE * SCALES[-1])


def _details(story: DigestStory, language: str, zone: str, scale: float) -> Iterable[str]:
    byline = [
        escaped(story.source_name, NAME * scale),
        figures.moment(story.published_at, zone, language) if story.published_at else "",
        breadth(story, language),
        PHRASES.say("told", language) if story.told else "",
    ]
    yield " · ".join(part for part in byline if part)
    if story.snippet is not None:
        # Each mark is an entity, and a message has a hundred.
        yield sentence(Snippet(story.snippet.text, story.snippet.marks[:MARKS]), SENTENCE * scale)
    names = [name for one in story.also[:ALSO_NAMES] if (name := escaped(one, NAME * scale))]
    if names:
        more = ["…"] if len(story.also) > ALSO_NAMES else []
        yield PHRASES.say("also", language).format(names=", ".join([*names, *more]))
    if reason := escaped(story.because, BECAUSE * scale):
        yield f"<i>{PHRASES.say('why', language).format(reason=reason)}</i>"

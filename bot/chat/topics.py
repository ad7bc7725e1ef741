"""Topics as buttons: the keyboard that edits itself, what its buttons carry, and how a typed topic is found.

A button says what it wants ("follow topic 12"), not "change it": pressed twice, or pressed on an old message, it is
still true to its label. What it carries is checked anew at each press, for anybody can send anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.chat.texts import Html, plain, text
from storage.rulebook import Topic

Buttons = tuple[tuple[tuple[str, str], ...], ...]

TOPICS_A_PAGE = 30
LABEL_LIMIT = 48
ARGUMENT_LIMIT = 200
# The letter, the topic's row, 1 to follow or 0 to leave, the page that was shown.
_TOPIC_PRESS = re.compile(r"t:(\d{1,12}):([01]):(\d{1,4})", re.ASCII)
_PAGE_PRESS = re.compile(r"p:(\d{1,4})", re.ASCII)
_FORGET_PRESS = re.compile(r"forget:(\d{1,12}):([01])", re.ASCII)


@dataclass(frozen=True, slots=True)
class TopicPress:
    """A wish to follow (or leave) a topic, from page `page` of the keyboard."""

    topic_id: int
    follow: bool
    page: int


@dataclass(frozen=True, slots=True)
class PagePress:
    """A wish to see another page of topics."""

    page: int


@dataclass(frozen=True, slots=True)
class ForgetPress:
    """The answer to whether a subscriber shall be forgotten. The number keeps an old question from a new person."""

    subscriber_id: int
    agreed: bool


Press = TopicPress | PagePress | ForgetPress


def read_press(carried: str) -> Press | None:
    """Return what a button asks for, None for what no button of ours carries (any more)."""
    if found := _TOPIC_PRESS.fullmatch(carried):
        return TopicPress(int(found[1]), found[2] == "1", int(found[3]))
    if found := _PAGE_PRESS.fullmatch(carried):
        return PagePress(int(found[1]))
    if found := _FORGET_PRESS.fullmatch(carried):
        return ForgetPress(int(found[1]), found[2] == "1")
    return None


def keyboard(topics: Sequence[Topic], followed: Iterable[int], language: str, page: int = 0) -> Buttons:
    """Return one page of topics as rows of (label, what the button carries); followed ones carry a ✓."""
    mine = frozenset(followed)
    pages = max(1, -(-len(topics) // TOPICS_A_PAGE))
    page = min(max(page, 0), pages - 1)
    rows: list[tuple[tuple[str, str], ...]] = [
        ((_label(topic, topic.topic_id in mine, language), _carried(topic, topic.topic_id in mine, page)),)
        for topic in topics[page * TOPICS_A_PAGE : (page + 1) * TOPICS_A_PAGE]
    ]
    turns = [("◀", page - 1)] * (page > 0) + [("▶", page + 1)] * (page < pages - 1)
    if turns:
        rows.append(tuple((plain("page", language, arrow=arrow, page=to + 1), f"p:{to}") for arrow, to in turns))
    return tuple(rows)


def forget_question(subscriber_id: int, language: str) -> Buttons:
    """Return the buttons under the question whether to forget this subscriber."""
    return (
        ((plain("forget yes", language), f"forget:{subscriber_id}:1"),),
        ((plain("forget no", language), f"forget:{subscriber_id}:0"),),
    )


def topic_list(topics: Iterable[Topic], language: str) -> list[Html]:
    """Return a line for each topic with the command that follows it, at most a page of them."""
    shown = list(topics)[:TOPICS_A_PAGE]
    return [text("topic line", language, topic=topic.title(language), slug=topic.slug) for topic in shown]


def find_topic(topics: Sequence[Topic], words: str) -> Topic | None:
    """Return the topic that a person means: by its slug or by its title in any language; case does not matter."""
    wanted = _folded(words[:ARGUMENT_LIMIT])
    if not wanted:
        return None
    by_slug = (topic for topic in topics if _folded(topic.slug) == wanted)
    by_title = (topic for topic in topics if wanted in {_folded(title) for title in topic.titles.values()})
    return next(by_slug, None) or next(by_title, None)


def _folded(words: str) -> str:
    return " ".join(words.replace("-", " ").replace("_", " ").casefold().split())


def _label(topic: Topic, followed: bool, language: str) -> str:
    title = " ".join(topic.title(language).split())[:LABEL_LIMIT] or topic.slug
    return plain("topic mark", language, topic=title) if followed else title


def _carried(topic: Topic, followed: bool, page: int) -> str:
    return f"t:{topic.topic_id}:{0 if followed else 1}:{page}"

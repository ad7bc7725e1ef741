"""Topics as buttons: the keyboard that edits itself, and how a typed topic is found.

A button says what it wants ("follow topic 12"), not "change it": pressed twice, or pressed on an old message, it is
still true to its label. What it carries is checked anew at each press, for anybody can send anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from bot.actions import subscribe
from bot.chat.texts import Html, counted, lines, plain, text
from bot.chat.visit import Answer, Buttons, Reply, Visit, followed
from bot.delivery.text import clean, cut
from storage.engine import Session
from storage.rulebook import Topic
from storage.tables import SubscriberRow, SubscriberState

TOPICS_A_PAGE = 30
LABEL_LIMIT = 48
ARGUMENT_LIMIT = 200
TOGGLE = "t:{topic}:{wish}:{page}"


def reply(tx: Session, person: SubscriberRow, key: str, *notes: Html, page: int = 0) -> Reply:
    """Return the keyboard message: the words of `key`, after any notes, over one page of topics."""
    offered = subscribe.topics_for(tx, subscribe.number(person))
    language = person.language
    if not offered:
        return Reply(lines(*notes, text("no topics", language)), (settings_row(language),))
    mine = followed(tx, person)
    words = lines(*notes, text(key, language), counted("following", language, len(mine)))
    rows = keyboard(offered, mine, language, page, carries=TOGGLE, turns="p")
    return Reply(words, (*rows, settings_row(language)))


def turn(tx: Session, visit: Visit, person: SubscriberRow, found: re.Match[str]) -> Answer:
    """Show another page of topics."""
    shown = reply(tx, person, "topics", page=int(found[1]))
    return Answer(rewritten=shown, about="page turned", subscriber_id=person.id)


def toggle(tx: Session, visit: Visit, person: SubscriberRow, found: re.Match[str]) -> Answer:
    """Follow or leave a topic, as its button says."""
    language, follow, page = person.language, found[2] == "1", int(found[3])
    if person.state == SubscriberState.STOPPED.value:
        return Answer(toast=plain("toast stopped", language), about="press refused", subscriber_id=person.id)
    topic = offered(tx, person, int(found[1]))
    if topic is None:
        toast, about = plain("toast stale", language), "press stale"
    else:
        (subscribe.subscribe if follow else subscribe.unsubscribe)(tx, person, topic, visit.now)
        toast = plain("toast on" if follow else "toast off", language, topic=topic.title(language))
        about = "followed" if follow else "left"
    return Answer(toast=toast, rewritten=reply(tx, person, "topics", page=page), about=about, subscriber_id=person.id)


def offered(tx: Session, person: SubscriberRow, topic_id: int) -> Topic | None:
    """Return a topic that this person may follow, None for any other number."""
    mine = subscribe.topics_for(tx, subscribe.number(person))
    return next((topic for topic in mine if topic.topic_id == topic_id), None)


def keyboard(
    topics: Sequence[Topic], followed: Iterable[int], language: str, page: int, *, carries: str, turns: str
) -> Buttons:
    """Return one page of topics as rows of (label, what the button carries); followed ones carry a ✓.

    `carries` is the button's text with places for {topic}, {wish} (0: leave, 1: follow) and {page}; `turns` what a
    button to another page begins with.
    """
    mine = frozenset(followed)
    pages = max(1, -(-len(topics) // TOPICS_A_PAGE))
    page = min(max(page, 0), pages - 1)
    rows: list[tuple[tuple[str, str], ...]] = []
    for topic in topics[page * TOPICS_A_PAGE : (page + 1) * TOPICS_A_PAGE]:
        on = topic.topic_id in mine
        title = label(topic, language)
        shown = plain("topic mark", language, topic=title) if on else title
        rows.append(((shown, carries.format(topic=topic.topic_id, wish=0 if on else 1, page=page)),))
    arrows = [("◀", page - 1)] * (page > 0) + [("▶", page + 1)] * (page < pages - 1)
    if arrows:
        rows.append(tuple((plain("page", language, arrow=arrow, page=to + 1), f"{turns}:{to}") for arrow, to in arrows))
    return tuple(rows)


def settings_row(language: str) -> tuple[tuple[str, str], ...]:
    """Return the row with the button that leads to all settings."""
    return ((plain("button back", language), "s:main"),)


def topic_list(topics: Iterable[Topic], language: str) -> list[Html]:
    """Return a line for each topic with the command that follows it, at most a page of them."""
    shown = list(topics)[:TOPICS_A_PAGE]
    return [text("topic line", language, topic=label(topic, language), slug=topic.slug) for topic in shown]


def find_topic(topics: Sequence[Topic], words: str) -> Topic | None:
    """Return the topic that a person means: by its slug or by its title in any language; case does not matter."""
    wanted = _folded(words[:ARGUMENT_LIMIT])
    if not wanted:
        return None
    by_slug = (topic for topic in topics if _folded(topic.slug) == wanted)
    by_title = (topic for topic in topics if wanted in {_folded(title) for title in topic.titles.values()})
    return next(by_slug, None) or next(by_title, None)


def label(topic: Topic, language: str) -> str:
    """Return a topic's title as a button shows it; a person's own topic carries a lock."""
    title = cut(clean(topic.title(language)), LABEL_LIMIT) or topic.slug
    return plain("own topic", language, topic=title) if topic.owner_id else title


def _folded(words: str) -> str:
    return " ".join(words.replace("-", " ").replace("_", " ").casefold().split())

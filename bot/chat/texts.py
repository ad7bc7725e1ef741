"""Every word that subscribers read in the chat, by key, in English; `bot.texts` translates.

`text` gives Telegram HTML and escapes every value on the way in, so that no title, argument or link can become markup;
`plain` gives bare text for the places where Telegram knows no HTML (buttons and the notes that follow a press).
"""

from __future__ import annotations

import html
from collections.abc import Iterable

from bot.chat.phrases import BASIC
from bot.chat.phrases_of_choices import CHOICES
from bot.chat.phrases_of_finding import FINDING
from bot.delivery.text import clean, cut, units
from bot.texts import figures
from bot.texts.phrases import Phrases

VALUE_LIMIT = 600
# Telegram counts 4096 UTF-16 units after reading the markup; counting the markup too keeps a margin.
MESSAGE_LIMIT = 4_000


class Html(str):
    """Finished Telegram HTML: passes into another text as it is."""

    __slots__ = ()


PHRASES = Phrases("chat", {**BASIC, **CHOICES, **FINDING})


def plain(key: str, language: str, **values: object) -> str:
    """Return the text of this key as bare text. `language` is a language tag; unknown ones read English."""
    return PHRASES.say(key, language).format(**{name: _short(str(value)) for name, value in values.items()})


def text(key: str, language: str, **values: object) -> Html:
    """Return the text of this key as Telegram HTML; every value is escaped unless it is `Html` already."""
    ready = {name: v if isinstance(v, Html) else html.escape(_short(str(v)), quote=False) for name, v in values.items()}
    return Html(PHRASES.say(key, language).format(**ready))


def counted(key: str, language: str, count: int, **values: object) -> Html:
    """Return the text of this key for this many as Telegram HTML; the number goes in as `count`."""
    ready = {name: v if isinstance(v, Html) else html.escape(_short(str(v)), quote=False) for name, v in values.items()}
    return Html(PHRASES.count(key, language, count).format(count=figures.number(count, language), **ready))


def lines(*parts: str) -> Html:
    """Return finished texts one under the other, empty ones left out."""
    return Html("\n".join(part for part in parts if part))


def keys() -> frozenset[str]:
    """Return every key there is."""
    return PHRASES.keys()


def messages(parts: Iterable[str], limit: int = MESSAGE_LIMIT) -> list[Html]:
    """Return finished texts as messages of at most `limit` UTF-16 units, broken only between parts."""
    found: list[list[str]] = [[]]
    size = 0
    for part in parts:
        length = units(part) + 1
        if found[-1] and size + length > limit:
            found.append([])
            size = 0
        found[-1].append(part)
        size += length
    return [lines(*message) for message in found if any(message)]


def _short(value: str) -> str:
    return cut(clean(value), VALUE_LIMIT)

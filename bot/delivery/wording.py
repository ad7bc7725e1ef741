"""The words of alerts and other messages of the machine's own, by key, in English; `bot.texts` translates."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bot.texts.phrases import Phrases

# Said where no reader's language is known.
THREAD_GONE = (
    "The forum topic that I wrote to is gone or closed, so I have stopped writing there. "
    "Send /start in the topic (or here) where I should go on."
)
EDITED = "edited"
_ENGLISH: Mapping[str, str | tuple[str, str]] = MappingProxyType(
    {
        "untitled": "(no title)",
        "why": "why: {because}",
        "also": "also: {names}",
        "sources": ("{count} source", "{count} sources"),
        "languages": ("{count} language", "{count} languages"),
        "spread": "This story has spread: now {sources}.",
        "edited": EDITED,
        "quoted": "“{words}”",
        "relevant": "👍 Relevant",
        "not relevant": "👎 Not relevant",
        "mute story": "🔕 Mute story",
        "unmute story": "🔔 Unmute story",
        "mute source": "🔕 Mute source",
        "unmute source": "🔔 Unmute source",
        "more": "⋯ More",
        "toast relevant": "Thank you. Noted as relevant: {topic}",
        "toast not relevant": "Thank you. Noted as not relevant: {topic}",
        "toast changed relevant": "Changed: relevant now, {topic}",
        "toast changed not relevant": "Changed: not relevant now, {topic}",
        "toast same": "That is what you said already. Thank you.",
        "toast story muted": "You hear no more of this story. The button now takes that back.",
        "toast story unmuted": "You hear of this story again.",
        "toast source muted": "You hear no more from {source}. The button now takes that back.",
        "toast source unmuted": "You hear from {source} again.",
        "toast more": "The details follow.",
        "toast gone": "I no longer have this story.",
        "toast stale": "This button is out of date.",
        "toast admins": "Only admins of this chat may mute.",
        "toast unsure": "I could not check whether you are an admin here. Please try again in a minute.",
        "more matched": "<b>{topic}</b>: {because}",
        "more found": "found: {words}",
        "more points": "{points} points by the rule",
        "more told": "Told by {sources}:",
        "more others": "… and {count} more",
        "reach as written": "as written",
        "reach case": "another form of the word",
        "reach other script": "in other letters",
        "reach prefix": "by the beginning of the word",
        "reach typo 1": "one letter differs",
        "reach typo 2": "two letters differ",
        "reach expression": "by a pattern",
        "spike": "<b>{topic}</b> is in the news more than usual: {stories} in the last {hours}, "
        "where about {expected} would be usual.",
        "spike stories": ("{count} story", "{count} stories"),
        "spike hours": ("{count} hour", "{count} hours"),
        "spike latest": "The latest:",
        "thread gone": THREAD_GONE,
    }
)

PHRASES = Phrases("alert", _ENGLISH)


def say(key: str, language: str, **values: object) -> str:
    """Return a phrase with its values; escape what came from outside before it comes here. KeyError if unknown."""
    return PHRASES.say(key, language).format(**values)


def count(key: str, language: str, number: int) -> str:
    """Return the phrase for this many, the number in it."""
    return PHRASES.count(key, language, number).format(count=number)


def breadth(sources: int, languages: int, language: str = "en") -> str:
    """Return how widely a story was told, "" for a single source."""
    if sources <= 1:
        return ""
    told = count("sources", language, sources)
    return f"{told} · {count('languages', language, languages)}" if languages > 1 else told

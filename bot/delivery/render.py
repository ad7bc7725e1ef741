"""Messages as Telegram HTML. The one edge where text is escaped: what comes in is bare text, as hostile as it came.

Telegram counts 4,096 UTF-16 units after reading the tags; we keep the text with its tags below that, which is stricter.
"""

from __future__ import annotations

import html
from collections.abc import Iterable

from bot.delivery import wording
from bot.delivery.model import AlertCard, Snippet
from bot.delivery.text import ELLIPSIS, clean, cut, link, plain, split, units
from bot.texts import figures

__all__ = ["alert", "notice", "plain", "sentence", "split", "units"]

LIMIT = 4_096
TITLE = 300
NAME = 80
BECAUSE = 240
SENTENCE = 500
ALSO_NAMES = 8
# Escaping makes an ampersand five units long: a text of nothing else is shown shorter.
SCALES = (1.0, 0.5, 0.2, 0.05)
_MARK, _UNMARK = "\ue000", "\ue001"


def alert(card: AlertCard, *, zone: str = "UTC", language: str = "en") -> list[str]:
    """Return the messages (one) that tell of a story: topic, headline, source and time in `zone`, the sentence that
    matched, why, and how widely it was told. What we say ourselves is in `language`, the headline as it was written."""
    for scale in SCALES:
        text = _alert(card, zone, language, scale)
        if units(text) <= LIMIT:
            return [text]
    return [f"<b>{_escaped(card.title, 20) or wording.say('untitled', language)}</b>"]


def notice(*paragraphs: str) -> list[str]:
    """Return the messages that say these bare paragraphs."""
    return split("\n\n".join(html.escape(clean(one, keep_lines=True), quote=False) for one in paragraphs), LIMIT)


def _alert(card: AlertCard, zone: str, language: str, scale: float) -> str:
    parts = [_headline(card, TITLE * scale, language), _byline(card, zone, NAME * scale, language)]
    if card.topic_title:
        parts.insert(0, f"<i>{_escaped(card.topic_title, NAME * scale)}</i>")
    if card.spread:
        now = wording.count("sources", language, card.sources_count)
        parts.insert(0, f"<b>{wording.say('spread', language, sources=now)}</b>")
    body = [sentence(card.snippet, SENTENCE * scale)] if card.snippet else []
    if because := _escaped(card.because, BECAUSE * scale):
        body.append(f"<i>{wording.say('why', language, because=because)}</i>")
    if also := _also(card, NAME * scale, language):
        body.append(also)
    text = "\n".join(part for part in parts if part)
    rest = "\n".join(part for part in body if part)
    return f"{text}\n\n{rest}" if rest else text


def _headline(card: AlertCard, limit: float, language: str) -> str:
    title = f"<b>{_escaped(card.title, limit) or wording.say('untitled', language)}</b>"
    address = link(card.link)
    return f'<a href="{html.escape(address)}">{title}</a>' if address else title


def _byline(card: AlertCard, zone: str, limit: float, language: str) -> str:
    return " · ".join(
        part
        for part in (
            _escaped(card.source_name, limit),
            figures.moment(card.published_at, zone, language) if card.published_at else "",
        )
        if part
    )


def _also(card: AlertCard, limit: float, language: str) -> str:
    shown = [name for one in card.also[:ALSO_NAMES] if (name := _escaped(one, limit))]
    names = ", ".join([*shown, *([ELLIPSIS] if len(card.also) > ALSO_NAMES else [])])
    also = wording.say("also", language, names=names) if shown else ""
    return " · ".join(
        part for part in (also, wording.breadth(card.sources_count, card.language_count, language)) if part
    )


def _escaped(text: str, limit: float) -> str:
    """Return bare text as it may stand in a message, cut to about `limit` units."""
    return html.escape(cut(clean(text), max(int(limit), 8)), quote=False)


def sentence(snippet: Snippet, limit: float) -> str:
    """Return the sentence with its marks bold. Cleaning moves letters, so the marks travel inside the text."""
    parts, at = [], 0
    bare = snippet.text.replace(_MARK, " ").replace(_UNMARK, " ")
    for start, end in _in_order(snippet.marks, len(bare)):
        parts += [bare[at:start], _MARK, bare[start:end], _UNMARK]
        at = end
    shown = cut(clean("".join([*parts, bare[at:]])), max(int(limit), 8))
    if shown.count(_MARK) > shown.count(_UNMARK):
        shown += _UNMARK
    return html.escape(shown, quote=False).replace(_MARK, "<b>").replace(_UNMARK, "</b>")


def _in_order(marks: Iterable[tuple[int, int]], length: int) -> list[tuple[int, int]]:
    """Return the marks that lie inside the text, in order and without overlap."""
    kept: list[tuple[int, int]] = []
    for start, end in sorted(marks):
        first = max(start, kept[-1][1] if kept else 0, 0)
        if first < min(end, length):
            kept.append((first, min(end, length)))
    return kept

"""Messages as Telegram HTML. The one edge where text is escaped: what comes in is bare text, as hostile as it came.

Telegram counts 4,096 UTF-16 units after reading the tags; we keep the text with its tags below that, which is stricter.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.delivery import wording
from bot.delivery.model import AlertCard, DigestGroup, Snippet
from bot.delivery.text import clean, cut, link, pack, plain, split, units

__all__ = ["alert", "digest", "notice", "plain", "split", "units"]

LIMIT = 4_096
TITLE = 300
NAME = 80
BECAUSE = 240
SENTENCE = 500
ALSO_NAMES = 8
# Escaping makes an ampersand five units long: a text of nothing else is shown shorter.
SCALES = (1.0, 0.5, 0.2, 0.05)
_MARK, _UNMARK = "\ue000", "\ue001"


def alert(card: AlertCard, *, zone: str = "UTC") -> list[str]:
    """Return the messages (one) that tell of a story: topic, headline, source and time in `zone`, the sentence that
    matched, why, and how widely it was told."""
    for scale in SCALES:
        text = _alert(card, zone, scale)
        if units(text) <= LIMIT:
            return [text]
    return [f"<b>{_escaped(card.title, 20) or wording.UNTITLED}</b>"]


def digest(groups: Sequence[DigestGroup], *, title: str = wording.DIGEST_TITLE, zone: str = "UTC") -> list[str]:
    """Return the messages of a digest, split only between stories; a topic that goes on in the next message is named
    there again. Without stories it is one line."""
    head = f"<b>{_escaped(title, NAME)}</b>"
    sections = [
        (f"<b>{_escaped(group.topic_title, NAME) or wording.UNTITLED}</b>", [_line(card, zone) for card in group.cards])
        for group in groups
        if group.cards
    ]
    return pack(head, sections, LIMIT) if sections else [f"{head}\n{wording.NOTHING_NEW}"]


def notice(*paragraphs: str) -> list[str]:
    """Return the messages that say these bare paragraphs."""
    return split("\n\n".join(html.escape(clean(one, keep_lines=True), quote=False) for one in paragraphs), LIMIT)


def _alert(card: AlertCard, zone: str, scale: float) -> str:
    parts = [_headline(card, TITLE * scale), _byline(card, zone, NAME * scale)]
    if card.topic_title:
        parts.insert(0, f"<i>{_escaped(card.topic_title, NAME * scale)}</i>")
    body = [_sentence(card.snippet, SENTENCE * scale)] if card.snippet else []
    if because := _escaped(card.because, BECAUSE * scale):
        body.append(f"<i>{wording.WHY}: {because}</i>")
    if also := _also(card, NAME * scale):
        body.append(also)
    text = "\n".join(part for part in parts if part)
    rest = "\n".join(part for part in body if part)
    return f"{text}\n\n{rest}" if rest else text


def _line(card: AlertCard, zone: str) -> str:
    for scale in SCALES:
        byline = " · ".join(
            part
            for part in (
                _byline(card, zone, NAME * scale),
                wording.breadth(card.sources_count, card.language_count),
            )
            if part
        )
        because = _escaped(card.because, BECAUSE * scale)
        line = "\n".join(
            part
            for part in ("• " + _headline(card, TITLE * scale), byline, f"<i>{because}</i>" if because else "")
            if part
        )
        if units(line) <= LIMIT // 2:
            break
    return line


def _headline(card: AlertCard, limit: float) -> str:
    title = f"<b>{_escaped(card.title, limit) or wording.UNTITLED}</b>"
    address = link(card.link)
    return f'<a href="{html.escape(address)}">{title}</a>' if address else title


def _byline(card: AlertCard, zone: str, limit: float) -> str:
    return " · ".join(
        part
        for part in (
            _escaped(card.source_name, limit),
            local_time(card.published_at, zone) if card.published_at else "",
        )
        if part
    )


def _also(card: AlertCard, limit: float) -> str:
    shown = [name for one in card.also[:ALSO_NAMES] if (name := _escaped(one, limit))]
    names = ", ".join(shown) + (f" {wording.MORE}" if len(card.also) > ALSO_NAMES else "")
    breadth = wording.breadth(card.sources_count, card.language_count)
    told = ", ".join(part for part in (names, breadth) if part)
    return f"{wording.ALSO}: {told}" if names else breadth


def local_time(at: datetime, zone: str) -> str:
    """Return a time as a person in `zone` reads it; UTC, and saying so, where the zone is not known."""
    try:
        local = at.astimezone(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError, OSError, OverflowError):
        return f"{at:%d.%m.%Y %H:%M} UTC"
    return f"{local:%d.%m.%Y %H:%M}"


def _escaped(text: str, limit: float) -> str:
    return html.escape(cut(clean(text), max(int(limit), 8)), quote=False)


def _sentence(snippet: Snippet, limit: float) -> str:
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

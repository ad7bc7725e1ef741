"""From the raw fields of an entry, of whatever format, to an `Entry`: cleaned, capped, with a title."""

from __future__ import annotations

import hashlib
from collections.abc import Container, Iterable
from urllib.parse import unquote, urlsplit

from bot.feeds.dates import parse_date
from bot.feeds.languages import language_code
from bot.feeds.links import web_address
from bot.feeds.model import Entry
from bot.feeds.plain import clean, plain_line, plain_text, shortened
from bot.feeds.raw import RawEntry, mark_of

LONGEST_TITLE = 500
LONGEST_GUID = 1_000
LONGEST_TEXT = 100_000
TITLE_FROM_TEXT = 120
MOST_TEXT_IN_ALL = 5_000_000


def entries_of(raws: Iterable[RawEntry], base: str, listed: Container[bytes] = ()) -> tuple[Entry, ...]:
    """Return the entries that say anything, in document order. `base` resolves relative links.

    All texts together are held to five million characters: later ones are then cut to a summary's length. An entry
    whose mark is in `listed` stays unread: all but its text, which costs most.
    """
    entries: list[Entry] = []
    room = MOST_TEXT_IN_ALL
    for raw in raws:
        entry = entry_of(raw, base, LONGEST_TEXT if room > 0 else TITLE_FROM_TEXT * 5, listed)
        if entry is not None:
            room -= len(entry.text)
            entries.append(entry)
    return tuple(entries)


def entry_of(raw: RawEntry, base: str, longest_text: int = LONGEST_TEXT, listed: Container[bytes] = ()) -> Entry | None:
    """Return one entry, None where there is neither title nor text nor link nor guid."""
    mark = mark_of(raw)
    guid = short_guid(raw.guid)
    link = next((address for each in raw.links if (address := web_address(each, base))), "")
    if not link and raw.guid.strip()[:8].casefold().startswith(("http://", "https://")):
        link = web_address(raw.guid)
    title = plain_line(raw.title, LONGEST_TITLE)
    # Without a title of its own an entry is known by its text.
    unread = bool(title) and mark in listed
    text, full = ("", False) if unread else _text(raw, link or base, title, longest_text)
    if not (guid or link or title or text):
        return None
    return Entry(
        guid=guid,
        link=link,
        title=title or _title_from(text, link, guid),
        text=text,
        published_at=next((moment for each in raw.dates if (moment := parse_date(each)) is not None), None),
        full=full,
        language=language_code(raw.language),
        mark=mark,
        unread=unread,
    )


def short_guid(guid: str) -> str:
    """Return a guid on one line; a longer one than 1,000 characters as its hash."""
    guid = clean(guid[:4_000_000]).replace("\n", " ").strip()
    if len(guid) <= LONGEST_GUID:
        return guid
    return "sha256:" + hashlib.sha256(guid.encode("utf-8", "surrogatepass")).hexdigest()


def _text(raw: RawEntry, url: str, title: str, longest: int) -> tuple[str, bool]:
    """Return the longer of content and summary as plain text, and whether it is the content."""
    content = plain_text(raw.content, url, title, longest) if raw.content.strip() else ""
    if (content and len(content) >= len(raw.summary)) or not raw.summary.strip():
        return content, bool(content)
    summary = plain_text(raw.summary, url, title, longest)
    return (content, bool(content)) if len(content) >= len(summary) else (summary, False)


def _title_from(text: str, link: str, guid: str) -> str:
    """Return a title for an entry that has none: its first words, else the end of its address."""
    if text:
        return shortened(text.split("\n", 1)[0], TITLE_FROM_TEXT)
    if not link:
        return shortened(guid, TITLE_FROM_TEXT)
    parts = urlsplit(link)
    last = unquote(parts.path.rstrip("/").rpartition("/")[2], errors="ignore")
    return shortened(plain_line(last) or parts.netloc, TITLE_FROM_TEXT)

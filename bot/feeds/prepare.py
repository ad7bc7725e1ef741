"""Feed bytes made safe and small for the XML reader: the root found, the rest bounded, in time linear in their length.

Everything is done on bytes by scanning for tags, before anything expensive sees the document. Nothing here understands
XML further than CDATA sections, comments and tags.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from datetime import datetime
from html.entities import html5
from types import MappingProxyType

from bot.feeds.dates import parse_date
from bot.feeds.encodings import decode, http_charset
from bot.feeds.model import FetchError, FetchFault
from bot.feeds.prolog import after, find_root, local_name

MOST_BYTES = 6_000_000
LONGEST_FIELD_BYTES = (400_000, 100_000, 20_000, 4_000)
LONGEST_TAG_BYTES = 20_000
_ENTRY = re.compile(rb"<!\[CDATA\[|<!--|<(/?)((?:[\w.-]+:)?(?:item|entry))(?=[\s>/])")
_ENTRY_DATE = re.compile(
    rb"<(?:[\w.-]+:)?(?:pubDate|published|updated|date|issued|modified|created)\b[^>]{0,200}>\s*"
    rb"(?:<!\[CDATA\[)?([^<\]]{4,60})",
    re.IGNORECASE,
)
# What nothing here reads. feedparser spends most of its time per element, and on authors more than linear time.
_UNREAD = re.compile(
    rb"<!\[CDATA\[|<!--|<((?:[\w.-]+:)?(?:author|creator|contributor|managingEditor|webMaster|publisher|owner|name|email|"
    rb"credit|rights|copyright|category|categories|comments|commentRss|comment|thumbnail|rating|keywords|hash|player|"
    rb"duration|explicit|episode|episodeType|season|block|cloud|skipHours|skipDays|docs|textInput|textinput|total|"
    rb"statistics|starRating|community|image|related|source|generator|restriction|genre|subtitle|"
    rb"pdalink|amplink|official-comments|logo|icon)|media:content)(?=[\s>/])"
)
_LONG_RUN = MappingProxyType({size: re.compile(rb"<[^<]{%d,}" % size) for size in LONGEST_FIELD_BYTES})
_REFERENCE = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)(#[xX]?[0-9a-fA-F]*;?|[A-Za-z][A-Za-z0-9]{1,31};)?")
_SURROGATES = re.compile(r"&#(5[56]\d{3}|x[dD][89abAB][0-9a-fA-F]{2});&#(5[67]\d{3}|x[dD][c-fC-F][0-9a-fA-F]{2});")
_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document ready to be read: UTF-8 from its root element on, without declaration, DOCTYPE or authors.

    `root` is the root's local name in lower case; `dropped` counts the entries cut off; `problem` is for the admin.
    """

    body: bytes
    root: str
    dropped: int = 0
    problem: str = ""


def prepare(body: bytes, content_type: str, max_entries: int) -> Prepared:
    """Return an XML feed made safe: at most `max_entries` entries and some 6 MB, whatever came in.

    `body` must hold ASCII as it is (see `encodings.widened`). Raises FetchError: HTML for a web page, NOT_A_FEED for
    anything else without a feed's root element, TOO_COSTLY where too much is left.
    """
    root = find_root(body)
    problem = "there is text before the document begins" if root.junk else ""
    end = body.rfind(b"</" + root.name)
    if end > root.start:
        body = body[root.start : end + len(root.name) + 2] + b">"
    else:
        body = body[root.start :]
        problem = "" if body[:LONGEST_TAG_BYTES].rstrip().endswith(b"/>") else "the document has no end"
    body, dropped = _fewer_entries(body, max_entries)
    body = _within_budget(_without_unread(body))
    if len(body) > MOST_BYTES:
        body, more = _fewer_entries(body, max_entries * MOST_BYTES // len(body))
        dropped += more
    if len(body) > MOST_BYTES:
        raise FetchError(FetchFault.TOO_COSTLY, f"{len(body)} bytes of markup")
    text = _repaired(decode(body, root.encoding, http_charset(content_type)))
    return Prepared(text.encode("utf-8", "ignore"), local_name(root.name).decode("ascii", "ignore"), dropped, problem)


def _fewer_entries(body: bytes, most: int) -> tuple[bytes, int]:
    """Return the document with its newest `most` entries, and how many were cut.

    These are the first ones, as nearly every feed has it, unless the dates of the first and the last entry say that
    the document runs from old to new.
    """
    if body.count(b"<item") + body.count(b"<entry") + body.count(b":item") + body.count(b":entry") <= most:
        return body, 0
    starts, end = _entry_starts(body)
    if len(starts) <= most:
        return body, 0
    first, last = _entry_date(body, starts[0]), _entry_date(body, starts[-1])
    oldest_first = first is not None and last is not None and first < last
    end = max(end, starts[-1])
    begin, stop = (starts[-most], end) if oldest_first else (starts[0], starts[most])
    return body[: starts[0]] + body[begin:stop] + body[end:], len(starts) - most


def _entry_starts(body: bytes) -> tuple[list[int], int]:
    """Return where each entry's opening tag stands, and where the last closing tag ends."""
    starts: list[int] = []
    end = position = 0
    while (found := _ENTRY.search(body, position)) is not None:
        position = found.end()
        if found[2] is None:
            position = after(body, b"]]>" if found[0].endswith(b"[") else b"-->", position)
        elif found[1]:
            end = after(body, b">", position)
        else:
            starts.append(found.start())
    return starts, end


def _entry_date(body: bytes, start: int) -> datetime | None:
    found = _ENTRY_DATE.search(body, start, start + LONGEST_TAG_BYTES)
    return None if found is None else parse_date(found[1].decode("utf-8", "ignore"))


def _without_unread(body: bytes) -> bytes:
    """Return the document without the elements that nothing here reads, among them authors of any length."""
    pieces: list[bytes] = []
    kept = position = 0
    unclosed: set[bytes] = set()
    while (found := _UNREAD.search(body, position)) is not None:
        position = found.end()
        name = found[1]
        if name is None:
            position = after(body, b"]]>" if found[0].endswith(b"[") else b"-->", position)
            continue
        if name in unclosed:
            continue
        end = _element_end(body, name, position)
        if end < 0:
            unclosed.add(name)
            continue
        pieces.append(body[kept : found.start()])
        kept = position = end
    pieces.append(body[kept:])
    return b"".join(pieces)


def _element_end(body: bytes, name: bytes, position: int) -> int:
    """Return where the element whose opening tag's name ends at `position` ends; -1 where it swallows entries."""
    tag_end = body.find(b">", position)
    if tag_end < 0:
        return -1
    if body[tag_end - 1 : tag_end] == b"/":
        return tag_end + 1
    closing = body.find(b"</" + name, tag_end)
    if closing < 0 or body.find(b"<item", tag_end, closing) >= 0 or body.find(b"<entry", tag_end, closing) >= 0:
        return -1
    end = body.find(b">", closing)
    return end + 1 if end >= 0 else -1


def _within_budget(body: bytes) -> bytes:
    """Return the document with its longest fields cut, the harder the larger it is."""
    for longest in LONGEST_FIELD_BYTES:
        if len(body) <= (longest if longest == LONGEST_FIELD_BYTES[0] else MOST_BYTES):
            break
        body = _shorter_fields(body, longest)
    return body


def _shorter_fields(body: bytes, longest: int) -> bytes:
    pieces: list[bytes] = []
    position = 0
    while (start := body.find(b"<![CDATA[", position)) >= 0:
        end = after(body, b"]]>", start)
        pieces.append(_shorter_runs(body[position:start], longest))
        pieces.append(body[start:end] if end - start <= longest else _cut(body[start:end], longest) + b"]]>")
        position = end
    pieces.append(_shorter_runs(body[position:], longest))
    return b"".join(pieces)


def _shorter_runs(body: bytes, longest: int) -> bytes:
    """Return markup without CDATA in which no tag with the text after it is longer than `longest`."""

    def shorter(found: re.Match[bytes]) -> bytes:
        tag, bracket, text = found[0].partition(b">")
        if len(tag) > LONGEST_TAG_BYTES:
            name = re.match(rb"<[^\s>/]{0,100}", tag)
            tag = (name[0] if name else b"<x") + (b"/" if tag.endswith(b"/") else b"")
        return tag + bracket + (text if len(text) <= longest else _cut(text, longest))

    return _LONG_RUN[longest].sub(shorter, body)


def _cut(text: bytes, longest: int) -> bytes:
    """Return the start of `text`, not ending within a reference or a UTF-8 letter."""
    text = text[:longest]
    reference = text.rfind(b"&", -12)
    if reference >= 0 and text.find(b";", reference) < 0:
        text = text[:reference]
    try:
        text.decode("utf-8")
    except UnicodeDecodeError as error:
        return text[: error.start] if error.start > len(text) - 4 else text
    return text


def _repaired(text: str) -> str:
    """Return well-formed references and characters: named entities resolved, the impossible ones gone."""
    text = _NOT_XML.sub("", text)
    if "&" not in text:
        return text
    pieces: list[str] = []
    position = 0
    while (start := text.find("<![CDATA[", position)) >= 0:
        pieces.append(_with_sound_references(text[position:start]))
        end = text.find("]]>", start)
        position = len(text) if end < 0 else end
        pieces.append(text[start:position])
    pieces.append(_with_sound_references(text[position:]))
    return "".join(pieces)


def _with_sound_references(markup: str) -> str:
    if "&" not in markup:
        return markup
    return _REFERENCE.sub(_resolved, _SURROGATES.sub(_joined, markup))


def _resolved(found: re.Match[str]) -> str:
    reference = found[1]
    if reference is None:
        return "&amp;"
    if not reference.startswith("#"):
        return html5.get(reference, f"&amp;{reference}")
    if len(reference) > 10:
        return ""
    character = html.unescape(f"&{reference.rstrip(';')};")
    return html.escape(_NOT_XML.sub("", character)) if len(character) == 1 else ""


def _joined(found: re.Match[str]) -> str:
    high, low = (int(part[1:], 16) if part[0] == "x" else int(part) for part in (found[1], found[2]))
    if not (0xD800 <= high < 0xDC00 <= low < 0xE000):
        return ""
    return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))

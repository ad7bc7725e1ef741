"""JSON Feed 1.0 and 1.1, read tolerantly: a field of the wrong kind counts as missing."""

from __future__ import annotations

import json
from collections.abc import Container
from datetime import UTC, datetime
from typing import Any

from bot.feeds.dates import parse_date
from bot.feeds.entries import entries_of
from bot.feeds.languages import language_code
from bot.feeds.links import web_address
from bot.feeds.model import FetchError, FetchFault, ParsedFeed
from bot.feeds.plain import plain_line
from bot.feeds.raw import RawEntry

MOST_JSON_BYTES = 12_000_000


def parse_json_feed(text: str, url: str, max_entries: int, listed: Container[bytes] = ()) -> ParsedFeed:
    """Return a JSON Feed's entries, the first `max_entries` (the last, where it runs from old to new).

    Raises FetchError: NOT_A_FEED for other JSON, TOO_COSTLY for more than twelve million characters.
    """
    if len(text) > MOST_JSON_BYTES:
        raise FetchError(FetchFault.TOO_COSTLY, f"{len(text)} characters of JSON", url=url)
    try:
        document = json.loads(text, strict=False)
    except (ValueError, RecursionError) as error:
        raise FetchError(FetchFault.NOT_A_FEED, "broken JSON", url=url) from error
    items = document.get("items") if isinstance(document, dict) else None
    if not isinstance(items, list):
        raise FetchError(FetchFault.NOT_A_FEED, "JSON without items", url=url)
    rows = [item for item in items if isinstance(item, dict)]
    kept = _newest(rows, max_entries)
    home = web_address(_text(document, "home_page_url"), url)
    return ParsedFeed(
        title=plain_line(_text(document, "title")),
        entries=entries_of((_raw(row) for row in kept), url, listed),
        home_url=home,
        language=language_code(_text(document, "language")),
        kind="json",
        dropped=len(rows) - len(kept),
        problem="" if "jsonfeed.org" in _text(document, "version") else "the JSON does not call itself a JSON Feed",
    )


def _newest(rows: list[dict[str, Any]], most: int) -> list[dict[str, Any]]:
    if len(rows) <= most:
        return rows
    first, last = (parse_date(_text(row, "date_published", "date_modified")) for row in (rows[0], rows[-1]))
    oldest_first = (first or datetime.max.replace(tzinfo=UTC)) < (last or datetime.min.replace(tzinfo=UTC))
    return rows[-most:] if oldest_first else rows[:most]


def _raw(row: dict[str, Any]) -> RawEntry:
    content = _text(row, "content_html") or _escaped(_text(row, "content_text"))
    return RawEntry(
        guid=_text(row, "id"),
        links=tuple(link for key in ("url", "external_url") if (link := _text(row, key))) or _attachments(row),
        title=_text(row, "title"),
        summary=_escaped(_text(row, "summary")),
        content=content,
        dates=(_text(row, "date_published"), _text(row, "date_modified")),
        language=_text(row, "language"),
    )


def _attachments(row: dict[str, Any]) -> tuple[str, ...]:
    listed = row.get("attachments")
    if not isinstance(listed, list):
        return ()
    return tuple(_text(each, "url") for each in listed[:5] if isinstance(each, dict))


def _text(row: dict[str, Any], *keys: str) -> str:
    """Return the first of the fields that holds text; a number counts as its digits."""
    for key in keys:
        value = row.get(key)
        if isinstance(value, str) and value.strip():
            return value
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
    return ""


def _escaped(text: str) -> str:
    """Return plain text as markup, its lines as paragraphs."""
    if not text:
        return ""
    safe = text.replace("&", "&amp;").replace("<", "&lt;")
    return "".join(f"<p>{line}</p>" for line in safe.splitlines() if line.strip())

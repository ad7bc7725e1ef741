"""One row of a list of sources: the source to add, or what is wrong with it and what to do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from bot.feeds.languages import language_code
from bot.feeds.links import web_address
from rules.stories import canonical_url

MOST_SOURCES = 20_000
LONGEST_NAME = 200
KEYS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "url": ("url", "feed", "feed_url", "xmlurl", "address", "rss"),
        "name": ("name", "title", "text"),
        "language": ("language", "lang"),
        "home_url": ("home", "home_url", "htmlurl", "site", "website"),
        "fetch_pages": ("pages", "fetch_pages", "fetchpages"),
        "paused": ("paused",),
        "tags": ("tags", "category", "categories", "topics"),
    }
)
_TRUE, _FALSE = frozenset({"true", "yes", "on", "1"}), frozenset({"false", "no", "off", "0"})
_HOST_LIKE = re.compile(r"^[\w-]+(?:\.[\w-]+)+(?::\d+)?(?:[/?]|$)")


@dataclass(frozen=True, slots=True)
class SourceEntry:
    """One source as a list gives it. `fetch_pages` is None where the list leaves that to the settings."""

    url: str
    name: str = ""
    language: str = ""
    home_url: str = ""
    fetch_pages: bool | None = None
    paused: bool = False
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ListedRow:
    """What became of one row: `entry` is None where it can't be used. `problem` may also stand beside a usable entry.

    `line` counts from 1; `remedy` says what a person can do about the problem.
    """

    file: str
    line: int
    entry: SourceEntry | None
    problem: str = ""
    remedy: str = ""


def whole(file: str, problem: str, remedy: str) -> ListedRow:
    return ListedRow(file, 1, None, problem, remedy)


def read_row(fields: Mapping[str, Any], file: str, line: int) -> ListedRow:
    """Return one row read: what can't be understood of a usable row is left out and said."""
    said = _first(fields, "url")
    if not isinstance(said, str) or not said.strip():
        return ListedRow(file, line, None, "no feed address", "give the feed's address, or the home page's, as url")
    url = _address(said)
    if not url:
        problem = f"not a web address: {' '.join(said.split())[:80]}"
        return ListedRow(file, line, None, problem, "it should begin with https:// or http://")
    problems: list[str] = []
    language = _first(fields, "language")
    code = language_code(language) if isinstance(language, str) else ""
    if language and not code:
        problems.append(f"unknown language {str(language)[:20]!r}")
    entry = SourceEntry(
        url=url,
        name=_name(_first(fields, "name"), url),
        language=code,
        home_url=_address(str(_first(fields, "home_url") or "")),
        fetch_pages=_switch(fields, "fetch_pages", problems),
        paused=bool(_switch(fields, "paused", problems)),
        tags=_tags(fields),
    )
    remedy = "correct it, or leave it out" if problems else ""
    return ListedRow(file, line, entry, "; ".join(problems), remedy)


def _name(said: Any, url: str) -> str:
    """Return a source's name; "" where a feed reader put the address in its place."""
    name = " ".join(str(said).split())[:LONGEST_NAME] if isinstance(said, str | int) else ""
    return "" if name == url[:LONGEST_NAME] else name


def _first(fields: Mapping[str, Any], field: str) -> Any:
    return next((fields[key] for key in KEYS[field] if fields.get(key) not in (None, "")), None)


def _address(said: str) -> str:
    """Return an absolute address: "feed:" prefixes removed, a bare host taken as https."""
    said = said.strip().removeprefix("feed:") if said.strip().casefold().startswith("feed:http") else said.strip()
    if said.casefold().startswith("feed://"):
        said = "https://" + said[7:]
    if "://" not in said[:10] and _HOST_LIKE.match(said):
        said = "https://" + said
    return web_address(said) if not re.search(r"\s", said) else ""


def _switch(fields: Mapping[str, Any], field: str, problems: list[str]) -> bool | None:
    value = _first(fields, field)
    if value is None:
        return None
    word = str(value).strip().casefold()
    if word in _TRUE | _FALSE:
        return word in _TRUE
    problems.append(f"{field} is neither yes nor no: {word[:20]!r}")
    return None


def _tags(fields: Mapping[str, Any]) -> tuple[str, ...]:
    """Return a row's tags, each once: its own (a list, or words with commas), then the folders it lies in."""
    said = _first(fields, "tags")
    listed = said.split(",") if isinstance(said, str) else said if isinstance(said, list) else []
    words = [str(each) for each in listed if isinstance(each, str | int)] + list(fields.get("folders", ()))
    clean = (" ".join(word.strip(" /").split())[:LONGEST_NAME] for word in words)
    return tuple(dict.fromkeys(word for word in clean if word))


def without_repeats(rows: Iterable[ListedRow]) -> list[ListedRow]:
    """Return the rows; an address that came before is told with the line where, and not listed twice."""
    lines: dict[str, int] = {}
    outcomes: list[ListedRow] = []
    for row in rows:
        if row.entry is not None:
            address = canonical_url(row.entry.url)
            if address in lines:
                row = replace(
                    row,
                    entry=None,
                    problem=f"the same address as on line {lines[address]}",
                    remedy="remove one of them",
                )
            else:
                lines[address] = row.line
        outcomes.append(row)
        if len(outcomes) >= MOST_SOURCES:
            break
    return outcomes

"""What the readers of feed formats hand on: fields as the document gives them, not yet cleaned."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta

MARK_BYTES = 8
LONGEST_TTL = timedelta(days=7)
_PERIODS = (("hour", 1), ("dai", 24), ("day", 24), ("week", 168), ("month", 720), ("year", 8760))


@dataclass(frozen=True, slots=True)
class RawEntry:
    """What a format's reader found: `summary` and `content` are HTML or text, `links` best first, `dates` likewise."""

    guid: str = ""
    links: tuple[str, ...] = ()
    title: str = ""
    summary: str = ""
    content: str = ""
    dates: tuple[str, ...] = ()
    language: str = ""


@dataclass(frozen=True, slots=True)
class RawFeed:
    """A document's own fields and its entries. `period` and `frequency` are those of RSS's syndication module."""

    title: str = ""
    link: str = ""
    language: str = ""
    ttl: str = ""
    period: str = ""
    frequency: str = ""
    entries: tuple[RawEntry, ...] = ()
    problem: str = ""


def mark_of(entry: RawEntry) -> bytes:
    """Return a hash of an entry, in 8 bytes: the same fields have the same mark."""
    fields = (entry.guid, *entry.links, *entry.dates, entry.language, entry.title, entry.summary, entry.content)
    whole = "\x00".join(fields).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(whole, digest_size=MARK_BYTES).digest()


def time_to_live(feed: RawFeed) -> timedelta | None:
    """Return how long the feed asks to be left alone, by its ttl (minutes) or update period; None if it doesn't say."""
    minutes = _number(feed.ttl, digits=6)
    if minutes:
        return min(timedelta(minutes=minutes), LONGEST_TTL)
    period = feed.period.strip().casefold()
    hours = next((hours for stem, hours in _PERIODS if period.startswith(stem)), 0)
    return min(timedelta(hours=hours) / (_number(feed.frequency, digits=3) or 1), LONGEST_TTL) if hours else None


def _number(said: str, *, digits: int) -> int:
    said = said.strip()
    return int(said) if said.isascii() and said.isdigit() and len(said) <= digits else 0

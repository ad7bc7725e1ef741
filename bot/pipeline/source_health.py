"""How a source is, decided from what its row remembers: failing, not a feed any more, moved, silent. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from itertools import pairwise

from bot.delivery.admin_words import moment, say
from bot.feeds.model import FetchFault
from storage.tables import SourceRow, SourceState

ARRIVALS_LEAST = 8
# Three times the longest gap of its last thirty arrivals, and half a day at least: a night or a weekend is no silence.
SILENT_TIMES = 3
SILENT_LEAST = timedelta(hours=12)


class Trouble(Enum):
    """What is the matter with a source, the gravest first. The values are the keys of its words."""

    PAUSED = "source paused"
    FAILING = "source failing"
    HTML = "source html"
    OURS = "source our network"
    NEVER = "source never"
    SILENT = "source silent"
    MOVED = "source moved"
    GAPS = "source gaps"


@dataclass(frozen=True, slots=True)
class Ill:
    """A source with its trouble: since when (empty where not known), and what was said about it."""

    source: SourceRow
    trouble: Trouble
    since: datetime | None = None
    detail: str = ""


def troubles(rows: Iterable[SourceRow], now: datetime) -> list[Ill]:
    """Return the sources that want a look, each with its gravest trouble, the gravest and longest first."""
    order = list(Trouble)
    found = [ill for row in rows if (ill := trouble_of(row, now)) is not None]
    return sorted(found, key=lambda ill: (order.index(ill.trouble), ill.since or now, ill.source.name.casefold()))


def trouble_of(row: SourceRow, now: datetime) -> Ill | None:
    """Return what is the matter with a source, None where all is well (or a person paused or removed it)."""
    if row.state == SourceState.PAUSED.value:
        return Ill(row, Trouble.PAUSED, row.failing_since, row.state_note) if row.fault else None
    if row.state != SourceState.ACTIVE.value:
        return None
    if row.fault == FetchFault.OUR_NETWORK.value:
        return Ill(row, Trouble.OURS, row.failing_since or row.last_ok_at, row.fault)
    if row.failing_since is not None:
        html = row.fault in (FetchFault.HTML.value, FetchFault.NOT_A_FEED.value)
        return Ill(row, Trouble.HTML if html else Trouble.FAILING, row.failing_since, row.fault_detail or row.fault)
    if row.last_polled_at is not None and row.last_ok_at is None:
        return Ill(row, Trouble.NEVER, row.added_at, row.fault_detail or row.fault)
    silent = silent_since(row.arrivals, now)
    if silent is not None and row.last_ok_at is not None:
        return Ill(row, Trouble.SILENT, silent)
    if row.moved_to:
        return Ill(row, Trouble.MOVED, row.moved_since, row.moved_to)
    if row.last_gap_at is not None and now - row.last_gap_at < timedelta(days=1):
        return Ill(row, Trouble.GAPS, row.last_gap_at, str(row.gaps))
    return None


def silent_since(arrivals: Sequence[int], now: datetime) -> datetime | None:
    """Return when the last item of a source came, where it is silent against its usual pace; else None.

    `arrivals` are UTC seconds. Too few of them say nothing about a pace.
    """
    times = sorted({at for at in arrivals if at <= now.timestamp()})
    if len(times) < ARRIVALS_LEAST:
        return None
    longest_s = max(later - earlier for earlier, later in pairwise(times))
    silent_s = now.timestamp() - times[-1]
    if silent_s <= max(SILENT_TIMES * longest_s, SILENT_LEAST.total_seconds()):
        return None
    return datetime.fromtimestamp(times[-1], UTC)


def in_words(row: SourceRow, ill: Ill | None, zone: str, language: str) -> str:
    """Return as HTML how a source is: failing since when and why, silent, moved, paused, or well."""
    if ill is not None:
        return say(ill.trouble.value, language, since=moment(ill.since, zone, language), detail=ill.detail)
    if row.state == SourceState.PAUSED.value:
        return say("source person", language)
    if row.last_ok_at is None:
        return say("source new", language)
    minutes = max(round(row.interval_s / 60), 1)
    return say("source well", language, last=moment(row.last_new_at, zone, language), minutes=minutes)


def line(row: SourceRow, ill: Ill | None, zone: str, language: str, *, noted: bool = False) -> str:
    """Return as HTML a source's name, number and how it is; a star where it is of note."""
    said = say("source line", language, name=row.name or row.url, number=row.id) + in_words(row, ill, zone, language)
    return said + (say("note", language) if noted else "")

"""What people change about sources: each change with its audit row in the same transaction.

An import is a list of outcomes: one bad row stops nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from bot.database import Database
from bot.feeds.sourcelist import read_opml, read_yaml
from bot.feeds.sourcerow import ListedRow, SourceEntry
from rules.stories import canonical_url
from storage import audit, sources
from storage.engine import Session
from storage.tables import SourceRow, SourceState


class SourceError(Exception):
    """A source can't be found or changed. The message says what to do."""


class Became(StrEnum):
    """What became of one row of a list of sources."""

    ADDED = "added"
    KNOWN = "known already"
    REMOVED = "left out: a person removed it"
    BAD = "can't be used"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one row: its place in the file (0: none), its address, and what to do where it is bad."""

    line: int
    url: str
    became: Became
    detail: str = ""


def read_list(path: Path) -> tuple[list[ListedRow], list[Outcome]]:
    """Return the usable rows of a YAML or OPML file, and the outcomes of the others.

    Raises SourceError where the file itself can't be read.
    """
    try:
        body = path.read_bytes()
    except OSError as error:
        raise SourceError(f"{path}: can't be read ({error.strerror}); give the path of a YAML or OPML file") from error
    looks_opml = path.suffix.lower() in (".opml", ".xml") or body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<"
    rows = read_opml(body, str(path)) if looks_opml else read_yaml(body.decode("utf-8-sig", "replace"), str(path))
    bad = [Outcome(row.line, "", Became.BAD, f"{row.problem}; {row.remedy}") for row in rows if row.entry is None]
    return [row for row in rows if row.entry is not None], bad


def unlisted(entry: SourceEntry) -> ListedRow:
    """Return a source that stands in no file, as a row."""
    return ListedRow("", 0, entry)


async def add_all(db: Database, rows: Sequence[ListedRow], *, who: str, now: datetime) -> list[Outcome]:
    """Add sources in one transaction; return an outcome for each."""
    return await db.write(lambda tx: _add_each(tx, rows, who, now, from_file=False))


def _add_each(tx: Session, rows: Sequence[ListedRow], who: str, now: datetime, *, from_file: bool) -> list[Outcome]:
    here: dict[str, SourceRow] = {}
    for row in sources.listed(tx, removed=True):
        for url in (row.url, row.imported_url):
            here[canonical_url(url) or url] = row
    return [_add_one(tx, row, here, who, now, from_file=from_file) for row in rows]


def _add_one(
    tx: Session, listed: ListedRow, here: dict[str, SourceRow], who: str, now: datetime, *, from_file: bool
) -> Outcome:
    """Add one source, due at once. An address that differs only in ways that lead to the same document is known."""
    entry, line = listed.entry, listed.line
    if entry is None:
        return Outcome(line, "", Became.BAD, f"{listed.problem}; {listed.remedy}")
    address = canonical_url(entry.url) or entry.url
    known = here.get(address)
    if known is not None and known.state != SourceState.REMOVED.value:
        return Outcome(line, entry.url, Became.KNOWN, f"source {known.id}, {known.name}")
    if known is not None and from_file:
        return Outcome(line, entry.url, Became.REMOVED)
    row = SourceRow(
        name=entry.name or entry.url,
        url=entry.url,
        imported_url=known.imported_url if known else entry.url,
        home_url=entry.home_url,
        language=entry.language,
        tags=list(entry.tags),
        fetch_pages=entry.fetch_pages is not False,
        state=SourceState.PAUSED.value if entry.paused else SourceState.ACTIVE.value,
        state_note="paused in the list" if entry.paused else "",
        origin="file" if from_file else "person",
        added_at=now,
        next_poll_at=now,
    )
    kept = sources.add(tx, row)
    if kept is not None:
        here[address] = kept
        audit.record(
            tx, who=who, action="add source", subject=f"source {kept.id}", before={}, after={"url": entry.url}, now=now
        )
    return Outcome(line, entry.url, Became.ADDED, "; ".join(filter(None, (listed.problem, listed.remedy))))


async def sync_file(db: Database, listed: Iterable[ListedRow], now: datetime) -> list[Outcome]:
    """Take the sources of `sources.yaml` that are not here yet; what a person removed or paused stays as it is."""
    rows = list(listed)
    return await db.write(lambda tx: _add_each(tx, rows, "file", now, from_file=True))


async def takes_file(db: Database, *, named: bool) -> bool:
    """Say whether the source file is for this database: it was named, or all that is here came from a file.

    The shipped list does not mix itself into a list that somebody imported.
    """
    rows = await db.read(lambda tx: sources.listed(tx, removed=True))
    return named or not rows or any(row.origin == "file" for row in rows)


async def change_state(db: Database, wanted: str, state: SourceState, *, who: str, note: str, now: datetime) -> str:
    """Pause, resume or remove the source named by address, number or name; return its name."""
    return await db.write(lambda tx: _change_state(tx, wanted, state, who, note, now))


def _change_state(tx: Session, wanted: str, state: SourceState, who: str, note: str, now: datetime) -> str:
    row = sources.find(tx, wanted)
    if row is None or row.state == SourceState.REMOVED.value:
        raise SourceError(f"no source {wanted!r}; `mediawatch sources list` shows numbers, names and addresses")
    before = row.state
    row.state, row.state_note = state.value, note
    if state is SourceState.ACTIVE:
        row.next_poll_at, row.failures, row.failing_since = now, 0, None
    audit.record(
        tx, who=who, action=f"{state.value} source", subject=f"source {row.id}",
        before={"state": before}, after={"state": state.value, "note": note}, now=now,
    )  # fmt: skip
    return row.name


def as_entries(rows: Iterable[SourceRow]) -> list[SourceEntry]:
    """Return sources as rows of a list, with the address as it was imported."""
    return [
        SourceEntry(
            url=row.imported_url,
            name=row.name,
            language=row.language,
            home_url=row.home_url,
            fetch_pages=None if row.fetch_pages else False,
            paused=row.state == SourceState.PAUSED.value,
            tags=tuple(row.tags),
        )
        for row in rows
    ]

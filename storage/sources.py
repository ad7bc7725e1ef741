"""The places news comes from: which are due, what polling learnt, and the list as people keep it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import bindparam, func, or_, update
from sqlmodel import Session, SQLModel, col, select

from storage.tables import HostRow, SourceRow, SourceState

SOURCE = SQLModel.metadata.tables["source"]


def add(tx: Session, row: SourceRow) -> SourceRow | None:
    """Keep a new source; None where its address (as imported, or as polled today) is known already.

    A source that a person removed comes back when it is added again; its identities were kept, so nothing re-alerts.
    """
    known = find(tx, row.imported_url)
    if known is not None and known.state != SourceState.REMOVED.value:
        return None
    if known is not None:
        known.state, known.state_note = SourceState.ACTIVE.value, ""
        known.next_poll_at = row.next_poll_at
        return known
    tx.add(row)
    tx.flush()
    return row


def find(tx: Session, wanted: str) -> SourceRow | None:
    """Return the source with this address (as imported or as polled), number or exact name; None if there is none."""
    if wanted.isascii() and wanted.isdigit() and len(wanted) <= 18 and (row := tx.get(SourceRow, int(wanted))):
        return row
    query = select(SourceRow).where(or_(col(SourceRow.imported_url) == wanted, col(SourceRow.url) == wanted))
    found = tx.exec(query.order_by(col(SourceRow.imported_url) != wanted)).first()
    return found or tx.exec(select(SourceRow).where(SourceRow.name == wanted)).first()


def listed(tx: Session, *, removed: bool = False) -> list[SourceRow]:
    """Return all sources by name, the removed ones only when asked for."""
    query = select(SourceRow).order_by(func.lower(SourceRow.name), col(SourceRow.id))
    if not removed:
        query = query.where(SourceRow.state != SourceState.REMOVED.value)
    return list(tx.exec(query))


@dataclass(frozen=True, slots=True)
class Source:
    """What polling needs to know of a source: the columns of SourceRow by the same names."""

    id: int
    url: str
    imported_url: str
    fetch_pages: bool
    etag: str
    last_modified: str
    body_hash: str
    last_full_at: datetime | None
    arrivals: tuple[int, ...]
    identity: str
    baseline_done: bool
    failures: int
    failing_since: datetime | None
    fault: str
    gaps: int
    moved_to: str
    moved_since: datetime | None
    moved_polls: int


@cache
def _to_poll() -> Any:
    # Plain rows, not objects of the ORM: thousands are read again and again, and most are then told "unchanged".
    return select(*(SOURCE.c[field.name] for field in fields(Source))).where(SOURCE.c.state == SourceState.ACTIVE.value)


def due(tx: Session, now: datetime, limit: int, *, busy: Sequence[int] = ()) -> list[Source]:
    """Return active sources whose next poll is due, the longest waiting first, without those being polled (`busy`)."""
    query = (
        _to_poll()
        .where(or_(SOURCE.c.next_poll_at.is_(None), SOURCE.c.next_poll_at <= now))
        .order_by(SOURCE.c.next_poll_at, SOURCE.c.id)
        .limit(limit + len(busy))
    )
    taken = set(busy)
    return [Source(*row) for row in tx.connection().execute(query) if row.id not in taken][:limit]


def active(tx: Session) -> list[Source]:
    """Return every source that is polled."""
    return [Source(*row) for row in tx.connection().execute(_to_poll().order_by(SOURCE.c.id))]


def record(tx: Session, source_id: int, values: Mapping[str, Any]) -> None:
    """Write what a poll learnt of a source (columns of SourceRow by name)."""
    record_each(tx, {source_id: values})


def record_each(tx: Session, learnt: Mapping[int, Mapping[str, Any]]) -> None:
    """Write what several polls learnt, by source; those that learnt the same columns share a statement."""
    alike: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for source_id, values in learnt.items():
        alike.setdefault(tuple(values), []).append({"of_source": source_id, **values})
    for names, rows in alike.items():
        tx.connection().execute(_recording(names), rows)


@lru_cache(maxsize=256)
def _recording(names: tuple[str, ...]) -> Any:
    values: dict[str, Any] = {name: bindparam(name) for name in names}
    return SOURCE.update().where(SOURCE.c.id == bindparam("of_source")).values(values)


def hurry(tx: Session, source_ids: Iterable[int], now: datetime) -> None:
    """Make these sources due now."""
    tx.execute(update(SourceRow).where(col(SourceRow.id).in_(list(source_ids))).values(next_poll_at=now))


def counts(tx: Session) -> dict[str, int]:
    """Return how many sources stand in each state, and under "failing" those whose last poll failed."""
    rows = tx.execute(select(SourceRow.state, func.count()).group_by(SourceRow.state)).all()
    numbers = {str(state): int(number) for state, number in rows}
    failing = select(func.count()).where(SourceRow.state == SourceState.ACTIVE.value, SourceRow.failures > 0)
    numbers["failing"] = int(tx.exec(failing).one())
    return numbers


def oldest_due_at(tx: Session) -> datetime | None:
    """Return when the longest waiting active source became due; None where there is no active source."""
    query = select(func.min(SourceRow.next_poll_at)).where(SourceRow.state == SourceState.ACTIVE.value)
    found: datetime | None = tx.exec(query).one()
    return found


def hold_hosts(tx: Session, until_by_host: Mapping[str, datetime]) -> None:
    """Remember until when hosts asked to be left alone (429)."""
    for host, until in until_by_host.items():
        row = tx.get(HostRow, host) or HostRow(host=host)
        row.held_until = until
        tx.add(row)


def held_hosts(tx: Session, now: datetime) -> dict[str, datetime]:
    """Return the hosts that asked to be left alone and still are, with the end of it."""
    rows = tx.exec(select(HostRow).where(col(HostRow.held_until) > now))
    return {row.host: row.held_until for row in rows if row.held_until is not None}


def page_failed(tx: Session, host: str, now: datetime, *, limit: int, hold: timedelta) -> None:
    """Count a failed page of this host; from `limit` failures in a row on its pages are left alone for `hold`."""
    row = tx.get(HostRow, host) or HostRow(host=host)
    row.page_failures += 1
    if row.page_failures >= limit:
        row.pages_held_until, row.page_failures = now + hold, 0
    tx.add(row)


def page_read(tx: Session, host: str) -> None:
    """Forget this host's failures: one of its pages was read."""
    row = tx.get(HostRow, host)
    if row is not None and row.page_failures:
        row.page_failures = 0


def page_held_hosts(tx: Session, now: datetime) -> frozenset[str]:
    """Return the hosts whose pages are left alone at `now`."""
    return frozenset(tx.exec(select(HostRow.host).where(col(HostRow.pages_held_until) > now)))

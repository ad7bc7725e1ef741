"""Items that admins are asked to label: what the rules left out, taken at random, and the sheets that list some."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import delete
from sqlmodel import Session, col, select

from storage.tables import ItemRow, LabelSheetRow, SourceRow

KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Labelled:
    """An item as a sheet shows it."""

    item_id: int
    title: str
    link: str
    source: str


def unmatched(tx: Session, since: datetime, until: datetime, number: int, rng: Random) -> list[int]:
    """Return at most so many items of that time that the rules read and left out, taken at random."""
    query = select(ItemRow.id).where(
        ItemRow.first_seen_at >= since,
        ItemRow.first_seen_at < until,
        col(ItemRow.matched).is_(False),
        col(ItemRow.analyse_due).is_(False),
        col(ItemRow.baseline).is_(False),
        ItemRow.title != "",
    )
    found = [item_id or 0 for item_id in tx.exec(query)]
    return rng.sample(found, min(number, len(found)))


def shown(tx: Session, item_ids: Sequence[int]) -> dict[int, Labelled]:
    """Return these items as a sheet shows them."""
    query = select(ItemRow.id, ItemRow.title, ItemRow.link, SourceRow.name).join(
        SourceRow, col(SourceRow.id) == ItemRow.source_id
    )
    rows = tx.execute(query.where(col(ItemRow.id).in_(list(item_ids))))
    return {item_id: Labelled(item_id, title, link, source) for item_id, title, link, source in rows}


def keep_sheet(tx: Session, entries: Sequence[dict[str, Any]], now: datetime) -> LabelSheetRow:
    """Keep a sheet: for each item its number, its topic's, and why it was near ("" where taken at random)."""
    tx.execute(delete(LabelSheetRow).where(col(LabelSheetRow.made_at) < now - KEPT))
    row = LabelSheetRow(made_at=now, entries=list(entries))
    tx.add(row)
    tx.flush()
    return row


def sheet(tx: Session, sheet_id: int) -> LabelSheetRow | None:
    """Return a sheet, None where it is gone."""
    return tx.get(LabelSheetRow, sheet_id)

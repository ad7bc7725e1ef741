"""Storing 30 items at a time, in three ways: what `storage.items` does, the ORM's add_all, and select-then-add.

All three write the same items with their texts and identities into a fresh SQLite file of our own tables, 30 items (of
one feed document) a transaction.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from sqlmodel import Session, select

from bench.measure import cpu_s
from storage import items, sources
from storage.engine import open_engine, writing
from storage.items import NewItem
from storage.migrate import upgrade
from storage.tables import EntryRow, ItemRow, SourceRow, TextRow

ENTRIES = 30
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
Way = Callable[[Session, int, list[NewItem]], None]


@dataclass(frozen=True, slots=True)
class Storing:
    """What one way took for one item, in microseconds of processor time: the median of the rounds."""

    way: str
    cpu_us_per_item: float


def core(tx: Session, source_id: int, new: list[NewItem]) -> None:
    """Multi-row INSERT … ON CONFLICT DO NOTHING through Core, each statement compiled once."""
    items.keep_new(tx, source_id, new, baseline=False, now=NOW)


def add_all(tx: Session, source_id: int, new: list[NewItem]) -> None:
    """The ORM's add_all; a conflict would fail the whole transaction."""
    rows = [_item(source_id, item) for item in new]
    tx.add_all(rows)
    tx.flush()
    for row, item in zip(rows, new, strict=True):
        tx.add_all(_beside(source_id, row, item))


def select_then_add(tx: Session, source_id: int, new: list[NewItem]) -> None:
    """Ask for each item whether it is there, then add it: what a first draft does."""
    for item in new:
        known = tx.exec(select(ItemRow).where(ItemRow.source_id == source_id, ItemRow.key == item.keys[0])).first()
        if known is not None:
            continue
        row = _item(source_id, item)
        tx.add(row)
        tx.flush()
        tx.add_all(_beside(source_id, row, item))


WAYS: tuple[tuple[str, Way], ...] = (
    ("Core, multi-row, ON CONFLICT DO NOTHING", core),
    ("ORM add_all", add_all),
    ("ORM select, then add", select_then_add),
)


def _item(source_id: int, item: NewItem) -> ItemRow:
    return ItemRow(
        source_id=source_id, key=item.keys[0], guid=item.guid, link=item.link, link_key=item.link_key,
        title=item.title, language=item.language, published_at=item.published_at, first_seen_at=NOW,
        text_hash=item.content_hash,
    )  # fmt: skip


def _beside(source_id: int, row: ItemRow, item: NewItem) -> list[TextRow | EntryRow]:
    text = TextRow(item_id=row.id or 0, hash=item.content_hash, text=item.text, stored_at=NOW)
    entries = (
        EntryRow(source_id=source_id, key=key, item_id=row.id, content_hash=item.content_hash, last_listed_at=NOW)
        for key in item.keys
    )
    return [text, *entries]


def _new(document: int, number: int) -> NewItem:
    name = f"{document:05d}{number:03d}".ljust(32, "0")
    link = f"https://wire.example/{document}/{number}.html"
    return NewItem(
        keys=("g" + name, "l" + name, "t" + name), guid=name, link=link, link_key=link, title=f"Title {number} " * 6,
        text="Words of an article. " * 25, language="en", published_at=NOW, content_hash="f" + name,
    )  # fmt: skip


def measure(documents: int, rounds: int, console: Console) -> list[Storing]:
    """Return what each way took; the ways take turns, round by round, each time in a fresh database."""
    spent: dict[str, list[float]] = {name: [] for name, _ in WAYS}
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("storing", total=rounds * len(WAYS))
        for _ in range(rounds):
            for name, way in WAYS:
                progress.update(task, advance=1, description=f"storing: {name}")
                spent[name].append(_one_round(way, documents))
    return [Storing(name, round(median(spent[name]), 1)) for name, _ in WAYS]


def _one_round(way: Way, documents: int) -> float:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        engine = open_engine(f"sqlite:///{Path(folder) / 'storing.sqlite3'}")
        upgrade(engine)
        with writing(engine) as tx:
            source = sources.add(tx, SourceRow(name="Wire", url="u", imported_url="u", added_at=NOW))
            source_id = (source.id if source else None) or 0
        prepared = [[_new(document, number) for number in range(ENTRIES)] for document in range(documents)]
        began_s = cpu_s()
        for new in prepared:
            with writing(engine) as tx:
                way(tx, source_id, new)
        spent_s = cpu_s() - began_s
        engine.dispose()
    return spent_s / (documents * ENTRIES) * 1e6


def show(results: list[Storing], console: Console) -> None:
    """Print the table."""
    table = Table(title=f"Storing {ENTRIES} items a transaction, SQLite", title_justify="left")
    for heading in ("way", "CPU µs/item", "times the first"):
        table.add_column(heading, justify="left" if heading == "way" else "right")
    first = results[0].cpu_us_per_item
    for each in results:
        table.add_row(each.way, f"{each.cpu_us_per_item:.0f}", f"{each.cpu_us_per_item / first:.1f} ×")
    console.print(table)


def main() -> None:
    """Measure storing alone."""
    parser = argparse.ArgumentParser(prog="python -m bench.storing", description=__doc__)
    parser.add_argument("--documents", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    results = measure(chosen.documents, chosen.rounds, Console(stderr=True))
    if chosen.json:
        print(json.dumps([asdict(each) for each in results]))
    else:
        show(results, Console())


if __name__ == "__main__":
    main()

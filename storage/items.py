"""The entries we keep, their identities and their texts. Identities outlive items: retention never re-alerts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import bindparam, func, update
from sqlmodel import Session, SQLModel, col, select

from storage.engine import dialect_of, insert_for
from storage.tables import ItemRow, SourceRow, TextRow

# SQLite takes 32,766 variables a statement, PostgreSQL 65,535.
KEYS_A_QUESTION = 500
ITEM, TEXT, ENTRY = (SQLModel.metadata.tables[name] for name in ("item", "item_text", "entry"))


@dataclass(frozen=True, slots=True)
class NewItem:
    """An entry to keep: its keys (the first one is the item's own), its texts, and when its page is wanted."""

    keys: tuple[str, ...]
    guid: str
    link: str
    link_key: str
    title: str
    text: str
    language: str
    published_at: datetime | None
    content_hash: str
    page_due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What an identity leads to: the item (None once retention took it) and the hash of its last seen content."""

    item_id: int | None
    content_hash: str
    last_listed_at: datetime


@dataclass(frozen=True, slots=True)
class Unread:
    """An item whose present text the rules have not read."""

    item_id: int
    source_id: int
    source_name: str
    source_language: str
    title: str
    text: str
    language: str
    link: str
    published_at: datetime | None
    first_seen_at: datetime
    baseline: bool
    content_hash: str
    failures: int
    story_id: int | None


def known_keys(tx: Session, source_id: int, keys: Iterable[str]) -> dict[str, Known]:
    """Return those of `keys` that this source has listed before, with what they lead to."""
    found: dict[str, Known] = {}
    wanted, connection, query = list(keys), tx.connection(), _known_keys_query()
    for start in range(0, len(wanted), KEYS_A_QUESTION):
        asked = {"source": source_id, "keys": wanted[start : start + KEYS_A_QUESTION]}
        for key, item_id, content_hash, last_listed_at in connection.execute(query, asked):
            found[key] = Known(item_id, content_hash, last_listed_at)
    return found


@cache
def _known_keys_query() -> Any:
    columns = (ENTRY.c.key, ENTRY.c.item_id, ENTRY.c.content_hash, ENTRY.c.last_listed_at)
    wanted = ENTRY.c.key.in_(bindparam("keys", expanding=True))
    return select(*columns).where(ENTRY.c.source_id == bindparam("source"), wanted)


def keep_new(tx: Session, source_id: int, items: Sequence[NewItem], *, baseline: bool, now: datetime) -> dict[str, int]:
    """Keep entries as items to be analysed, with their texts and identities; return the new ids by first key.

    Multi-row INSERT … ON CONFLICT DO NOTHING through Core, each statement built once: docs/adr/0008 has the figures.
    """
    if not items:
        return {}
    connection, dialect = tx.connection(), dialect_of(tx)
    rows = [_item_row(source_id, item, baseline, now) for item in items]
    ids: dict[str, int] = {key: item_id for item_id, key in connection.execute(_new_items(dialect), rows)}
    texts = [
        {"item_id": ids[item.keys[0]], "hash": item.content_hash, "text": item.text, "origin": "feed", "stored_at": now}
        for item in items
        if item.keys[0] in ids
    ]
    if texts:
        connection.execute(_new_texts(dialect), texts)
    keep_keys(tx, source_id, [(key, ids.get(i.keys[0]), i.content_hash) for i in items for key in i.keys], now)
    return ids


@cache
def _new_items(dialect: str) -> Any:
    return insert_for(dialect, ITEM).on_conflict_do_nothing().returning(ITEM.c.id, ITEM.c.key)


@cache
def _new_texts(dialect: str) -> Any:
    return insert_for(dialect, TEXT).on_conflict_do_nothing()


def _item_row(source_id: int, item: NewItem, baseline: bool, now: datetime) -> dict[str, Any]:
    return {
        "source_id": source_id,
        "key": item.keys[0],
        "guid": item.guid,
        "link": item.link,
        "link_key": item.link_key,
        "title": item.title,
        "language": item.language,
        "published_at": item.published_at,
        "first_seen_at": now,
        "baseline": baseline,
        "analyse_due": True,
        "analyse_failures": 0,
        "matched": False,
        "text_hash": item.content_hash,
        "page_due_at": item.page_due_at,
        "page_tries": 0,
    }


def keep_keys(tx: Session, source_id: int, rows: Sequence[tuple[str, int | None, str]], now: datetime) -> None:
    """Remember identities (key, item, content hash) of a source; a known key takes the new hash and date."""
    values = {
        key: {
            "source_id": source_id,
            "key": key,
            "item_id": item_id,
            "content_hash": content_hash,
            "last_listed_at": now,
        }
        for key, item_id, content_hash in rows
    }
    if values:
        tx.connection().execute(_listed_keys(dialect_of(tx)), list(values.values()))


@cache
def _listed_keys(dialect: str) -> Any:
    insert = insert_for(dialect, ENTRY)
    renewed = {"content_hash": insert.excluded.content_hash, "last_listed_at": insert.excluded.last_listed_at}
    return insert.on_conflict_do_update(index_elements=["source_id", "key"], set_=renewed)


def change_text(
    tx: Session, item_id: int, *, title: str, text: str, content_hash: str, origin: str, now: datetime
) -> bool:
    """Give an item a new version of its text and let the rules read it again; say whether it really is new."""
    row = tx.get(ItemRow, item_id)
    if row is None or row.text_hash == content_hash:
        return False
    tx.execute(
        _new_texts(dialect_of(tx)),
        [{"item_id": item_id, "hash": content_hash, "text": text, "origin": origin, "stored_at": now}],
    )
    row.title, row.text_hash, row.analyse_due, row.analyse_failures = title, content_hash, True, 0
    tx.add(row)
    return True


def present_text(tx: Session, item_id: int) -> tuple[str, str]:
    """Return where the item's present text is from ("feed", "page", "" where retention deleted it), and the text."""
    query = select(TextRow.origin, TextRow.text).join(ItemRow, col(ItemRow.id) == TextRow.item_id)
    found = tx.execute(query.where(TextRow.item_id == item_id, TextRow.hash == ItemRow.text_hash)).first()
    return (found[0], found[1]) if found else ("", "")


def unread(tx: Session, limit: int, *, ids: Sequence[int] | None = None) -> list[Unread]:
    """Return items that the rules have still to read, oldest first; or just the items `ids`, read or not."""
    query = (
        select(ItemRow, SourceRow.name, SourceRow.language, TextRow.text)
        .join(SourceRow, col(SourceRow.id) == ItemRow.source_id)
        .outerjoin(TextRow, (col(TextRow.item_id) == ItemRow.id) & (col(TextRow.hash) == ItemRow.text_hash))
        .order_by(col(ItemRow.id))
        .limit(limit)
    )
    query = query.where(ItemRow.analyse_due) if ids is None else query.where(col(ItemRow.id).in_(ids))
    return [
        Unread(
            item_id=item.id or 0,
            source_id=item.source_id,
            source_name=name,
            source_language=language,
            title=item.title,
            text=text or "",
            language=item.language,
            link=item.link,
            published_at=item.published_at,
            first_seen_at=item.first_seen_at,
            baseline=item.baseline,
            content_hash=item.text_hash,
            failures=item.analyse_failures,
            story_id=item.story_id,
        )
        for item, name, language, text in tx.execute(query)
    ]


def mark_read(tx: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Write that items were read: each row has `id`, `language`, `matched`, `story_id`, `text_hash` as it was read.

    An item whose text changed while the rules read the old one stays unread.
    """
    for row in rows:
        tx.execute(
            update(ItemRow)
            .where(col(ItemRow.id) == row["id"])
            .values(
                language=row["language"],
                matched=row["matched"],
                story_id=row["story_id"],
                analyse_due=col(ItemRow.text_hash) != row["text_hash"],
                search_due=True,
            )
        )


def unreadable(tx: Session, item_id: int, *, give_up: bool) -> None:
    """Count a failed reading of an item; `give_up` takes it out of the queue (the item itself stays)."""
    row = tx.get(ItemRow, item_id)
    if row is not None:
        row.analyse_failures += 1
        row.analyse_due = not give_up
        tx.add(row)


def pages_due(tx: Session, now: datetime, limit: int) -> list[tuple[ItemRow, str]]:
    """Return items whose article is wanted now, with the text that the feed gave, longest waiting first."""
    query = (
        select(ItemRow, TextRow.text)
        .outerjoin(TextRow, (col(TextRow.item_id) == ItemRow.id) & (col(TextRow.hash) == ItemRow.text_hash))
        .where(col(ItemRow.page_due_at) <= now)
        .order_by(col(ItemRow.page_due_at))
        .limit(limit)
    )
    return [(item, text or "") for item, text in tx.execute(query)]


def page_later(tx: Session, item_id: int, due_at: datetime | None, note: str, *, tried: bool) -> None:
    """Set when an item's page is fetched next (None: never), with the reason in words."""
    values: dict[str, Any] = {"page_due_at": due_at, "page_note": note[:300]}
    if tried:
        values["page_tries"] = ItemRow.page_tries + 1
    tx.execute(update(ItemRow).where(col(ItemRow.id) == item_id).values(**values))


def find_by_link(tx: Session, link_key: str) -> ItemRow | None:
    """Return the newest item with this canonical link."""
    query = select(ItemRow).where(ItemRow.link_key == link_key).order_by(col(ItemRow.id).desc())
    return tx.exec(query).first() if link_key else None


def counts(tx: Session) -> dict[str, int]:
    """Return how many items are kept, matched, and not yet read."""
    total = tx.exec(select(func.count()).select_from(ItemRow)).one()
    matched = tx.exec(select(func.count()).select_from(ItemRow).where(ItemRow.matched)).one()
    waiting = tx.exec(select(func.count()).select_from(ItemRow).where(ItemRow.analyse_due)).one()
    return {"items": int(total), "matched": int(matched), "unread": int(waiting)}

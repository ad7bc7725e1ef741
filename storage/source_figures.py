"""What sources bring: matches by topic, items that two sources both list."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations

from sqlalchemy import func
from sqlmodel import Session, col, select

from storage.tables import ItemRow, MatchRow, TopicRow

NEWEST = 2_000
LINKS_READ = 10_000
ALIKE = 0.6
FEWEST = 8


def topics_fed(tx: Session, source_id: int) -> tuple[int, list[tuple[TopicRow, int]]]:
    """Return how many of a source's newest items were looked at, and how many of them each topic of the house found."""
    newest = select(ItemRow.id).where(ItemRow.source_id == source_id).order_by(col(ItemRow.id).desc()).limit(NEWEST)
    part = newest.subquery()
    looked = tx.execute(select(func.count()).select_from(part)).scalar_one()
    query = (
        select(TopicRow, func.count())
        .join(MatchRow, col(MatchRow.topic_id) == TopicRow.id)
        .where(col(MatchRow.item_id).in_(newest), TopicRow.owner_id == 0, col(MatchRow.vanished_at).is_(None))
        .group_by(col(TopicRow.id))
        .order_by(func.count().desc())
    )
    return int(looked), [(topic, int(number)) for topic, number in tx.execute(query)]


def matches_by_source(tx: Session, since: datetime) -> dict[int, int]:
    """Return how many matches the items of each source had since then."""
    query = (
        select(ItemRow.source_id, func.count())
        .join(MatchRow, col(MatchRow.item_id) == ItemRow.id)
        .where(col(MatchRow.matched_at) >= since, col(MatchRow.vanished_at).is_(None))
        .group_by(col(ItemRow.source_id))
    )
    return {source_id: int(number) for source_id, number in tx.execute(query)}


@dataclass(frozen=True, slots=True)
class Twins:
    """Two sources that list the same articles: `shared` of the `of` articles of the smaller one."""

    first: int
    second: int
    shared: int
    of: int


def twins(tx: Session, since: datetime) -> list[Twins]:
    """Return the pairs of sources that list mostly the same articles since then, the most alike first."""
    query = (
        select(ItemRow.link_key, ItemRow.source_id)
        .where(col(ItemRow.first_seen_at) >= since, ItemRow.link_key != "")
        .order_by(col(ItemRow.first_seen_at).desc())
        .limit(LINKS_READ)
    )
    of_link: dict[str, set[int]] = {}
    for key, source_id in tx.execute(query):
        of_link.setdefault(key, set()).add(source_id)
    sizes = Counter(source for sources in of_link.values() for source in sources)
    pairs = Counter(pair for sources in of_link.values() for pair in combinations(sorted(sources)[:20], 2))
    found = [Twins(one, other, shared, min(sizes[one], sizes[other])) for (one, other), shared in pairs.items()]
    alike = [pair for pair in found if pair.shared >= FEWEST and pair.shared >= ALIKE * pair.of]
    return sorted(alike, key=lambda pair: -pair.shared)

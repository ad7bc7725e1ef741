"""Which topics were found in which items, with the evidence as it was when the rules read them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime

from sqlmodel import Session, col, select

from rules.model import Match
from storage.tables import MatchRow, TopicRow

HITS_KEPT = 20


def of_items(tx: Session, item_ids: Iterable[int]) -> dict[int, dict[int, MatchRow]]:
    """Return every match ever recorded of these items, vanished ones too: by item, then by topic."""
    found: dict[int, dict[int, MatchRow]] = {}
    for row in tx.exec(select(MatchRow).where(col(MatchRow.item_id).in_(list(item_ids)))):
        found.setdefault(row.item_id, {})[row.topic_id] = row
    return found


def add(tx: Session, item_id: int, topic_id: int, rule_id: int, match: Match, content_hash: str, now: datetime) -> None:
    """Record that a rule newly matched an item."""
    tx.add(
        MatchRow(
            item_id=item_id,
            topic_id=topic_id,
            rule_id=rule_id,
            points=match.points,
            because=match.because,
            evidence=evidence(match),
            content_hash=content_hash,
            matched_at=now,
        )
    )


def renew(row: MatchRow, rule_id: int, match: Match, content_hash: str) -> None:
    """Bring a known match up to the item's present text; its first date stays."""
    row.rule_id, row.points, row.because = rule_id, match.points, match.because
    row.evidence, row.content_hash, row.vanished_at = evidence(match), content_hash, None


def evidence(match: Match) -> list[dict[str, object]]:
    """Return a match's hits as plain values, the most telling first, at most HITS_KEPT."""
    return [
        {name: str(value) if name in ("field", "reach") else value for name, value in asdict(hit).items()}
        for hit in match.hits[:HITS_KEPT]
    ]


def standing(tx: Session, item_id: int) -> list[tuple[TopicRow, MatchRow]]:
    """Return the topics that an item matches today, with the evidence."""
    query = (
        select(TopicRow, MatchRow)
        .join(MatchRow, col(MatchRow.topic_id) == TopicRow.id)
        .where(MatchRow.item_id == item_id, col(MatchRow.vanished_at).is_(None), TopicRow.owner_id == 0)
        .order_by(col(TopicRow.slug))
    )
    return [(topic, match) for topic, match in tx.execute(query)]

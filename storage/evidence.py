"""What the stored matches of a topic were found by: which forms, how often, when last."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session, col, select

from storage.tables import MatchRow

# Evidence is JSON: reading all of a big archive would take longer than an editor waits.
NEWEST_MATCHES = 5_000


@dataclass(slots=True)
class FormHits:
    """How often a form was found, in which words of the items, and when last."""

    last_at: datetime
    count: int = 0
    quoted: Counter[str] = field(default_factory=Counter)


def form_hits(tx: Session, topic_id: int) -> Mapping[tuple[str, str], FormHits]:
    """Return for each concept and form (as the evidence writes it) what the newest matches of a topic hold of it."""
    found: dict[tuple[str, str], FormHits] = {}
    query = (
        select(MatchRow.evidence, MatchRow.matched_at)
        .where(MatchRow.topic_id == topic_id)
        .order_by(col(MatchRow.id).desc())
        .limit(NEWEST_MATCHES)
    )
    for evidence, matched_at in tx.execute(query):
        for hit in evidence:
            hits = found.setdefault((str(hit.get("concept", "")), str(hit.get("form", ""))), FormHits(matched_at))
            hits.count += 1
            hits.quoted[str(hit.get("quoted", ""))] += 1
            hits.last_at = max(hits.last_at, matched_at)
    return found

"""What a subscriber has muted, with the names by which to recognise it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from storage import digests, mutes
from storage.mutes import Muted
from storage.tables import SourceRow, SourceState, StoryRow


@dataclass(frozen=True, slots=True)
class Mute:
    """Something muted, its name ("" where it is gone), and until when (None: until taken back)."""

    kind: Muted
    target_id: int
    name: str
    until: datetime | None


def of_subscriber(tx: Session, subscriber_id: int, language: str, now: datetime) -> list[Mute]:
    """Return what a subscriber has muted and is still muted, the newest first; topics named in this language."""
    rows = mutes.of_subscriber(tx, subscriber_id, now)
    ids = {kind: [row.target_id for row in rows if row.kind == kind.value] for kind in Muted}
    names: dict[tuple[str, int], str] = {}
    stories = select(StoryRow.id, StoryRow.title).where(col(StoryRow.id).in_(ids[Muted.STORY]))
    names |= {(Muted.STORY.value, number or 0): title for number, title in tx.exec(stories)}
    sources = select(SourceRow.id, SourceRow.name).where(col(SourceRow.id).in_(ids[Muted.SOURCE]))
    names |= {(Muted.SOURCE.value, number or 0): name for number, name in tx.exec(sources)}
    topics = digests.topics_by_id(tx, ids[Muted.TOPIC])
    visible = {number: one for number, one in topics.items() if one.owner_id in (0, subscriber_id)}
    names |= {(Muted.TOPIC.value, number): one.title(language) for number, one in visible.items()}
    return [Mute(Muted(row.kind), row.target_id, names.get((row.kind, row.target_id), ""), row.until) for row in rows]


def sources_called(tx: Session, words: str) -> list[tuple[int, str]]:
    """Return the sources that a person may mean (id and name): the one of this very name, else those whose name has the
    words in it. Case does not matter, in any alphabet."""
    wanted = " ".join(words.casefold().split())
    query = select(SourceRow.id, SourceRow.name).where(SourceRow.state != SourceState.REMOVED.value)
    named = [(number or 0, name, " ".join(name.casefold().split())) for number, name in tx.exec(query)]
    exact = [(number, name) for number, name, folded in named if folded == wanted]
    return exact[:1] or [(number, name) for number, name, folded in named if wanted and wanted in folded]

"""Keeping what an editor types: the draft of a topic, saved again and again, with one audit row for each beginning."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.actions.edit_rules import RulesError
from storage import audit, drafts, rulebook, versions
from storage.engine import Session
from storage.tables import DraftRow

LONGEST_TEXT = 500_000


@dataclass(frozen=True, slots=True)
class Typed:
    """A text as typed: for which topic, by whom, which revision of the draft it goes on from (0: none), and from which
    version it was made."""

    slug: str
    text: str
    author: str
    seen: int
    based_on: int


def keep(tx: Session, typed: Typed, who: str, now: datetime) -> DraftRow:
    """Keep a text as its topic's draft and return it; errors in it may stand.

    Raises RulesError where there is no such topic, DraftTakenError where another revision stands there.
    """
    topic = rulebook.find_topic(tx, typed.slug, to_change=True)
    if topic is None:
        raise RulesError(f"there is no topic {typed.slug!r}")
    if len(typed.text) > LONGEST_TEXT:
        raise RulesError(f"a rule has at most {LONGEST_TEXT:,} letters")
    standing, current = drafts.find(tx, topic.id or 0), versions.in_force(tx, topic)
    number = current.number if current else 0
    kept = drafts.save(
        tx, topic.id or 0, typed.text, typed.author, based_on=min(typed.based_on, number), seen=typed.seen, now=now
    )
    if standing is None or standing.author != typed.author:
        audit.record(
            tx, who=who, action="begin draft", subject=topic.slug,
            before={"author": standing.author} if standing else {}, after={"based_on": kept.based_on}, now=now,
        )  # fmt: skip
    return kept


def begin(tx: Session, slug: str, text: str, author: str, who: str, now: datetime) -> None:
    """Make a topic that has nothing but a draft. Raises RulesError where the topic is there already."""
    known = rulebook.find_topic(tx, slug)
    if known is not None and known.removed_at is None and (known.published_id or drafts.find(tx, known.id or 0)):
        raise RulesError(f"there is a topic {slug!r} already")
    topic = rulebook.find_or_add_topic(tx, slug, {})
    topic.removed_at = None
    drafts.save(tx, topic.id or 0, text, author, based_on=0, seen=0, now=now)
    audit.record(tx, who=who, action="begin topic", subject=topic.slug, now=now)

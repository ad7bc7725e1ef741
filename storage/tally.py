"""What became of the items of a time: each in exactly one class, so that the sums can be checked.

The whole (`seen`, `matched`) is counted by other questions than the parts, so that a part that went missing shows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Text, and_, cast, exists, func, literal, or_
from sqlmodel import Session, SQLModel, col, select

from storage.tables import (
    AlertRow,
    AuditRow,
    ItemRow,
    MatchRow,
    OutboxKind,
    OutboxRow,
    OutboxState,
    StoryRow,
    SubscriberRow,
    SubscriberState,
    SubscriptionRow,
    VerdictRow,
)
from storage.waiting import chunks

SENT, MERGED, HELD, FAILED, SUPPRESSED = "sent", "merged", "held", "failed", "suppressed"
# The best that happened to an item says where it stands.
CLASSES = (SENT, MERGED, HELD, FAILED, SUPPRESSED)
BASELINE = "the source's first poll: nothing old is alerted"
NOBODY = "nobody follows its topic"
UNKNOWN_TOPIC = "its topic was removed"
LET_GO = "it was told or muted before it could be sent"
STOPPED = "the chat stopped or refuses us"
_EARLIER = SQLModel.metadata.tables["match"].alias("earlier")
_TELLING = frozenset({"first alert about this story", "its story spread five-fold since its message rang"})
_JOINING = frozenset({"joins a story already told", "already told"})
_WAITING = frozenset(
    {"quiet hours: waits until they end", "digest only, by choice", "too many at once: gathered into a digest"}
)
_OPEN = (OutboxState.WAITING.value, OutboxState.SENDING.value)
_LOST = (OutboxState.FAILED.value, OutboxState.UNKNOWN.value)


@dataclass(slots=True)
class Tally:
    """The items first seen in a time. `late` are older items that matched only then (their page came), by class;
    `reasons` says of the suppressed ones why; `unexplained` are matched items without any decision, though somebody
    follows their topic."""

    seen: int = 0
    matched: int = 0
    not_matched: int = 0
    unread: int = 0
    classes: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    late: Counter[str] = field(default_factory=Counter)
    unexplained: list[int] = field(default_factory=list)

    def differences(self) -> list[tuple[str, int, int]]:
        """Return (which sum, the whole, its parts' sum) of every sum that does not come out; none where all is well."""
        sums = (
            ("seen", self.seen, self.matched + self.not_matched + self.unread),
            ("matched", self.matched, sum(self.classes.values())),
            ("suppressed", self.classes[SUPPRESSED], sum(self.reasons.values())),
        )
        return [one for one in sums if one[1] != one[2]]


def tally(tx: Session, since: datetime, until: datetime) -> Tally:
    """Return what became of the items first seen from `since` up to `until`."""
    of_time = (col(ItemRow.first_seen_at) >= since, col(ItemRow.first_seen_at) < until)
    unread = and_(col(ItemRow.analyse_due), col(ItemRow.matched).is_(False))

    def number(*conditions: Any) -> int:
        return int(tx.exec(select(func.count()).select_from(ItemRow).where(*of_time, *conditions)).one())

    done = Tally(number(), number(ItemRow.matched))
    done.unread = number(unread)
    done.not_matched = number(col(ItemRow.matched).is_(False), col(ItemRow.analyse_due).is_(False))
    ids = list(tx.exec(select(ItemRow.id).where(*of_time, ItemRow.matched)))
    for item_id, (name, reason) in _classed(tx, [number or 0 for number in ids]):
        if not name:
            done.unexplained.append(item_id)
            continue
        done.classes[name] += 1
        if name == SUPPRESSED:
            done.reasons[reason] += 1
    late = select(MatchRow.item_id).join(ItemRow, col(ItemRow.id) == MatchRow.item_id)
    late = late.where(MatchRow.matched_at >= since, MatchRow.matched_at < until, ItemRow.first_seen_at < since)
    earlier = exists().where(col(_EARLIER.c.item_id) == MatchRow.item_id, _EARLIER.c.matched_at < since)
    for _, (name, _) in _classed(tx, sorted(set(tx.exec(late.where(~earlier))))):
        done.late[name or SUPPRESSED] += 1
    return done


def _classed(tx: Session, item_ids: Sequence[int]) -> Iterator[tuple[int, tuple[str, str]]]:
    """Yield each item with its class and, of a suppressed one, why; "" where nothing was decided that should be."""
    for chunk in chunks(item_ids):
        baseline = set(tx.exec(select(ItemRow.id).where(col(ItemRow.id).in_(chunk), ItemRow.baseline)))
        found: dict[int, Counter[tuple[str, str]]] = {item_id: Counter() for item_id in chunk}
        for item_id, named in [*_by_alerts(tx, chunk), *_by_digests(tx, chunk), *_by_verdicts(tx, chunk)]:
            found[item_id][named] += 1
        undecided = [item_id for item_id in chunk if not found[item_id]]
        followed, topics = _followed(tx, undecided), _with_topics(tx, undecided)
        for item_id in chunk:
            yield item_id, _best(found[item_id]) or _undecided(item_id, baseline, followed, topics)


def _best(found: Counter[tuple[str, str]]) -> tuple[str, str] | None:
    """Return the best of an item's classes; of several reasons to suppress it the most frequent."""
    if not found:
        return None
    return min(found, key=lambda one: (CLASSES.index(one[0]), -found[one], one[1]))


def _undecided(item_id: int, baseline: set[int | None], followed: set[int], topics: set[int]) -> tuple[str, str]:
    if item_id in baseline:
        return SUPPRESSED, BASELINE
    if item_id not in topics:
        return SUPPRESSED, UNKNOWN_TOPIC
    return ("", "") if item_id in followed else (SUPPRESSED, NOBODY)


def _by_alerts(tx: Session, item_ids: Sequence[int]) -> Iterator[tuple[int, tuple[str, str]]]:
    """Yield what became of the alerts that told of these items first."""
    of_items = select(ItemRow.story_id).where(col(ItemRow.id).in_(item_ids))
    merged = select(StoryRow.id).where(col(StoryRow.merged_into).in_(of_items))
    query = (
        select(AlertRow.item_id, OutboxRow.state)
        .join(ItemRow, col(ItemRow.id) == AlertRow.item_id)
        .join(OutboxRow, col(OutboxRow.alert_id) == AlertRow.id)
        .where(col(AlertRow.item_id).in_(item_ids), OutboxRow.kind == OutboxKind.ALERT.value)
        # The index on alerts is by story; who was told of both of two stories that proved one keeps both alerts.
        .where(or_(col(AlertRow.story_id).in_(of_items), col(AlertRow.story_id).in_(merged)))
        .distinct()
    )
    for item_id, state in tx.execute(query):
        yield item_id, _named(state)


def _by_digests(tx: Session, item_ids: Sequence[int]) -> Iterator[tuple[int, tuple[str, str]]]:
    """Yield what became of the digests in which these items stood."""
    query = (
        select(VerdictRow.item_id, OutboxRow.state)
        .join(
            OutboxRow,
            and_(
                col(OutboxRow.subscriber_id) == VerdictRow.subscriber_id,
                col(OutboxRow.digest_id) == VerdictRow.digest_id,
            ),
        )
        .where(col(VerdictRow.item_id).in_(item_ids), col(VerdictRow.digest_id).is_not(None))
        .distinct()
    )
    for item_id, state in tx.execute(query):
        yield item_id, _named(state)


def _named(state: str) -> tuple[str, str]:
    """Return the class of a message's state. One that was replaced before it went out had its story told already."""
    if state == OutboxState.SENT.value:
        return SENT, ""
    if state in _OPEN:
        return HELD, ""
    if state in _LOST:
        return FAILED, ""
    return (SUPPRESSED, STOPPED) if state == OutboxState.DROPPED.value else (MERGED, "")


def _by_verdicts(tx: Session, item_ids: Sequence[int]) -> Iterator[tuple[int, tuple[str, str]]]:
    """Yield what was decided about these items, where no message says more."""
    taken = col(VerdictRow.digest_id).is_not(None)
    query = (
        select(VerdictRow.item_id, VerdictRow.verdict, VerdictRow.waits, taken)
        .where(col(VerdictRow.item_id).in_(item_ids))
        .distinct()
    )
    for item_id, verdict, waits, in_digest in tx.execute(query):
        if waits:
            yield item_id, (HELD, "")
        elif verdict in _JOINING:
            yield item_id, (MERGED, "")
        elif verdict in _WAITING and not in_digest:
            yield item_id, (SUPPRESSED, LET_GO)
        elif verdict not in _TELLING and verdict not in _WAITING:
            yield item_id, (SUPPRESSED, verdict)


def _with_topics(tx: Session, item_ids: Sequence[int]) -> set[int]:
    """Return those of the items whose match is still known (a forgotten person's topic takes its matches with it)."""
    return set(tx.exec(select(MatchRow.item_id).where(col(MatchRow.item_id).in_(item_ids))))


def _followed(tx: Session, item_ids: Sequence[int]) -> set[int]:
    """Return the items for whose topics there was somebody to decide for when they matched: a subscriber since before,
    who neither stopped nor came back since."""
    returned = exists().where(
        col(AuditRow.subject) == literal("subscriber ") + cast(SubscriberRow.id, Text),
        col(AuditRow.action).in_(["came back", "stopped"]),
        col(AuditRow.happened_at) >= col(MatchRow.matched_at),
    )
    query = (
        select(MatchRow.item_id)
        .join(SubscriptionRow, col(SubscriptionRow.topic_id) == MatchRow.topic_id)
        .join(SubscriberRow, col(SubscriberRow.id) == SubscriptionRow.subscriber_id)
        .where(
            col(MatchRow.item_id).in_(item_ids),
            SubscriptionRow.since_at < MatchRow.matched_at,
            SubscriberRow.state != SubscriberState.STOPPED.value,
            ~returned,
        )
        .distinct()
    )
    return set(tx.exec(query))

"""What a subscriber says of an alert: about its topic or not, no more of this story, no more of this source.

Every function runs inside the caller's transaction; a mute leaves its audit row there. A vote is its own record.
"""

from __future__ import annotations

from datetime import datetime

from storage import audit, matches, mutes, votes
from storage.engine import Session
from storage.mutes import Muted
from storage.tables import AlertRow, ItemRow


def vote(tx: Session, alert: AlertRow, relevant: bool, now: datetime) -> bool | None:
    """Write the vote of an alert's subscriber on its match, with the rule's version; return the vote before, if any.

    Raises LookupError where the item is gone.
    """
    if tx.get(ItemRow, alert.item_id) is None:
        raise LookupError(alert.item_id)
    before = votes.of_subscriber(tx, alert.item_id, alert.topic_id, alert.subscriber_id)
    match = matches.of_items(tx, [alert.item_id]).get(alert.item_id, {}).get(alert.topic_id)
    votes.record(
        tx, item_id=alert.item_id, topic_id=alert.topic_id, rule_id=match.rule_id if match else None,
        subscriber_id=alert.subscriber_id, relevant=relevant, now=now,
    )  # fmt: skip
    return before


def set_muted(
    tx: Session, subscriber_id: int, kind: Muted, target_id: int, muted: bool, now: datetime,
    until: datetime | None = None,
) -> bool:  # fmt: skip
    """Mute something for a subscriber, or end that; say whether it changed anything."""
    if muted:
        changed = mutes.mute(tx, subscriber_id, kind, target_id, now, until)
    else:
        changed = mutes.unmute(tx, subscriber_id, kind, target_id)
    if changed:
        audit.record(
            tx, who=f"subscriber {subscriber_id}", action="muted" if muted else "unmuted",
            subject=f"{kind.value} {target_id}", after={"until": until.isoformat()} if until else {}, now=now,
        )  # fmt: skip
    return changed

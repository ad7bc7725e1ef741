"""What a subscriber changes. Every function runs inside the caller's transaction and leaves its audit row there.

The audit names subscribers by their local number and a private topic by its row, never by its words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from storage import audit, digests, outbox, rulebook, slots, subscribers
from storage.engine import Session
from storage.rulebook import Topic
from storage.tables import How, SubscriberRow, SubscriberState

# "Until resumed": later than any clock, earlier than the last date that every zone can still show.
UNTIL_RESUMED = datetime(9000, 1, 1, tzinfo=UTC)
DEFAULT_MINUTE = 9 * 60
TELEGRAM = "telegram"


def join(
    tx: Session, chat_id: int, *, thread_id: int, kind: str, language: str, zone: str, now: datetime
) -> SubscriberRow:
    """Return the subscriber of this chat: new, or back from having stopped or refused us, with the choices of then."""
    known = subscribers.find(tx, chat_id, thread_id)
    if known is None:
        row = subscribers.find_or_add(
            tx, chat_id, kind=kind, language=language, zone=zone, now=now, thread_id=thread_id
        )
        _record(tx, row, "joined", {}, {"kind": kind, "language": language, "zone": zone}, now)
        return row
    if known.state != SubscriberState.ACTIVE.value:
        before = {"state": known.state}
        subscribers.revive(tx, known)
        _restart_hours(tx, known, now)
        _record(tx, known, "came back", before, {"state": known.state}, now)
    return known


def subscribe(tx: Session, person: SubscriberRow, topic: Topic, now: datetime, how: How | None = None) -> bool:
    """Subscribe to a topic; say whether that is new. Without `how`, it comes as the person's other topics do."""
    mine = subscribers.subscriptions(tx, number(person))
    known = next((s for s in mine if s.topic_id == topic.topic_id), None)
    if known is not None and (how is None or known.how == how.value):
        return False
    before = {} if known is None else {"how": known.how}
    wish = how or _usual_how([s.how for s in mine], has_hours=bool(digests.hours(tx, number(person))))
    new = subscribers.subscribe(tx, number(person), topic.topic_id, wish, now)
    _record(tx, person, "subscribed" if new else "changed how", before, {"how": wish.value}, now, topic)
    return new


def unsubscribe(tx: Session, person: SubscriberRow, topic: Topic, now: datetime) -> bool:
    """End a subscription; say whether there was one."""
    ended = subscribers.unsubscribe(tx, number(person), topic.topic_id)
    if ended:
        _record(tx, person, "unsubscribed", {}, {}, now, topic)
    return ended


def set_how(tx: Session, person: SubscriberRow, topic_ids: Iterable[int], how: How, now: datetime) -> int:
    """Let these topics come at once, by digest or both; return how many of them changed."""
    wanted = set(topic_ids)
    changed = [s for s in subscribers.subscriptions(tx, number(person)) if s.topic_id in wanted and s.how != how.value]
    for subscription in changed:
        subscription.how = how.value
    if changed:
        _record(tx, person, "changed how", {}, {"how": how.value, "topics": len(changed)}, now)
    return len(changed)


def how_of(tx: Session, person: SubscriberRow, topic_id: int) -> str:
    """Return how a topic comes to this person, "at once" for one not followed."""
    mine = subscribers.subscriptions(tx, number(person))
    return next((s.how for s in mine if s.topic_id == topic_id), How.AT_ONCE.value)


def set_zone(tx: Session, person: SubscriberRow, zone: str, now: datetime) -> None:
    """Let this person's clock be that of `zone` (a known IANA name) and set the digests' next times by it."""
    if person.zone == zone:
        return
    _record(tx, person, "set zone", {"zone": person.zone}, {"zone": zone}, now)
    person.zone = zone
    tx.add(person)
    digests.replan(tx, number(person), zone_of(zone), now)


def pause(tx: Session, person: SubscriberRow, length: timedelta | None, now: datetime) -> datetime:
    """Send this person nothing of the news for `length` (None: until resumed); return when that ends."""
    until = UNTIL_RESUMED if length is None else now + length
    _record(tx, person, "paused", {}, {"until": until.isoformat()}, now)
    person.paused_until = until
    tx.add(person)
    return until


def resume(tx: Session, person: SubscriberRow, now: datetime) -> bool:
    """End a pause; say whether there was one."""
    paused = person.paused_until is not None and person.paused_until > now
    if paused:
        _record(tx, person, "resumed", {}, {}, now)
    person.paused_until = None
    tx.add(person)
    return paused


def stop(tx: Session, person: SubscriberRow, now: datetime) -> bool:
    """End all messages to this person; say whether they were on. Topics, hours and zone are kept for a return.

    What waited to be sent or to enter a digest is let go: who comes back in a month wants today's news.
    """
    if person.state == SubscriberState.STOPPED.value:
        return False
    before = {"state": person.state}
    person.state, person.state_note, person.paused_until = SubscriberState.STOPPED.value, "by their own wish", None
    tx.add(person)
    dropped = outbox.drop_for(tx, number(person), now, "the subscriber stopped")
    let_go = digests.take_waiting(tx, number(person), None)
    _record(tx, person, "stopped", before, {"state": person.state, "messages": dropped, "waiting": let_go}, now)
    return True


def forget(tx: Session, person: SubscriberRow, now: datetime) -> None:
    """Delete this person with all that knows them; only the audit keeps the local number."""
    _record(tx, person, "forgotten", {}, {}, now)
    subscribers.forget(tx, person)


def leave(tx: Session, chat_id: int, note: str, now: datetime) -> int:
    """Suspend a chat that blocked or removed us (nothing is deleted); return how many subscribers that were."""
    count = subscribers.suspend(tx, chat_id, note)
    if count:
        audit.record(tx, who=TELEGRAM, action="suspended", subject=_numbers(tx, chat_id), after={"note": note}, now=now)
    return count


def let_back(tx: Session, chat_id: int, now: datetime) -> int:
    """Take back a chat that had blocked or removed us; return how many subscribers that were."""
    count = subscribers.revive_chat(tx, chat_id)
    if count:
        audit.record(tx, who=TELEGRAM, action="revived", subject=_numbers(tx, chat_id), now=now)
    return count


def move(tx: Session, old_chat_id: int, new_chat_id: int, now: datetime) -> None:
    """Follow a group that became a supergroup. Safe to call twice."""
    moved = _numbers(tx, old_chat_id)
    subscribers.migrate_chat(tx, old_chat_id, new_chat_id)
    if moved:
        audit.record(tx, who=TELEGRAM, action="moved", subject=moved, now=now)


def topics_for(tx: Session, subscriber_id: int) -> list[Topic]:
    """Return the topics that a subscriber may choose from: the house's, then their own."""
    own = rulebook.topics(tx, subscriber_id) if subscriber_id else []
    return [*rulebook.topics(tx), *own]


def zone_of(name: str) -> ZoneInfo:
    """Return the zone of this name, UTC where the system does not know it (any more)."""
    return slots.zone_of(name)


def number(person: SubscriberRow) -> int:
    """Return the local number of a stored subscriber."""
    return person.id or 0


def _usual_how(hows: list[str], *, has_hours: bool) -> How:
    """Return how a further topic should come: as the others do where they agree, else by all the ways there are."""
    if len(set(hows)) == 1:
        return How(hows[0])
    return How.BOTH if has_hours else How.AT_ONCE


def _restart_hours(tx: Session, person: SubscriberRow, now: datetime) -> None:
    """Set the next digests from now on: hours that passed in the meantime are not made up for."""
    digests.replan(tx, number(person), zone_of(person.zone), now)


def _numbers(tx: Session, chat_id: int) -> str:
    return ", ".join(f"subscriber {n}" for n in subscribers.numbers_of(tx, chat_id))


def _record(
    tx: Session,
    person: SubscriberRow,
    action: str,
    before: Mapping[str, object],
    after: Mapping[str, object],
    now: datetime,
    topic: Topic | None = None,
) -> None:
    who = f"subscriber {person.id}"
    subject = who
    if topic is not None:
        subject = f"topic {topic.topic_id}" if topic.owner_id else f"topic {topic.slug}"
    audit.record(tx, who=who, action=action, subject=subject, before=before, after=after, now=now)

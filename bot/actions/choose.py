"""What a subscriber chooses beyond topics: language, hours, quiet, and what comes with them. Each in the caller's
transaction, with its audit row."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from bot.actions.subscribe import number, set_how, zone_of
from storage import audit, digests, subscribers
from storage.engine import Session
from storage.tables import How, ScheduleRow, SubscriberRow


class Choice(StrEnum):
    """A choice of yes or no; the values are the columns of `SubscriberRow`."""

    SILENT = "silent"
    ESCALATE = "escalate"
    NOTHING_NOTE = "nothing_note"
    CHART = "chart"
    WEEKLY = "weekly"


def set_language(tx: Session, person: SubscriberRow, language: str, now: datetime) -> None:
    """Speak to this person in that language from now on."""
    before, chosen = person.language, person.language_chosen
    person.language, person.language_chosen = language, True
    tx.add(person)
    if before != language or not chosen:
        _record(tx, person, "set language", {"language": before}, {"language": language}, now)


def set_choice(tx: Session, person: SubscriberRow, choice: Choice, on: bool, now: datetime) -> None:
    """Take a choice of yes or no."""
    before = bool(getattr(person, choice.value))
    setattr(person, choice.value, on)
    tx.add(person)
    if before != on:
        _record(tx, person, f"chose {choice.value}", {"on": before}, {"on": on}, now)


def set_quiet(tx: Session, person: SubscriberRow, span: tuple[int, int] | None, now: datetime) -> None:
    """Let nothing ring from the one minute of the person's day to the other (None: no quiet hours)."""
    before = (person.quiet_from, person.quiet_to)
    person.quiet_from, person.quiet_to = span if span is not None else (None, None)
    tx.add(person)
    after = (person.quiet_from, person.quiet_to)
    if before != after:
        _record(tx, person, "set quiet hours", {"minutes": list(before)}, {"minutes": list(after)}, now)


def set_urgent(tx: Session, person: SubscriberRow, topic_id: int, urgent: bool, now: datetime) -> bool:
    """Let a followed topic break through quiet hours, or not; say whether it is followed."""
    mine = subscribers.subscriptions(tx, number(person))
    followed = next((one for one in mine if one.topic_id == topic_id), None)
    if followed is None:
        return False
    if followed.urgent != urgent:
        followed.urgent = urgent
        tx.add(followed)
        _record(tx, person, "set urgent", {}, {"urgent": urgent, "topic": topic_id}, now)
    return True


def set_slots(
    tx: Session, person: SubscriberRow, wanted: Iterable[tuple[int, int]], now: datetime
) -> list[ScheduleRow]:
    """Let digests come at these (minute of the local day, weekdays) and return their slots.

    The first hour makes topics that came at once come in the digest too; the last hour taken away makes every topic
    come at once again, so that nothing waits for an hour that does not exist.
    """
    had = [(row.minute, row.weekdays) for row in digests.hours(tx, number(person))]
    planned = digests.set_slots(tx, number(person), wanted, zone_of(person.zone), now)
    if bool(had) != bool(planned):
        old, new = (How.AT_ONCE, How.BOTH) if planned else (None, How.AT_ONCE)
        mine = subscribers.subscriptions(tx, number(person))
        set_how(tx, person, [s.topic_id for s in mine if old is None or s.how == old.value], new, now)
    after = [(row.minute, row.weekdays) for row in planned]
    if had != after:
        _record(tx, person, "set digest hours", {"slots": _plain(had)}, {"slots": _plain(after)}, now)
    return planned


def _plain(slots: Iterable[tuple[int, int]]) -> list[list[int]]:
    return [list(slot) for slot in slots]


def _record(
    tx: Session, person: SubscriberRow, action: str, before: dict[str, object], after: dict[str, object], now: datetime
) -> None:
    who = f"subscriber {person.id}"
    audit.record(tx, who=who, action=action, subject=who, before=before, after=after, now=now)

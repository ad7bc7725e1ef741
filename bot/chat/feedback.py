"""What a press on an alert's button does: a vote, a mute and its end, the details.

A button carries the alert's number and a letter. That is believed only where the alert was sent to the very chat of the
press; so an old button acts on what it says, and a forged one on nothing but the forger's own alerts. In a group every
member may vote and look, only admins mute: a vote changes nothing by itself, a mute is for all. A member's vote counts
as the chat's: we keep no members.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import MappingProxyType

from bot.actions import react
from bot.chat import evidence
from bot.chat.visit import Answer, Reply, Right, Visit
from bot.delivery import wording
from bot.delivery.text import clean, cut
from bot.pipeline import cards
from storage import alerts, digests, mutes, outbox, stories
from storage.engine import Session
from storage.mutes import Muted
from storage.stories import Member
from storage.tables import AlertRow, ItemRow, SourceRow, SubscriberRow

NAME = 60
_PRESS = re.compile(r"a:(\d{1,15}):([ynsSoOm])", re.ASCII)
_MUTES = MappingProxyType(
    {"s": (Muted.STORY, True), "S": (Muted.STORY, False), "o": (Muted.SOURCE, True), "O": (Muted.SOURCE, False)}
)


@dataclass(frozen=True, slots=True)
class Pressed:
    """An alert whose button was pressed, its subscriber, and its story and the story's items as they stand today."""

    alert: AlertRow
    person: SubscriberRow
    story_id: int
    members: list[Member]


def concerns(carried: str) -> bool:
    """Say whether a button stands under an alert."""
    return carried.startswith("a:")


def press(tx: Session, visit: Visit) -> Answer:
    """Do what a button under an alert asks for; the toast says what was done."""
    found = _PRESS.fullmatch(visit.ask.press)
    pressed = _find(tx, visit, int(found[1])) if found else None
    if found is None or pressed is None:
        return Answer(toast=wording.say("toast stale", visit.ask.language), about="press stale")
    letter = found[2]
    if letter in "yn":
        return _vote(tx, visit, pressed, relevant=letter == "y")
    if letter == "m":
        return _more(tx, pressed)
    return _mute(tx, visit, pressed, *_MUTES[letter])


def _find(tx: Session, visit: Visit, alert_id: int) -> Pressed | None:
    alert = tx.get(AlertRow, alert_id)
    person = tx.get(SubscriberRow, alert.subscriber_id) if alert else None
    if alert is None or person is None or person.chat_id != visit.ask.chat_id:
        return None
    story_id = alerts.lead(tx, alert.story_id)
    return Pressed(alert, person, story_id, stories.members(tx, story_id))


def _vote(tx: Session, visit: Visit, pressed: Pressed, *, relevant: bool) -> Answer:
    person, said = pressed.person, "relevant" if relevant else "not relevant"
    try:
        before = react.vote(tx, pressed.alert, relevant, visit.now)
    except LookupError:
        return _answered(person, "toast gone", "press stale")
    if before is relevant:
        return _answered(person, "toast same", f"voted {said}")
    key = f"toast {said}" if before is None else f"toast changed {said}"
    return _answered(person, key, f"voted {said}", topic=_topic(tx, pressed))


def _mute(tx: Session, visit: Visit, pressed: Pressed, kind: Muted, muted: bool) -> Answer:
    person = pressed.person
    if visit.right is not Right.YES:
        return _answered(person, "toast admins" if visit.right is Right.NO else "toast unsure", "press refused")
    source = _source(tx, pressed)
    if kind is Muted.SOURCE and source is None:
        return _answered(person, "toast gone", "press stale")
    target = pressed.story_id if kind is Muted.STORY else (source.id if source else 0) or 0
    react.set_muted(tx, person.id or 0, kind, target, muted, visit.now)
    _show_buttons(tx, visit, pressed, source)
    done = "muted" if muted else "unmuted"
    name = cut(clean(source.name), NAME) if source else ""
    return _answered(person, f"toast {kind.value} {done}", f"{kind.value} {done}", source=name)


def _show_buttons(tx: Session, visit: Visit, pressed: Pressed, source: SourceRow | None) -> None:
    """Let the message offer the opposite from now on: an edit like every other, inside Telegram's limits."""
    alert, person = pressed.alert, pressed.person
    number, now = person.id or 0, visit.now
    words = cards.told_words(tx, alert.item_id, alert.topic_id)
    card = cards.card(pressed.members, words, _topic(tx, pressed), person.language)
    if card is None:
        return
    alert.revision += 1
    tx.add(alert)
    tx.flush()
    outbox.put_edit(
        tx,
        alert_id=alert.id or 0,
        text=cards.message(card, person.zone, person.language),
        now=now,
        revision=alert.revision,
        buttons=cards.buttons(
            alert.id or 0,
            person.language,
            story_muted=mutes.is_muted(tx, number, Muted.STORY, pressed.story_id, now),
            source_muted=source is not None and mutes.is_muted(tx, number, Muted.SOURCE, source.id or 0, now),
        ),
    )


def _more(tx: Session, pressed: Pressed) -> Answer:
    person = pressed.person
    said = evidence.account(tx, pressed.alert, pressed.members, person)
    if said is None:
        return _answered(person, "toast gone", "press stale")
    toast = wording.say("toast more", person.language)
    return Answer((Reply(said),), toast=toast, about="more told", subscriber_id=person.id)


def _source(tx: Session, pressed: Pressed) -> SourceRow | None:
    item = tx.get(ItemRow, pressed.alert.item_id)
    return tx.get(SourceRow, item.source_id) if item else None


def _topic(tx: Session, pressed: Pressed) -> str:
    topic = digests.topics_by_id(tx, [pressed.alert.topic_id]).get(pressed.alert.topic_id)
    return topic.title(pressed.person.language) if topic else ""


def _answered(person: SubscriberRow, key: str, about: str, **values: str) -> Answer:
    toast = wording.say(key, person.language, **{name: cut(clean(v), NAME) for name, v in values.items()})
    return Answer(toast=toast, about=about, subscriber_id=person.id)

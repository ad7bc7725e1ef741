"""The verdicts about one item, for all who listen: equal situations are decided once, by `rules.alerts`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from rules.alerts import How, Situation, Verdict, decide, has_spread
from storage.items import Unread
from storage.listeners import Desk, Listener, Told
from storage.slots import zone_of
from storage.tables import SubscriberState

WAITING = frozenset({Verdict.HOLD, Verdict.DIGEST, Verdict.FLOOD})
_HOW = MappingProxyType({"at once": How.AT_ONCE, "digest": How.DIGEST, "both": How.BOTH})


class Decision(NamedTuple):
    """A verdict for one subscriber, and the wish under which it was made. `told` is the alert they had before;
    `let_go`: what waited of the story waits no longer."""

    listener: Listener
    verdict: Verdict
    waits: bool
    told: Told | None = None
    let_go: bool = False


class Judge:
    """Decides about one item; a situation that several subscribers share is decided once."""

    def __init__(self, item: Unread, desk: Desk, sources: int, flood_limit: int, now: datetime) -> None:
        self._item = item
        self._desk = desk
        self._sources = sources
        self._flood_limit = flood_limit
        self._now = now
        self._clocks: dict[str, time] = {}
        self._decided: dict[tuple[object, ...], tuple[Verdict, bool]] = {}

    def decide_all(self, listening: Mapping[int, list[Listener]]) -> list[Decision]:
        """Return a decision for each subscriber, in the order given."""
        desk, made = self._desk, []
        told_by, digested, waiting_for, queues, muted_by = (
            desk.told, desk.digested, desk.waiting, desk.queues, desk.muted,
        )  # fmt: skip
        limit, decided = self._flood_limit, self._decided
        for who, wishes in listening.items():
            listener, topic_muted = wishes[0], False
            if len(wishes) > 1 or desk.muted_topics:
                listener, topic_muted = self._wish(wishes)
            told, waiting = told_by.get(who), waiting_for.get(who)
            queue = queues.get(listener.chat_id, 0) if limit else 0
            key = (
                # State, pause, zone, quiet hours; how and urgent.
                listener[5], listener[6], listener[7], listener[9], listener[10], listener[13], listener[14],
                topic_muted or who in muted_by, told is not None and self._about(listener, told),
                who in digested, tuple(waiting) if waiting else None, bool(limit) and queue >= limit,
            )  # fmt: skip
            found = decided.get(key)
            if found is None:
                found = decided[key] = self._decide(listener, told, waiting, key[7], key[9], queue)
            verdict, waits = found
            if verdict is Verdict.SEND:
                queues[listener.chat_id] = queue + 1
            made.append(Decision(listener, verdict, waits, told, bool(waiting) and verdict is Verdict.SEND))
        return made

    def _wish(self, wishes: list[Listener]) -> tuple[Listener, bool]:
        """Return the most immediate wish, which decides where one story falls under several topics of a subscriber, and
        whether all of them are muted."""
        muted = self._desk.muted_topics
        heard = [wish for wish in wishes if (wish.subscriber_id, wish.topic_id) not in muted]
        return min(heard or wishes, key=_immediacy), not heard

    def _about(self, listener: Listener, told: Told) -> tuple[bool, bool]:
        """Return whether it was this item that a subscriber was told of, and whether the story should ring again.

        A message on its way would be overtaken by the one that rings anew."""
        spread = bool(listener.escalate and told.message_id) and has_spread(self._sources, told.rung_sources)
        return told.item_id == self._item.item_id, spread

    def _decide(
        self, listener: Listener, told: Told | None, waiting: set[str] | None, muted: bool, digested: bool, queue: int
    ) -> tuple[Verdict, bool]:
        told_item, spread = self._about(listener, told) if told is not None else (False, False)
        held = bool(waiting) and Verdict.HOLD.value in (waiting or ())
        verdict = decide(
            Situation(
                how=_HOW[listener.how],
                paused=bool(listener.paused),
                suspended=listener.state == SubscriberState.SUSPENDED.value,
                muted=muted,
                baseline=self._item.baseline,
                told_item=told_item,
                told_story=told is not None or digested,
                spread=spread,
                held=held,
                put_down=bool(waiting) and waiting != {Verdict.HOLD.value},
                urgent=bool(listener.urgent),
                queue_length=queue,
                flood_limit=self._flood_limit,
                quiet=quiet_hours(listener.quiet_from, listener.quiet_to),
                local_time=self._clock(listener.zone),
            )
        )
        # What a pause keeps back stands in the first digest after it, for those who get one.
        repeated = verdict is Verdict.PAUSED and listener.how != "at once"
        repeated = repeated or (listener.how == "both" and verdict in (Verdict.SEND, Verdict.EDIT, Verdict.RING))
        return verdict, verdict in WAITING or repeated

    def _clock(self, zone: str) -> time:
        if zone not in self._clocks:
            self._clocks[zone] = self._now.astimezone(zone_of(zone)).time()
        return self._clocks[zone]


def _immediacy(wish: Listener) -> tuple[bool, bool, int]:
    return (wish.how == "digest", not wish.urgent, wish.topic_id)


@cache
def quiet_hours(quiet_from: int | None, quiet_to: int | None) -> tuple[time, time] | None:
    """Return quiet hours as times of the day, None for none; from and to are minutes of the day."""
    if quiet_from is None or quiet_to is None:
        return None
    start, end = quiet_from % 1440, quiet_to % 1440
    return time(start // 60, start % 60), time(end // 60, end % 60)

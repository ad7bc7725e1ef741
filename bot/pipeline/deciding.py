"""The verdicts about one item, for all who listen: equal situations are decided once, by `rules.alerts`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, time
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from rules.alerts import How, Situation, Verdict, decide, has_spread
from storage.items import Unread
from storage.listeners import Desk, Told, Wish
from storage.slots import zone_of
from storage.tables import SubscriberState

WAITING = frozenset({Verdict.HOLD, Verdict.DIGEST, Verdict.FLOOD})
_HOW = MappingProxyType({"at once": How.AT_ONCE, "digest": How.DIGEST, "both": How.BOTH})


class Decision(NamedTuple):
    """A verdict for one subscriber, and the wish under which it was made. `told` is the alert they had before;
    `let_go`: what waited of the story waits no longer."""

    wish: Wish
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

    def decide_all(self, wishes: Sequence[Wish]) -> list[Decision]:
        """Return a decision for each subscriber who has wishes here, however many topics they come under."""
        desk, item_id, made = self._desk, self._item.item_id, []
        told_by, waiting_for, queues = desk.told, desk.waiting, desk.queues
        # For all others their wishes alone decide.
        known = desk.muted.union(told_by, waiting_for, desk.digested, (who for who, _ in desk.muted_topics))
        for wish in self._one_each(wishes):
            who, chat_id = wish[:2]
            told, waiting, queue = None, None, queues.get(chat_id, 0)
            key: tuple[object, ...] = wish[2:]
            if queue or who in known:
                told, waiting = told_by.get(who), waiting_for.get(who)
                spreads = told is not None and wish.escalate and told.message_id and told.rung_sources
                muted = who in desk.muted or (who, wish.topic_id) in desk.muted_topics
                about = told is not None and told.item_id == item_id
                key = (
                    wish[2:], muted, told is not None, about, spreads, who in desk.digested,
                    tuple(waiting) if waiting else None, queue >= self._flood_limit,
                )  # fmt: skip
            found = self._decided.get(key)
            if found is None:
                found = self._decided[key] = self._decide(wish, told, waiting, queue)
            verdict, waits = found
            if verdict is Verdict.SEND:
                queues[chat_id] = queue + 1
            made.append(Decision(wish, verdict, waits, told, waiting is not None and verdict is Verdict.SEND))
        return made

    def _one_each(self, wishes: Sequence[Wish]) -> Iterable[Wish]:
        """Return the one wish of each subscriber that decides: the most immediate one under a topic not muted, since
        one story may fall under several of their topics."""
        by_subscriber: dict[int, Wish] = {}
        for wish in wishes:
            other = by_subscriber.setdefault(wish.subscriber_id, wish)
            if other is not wish and self._immediacy(wish) < self._immediacy(other):
                by_subscriber[wish.subscriber_id] = wish
        return by_subscriber.values()

    def _immediacy(self, wish: Wish) -> tuple[bool, bool, bool, int]:
        muted = (wish.subscriber_id, wish.topic_id) in self._desk.muted_topics
        return (muted, wish.how == "digest", not wish.urgent, wish.topic_id)

    def _spread(self, wish: Wish, told: Told | None) -> bool:
        """Say whether a story told rings again. A message on its way would be overtaken by one that rings anew."""
        return (
            told is not None
            and bool(wish.escalate and told.message_id)
            and has_spread(self._sources, told.rung_sources)
        )

    def _decide(self, wish: Wish, told: Told | None, waiting: set[str] | None, queue: int) -> tuple[Verdict, bool]:
        desk, who = self._desk, wish.subscriber_id
        held = bool(waiting) and Verdict.HOLD.value in (waiting or ())
        verdict = decide(
            Situation(
                how=_HOW[wish.how],
                paused=bool(wish.paused),
                suspended=wish.state == SubscriberState.SUSPENDED.value,
                muted=who in desk.muted or (who, wish.topic_id) in desk.muted_topics,
                baseline=self._item.baseline,
                told_item=told is not None and told.item_id == self._item.item_id,
                told_story=told is not None or who in desk.digested,
                spread=self._spread(wish, told),
                held=held,
                put_down=bool(waiting) and waiting != {Verdict.HOLD.value},
                urgent=bool(wish.urgent),
                queue_length=queue,
                flood_limit=self._flood_limit,
                quiet=quiet_hours(wish.quiet_from, wish.quiet_to),
                local_time=self._clock(wish.zone),
            )
        )
        # What a pause keeps back stands in the first digest after it, for those who get one.
        repeated = verdict is Verdict.PAUSED and wish.how != "at once"
        repeated = repeated or (wish.how == "both" and verdict in (Verdict.SEND, Verdict.EDIT, Verdict.RING))
        return verdict, verdict in WAITING or repeated

    def _clock(self, zone: str) -> time:
        if zone not in self._clocks:
            self._clocks[zone] = self._now.astimezone(zone_of(zone)).time()
        return self._clocks[zone]


@cache
def quiet_hours(quiet_from: int | None, quiet_to: int | None) -> tuple[time, time] | None:
    """Return quiet hours as times of the day, None for none; from and to are minutes of the day."""
    if quiet_from is None or quiet_to is None:
        return None
    start, end = quiet_from % 1440, quiet_to % 1440
    return time(start // 60, start % 60), time(end // 60, end % 60)

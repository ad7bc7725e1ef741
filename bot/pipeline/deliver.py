"""From the outbox to the chats: at least once, and a copy only where an answer was lost or we were killed.

A row is marked SENDING in a commit before its request and settled in a commit right after the answer. One request is
under way for each chat at most, so a chat's order is kept and a slow one delays nobody (docs/adr/0005).
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from bot.database import Database
from bot.delivery.kept import KeptAnswers
from bot.delivery.limits import MINUTE_S, Limits
from bot.delivery.model import BadToken, Lost, NotSent, Outcome, RetryAt, Sender, Sent
from bot.delivery.reach import Reach
from bot.pipeline import outcomes
from bot.pipeline.outcomes import EVERYONE, Attempt
from storage import deliveries, outbox, subscribers
from storage.deliveries import Growth, Recovered
from storage.engine import DatabaseFault, Session

log = structlog.get_logger()

FLOOD_CHATS = 3
FLOOD_WITHIN_S = 5.0

OnGrowth = Callable[[Session, Growth, datetime], None]


@dataclass(frozen=True, slots=True)
class Throttled:
    """An answer "too many": when it came, for which chat, and for how long."""

    at_s: float
    chat_id: int
    seconds: float


class Deliverer:
    """Sends what is due. `tick` starts what may start now and never waits for an answer; `stop` lets answers come in.

    `now` is the wall clock (rows are due by it), `clock` seconds that never go back (limits count by it).
    `on_growth` is called, in the settling transaction, with growth of a story that no edit can show any more.
    `only_chat` leaves the messages of all other chats waiting (a terminal speaks to itself alone).
    """

    def __init__(
        self,
        db: Database,
        sender: Sender,
        limits: Limits,
        *,
        now: Callable[[], datetime],
        clock: Callable[[], float] = time.monotonic,
        parallel: int = 16,
        on_growth: OnGrowth | None = None,
        only_chat: int | None = None,
    ) -> None:
        self._db = db
        self._sender = sender
        self._limits = limits
        self._now = now
        self._clock = clock
        self._parallel = parallel
        self._on_growth = on_growth
        self._only_chat = only_chat
        self._reach = Reach()
        self._under_way: dict[int, Attempt] = {}
        self._kept = KeptAnswers.beside(db.engine)
        self._stuck: set[int] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._probe: asyncio.Task[None] | None = None
        self._woken: asyncio.Task[None] | None = None
        self._throttled: deque[Throttled] = deque(maxlen=50)
        self._starting = True
        self._ticking = False
        self._stopping = False
        self.counts: Counter[str] = Counter()
        self.last_progress_at = now()
        self.down_since: datetime | None = None

    @property
    def under_way(self) -> int:
        """Return how many requests are out."""
        return len(self._under_way)

    @property
    def down_reason(self) -> str:
        """Return why nothing is sent at present, "" where all is well."""
        return self._reach.reason

    async def tick(self) -> int:
        """Start sending what may be sent now and return how many messages that is."""
        if self._ticking or self._stopping:
            return 0
        self._ticking = True
        try:
            if self._starting:
                await self._recover()
            return await self._launch()
        finally:
            self._ticking = False

    def wake(self) -> None:
        """Look at once whether something may be sent, as after an answer to a person was put down."""
        if self._woken is None or self._woken.done():
            self._woken = asyncio.create_task(self._tick_soon())

    async def _tick_soon(self) -> None:
        try:
            await self.tick()
        except DatabaseFault as error:
            log.warning("a wake-up could not be followed", reason=type(error).__name__)

    async def stop(self, within_s: float = 8.0) -> None:
        """Start nothing more and let what is out come back. What has not after `within_s` is left marked SENDING, so
        the next start sends it again."""
        self._stopping = True
        if self._probe is not None:
            self._probe.cancel()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=within_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
            log.info("sending stopped", unanswered=len(late))
        if self._kept is not None:
            self._kept.close()

    async def settled(self) -> None:
        """Wait until every answer that is out has come and is written down."""
        waiting = [*self._tasks, self._probe] if self._probe is not None else [*self._tasks]
        await asyncio.gather(*waiting, return_exceptions=True)

    async def _recover(self) -> None:
        now, now_s = self._now(), self._clock()
        since = now - timedelta(seconds=MINUTE_S)
        recent = await self._db.read(lambda tx: deliveries.recent_attempts(tx, since))
        keep = self._under_way.keys() | self._stuck
        answered = self._kept.read() if self._kept is not None else {}
        found: Recovered = await self._db.write(lambda tx: deliveries.recover_crashed(tx, now, answered, keep=keep))
        if self._kept is not None:
            self._kept.start_over()
        for chat_id, at in recent:
            self._limits.remember(chat_id, now_s - max(0.0, (now - at).total_seconds()))
        for chat_id in found.chats:
            self._limits.remember(chat_id, now_s)
        self._starting = False
        if found.known or found.again or found.given_up:
            log.warning("interrupted messages found", known=found.known, again=found.again, given_up=found.given_up)

    async def _launch(self) -> int:
        now, now_s = self._now(), self._clock()
        if self._reach.probe_due(now_s):
            self._probe = asyncio.create_task(self._ask())
        room = min(self._limits.free(now_s), self._reach.at_once(now_s, self._parallel) - len(self._under_way))
        if room <= 0:
            return 0
        skip = self._limits.resting(now_s) | {tried.message.chat_id for tried in self._under_way.values()}
        served = self._limits.served()

        def pick(tx: Session) -> list[int]:
            held = subscribers.chat_holds(tx, now)
            if EVERYONE in held and self._only_chat is None:
                return []
            return outbox.next_sendable(
                tx, now, room, skip_chats=skip | held.keys(), served=served, only_chat=self._only_chat
            )

        ids = await self._db.read(pick)
        if not ids:
            if not self._under_way:
                self.last_progress_at = now
            return 0
        self._starting = True  # until the commit is known: a row marked but not launched is found again
        tried = await self._db.write(lambda tx: [outcomes.attempt(row) for row in outbox.mark_sending(tx, ids, now)])
        if self._stopping:
            return 0  # marked, never sent: the next start takes them up
        self._starting = False
        for one in tried:
            self._under_way[one.message.outbox_id] = one
            self._limits.launched(one.message.chat_id)
            task = asyncio.create_task(self._carry(one))
            self._tasks.add(task)
            task.add_done_callback(self._ended)
        return len(tried)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.counts["error"] += 1
            log.error("an answer could not be settled", exc_info=error)

    async def _carry(self, tried: Attempt) -> None:
        message, began_s = tried.message, self._clock()
        try:
            try:
                outcome = await (self._sender.edit(message) if tried.is_edit else self._sender.send(message))
            finally:
                self._limits.ended(message.chat_id, self._clock())
            if self._kept is not None and isinstance(outcome, Sent):
                self._kept.keep(message.outbox_id, outcome.message_id)
            await self._settle(outcome, self._note(outcome, tried))
        except Exception:
            # Sending it again here might never end; the next start does. Its chat goes on meanwhile.
            self._stuck.add(message.outbox_id)
            raise
        finally:
            self._under_way.pop(message.outbox_id, None)
        log.info(
            "message sent" if isinstance(outcome, Sent) else "message not sent",
            outbox=message.outbox_id,
            kind=tried.kind,
            outcome=outcomes.name(outcome),
            reason=getattr(outcome, "reason", ""),
            attempts=tried.attempts,
            seconds=round(self._clock() - began_s, 3),
        )

    async def _settle(self, outcome: Outcome, tried: Attempt) -> None:
        now = self._now()

        def settle(tx: Session) -> None:
            growth = outcomes.settle(tx, outcome, tried, now)
            if growth is not None and self._on_growth is not None:
                self._on_growth(tx, growth, now)

        # What Telegram has taken must be written down, however long another writer or a full disk takes.
        await self._db.write(settle, patience_s=math.inf)
        if self._kept is not None:
            self._kept.committed(tried.message.outbox_id)

    def _note(self, outcome: Outcome, tried: Attempt) -> Attempt:
        """Draw the conclusions that concern all messages; return the attempt with what concerns it."""
        now_s = self._clock()
        self.counts[outcomes.name(outcome)] += 1
        if isinstance(outcome, Lost | NotSent | BadToken):
            self._failed(outcome, now_s)
            return tried
        self._answered(sent=True)
        if isinstance(outcome, Sent):
            self.last_progress_at = self._now()
        if not isinstance(outcome, RetryAt):
            return tried
        self._throttled.append(Throttled(now_s, tried.message.chat_id, outcome.seconds))
        recent = [one for one in self._throttled if one.at_s > now_s - FLOOD_WITHIN_S]
        if len({one.chat_id for one in recent}) < FLOOD_CHATS:
            return tried
        log.warning("Telegram throttles us as a whole", seconds=min(one.seconds for one in recent))
        return replace(tried, everyone_s=min(one.seconds for one in recent))

    def _failed(self, outcome: Lost | NotSent | BadToken, now_s: float) -> None:
        token = isinstance(outcome, BadToken)
        if token and self.down_since is None:
            self.down_since = self._now()
            log.error("Telegram refuses our token: nothing is sent", reason=outcome.reason)
        self._reach.failed(now_s, outcome.reason, lost=isinstance(outcome, Lost), token=token)

    def _answered(self, *, sent: bool) -> None:
        if self.down_since is not None:
            seconds = (self._now() - self.down_since).total_seconds()
            log.info("Telegram answers again", seconds=round(seconds, 1))
        self.down_since = None
        self._reach.answered(sent=sent)

    async def _ask(self) -> None:
        outcome = await self._sender.probe()
        if isinstance(outcome, Sent):
            self._answered(sent=False)
            return
        reason = getattr(outcome, "reason", "") or outcomes.name(outcome)
        if self.down_since is None:
            self.down_since = self._now()
            log.warning("Telegram can't be reached: messages wait", reason=reason)
        self._reach.probe_failed(self._clock(), reason, token=isinstance(outcome, BadToken))

"""Politeness: no host is asked more than a little at once, and one that said "later" is left alone until then."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import TracebackType
from typing import Final, Self

LONGEST_HOLD: Final = timedelta(days=1)
_SHORTEST_WAIT_S: Final = 0.005
_HOSTS_BEFORE_SWEEP: Final = 256
_MOST_HOLDS: Final = 10_000


@dataclass(frozen=True, slots=True)
class HostHold:
    """A host (as `addresses.host_key` names it) that asked us to stay away until `held_until_at`."""

    host: str
    held_until_at: datetime


class HostHeld(Exception):
    """It is not this host's turn: it asked us (429) to stay away for another `remaining`."""

    def __init__(self, host: str, remaining: timedelta) -> None:
        super().__init__(f"{host} asked us to stay away for another {round(remaining.total_seconds())} s")
        self.host = host
        self.remaining = remaining


@dataclass(slots=True)
class _Host:
    """What is going on at one host. `users` counts who runs or waits: nobody drops a host that is in use."""

    slots: asyncio.Semaphore
    gate: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: int = 0
    next_start: float = 0.0


class Turn:
    """One request's turn, as `async with`. `waited_s` is how long it waited for it, in seconds."""

    __slots__ = ("_host", "_place", "_turns", "waited_s")

    def __init__(self, turns: HostTurns, host: str) -> None:
        self._turns = turns
        self._host = host
        self._place: _Host | None = None
        self.waited_s = 0.0

    async def __aenter__(self) -> Self:
        self._place, self.waited_s = await self._turns.take(self._host)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._place is not None:
            self._turns.give_back(self._place)


class HostTurns:
    """Gives requests their turn: per host so many at once and so far apart, and so many in all.

    `monotonic` (seconds) measures the gaps and `now` (aware UTC) the holds, which outlive the process: read them with
    `holds` and hand them to the next one as `held`. Memory stays in step with the hosts in use, not with those seen.
    """

    def __init__(
        self,
        *,
        delay_s: float,
        per_host: int,
        in_all: int,
        now: Callable[[], datetime],
        monotonic: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        held: Iterable[HostHold] = (),
    ) -> None:
        self._delay_s = max(0.0, delay_s)
        self._per_host = max(1, per_host)
        self._all = asyncio.Semaphore(max(1, in_all))
        self._now = now
        self._monotonic = monotonic
        self._sleep = sleep
        self._hosts: dict[str, _Host] = {}
        self._held: dict[str, datetime] = {hold.host: hold.held_until_at for hold in held}
        self._sweep_at = _HOSTS_BEFORE_SWEEP
        self.waiting = 0

    def held_until(self, host: str) -> datetime | None:
        """Return until when a host asked us to stay away, or None where it didn't (or the time is over)."""
        until_at = self._held.get(host)
        if until_at is not None and until_at <= self._now():
            del self._held[host]
            return None
        return until_at

    def holds(self) -> tuple[HostHold, ...]:
        """Return every hold still running, the earliest end first."""
        now = self._now()
        running = (HostHold(host, until_at) for host, until_at in self._held.items() if until_at > now)
        return tuple(sorted(running, key=lambda hold: (hold.held_until_at, hold.host)))

    def hold(self, host: str, wait: timedelta) -> None:
        """Leave a host alone for `wait`, at most a day; a longer hold that is already running stays."""
        until_at = self._now() + min(wait, LONGEST_HOLD)
        self._held[host] = max(until_at, self._held.get(host, until_at))
        if len(self._held) > _MOST_HOLDS:
            latest = self.holds()[-_MOST_HOLDS // 2 :]
            self._held = {hold.host: hold.held_until_at for hold in latest}

    def turn(self, host: str) -> Turn:
        """Return a request's turn at a host: entering waits for it, and its place is kept until the block ends.

        Entering raises HostHeld, at once or after waiting, where the host asked us to stay away.
        """
        return Turn(self, host)

    async def take(self, host: str) -> tuple[_Host, float]:
        """Wait for a turn at a host; return the place to give back, and the seconds waited. For `Turn` alone."""
        self._refuse_held(host)
        place = self._place(host)
        asked = self._monotonic()
        place.users += 1
        try:
            await self._wait(place, host)
        except BaseException:
            place.users -= 1
            raise
        waited_s = self._monotonic() - asked
        return place, waited_s if waited_s >= _SHORTEST_WAIT_S else 0.0

    def give_back(self, place: _Host) -> None:
        """Let others have a place that `take` returned."""
        self._all.release()
        place.slots.release()
        place.users -= 1

    async def _wait(self, place: _Host, host: str) -> None:
        self.waiting += 1
        try:
            await place.slots.acquire()
        finally:
            self.waiting -= 1
        try:
            await self._start(place)
        except BaseException:
            place.slots.release()
            raise
        try:
            self._refuse_held(host)
        except HostHeld:
            self._all.release()
            place.slots.release()
            raise

    async def _start(self, place: _Host) -> None:
        """Take one of all the places, not before the host's next start is due; the caller gives the place back.

        The gate is held meanwhile, so that requests that waited together don't start together.
        """
        async with place.gate:
            gap = place.next_start - self._monotonic()
            if gap > 0:
                self.waiting += 1
                try:
                    await self._sleep(gap)
                finally:
                    self.waiting -= 1
            await self._all.acquire()
            place.next_start = self._monotonic() + self._delay_s

    def _refuse_held(self, host: str) -> None:
        until_at = self.held_until(host) if self._held else None
        if until_at is not None:
            raise HostHeld(host, until_at - self._now())

    def _place(self, host: str) -> _Host:
        place = self._hosts.get(host)
        if place is None:
            if len(self._hosts) >= self._sweep_at:
                self._sweep()
            place = self._hosts[host] = _Host(asyncio.Semaphore(self._per_host))
        return place

    def _sweep(self) -> None:
        """Forget the hosts that nobody uses and whose gap is over."""
        now = self._monotonic()
        self._hosts = {name: host for name, host in self._hosts.items() if host.users or host.next_start > now}
        self._sweep_at = max(_HOSTS_BEFORE_SWEEP, 2 * len(self._hosts))

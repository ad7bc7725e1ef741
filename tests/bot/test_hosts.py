"""Politeness per host, with a clock that stands still until somebody sleeps."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from bot.feeds.hosts import LONGEST_HOLD, HostHeld, HostHold, HostTurns

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@dataclass
class Clock:
    """Time that passes only when somebody sleeps, or is told to."""

    seconds: float = 0.0
    slept: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.seconds)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)
        self.seconds += seconds


def turns_of(
    clock: Clock,
    *,
    delay_s: float = 0.0,
    per_host: int = 2,
    in_all: int = 10,
    held: tuple[HostHold, ...] = (),
) -> HostTurns:
    return HostTurns(
        delay_s=delay_s,
        per_host=per_host,
        in_all=in_all,
        now=clock.now,
        monotonic=clock.monotonic,
        sleep=clock.sleep,
        held=held,
    )


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_requests_to_one_host_start_the_delay_apart() -> None:
    clock = Clock()
    turns = turns_of(clock, delay_s=2.0, per_host=5)
    starts: list[float] = []
    waits: list[float] = []

    async def ask() -> None:
        async with turns.turn("a:80") as turn:
            starts.append(clock.seconds)
            waits.append(turn.waited_s)

    await asyncio.gather(*(ask() for _ in range(4)))
    assert starts == [0.0, 2.0, 4.0, 6.0]
    assert waits == [0.0, 2.0, 4.0, 6.0]


async def test_other_hosts_do_not_wait() -> None:
    clock = Clock()
    turns = turns_of(clock, delay_s=60.0)
    for number in range(50):
        async with turns.turn(f"h{number}:80") as turn:
            assert turn.waited_s == 0.0
    assert clock.slept == []


async def test_one_host_is_asked_only_so_much_at_once() -> None:
    turns = turns_of(Clock(), per_host=2)
    done = asyncio.Event()
    busy: list[int] = []
    running = 0

    async def ask() -> None:
        nonlocal running
        async with turns.turn("a:80"):
            running += 1
            busy.append(running)
            await done.wait()
            running -= 1

    tasks = [asyncio.create_task(ask()) for _ in range(6)]
    await settle()
    assert running == 2
    assert turns.waiting == 4
    done.set()
    await asyncio.gather(*tasks)
    assert max(busy) == 2
    assert turns.waiting == 0


async def test_all_hosts_together_are_bounded() -> None:
    turns = turns_of(Clock(), in_all=3)
    done = asyncio.Event()
    running: set[int] = set()

    async def ask(number: int) -> None:
        async with turns.turn(f"h{number}:80"):
            running.add(number)
            await done.wait()

    tasks = [asyncio.create_task(ask(number)) for number in range(8)]
    await settle()
    assert len(running) == 3
    done.set()
    await asyncio.gather(*tasks)
    assert len(running) == 8


async def test_who_gives_up_waiting_leaves_no_place_taken() -> None:
    turns = turns_of(Clock(), per_host=1, in_all=1)
    done = asyncio.Event()

    async def ask() -> str:
        async with turns.turn("a:80"):
            await done.wait()
            return "asked"

    first = asyncio.create_task(ask())
    await settle()
    impatient = [asyncio.create_task(ask()) for _ in range(5)]
    await settle()
    for task in impatient:
        task.cancel()
    await asyncio.gather(*impatient, return_exceptions=True)
    last = asyncio.create_task(ask())
    done.set()
    assert (await first, await last) == ("asked", "asked")
    assert turns.waiting == 0


async def test_a_held_host_is_left_alone_until_its_time_is_over() -> None:
    clock = Clock()
    turns = turns_of(clock)
    turns.hold("a:80", timedelta(minutes=10))
    with pytest.raises(HostHeld) as held:
        async with turns.turn("a:80"):
            pytest.fail("it was asked")
    assert held.value.remaining == timedelta(minutes=10)
    async with turns.turn("a:8080"):
        pass
    clock.seconds = 601
    async with turns.turn("a:80"):
        pass
    assert turns.held_until("a:80") is None


async def test_who_was_waiting_when_the_hold_came_is_turned_away() -> None:
    turns = turns_of(Clock(), per_host=1)
    done = asyncio.Event()

    async def first() -> None:
        async with turns.turn("a:80"):
            await done.wait()
            turns.hold("a:80", timedelta(minutes=1))

    async def second() -> None:
        async with turns.turn("a:80"):
            pytest.fail("it was asked")

    tasks = [asyncio.create_task(first()), asyncio.create_task(second())]
    await settle()
    done.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(results[1], HostHeld)


async def test_a_hold_survives_a_restart_and_lasts_a_day_at_most() -> None:
    clock = Clock()
    turns = turns_of(clock)
    turns.hold("a:80", timedelta(days=400))
    turns.hold("b:80", timedelta(minutes=5))
    turns.hold("b:80", timedelta(minutes=1))
    kept = turns.holds()
    assert kept == (HostHold("b:80", NOON + timedelta(minutes=5)), HostHold("a:80", NOON + LONGEST_HOLD))
    again = turns_of(clock, held=kept)
    assert again.held_until("a:80") == NOON + LONGEST_HOLD
    assert again.holds() == kept


async def test_hosts_seen_once_are_forgotten() -> None:
    clock = Clock()
    turns = turns_of(clock, delay_s=1.0)
    for number in range(5000):
        async with turns.turn(f"h{number}:80"):
            clock.seconds += 1.0
    assert len(turns._hosts) < 600


async def test_holds_are_bounded_and_the_longest_are_kept() -> None:
    turns = turns_of(Clock())
    for number in range(10_001):
        turns.hold(f"h{number}:80", timedelta(seconds=number + 1))
    assert len(turns.holds()) <= 10_000
    assert turns.held_until("h10000:80") is not None

"""Our own limiter, judged by a stand-in that counts arrivals by its own clock."""

from __future__ import annotations

import random
from collections import defaultdict, deque

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.delivery.limits import Limits

ADA, GROUP = 7, -7


def arrivals(
    limits: Limits, chats: list[int], *, seconds: float, rng: random.Random, slowest_s: float = 0.4
) -> list[tuple[float, int]]:
    """Send as much as the limits allow for so long; return when each request arrived, somewhere on its way."""
    came: list[tuple[float, int]] = []
    out: list[tuple[float, int]] = []
    now_s = 0.0
    while now_s < seconds:
        for ended_s, chat in sorted(one for one in out if one[0] <= now_s):
            out.remove((ended_s, chat))
            limits.ended(chat, ended_s)
        free = limits.free(now_s)
        for chat in chats:
            if free > 0 and limits.ready(chat, now_s):
                limits.launched(chat)
                free -= 1
                took_s = rng.uniform(0.001, slowest_s)
                came.append((now_s + rng.uniform(0, took_s), chat))
                out.append((now_s + took_s, chat))
        now_s += 0.01
    return sorted(came)


def most_in(stamps: list[float], window_s: float) -> int:
    """Return the largest number of arrivals in any window."""
    most, window = 0, deque[float]()
    for stamp in stamps:
        window.append(stamp)
        while window[0] <= stamp - window_s:
            window.popleft()
        most = max(most, len(window))
    return most


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 80))
def test_whatever_the_network_does_the_other_side_never_counts_too_many(seed: int, people: int) -> None:
    chats = [*range(1, people + 1), GROUP]
    came = arrivals(Limits(), chats, seconds=8, rng=random.Random(seed))
    by_chat: dict[int, list[float]] = defaultdict(list)
    for at_s, chat in came:
        by_chat[chat].append(at_s)
    assert most_in([at_s for at_s, _ in came], 1.0) <= 30
    assert all(most_in(stamps, 1.0) == 1 for stamps in by_chat.values())


def test_a_group_gets_twenty_a_minute_and_no_more() -> None:
    came = arrivals(Limits(), [GROUP], seconds=180, rng=random.Random(1))
    assert most_in([at_s for at_s, _ in came], 60.0) == 20
    assert len(came) >= 58


def test_a_person_gets_nearly_one_a_second() -> None:
    came = arrivals(Limits(), [ADA], seconds=60, rng=random.Random(1), slowest_s=0.1)
    assert len(came) >= 50


def test_in_all_nearly_thirty_a_second_go_out() -> None:
    came = arrivals(Limits(), list(range(1, 200)), seconds=20, rng=random.Random(1), slowest_s=0.1)
    assert len(came) / 20 >= 25


def test_a_chat_whose_message_is_under_way_rests() -> None:
    limits = Limits()
    limits.launched(ADA)
    assert not limits.ready(ADA, 100.0)
    assert limits.resting(100.0) == {ADA}
    limits.ended(ADA, 100.0)
    assert not limits.ready(ADA, 100.9)
    assert limits.ready(ADA, 101.1)


def test_a_hundred_thousand_chats_are_forgotten_once_they_rested() -> None:
    limits = Limits()
    for chat in range(100_000):
        limits.launched(chat)
        limits.ended(chat, 1.0)
    assert len(limits.resting(1.5)) == 100_000
    assert limits.resting(3.0) == frozenset()
    assert limits.served() == {}


def test_what_a_former_process_sent_still_counts() -> None:
    limits = Limits()
    for second in range(20):
        limits.remember(GROUP, 100.0 + second)
    assert not limits.ready(GROUP, 130.0)
    assert limits.ready(GROUP, 160.1)


def test_a_terminal_knows_no_limits() -> None:
    limits = Limits.none()
    for _ in range(50):
        assert limits.free(0.0) > 50
        assert limits.ready(ADA, 0.0)
        limits.launched(ADA)
        limits.ended(ADA, 0.0)
    assert limits.resting(0.0) == frozenset()

"""Spikes: found where a topic is louder than its own hours and weekdays, and not where it is merely lively."""

from __future__ import annotations

import math
import random
from datetime import UTC, datetime, timedelta

import pytest

from rules.spikes import WINDOW_HOURS, loudness, poisson_tail

END = datetime(2026, 11, 24, 12, tzinfo=UTC)
WEEKS_6 = 42 * 24


def usual(at: datetime, a_day: float) -> float:
    """Stories an hour: the night is quiet, the weekend half as lively."""
    day = 0.2 + 1.6 * max(0.0, math.sin((at.hour - 4) / 24 * 2 * math.pi))
    return a_day / 24 * day * (0.5 if at.weekday() >= 5 else 1.0)


def draw(mean: float, rng: random.Random) -> int:
    limit, count, product = math.exp(-mean), 0, rng.random()
    while product > limit:
        count, product = count + 1, product * rng.random()
    return count


def past(a_day: float, rng: random.Random, hours: int = WEEKS_6, end: datetime = END) -> list[int]:
    return [draw(usual(end - timedelta(hours=hours - n), a_day), rng) for n in range(hours)]


@pytest.mark.parametrize("a_day", [0.5, 5.0, 40.0, 300.0])
def test_an_ordinary_month_of_any_topic_gives_no_spike(a_day: float) -> None:
    rng = random.Random(5)
    counts = past(a_day, rng, WEEKS_6 + 30 * 24)
    alarms = 0
    for hour in range(WEEKS_6, len(counts)):
        end = END - timedelta(hours=len(counts) - hour)
        found = loudness(counts[hour - WEEKS_6 : hour], end, hour)
        alarms += found is not None and found.loud
    assert alarms == 0


@pytest.mark.parametrize(("a_day", "extra"), [(0.5, 8), (5.0, 12), (40.0, 40), (300.0, 150)])
def test_a_burst_is_a_spike_and_says_what_was_usual(a_day: float, extra: int) -> None:
    counts = past(a_day, random.Random(6))
    counts[-2] += extra
    found = loudness(counts, END, WEEKS_6)
    assert found is not None
    assert found.loud
    assert not found.calm
    assert found.stories == sum(counts[-WINDOW_HOURS:])
    assert found.expected == pytest.approx(sum(usual(END - timedelta(hours=n), a_day) for n in (1, 2, 3)), rel=1, abs=1)


def test_a_former_spike_does_not_hide_the_next() -> None:
    counts = past(5.0, random.Random(7))
    for day in (7, 9, 14):
        counts[-2 - day * 24] += 60
    counts[-2] += 15
    found = loudness(counts, END, WEEKS_6)
    assert found is not None
    assert found.loud


def test_what_is_usual_at_noon_is_a_spike_at_night() -> None:
    rng = random.Random(8)
    noon, night = END, END.replace(hour=2)
    lively = past(60.0, rng, end=noon)
    lively[-3:] = [4, 4, 4]
    quiet = past(60.0, rng, end=night)
    quiet[-3:] = [4, 4, 4]
    at_noon, at_night = loudness(lively, noon, WEEKS_6), loudness(quiet, night, WEEKS_6)
    assert at_noon is not None and not at_noon.loud  # noqa: PT018
    assert at_night is not None and at_night.loud  # noqa: PT018


def test_a_few_stories_are_no_spike_however_quiet_the_topic() -> None:
    counts = [0] * WEEKS_6
    counts[-1] = 5
    found = loudness(counts, END, WEEKS_6)
    assert found is not None
    assert not found.loud


@pytest.mark.parametrize("days", [0, 1, 13])
def test_with_less_than_two_weeks_nothing_is_said(days: int) -> None:
    counts = [0] * WEEKS_6
    counts[-1] = 100
    assert loudness(counts, END, days * 24) is None
    assert loudness(counts[-days * 24 :] if days else [], END, WEEKS_6) is None


def test_two_weeks_are_enough() -> None:
    counts = past(5.0, random.Random(9), 15 * 24)
    counts[-1] += 20
    found = loudness(counts, END, 15 * 24)
    assert found is not None
    assert found.loud


@pytest.mark.parametrize(
    ("count", "expected", "chance"), [(0, 2.0, 1.0), (1, 1.0, 0.632121), (5, 1.0, 0.003660), (20, 5.0, 3.452e-07)]
)
def test_the_tail_is_that_of_the_tables(count: int, expected: float, chance: float) -> None:
    assert poisson_tail(count, expected) == pytest.approx(chance, rel=1e-3)


def test_the_tail_of_great_numbers_is_small_and_no_error() -> None:
    assert poisson_tail(3_000, 1_000) < 1e-9
    assert poisson_tail(900, 1_000) == 1.0
    assert 0 <= poisson_tail(800, 650) < 1e-6
    assert poisson_tail(3, 0) == 0.0

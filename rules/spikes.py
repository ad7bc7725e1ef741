"""When a topic is in the news unusually much: its stories of the last hours against the same hours of the weeks before.

What is usual follows the hour and the weekday, in whole hours of UTC. One lively day in the past must not hide the next
(hence medians), and news come in bunches (hence a tail wider than that of a Poisson count).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import exp, log
from statistics import median

HOUR = timedelta(hours=1)
DAY_HOURS = 24
# So long a stretch is looked at: an hour is too short for slow feeds, a day too long to be news.
WINDOW_HOURS = 3
HISTORY_HOURS = 14 * DAY_HOURS
LOOK_BACK_HOURS = 42 * DAY_HOURS
STORIES_LEAST = 6
TIMES_USUAL = 2.5
# A topic is asked some eight independent times a day: one false alarm in about ten years of a topic.
CHANCE_AT_MOST = 3e-5
EXPECTED_LEAST = 0.3
# Same weekday first; with fewer than so many of these, the other working days (or the other day of the weekend) join.
SAMPLES_LEAST = 6
# A spike is over when a window is no longer twice as full as usual.
CALM_TIMES = 1.5


@dataclass(frozen=True, slots=True)
class Loudness:
    """A topic's stories in the window that ended last, and how many were to be expected. `loud`: that is a spike;
    `calm`: it is not even near one. `began_at` is the window's beginning."""

    stories: int
    expected: float
    loud: bool
    calm: bool
    began_at: datetime


def loudness(counts: Sequence[int], end_at: datetime, known_hours: int) -> Loudness | None:
    """Return how loud a topic is, None where less than 14 days of it are known.

    `counts` are its new stories hour by hour, the last hour ending at `end_at`; `known_hours` is for how long the topic
    has been watched.
    """
    known = min(known_hours, len(counts))
    if known < HISTORY_HOURS + WINDOW_HOURS:
        return None
    began_at = end_at - WINDOW_HOURS * HOUR
    now = sum(counts[-WINDOW_HOURS:])
    samples = _samples(counts[-known:], began_at)
    usual = max(float(median(samples)), _middle_mean(samples), EXPECTED_LEAST)
    spread = _dispersion(samples, usual)
    loud = (
        now >= STORIES_LEAST
        and now >= TIMES_USUAL * usual
        and poisson_tail(now / spread, usual / spread) <= CHANCE_AT_MOST
    )
    return Loudness(now, round(usual, 1), loud, now <= max(CALM_TIMES * usual, 1.0), began_at)


def poisson_tail(count: float, expected: float) -> float:
    """Return the chance of seeing at least `count` (rounded down) where `expected` are usual."""
    if expected <= 0:
        return 0.0 if count > 0 else 1.0
    below, term = 0.0, exp(-expected) if expected < 700 else 0.0
    whole = int(count)
    if term == 0.0:
        return _far_tail(whole, expected)
    for number in range(whole):
        below += term
        term *= expected / (number + 1)
    if below < 0.999_999:
        return max(0.0, 1.0 - below)
    # Summed from above: 1 - below would be all rounding.
    above = 0.0
    for number in range(whole, whole + 1_000):
        above += term
        term *= expected / (number + 1)
        if term < above * 1e-12:
            break
    return above


def _far_tail(count: int, expected: float) -> float:
    """Return Chernoff's bound, for expectations whose terms no float holds."""
    if count <= expected:
        return 1.0
    return exp(min(0.0, count - expected - count * log(count / expected)))


def _samples(counts: Sequence[int], began_at: datetime) -> list[int]:
    """Return what the same hours of former days held: those of the same weekday, an hour earlier and later too, then
    those of the same kind of day where these are too few."""
    same: list[int] = []
    kind: list[int] = []
    start = len(counts) - WINDOW_HOURS
    for days in range(1, LOOK_BACK_HOURS // DAY_HOURS + 1):
        at = start - days * DAY_HOURS
        if at < 0:
            break
        day = began_at - timedelta(days=days)
        held = [sum(counts[at + off : at + off + WINDOW_HOURS]) for off in (-1, 0, 1) if at + off >= 0]
        if day.weekday() == began_at.weekday():
            same += held
        elif (day.weekday() >= 5) == (began_at.weekday() >= 5):
            kind += held
    return same + kind if len(same) < SAMPLES_LEAST * 3 else same


def _middle_mean(samples: Sequence[int]) -> float:
    """Return the mean of the middle three fifths: a median of small counts is too often zero."""
    ordered = sorted(samples)
    cut = len(ordered) // 5
    middle = ordered[cut : len(ordered) - cut]
    return sum(middle) / len(middle)


def _dispersion(samples: Sequence[int], usual: float) -> float:
    """Return how much wider the counts scatter than a Poisson count would, at least 1; by the median deviation, which
    former spikes do not move. Half a story is taken off: whole numbers deviate by whole numbers, also where one is
    usual."""
    deviation = max(0.0, 1.4826 * float(median(abs(sample - usual) for sample in samples)) - 0.5)
    return max(1.0, deviation**2 / usual)

"""What stands first in a digest: score × breadth × novelty."""

from __future__ import annotations

from datetime import timedelta
from math import log2

HALF_NEW = timedelta(hours=24)
LEAST_NOVELTY = 0.25
# A language more says more than a source more: wire copies stay in theirs.
PER_LANGUAGE = 0.25
# Who was alerted at once knows of it; the digest repeats it below what is new.
TOLD = 0.5


def weight(points: int, sources: int, languages: int, age: timedelta, *, told: bool = False) -> float:
    """Return how far up a story belongs in a digest: larger is higher; a fresh story of one source without points is 1.

    `points` is the best match's score (0 where the rule has none), `age` how long ago its first item came; a day
    halves the novelty, down to a quarter. Points and sources count by their logarithm: the tenth says less than the
    second.
    """
    score = 1 + log2(1 + max(points, 0)) / 4
    breadth = log2(1 + max(sources, 1)) * (1 + PER_LANGUAGE * (max(languages, 1) - 1))
    novelty = max(LEAST_NOVELTY, float(0.5 ** (max(age, timedelta()) / HALF_NEW)))
    return score * breadth * novelty * (TOLD if told else 1.0)

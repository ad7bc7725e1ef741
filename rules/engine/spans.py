"""NEAR, THEN, AFTER and their NOT: which occurrences in one field stand how far from each other.

Distances are positions: from the last word of the one to the first word of the other; neighbours are 1 apart. Two
occurrences that share a word are never near each other. One inside a chained stretch, but between its words, is.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple, TypeVar

from rules.model import Reach
from rules.reading.query import NEGATED, Relation

# No news item has more places of one thing in a field; where one has, the first and the last are looked at.
MANY = 1_000
# Thirty occurrences can be paired in so many ways, so a chain of them sees all; of more, the nearest partners count.
_PAIRS = 1_000
_PARTNERS = 64
# Stretches that share a word with the one they would be near are passed over; so many at most.
_LOOKED_AT = 150

_T = TypeVar("_T")


class Sighting(NamedTuple):
    """A concept found in a field, from word `start` to word `end` (numbers of words, both included)."""

    start: int
    end: int
    concept: str
    form: str
    reach: Reach


class Span(NamedTuple):
    """A stretch of positions. `parts` are the sightings that it was made from, `shown` those that tell a person of it.

    The two differ for a concept that is an arrangement of others: it is shown as one, words between its parts are free.
    """

    first: int
    last: int
    parts: tuple[Sighting, ...]
    shown: tuple[Sighting, ...]


def share_a_word(one: Span, other: Span) -> bool:
    """Say whether two stretches are made from a common word of the field. Parts are in order."""
    left, right = iter(one.parts), iter(other.parts)
    a, b = next(left, None), next(right, None)
    while a is not None and b is not None:
        if a.end < b.start:
            a = next(left, None)
        elif b.end < a.start:
            b = next(right, None)
        else:
            return True
    return False


def relate(left: list[Span], right: list[Span], relation: Relation, limit: int) -> list[Span]:
    """Return the stretches for which the relation holds, in order. Both lists are sorted by `first`.

    However many there are, about `MANY` of each list and as many pairs are looked at.
    """
    if not left:
        return []
    left, right = first_and_last(left), first_and_last(right)
    search = _Neighbours(
        right,
        limit,
        after=relation not in (Relation.AFTER, Relation.NOT_AFTER),
        before=relation not in (Relation.THEN, Relation.NOT_THEN),
    )
    if relation in NEGATED.values():
        return [span for span in left if next(search.of(span), None) is None]
    partners = max(1, min(_PARTNERS, _PAIRS // len(left)))
    found: dict[tuple[int, int], Span] = {}
    for span in left:
        for partner in islice(search.of(span), partners):
            first, last = min(span.first, partner.first), max(span.last, partner.last)
            if (first, last) not in found:
                parts = tuple(sorted({*span.parts, *partner.parts}))
                found[first, last] = Span(first, last, parts, tuple(sorted({*span.shown, *partner.shown})))
    return sorted(found.values())


def first_and_last(found: list[_T]) -> list[_T]:
    """Return what was found, of more than `MANY` the first and the last."""
    return found if len(found) <= MANY else found[: MANY // 2] + found[-MANY // 2 :]


class _Neighbours:
    """Finds, for a stretch, those of `spans` that are within `limit`: after it first, then before it."""

    def __init__(self, spans: list[Span], limit: int, *, after: bool, before: bool) -> None:
        self.spans = spans
        self.limit = limit
        self.after = after
        self.before = before
        self.starts = [span.first for span in spans]
        self.longest = max((span.last - span.first for span in spans), default=0)

    def of(self, span: Span) -> Iterator[Span]:
        if self.after:
            yield from self._after(span)
        if self.before:
            yield from self._before(span)

    def _after(self, span: Span) -> Iterator[Span]:
        """Yield stretches that begin after the end, or (in either order) inside it without sharing a word."""
        begin = span.first if self.before else span.last + 1
        first = bisect_left(self.starts, begin)
        for other in self.spans[first : first + _LOOKED_AT]:
            if other.first > span.last + self.limit:
                return
            if other.first > span.last or not share_a_word(span, other):
                yield other

    def _before(self, span: Span) -> Iterator[Span]:
        """Yield stretches that end before the beginning, or (in either order) reach into it without sharing a word."""
        earliest = span.first - self.limit - self.longest
        beyond = bisect_left(self.starts, span.first)
        for other in reversed(self.spans[max(0, beyond - _LOOKED_AT) : beyond]):
            if other.first < earliest:
                return
            if other.last < span.first:
                if span.first - other.last <= self.limit:
                    yield other
            elif self.after and not share_a_word(span, other):
                yield other

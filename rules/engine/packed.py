"""Look-up tables by mark, as arrays: a directory that is written once, and a memo that grows up to a bound.

Python's own dictionaries would say the same, but take ten times the memory and one question at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from rules.engine.signs import Marks, Numbers, stretches

_LEAST_SHELVES = 16
_SEEN_MORE, _SEEN_BITS = 4, 22
_SMALLEST = 1 << 12
# Half full at most, so that a search ends after one or two places.
_LARGEST = 1 << 20
UNKNOWN = -1
_N = TypeVar("_N", bound=np.generic)


class Column(Generic[_N]):
    """Numbers that are added bit by bit, in one piece of memory: to join pieces would take twice the room."""

    def __init__(self, kind: type[_N]) -> None:
        self._kind = kind
        self._bytes = bytearray()

    def add(self, numbers: NDArray[Any] | Sequence[int]) -> None:
        """Add some numbers."""
        self._bytes += np.asarray(numbers, self._kind).tobytes()

    def all(self) -> NDArray[_N]:
        """Return all numbers; none can be added after that."""
        return np.frombuffer(self._bytes, self._kind)


class Directory:
    """Numbers by mark, several for one mark if need be. Entries stand on shelves by the first bits of their marks.

    Only those and the last 32 bits are kept, so that once in billions an entry answers for a mark like its own.
    """

    def __init__(self, marks: Marks, numbers: NDArray[np.int32]) -> None:
        bits = max(_LEAST_SHELVES, len(marks)).bit_length() - 1
        self._shift = np.uint64(64 - bits)
        order = np.argsort(marks).astype(np.int32)
        self._tails = marks.astype(np.uint32)[order]
        self._numbers = numbers[order]
        counts = np.bincount((marks >> self._shift).astype(np.int32), minlength=1 << bits)
        self._first = np.zeros(len(counts) + 1, np.uint32)
        np.cumsum(counts, out=self._first[1:])
        # Most marks that are asked for are not here; a table of single bytes says so of most of these at once.
        seen = min(_SEEN_BITS, bits + _SEEN_MORE)
        self._seen_shift = np.uint64(64 - seen)
        self._seen = np.zeros(1 << seen, np.bool_)
        self._seen[(marks >> self._seen_shift).view(np.int64)] = True

    def __len__(self) -> int:
        return len(self._numbers)

    def find(self, marks: Marks) -> tuple[Numbers, Numbers]:
        """Return pairs, as two arrays: place of a mark in `marks`, and a number entered under it or one like it."""
        asked = self._seen.take((marks >> self._seen_shift).view(np.int64)).nonzero()[0]
        shelves = (marks[asked] >> self._shift).view(np.int64)
        first = self._first[shelves].astype(np.int64)
        lengths = self._first[shelves + 1] - first
        entries = stretches(first, lengths)
        places = asked.repeat(lengths)
        right = self._tails[entries] == marks[places].astype(np.uint32)
        return places[right], self._numbers[entries[right]].astype(np.int64)


class Memo:
    """What each mark is remembered as: a number from 0, UNKNOWN if it is not."""

    def __init__(self) -> None:
        self._clear(_SMALLEST)

    def _clear(self, size: int) -> None:
        self._marks = np.zeros(size, np.uint64)
        self._numbers = np.full(size, UNKNOWN, np.int32)
        self._shift = np.uint64(64 - (size.bit_length() - 1))
        self._filled = 0

    def find(self, marks: Marks) -> NDArray[np.int32]:
        """Return what each mark is remembered as."""
        at = (marks >> self._shift).astype(np.int64)
        found = self._numbers[at]
        open_ = ((self._marks[at] != marks) & (found != UNKNOWN)).nonzero()[0]
        while len(open_):
            at[open_] = (at[open_] + 1) & (len(self._marks) - 1)
            seen = self._numbers[at[open_]]
            found[open_] = seen
            open_ = open_[(self._marks[at[open_]] != marks[open_]) & (seen != UNKNOWN)]
        return found

    @property
    def is_empty(self) -> bool:
        """Say whether nothing is remembered."""
        return self._filled == 0

    def has_room(self, more: int) -> bool:
        """Say whether so many more marks can be remembered without forgetting any."""
        return 2 * (self._filled + more) <= _LARGEST

    def remember(self, marks: Marks, numbers: NDArray[np.int32]) -> None:
        """Remember a number for each mark; the marks are different from each other and were not known before."""
        needed = 2 * (self._filled + len(marks))
        if needed > len(self._marks):
            known = self._numbers != UNKNOWN
            marks, numbers = np.append(self._marks[known], marks), np.append(self._numbers[known], numbers)
            self._clear(1 << needed.bit_length())
        self._filled += len(marks)
        at = (marks >> self._shift).astype(np.int64)
        left = np.arange(len(marks))
        while len(left):
            free = self._numbers[at[left]] == UNKNOWN
            claimed, places = left[free], at[left[free]]
            self._marks[places] = marks[claimed]
            self._numbers[places] = numbers[claimed]
            # Of several that claim one place the last has it; the others go on looking.
            left = left[self._marks[at[left]] != marks[left]]
            at[left] = (at[left] + 1) & (len(self._marks) - 1)

"""Cuts many fields at once into the words that `text.cut` would find, and gives each word a mark to look it up by.

All fields are laid end to end as an array of code points. Runs of letters are words; apostrophes between letters join
them. A stretch between spaces in which anything odd stands (accents, invisible signs, hashtags, addresses of pages,
HTML entities) is left to `text.cut_part`, so there is one description of what a word is.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rules.engine.signs import (
    APOSTROPHE,
    LETTER,
    LINE_END,
    ODD,
    SIGN,
    SPACE,
    Codes,
    Marks,
    Numbers,
    Rolling,
    encoded,
    kinds,
)
from rules.words.text import FIELD_LIMIT, Words, cut_part


@dataclass(frozen=True, eq=False)
class Intake:
    """Fields cut into words. Rows are words in order, after them the wholes that some words may be read as.

    `starts` and `ends` count code points of the laid-out fields; `owners` are numbers of fields, `firsts` the first row
    of each field; `wholes` are the first and last row of the words that a whole is made of.
    """

    fields: Sequence[str]
    text: str
    codes: Codes
    kinds: NDArray[np.uint8]
    starts: Numbers
    ends: Numbers
    marks: Marks
    owners: Numbers
    firsts: Numbers
    origins: Numbers
    wholes: list[tuple[int, int]]

    def raw(self, row: int) -> str:
        """Return a word as it is written."""
        return self.text[self.starts[row] : self.ends[row]]

    def numbers(self, rows: Numbers, owners: Numbers) -> Numbers:
        """Return the number of each word in its field; the wholes of a field are numbered after its last word."""
        words = int(self.firsts[-1])
        numbers = rows - self.firsts[owners]
        whole = np.flatnonzero(rows >= words)
        if len(whole):
            field = owners[whole]
            before = np.searchsorted(self.owners[words:], field)
            numbers[whole] = rows[whole] - words - before + self.firsts[field + 1] - self.firsts[field]
        return numbers

    def words(self, field: int) -> Words:
        """Return the words of one field, as `text.cut` would."""
        first, beyond = int(self.firsts[field]), int(self.firsts[field + 1])
        starts, ends = self._offsets
        wholes = [(one - first, last - first) for one, last in self.wholes if first <= one < beyond]
        after_signs = self._after_signs_of(first, beyond)
        return Words(self.fields[field], starts[first:beyond], ends[first:beyond], wholes, after_signs)

    @cached_property
    def _offsets(self) -> tuple[memoryview, memoryview]:
        """Return start and end of each word in its own field."""
        words = int(self.firsts[-1])
        origins = self.origins[self.owners[:words]]
        return (self.starts[:words] - origins).data, (self.ends[:words] - origins).data

    def _after_signs_of(self, first: int, beyond: int) -> Iterator[int]:
        """Yield the numbers of the words of a field before which a sign stands that may end a sentence."""
        rows = self._after_signs
        for row in rows[bisect_left(rows, first + 1) : bisect_left(rows, beyond)]:
            yield row - first

    @cached_property
    def _after_signs(self) -> list[int]:
        """Return the rows of the words before which a sign stands that may end a sentence, in order."""
        rows = np.searchsorted(self.starts[: self.firsts[-1]], (self.kinds >= SIGN).nonzero()[0])
        listed: list[int] = np.unique(rows).tolist()
        return listed


def take_in(fields: Sequence[str]) -> Intake:
    """Return the words of all fields."""
    read = [field[:FIELD_LIMIT] for field in fields]
    text = "\n".join(("", *read, ""))
    codes = encoded(text)
    kind = kinds().take(codes)
    in_word = kind == LETTER
    between = np.flatnonzero(kind == APOSTROPHE)
    joins = between[in_word[between - 1] & in_word[between + 1]]
    in_word[joins] = True
    odd = _odd_pieces(text, kind, in_word)
    edges = np.flatnonzero(in_word[1:] != in_word[:-1]) + 1
    starts, ends = edges[0::2], edges[1::2]
    wholes: list[tuple[int, int]] = []
    if odd:
        starts = np.concatenate([starts, np.array([start for start, _, _ in odd], np.int64)])
        ends = np.concatenate([ends, np.array([end for _, end, _ in odd], np.int64)])
        order = np.argsort(starts)
        starts, ends = starts[order], ends[order]
        heads = [(start, more) for start, _, more in odd if more]
        rows = np.searchsorted(starts, [start for start, _ in heads]).tolist()
        wholes = [(row, row + more) for row, (_, more) in zip(rows, heads, strict=True)]
    lengths = np.array([len(field) + 1 for field in read], np.int64)
    origins = np.cumsum(lengths) - lengths + 1
    firsts = np.searchsorted(starts, np.append(origins, len(text)))
    owners = np.repeat(np.arange(len(read)), np.diff(firsts))
    if wholes:
        one, last = np.array(wholes).T
        starts, ends = np.concatenate([starts, starts[one]]), np.concatenate([ends, ends[last]])
        owners = np.concatenate([owners, owners[one]])
    marks = Rolling(codes).of(starts, ends)
    return Intake(fields, text, codes, kind, starts, ends, marks, owners, firsts, origins, wholes)


def _odd_pieces(text: str, kind: NDArray[np.uint8], in_word: NDArray[np.bool_]) -> list[tuple[int, int, int]]:
    """Return start, end and how many more words make a whole, for stretches that need a closer look; blank them."""
    places = np.flatnonzero(kind == ODD)
    addresses = [*_found(text, "://"), *_found(text, "www.")]
    if addresses:
        places = np.concatenate([places, np.array(addresses, np.int64)])
    if not len(places):
        return []
    spaces = np.flatnonzero((kind == SPACE) | (kind == LINE_END))
    after = np.unique(np.searchsorted(spaces, places))
    pieces: list[tuple[int, int, int]] = []
    for left, right in zip((spaces[after - 1] + 1).tolist(), spaces[after].tolist(), strict=True):
        in_word[left:right] = False
        pieces += [(left + start, left + end, more) for start, end, more in cut_part(text[left:right])]
    return pieces


def _found(text: str, words: str) -> list[int]:
    places = []
    at = text.find(words)
    while at >= 0:
        places.append(at)
        at = text.find(words, at + 1)
    return places

"""Finds the forms that words may be typos of, many words at once, without comparing each word with each form.

A word and a form that are at most `budget` edits apart have a common spelling left when `budget` letters are struck out
of the first `_STEM` letters of each, suitably chosen; the first letter is never struck. So every form is entered under
all such remainders of its stem, and a word is asked for under all of its own. What comes back is compared letter by
letter. Forms with one stem are entered together. (The idea is known as symmetric deletion with a prefix.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA

from rules.engine.packed import Column, Directory
from rules.engine.signs import Codes, Marks, Numbers, encoded, letter_sets, numbered, powers, stretches
from rules.words.typos import LARGEST_BUDGET

# Eight letters tell stems well apart; each letter more makes the tables a third larger.
_STEM = 8
_AT_ONCE = 1 << 14
_PART = 8_000


@dataclass(frozen=True, eq=False)
class Spellings:
    """Folded words that lie end to end as code points; none is empty."""

    codes: Codes
    starts: Numbers
    lengths: Numbers

    @cached_property
    def letters(self) -> Marks:
        """Return the set of letters of each word as bits."""
        return letter_sets(self.codes, self.starts)

    def of(self, numbers: Numbers) -> list[str]:
        """Return some of the words."""
        lengths = self.lengths[numbers]
        ends = lengths.cumsum()
        text = self.codes[stretches(self.starts[numbers], lengths)].tobytes().decode("utf-32-le", "surrogatepass")
        return [text[start:end] for start, end in zip((ends - lengths).tolist(), ends.tolist(), strict=True)]


def spellings(words: Sequence[str]) -> Spellings:
    """Return words, none of them empty, as code points."""
    lengths = np.array([len(word) for word in words], np.int64)
    return Spellings(encoded("".join(words)), np.cumsum(lengths) - lengths, lengths)


class Gathered:
    """Forms that allow typos, each with its slot and how many edits (1 or 2) it allows, kept in little room.

    `letters` are the sets of letters of the forms as bits, `stems` the marks of their first letters.
    """

    def __init__(self) -> None:
        self._forms: list[str] = []
        self._texts: list[str] = []
        self.lengths = Column(np.int16)
        self.slots = Column(np.int32)
        self.budgets = Column(np.uint8)
        self.letters = Column(np.uint64)
        self.stems = Column(np.uint64)

    def add(self, forms: Sequence[str], slot: int, budgets: Sequence[int]) -> None:
        """Add forms of a slot; each may differ by so many edits."""
        self._forms += forms
        self.slots.add([slot] * len(forms))
        self.budgets.add(budgets)
        if len(self._forms) > _PART:
            self._close()

    def _close(self) -> None:
        spelt = spellings(self._forms)
        self._texts.append("".join(self._forms))
        self.lengths.add(spelt.lengths)
        self.letters.add(letter_sets(spelt.codes, spelt.starts))
        self.stems.add(_stems(spelt, np.arange(len(self._forms))) @ powers(_STEM))
        self._forms = []

    def text(self) -> str:
        """Return all forms, end to end; none can be added after that."""
        self._close()
        texts, self._texts = self._texts, []
        return "".join(texts)


class Neighbours:
    """Forms that allow typos, ready to be asked for."""

    def __init__(self, gathered: Gathered) -> None:
        self._text = gathered.text()
        marks = gathered.stems.all()
        # The forms with one stem are listed together: group g from _begins[g] to _begins[g + 1].
        self._listed = np.argsort(marks).astype(np.int32)
        marks = marks[self._listed]
        new = np.append(True, marks[1:] != marks[:-1])[: len(marks)]
        del marks
        self._begins = np.append(np.flatnonzero(new), len(new)).astype(np.int32)
        self._slots = gathered.slots.all()
        self._lengths = gathered.lengths.all()
        self._budgets = gathered.budgets.all()
        self._letters = gathered.letters.all()
        self._places = (np.cumsum(self._lengths, dtype=np.int64) - self._lengths).astype(np.int32)
        reach = self._lengths + self._budgets
        self._longest = int(reach.max(initial=0))
        self._shortest = int((self._lengths - self._budgets).min(initial=self._longest))
        self._directory = self._entered()

    def _entered(self) -> Directory:
        """Return the groups under the remainders of their stems, as many letters struck out as their forms allow."""
        marks, groups = [np.zeros(0, np.uint64)], [np.zeros(0, np.int32)]
        listed = self._budgets[self._listed]
        for budget in range(1, LARGEST_BUDGET + 1):
            entries = np.flatnonzero(listed == budget)
            some = np.unique(np.searchsorted(self._begins, entries, "right") - 1)
            stems = spellings(self._forms(self._listed[self._begins[some]]))
            remainders = _remainders(_stems(stems, np.arange(len(some))), _weights(budget))
            marks.append(remainders.ravel())
            groups.append(some.astype(np.int32).repeat(remainders.shape[1]))
        return Directory(np.concatenate(marks), np.concatenate(groups))

    def _forms(self, entries: NDArray[Any]) -> list[str]:
        starts = self._places[entries]
        text, ends = self._text, starts + self._lengths[entries]
        return [text[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]

    def find(self, words: Spellings) -> tuple[Numbers, Numbers]:
        """Return pairs, as two arrays: number of a word, and slot of a form within the form's budget of it."""
        asked = np.flatnonzero((words.lengths >= self._shortest) & (words.lengths <= self._longest))
        found = [self._find(words, asked[at : at + _AT_ONCE]) for at in range(0, len(asked), _AT_ONCE)]
        if not found:
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        return np.concatenate([pair[0] for pair in found]), np.concatenate([pair[1] for pair in found])

    def _find(self, words: Spellings, asked: Numbers) -> tuple[Numbers, Numbers]:
        remainders = _remainders(_stems(words, asked), _all_weights())
        place, group = self._directory.find(remainders.ravel())
        if not len(place):
            return place, group
        # One group is met under several remainders of a word.
        pairs = np.unique(place // remainders.shape[1] * len(self._begins) + group)
        word, group = asked[pairs // len(self._begins)], pairs % len(self._begins)
        begins = self._begins[group].astype(np.int64)
        sizes = self._begins[group + 1] - begins
        return self._confirmed(words, word.repeat(sizes), self._listed[stretches(begins, sizes)])

    def _confirmed(self, words: Spellings, word: Numbers, entry: NDArray[np.int32]) -> tuple[Numbers, Numbers]:
        """Return the pairs of word and form that are near enough, as number of a word and slot."""
        budgets = self._budgets[entry]
        likely = np.abs(self._lengths[entry] - words.lengths[word]) <= budgets
        # An edit takes away at most one letter and brings at most one.
        likely &= np.bitwise_count(words.letters[word] ^ self._letters[entry]) <= 2 * budgets
        word, entry, budgets = word[likely], entry[likely], budgets[likely]
        edits = process.cpdist(
            words.of(word),
            self._forms(entry),
            scorer=OSA.distance,
            score_cutoff=LARGEST_BUDGET,
            dtype=np.uint8,
            workers=1,
        )
        right = (edits <= budgets) & (edits > 0)
        return word[right], self._slots[entry[right]].astype(np.int64)


@cache
def _weights(budget: int) -> Marks:
    """Return what each letter of a stem is multiplied by (rows), for each way to strike out letters (columns)."""
    ways = list(combinations(range(1, _STEM), budget))
    weights = np.zeros((_STEM, len(ways)), np.uint64)
    for way, struck in enumerate(ways):
        kept = [column for column in range(_STEM) if column not in struck]
        weights[kept, way] = powers(len(kept))
    return weights


@cache
def _all_weights() -> Marks:
    return np.concatenate([_weights(budget) for budget in range(1, LARGEST_BUDGET + 1)], axis=1)


def _stems(words: Spellings, asked: Numbers) -> Marks:
    """Return the random numbers of the first letters of words, one row each; short words go on with NUL."""
    columns = np.arange(_STEM)
    inside = columns < words.lengths[asked, None]
    places = np.where(inside, words.starts[asked, None] + columns, 0)
    return numbered(np.where(inside, words.codes[places], 0))


def _remainders(stems: Marks, weights: Marks) -> Marks:
    """Return the marks of all remainders of each stem, one row each."""
    remainders: Marks = stems @ weights
    return remainders

"""Rules compiled together: every word of many documents is looked up once for all of them.

The walk of a batch: the words of all fields (`intake`) → for each word the slots it may be read as, from memory or from
the lexicon → the rules that lack nothing they need (`sieve`) → a view of each document that has such rules. What a rule
then decides is not known here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, pairwise

import numpy as np
from numpy.typing import NDArray

from rules.engine.intake import Intake
from rules.engine.lexicon import Lexicon
from rules.engine.matcher import FieldView, SlotBook, View
from rules.engine.packed import UNKNOWN, Memo
from rules.engine.ready import Ready, ready_rule, slots_of
from rules.engine.sieve import Sieve, needs
from rules.engine.signs import Marks, Numbers, beginnings, stretches
from rules.model import Document, Field
from rules.reading.rule import Rule
from rules.words.text import WORD_LIMIT

FIELDS = (Field.TITLE, Field.TEXT)
_NOTHING = 0
Candidates = tuple[dict[int, list[int]], ...]


class Layer:
    """Some rules with their lexicon, their sieve, and what was learnt of words so far."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        book = SlotBook()
        self.rules = [ready_rule(rule, book) for rule in rules]
        self._lexicon = Lexicon(book.slots)
        self._sieve = Sieve([needs(one) for one in self.rules], len(book.slots))
        self._slots = [np.array(sorted(slots_of(one)), np.int32) for one in self.rules]
        self._kinds = _Kinds()
        self._memo = Memo()

    def worth_deciding(self, intake: Intake, documents: Sequence[Document]) -> Iterator[tuple[int, View, list[Ready]]]:
        """Yield the number of a document, a view of it and the rules that may match; documents without such left out.

        `intake` has the title and the text of each document in turn.
        """
        rows, slots = self._readable(intake)
        owners = intake.owners[rows] // len(FIELDS)
        present = np.zeros((len(documents), len(self._lexicon)), np.bool_)
        present[owners, slots] = True
        reached, rules = self._sieve.worth_deciding(owners, slots, present)
        if not len(reached):
            return
        asked = np.zeros_like(present)
        pairs = list(zip(reached.tolist(), rules.tolist(), strict=True))
        for number, rule in pairs:
            asked[number, self._slots[rule]] = True
        wanted = asked[owners, slots]
        by_document = _by_document(intake, rows[wanted], slots[wanted], len(documents))
        for number, group in groupby(pairs, key=lambda pair: pair[0]):
            fields = [place for place, slots in enumerate(by_document[number]) if slots]
            view = self._view(intake, number, documents[number], by_document[number], fields)
            yield number, view, [self.rules[rule] for _, rule in group]

    def view(self, intake: Intake, document: Document) -> View:
        """Return one document as all rules of the layer see it; `intake` has its title and its text."""
        rows, slots = self._readable(intake)
        fields = [place for place, original in enumerate(intake.fields) if original]
        return self._view(intake, 0, document, _by_document(intake, rows, slots, 1)[0], fields)

    def _view(
        self, intake: Intake, number: int, document: Document, candidates: Candidates, fields: Iterable[int]
    ) -> View:
        views = {}
        for place in fields:
            words = intake.words(number * len(FIELDS) + place)
            views[FIELDS[place]] = FieldView(FIELDS[place], words, candidates[place], self._lexicon.read)
        return View(document, views)

    def _readable(self, intake: Intake) -> tuple[Numbers, Numbers]:
        """Return pairs, as two arrays: row of a word and slot that it may be read as."""
        kinds = self._kinds_of(intake)
        rows = kinds.nonzero()[0]
        place, slots = self._kinds.slots(kinds[rows])
        return rows[place], slots

    def _kinds_of(self, intake: Intake) -> NDArray[np.int32]:
        """Return the kind of each word: words that may be read as the same slots are of one kind."""
        kinds = self._memo.find(intake.marks)
        new = np.flatnonzero(kinds == UNKNOWN)
        if not len(new):
            return kinds
        long = intake.ends[new] - intake.starts[new] > WORD_LIMIT
        kinds[new[long]] = _NOTHING
        new = new[~long]
        marks, first, which = np.unique(intake.marks[new], return_index=True, return_inverse=True)
        if not self._memo.has_room(len(marks)) and not self._memo.is_empty:
            self._memo, self._kinds = Memo(), _Kinds()
            return self._kinds_of(intake)
        kinds[new] = self._learnt(intake, new[first], marks)[which]
        return kinds

    def _learnt(self, intake: Intake, rows: Numbers, marks: Marks) -> NDArray[np.int32]:
        kinds = self._kinds.of(len(rows), *self._lexicon.candidates(intake, rows))
        if self._memo.has_room(len(marks)):
            self._memo.remember(marks, kinds)
        return kinds


class _Kinds:
    """Gives each different set of slots a number; 0 is no slot at all."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[int, ...], int] = {(): _NOTHING}
        self._slots = np.zeros(0, np.int32)
        self._starts = np.zeros(1, np.int64)
        self._lengths = np.zeros(1, np.int64)

    def of(self, words: int, places: Numbers, slots: Numbers) -> NDArray[np.int32]:
        """Return the kind of each word, from pairs of word and slot in order."""
        kinds = np.full(words, _NOTHING, np.int32)
        if not len(places):
            return kinds
        borders = [*beginnings(places).tolist(), len(places)]
        listed, known = slots.tolist(), len(self._numbers)
        for begin, end in pairwise(borders):
            kinds[places[begin]] = self._numbers.setdefault(tuple(listed[begin:end]), len(self._numbers))
        if len(self._numbers) > known:
            self._add(list(self._numbers)[known:])
        return kinds

    def _add(self, new: list[tuple[int, ...]]) -> None:
        lengths = np.array([len(slots) for slots in new], np.int64)
        starts = len(self._slots) + np.cumsum(lengths) - lengths
        self._slots = np.concatenate([self._slots, np.array([slot for slots in new for slot in slots], np.int32)])
        self._starts, self._lengths = np.append(self._starts, starts), np.append(self._lengths, lengths)

    def slots(self, kinds: NDArray[np.int32]) -> tuple[Numbers, Numbers]:
        """Return pairs: place in `kinds`, and a slot of that kind."""
        lengths = self._lengths[kinds]
        at = stretches(self._starts[kinds], lengths)
        return np.arange(len(kinds)).repeat(lengths), self._slots[at].astype(np.int64)


def _by_document(intake: Intake, rows: Numbers, slots: Numbers, documents: int) -> list[Candidates]:
    """Return for each document and field: for each slot the numbers of the words that may be read as it."""
    found: list[Candidates] = [tuple({} for _ in FIELDS) for _ in range(documents)]
    owners = intake.owners[rows]
    numbers = intake.numbers(rows, owners)
    for owner, slot, number in zip(owners.tolist(), slots.tolist(), numbers.tolist(), strict=True):
        found[owner // len(FIELDS)][owner % len(FIELDS)].setdefault(slot, []).append(number)
    return found

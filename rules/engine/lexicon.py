"""The shared look-up of rules: from a word of an article to the words of terms that it can be read as.

A slot is one word of a term. Whether a word is read as it depends on the two alone, so what other rules there are
makes no difference: the surest reading counts, that is a known form, the beginning of a prefix, then a typo of a form.
`Lexicon.read` says how one word is read as one slot. `Lexicon.candidates` says for many words at once which slots are
worth that question.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from rules.engine.formbook import FormBook
from rules.engine.intake import Intake
from rules.engine.neighbours import Gathered, Neighbours, Spellings
from rules.engine.packed import Column, Directory
from rules.engine.signs import CYRILLIC, Marks, Numbers, Rolling, encoded, folds, stretches
from rules.model import Reach
from rules.reading.concepts import Kind, TermWord
from rules.words.forms import Form, word_forms
from rules.words.text import WORD_LIMIT, bare, readings
from rules.words.typos import edits_between, fold, is_near_any, known_somewhere, typo_budget

# One object for the many slots that have none.
NO_WORDS: frozenset[str] = frozenset()
REMEMBERED_READINGS = 50_000
_GATHERED = 8_000
_CYRILLIC = re.compile("[\u0400-\u052f]")
_KAZAKH = re.compile("[әғқңөұүһӘҒҚҢӨҰҮҺ]")
_UKRAINIAN_OR_BELARUSIAN = re.compile("[іїєґўІЇЄҐЎ]")


class Slot(NamedTuple):
    """A word of a term together with what its concept never reads as it (folded)."""

    word: TermWord
    never: frozenset[str]


class Reading(NamedTuple):
    """An article's word read as slot number `slot` through `form`.

    `only_small` marks an acronym in small letters, which counts where the whole field has no capitals.
    """

    slot: int
    form: str
    reach: Reach
    only_small: bool = False


def forms_of(word: TermWord) -> tuple[Form, ...]:
    """Return the forms of a term's word, as written first. Without a language its letters say which it may be."""
    if word.kind is not Kind.FORMS:
        return word_forms(word.text, word.language, endings=False)
    if word.language:
        return word_forms(word.text, word.language)
    found: dict[str, Form] = {}
    for language in _likely(word.text):
        for form in word_forms(word.text, language):
            found.setdefault(form.folded, form)
    return tuple(found.values())


def _likely(word: str) -> tuple[str, ...]:
    """Return the languages whose endings a word without a language may take, by its letters."""
    if not _CYRILLIC.search(word):
        return ("en", "pl")
    if _KAZAKH.search(word):
        return ("kk",)
    return ("uk", "be") if _UKRAINIAN_OR_BELARUSIAN.search(word) else ("ru", "uk", "be")


def folded_forms(words: Iterable[TermWord]) -> frozenset[str]:
    """Return every folded form of the words."""
    return frozenset(form.folded for word in words for form in forms_of(word)) or NO_WORDS


def most_typos(word: TermWord) -> int:
    """Return how many typos are forgiven in any form of a term's word: what the editor says, else by its own length."""
    if word.kind is not Kind.FORMS:
        return 0
    return typo_budget(fold(word.text)) if word.typos is None else word.typos


def budget_of(word: TermWord, folded: str, most: int) -> int:
    """Return how many typos, of the word's `most`, are forgiven in one form of it."""
    return min(most, typo_budget(folded) if word.typos is None else max(0, len(folded) - 4))


class Lexicon:
    """All slots of some rules, ready to be looked up."""

    def __init__(self, slots: Sequence[Slot]) -> None:
        self._slots = slots
        self._book = FormBook()
        entries = _Entries()
        for number, slot in enumerate(slots):
            forms = [form for form in forms_of(slot.word) if form.folded and form.folded not in slot.never]
            self._book.add(forms)
            entries.add(number, slot, forms)
        self._forms, self._prefixes, self._typos = entries.tables()
        # What is remembered belongs to this lexicon: another has other numbers of slots.
        self.read = lru_cache(maxsize=REMEMBERED_READINGS)(self._read)

    def __len__(self) -> int:
        return len(self._slots)

    def _read(self, number: int, raw: str) -> Reading | None:
        """Return how a word is read as a slot, or None."""
        if len(raw) > WORD_LIMIT:
            return None
        ways = [(way, fold(way)) for way in readings(raw)]
        for way, folded in ways:
            reading = self._surely(number, way, folded)
            if reading is not None:
                return reading
        return next((typo for _, folded in ways if (typo := self._by_typo(number, folded)) is not None), None)

    def _surely(self, number: int, way: str, folded: str) -> Reading | None:
        word, never = self._slots[number]
        if word.kind is Kind.EXACT:
            return Reading(number, word.text, Reach.AS_WRITTEN) if bare(way) == bare(word.text) else None
        if word.kind is Kind.PREFIX:
            begins = folded.startswith(fold(word.text)) and folded not in never
            return Reading(number, f"{word.text}*", Reach.PREFIX) if begins else None
        form = self._book.of(number).read(folded)
        if form is None:
            return None
        written, reach = form
        if word.kind is not Kind.ACRONYM or way.isupper():
            return Reading(number, written, reach)
        return Reading(number, written, reach, only_small=True) if way.islower() else None

    def _by_typo(self, number: int, folded: str) -> Reading | None:
        """Return the reading through the nearest form, of equals the first; None for another known word."""
        word, never = self._slots[number]
        most = most_typos(word)
        forms = self._book.of(number)
        best = None
        for form in forms.near(folded, most) if most else ():
            edits = edits_between(folded, form, budget_of(word, form, most))
            if edits is not None and (best is None or edits < best[0]):
                best = (edits, form)
        if best is None or folded in forms or known_somewhere(folded):
            return None
        edits, form = best
        if is_near_any(folded, never, edits):
            return None
        written, _ = forms.read(form) or (form, None)
        return Reading(number, written, Reach.TYPO_1 if edits == 1 else Reach.TYPO_2)

    def candidates(self, intake: Intake, rows: Numbers) -> tuple[Numbers, Numbers]:
        """Return pairs, as two arrays: place of a word in `rows`, and a slot that it may be read as; each pair once.

        No pair that `read` would read is left out. Words over `WORD_LIMIT` have no place here.
        """
        if not len(rows):
            return rows, rows
        owners, words = _folded(intake, rows)
        marks = Rolling(words.codes)
        found = [self._forms.find(marks.of(words.starts, words.starts + words.lengths))]
        for length, prefixes in self._prefixes.items():
            long = np.flatnonzero(words.lengths >= length)
            place, slot = prefixes.find(marks.of(words.starts[long], words.starts[long] + length))
            found.append((long[place], slot))
        found.append(self._typos.find(words))
        place = np.concatenate([owners[pair[0]] for pair in found])
        slot = np.concatenate([pair[1] for pair in found])
        pairs = np.unique(place * len(self._slots) + slot)
        return pairs // len(self._slots), pairs % len(self._slots)


class _Entries:
    """What is entered into the tables of a lexicon, gathered slot by slot.

    Of forms only the marks are kept: as words, those of ten thousand rules would fill the memory.
    """

    def __init__(self) -> None:
        self.marks = Column(np.uint64)
        self.forms: list[str] = []
        self.sizes: list[int] = []
        self.prefixes: dict[int, list[tuple[str, int]]] = {}
        self.typos = Gathered()

    def add(self, number: int, slot: Slot, forms: Sequence[Form]) -> None:
        word = slot.word
        if word.kind is Kind.PREFIX:
            folded = fold(word.text)
            self.prefixes.setdefault(len(folded), []).append((folded, number))
        # Capitals and accents of an exact word are compared by `read`.
        looked_up = [fold(bare(word.text))] if word.kind is Kind.EXACT else [form.folded for form in forms]
        self.forms += looked_up
        self.sizes.append(len(looked_up))
        if len(self.forms) > _GATHERED:
            self._take_marks()
        most = most_typos(word)
        budgets = [(form, budget_of(word, form, most)) for form in looked_up] if most else []
        forgiven = [(form, budget) for form, budget in budgets if budget]
        self.typos.add([form for form, _ in forgiven], number, [budget for _, budget in forgiven])

    def _take_marks(self) -> None:
        self.marks.add(_marks(self.forms))
        self.forms = []

    def tables(self) -> tuple[Directory, Mapping[int, Directory], Neighbours]:
        self._take_marks()
        slots = np.repeat(np.arange(len(self.sizes), dtype=np.int32), self.sizes)
        prefixes = {
            length: Directory(
                _marks([text for text, _ in entered]), np.array([number for _, number in entered], np.int32)
            )
            for length, entered in self.prefixes.items()
        }
        return Directory(self.marks.all(), slots), prefixes, Neighbours(self.typos)


def _marks(words: Sequence[str]) -> Marks:
    lengths = np.array([len(word) for word in words], np.int64)
    ends = np.cumsum(lengths)
    return Rolling(encoded("".join(words))).of(ends - lengths, ends)


def _folded(intake: Intake, rows: Numbers) -> tuple[Numbers, Spellings]:
    """Return the folded spellings of words, and for each the place in `rows` of the word that it is a way to read.

    A word of plain letters of one script is folded here, letter by letter as `fold` does; other words by `fold`.
    """
    starts = intake.starts[rows]
    lengths = intake.ends[rows] - starts
    codes = intake.codes[stretches(starts, lengths)]
    table, scripts = folds()
    low = np.minimum(codes, len(table) - 1)
    plain = np.bitwise_or.reduceat(scripts[low], np.cumsum(lengths) - lengths) <= CYRILLIC
    easy = np.flatnonzero(plain)
    hard = list(_ways(intake, rows, np.flatnonzero(~plain).tolist()))
    owners = np.concatenate([easy, np.array([place for place, _ in hard], np.int64)])
    lengths = np.concatenate([lengths[easy], np.array([len(folded) for _, folded in hard], np.int64)])
    spelt = np.concatenate(
        [table[low[np.repeat(plain, intake.ends[rows] - starts)]], encoded("".join([f for _, f in hard]))]
    )
    return owners, Spellings(spelt, np.cumsum(lengths) - lengths, lengths)


def _ways(intake: Intake, rows: Numbers, places: Sequence[int]) -> Iterator[tuple[int, str]]:
    for place in places:
        for way in readings(intake.raw(int(rows[place]))):
            folded = fold(way)
            if folded:
                yield place, folded

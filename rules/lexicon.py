"""The shared look-up of a RuleSet: from a word of an article to the words of all terms that it can be read as.

A reading is looked for from the surest to the weakest: a known form, a prefix, then a typo of a form. What a word was
read as is remembered, for most words of news come again and again.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz.distance import OSA

from rules.concepts import Kind, TermWord
from rules.forms import Form, word_forms
from rules.model import Reach
from rules.text import WORD_LIMIT, readings
from rules.typos import TypoIndex, fold, typo_budget

REMEMBERED_WORDS = 100_000
_CYRILLIC = re.compile("[\u0400-\u052f]")
_ACCENTS = re.compile("[\u0300-\u036f\u00ad\u200b-\u200f\u2060-\u2064\ufeff]")
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


@dataclass(frozen=True, slots=True)
class _Known:
    reading: Reading
    acronym: bool


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
    return frozenset(form.folded for word in words for form in forms_of(word))


def budget_of(word: TermWord, folded: str) -> int:
    """Return how many typos are forgiven in one form of a term's word."""
    if word.kind is not Kind.FORMS:
        return 0
    if word.typos is not None:
        return min(word.typos, max(0, len(folded) - 4))
    return typo_budget(folded)


class Lexicon:
    """All slots of a RuleSet, ready to be looked up. `taboo` are words that are nobody's typo (`never`)."""

    def __init__(self, slots: Sequence[Slot], taboo: Iterable[str]) -> None:
        self._forms: dict[str, list[_Known]] = defaultdict(list)
        self._prefixes: dict[int, dict[str, list[Reading]]] = defaultdict(lambda: defaultdict(list))
        self._exact: dict[str, list[Reading]] = defaultdict(list)
        self._taboo = frozenset(taboo)
        self._slots = slots
        budgets: dict[str, int] = {}
        for number, slot in enumerate(slots):
            self._add(number, slot, budgets)
        self._budgets: Mapping[str, int] = budgets
        self._shortest = min((len(form) - budget for form, budget in budgets.items()), default=WORD_LIMIT)
        self._initials = frozenset(form[0] for form in budgets)
        self._typos = TypoIndex(budgets)
        # The memo belongs to this RuleSet: a new set of rules reads words anew.
        self.read = lru_cache(maxsize=REMEMBERED_WORDS)(self._read)

    def _add(self, number: int, slot: Slot, budgets: dict[str, int]) -> None:
        word = slot.word
        if word.kind is Kind.EXACT:
            self._exact[_bare(word.text)].append(Reading(number, word.text, Reach.AS_WRITTEN))
            return
        if word.kind is Kind.PREFIX:
            folded = fold(word.text)
            self._prefixes[len(folded)][folded].append(Reading(number, f"{word.text}*", Reach.PREFIX))
            return
        for form in forms_of(word):
            if form.folded in slot.never:
                continue
            reading = Reading(number, form.written, form.reach)
            self._forms[form.folded].append(_Known(reading, word.kind is Kind.ACRONYM))
            budget = budget_of(word, form.folded)
            if budget:
                budgets[form.folded] = max(budget, budgets.get(form.folded, 0))

    def knows(self, raw: str) -> bool:
        """Say whether a word is read as any slot's."""
        return bool(self.read(raw))

    def _read(self, raw: str) -> tuple[Reading, ...]:
        if len(raw) > WORD_LIMIT:
            return ()
        ways = readings(raw)
        for way in ways:
            folded = fold(way)
            found = self._exact.get(_bare(way), []) + self._by_form(way, folded) + self._by_prefix(folded)
            if found:
                return tuple(found)
        for way in ways:
            typos = self._by_typo(fold(way))
            if typos:
                return typos
        return ()

    def _by_form(self, way: str, folded: str) -> list[Reading]:
        known = self._forms.get(folded)
        if known is None:
            return []
        capitals, small = way.isupper(), way.islower()
        return [
            entry.reading if capitals or not entry.acronym else entry.reading._replace(only_small=True)
            for entry in known
            if not entry.acronym or capitals or small
        ]

    def _by_prefix(self, folded: str) -> list[Reading]:
        return [
            reading
            for length, prefixes in self._prefixes.items()
            for reading in prefixes.get(folded[:length], ())
            if folded not in self._slots[reading.slot].never
        ]

    def _by_typo(self, folded: str) -> tuple[Reading, ...]:
        if len(folded) < self._shortest or folded[0] not in self._initials or folded in self._taboo:
            return ()
        found = self._typos.find(folded)
        if found is None or folded in self._forms:
            return ()
        form, edits = found
        if any(OSA.distance(folded, word, score_cutoff=edits) <= edits for word in self._taboo):
            return ()
        reach = Reach.TYPO_1 if edits == 1 else Reach.TYPO_2
        return tuple(
            Reading(entry.reading.slot, entry.reading.form, reach)
            for entry in self._forms[form]
            if budget_of(self._slots[entry.reading.slot].word, form) >= edits
        )


def _bare(word: str) -> str:
    return _ACCENTS.sub("", word)

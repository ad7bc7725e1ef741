"""How the oracle reads one word of an item as one word of a term."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz.distance import OSA

from rules.engine.lexicon import forms_of
from rules.reading.concepts import Kind, TermWord
from rules.words.dictionaries import known_somewhere
from rules.words.folding import fold
from tests.rules.oracle_words import spellings

LONGEST_WORD = 100
folded_once = lru_cache(maxsize=100_000)(fold)


class Slot(NamedTuple):
    """One word of a term, and what its concept never reads as it (folded)."""

    word: TermWord
    never: frozenset[str]


def forgiven(word: TermWord, form: str) -> int:
    """Return how many typos a form of a term's word allows: up to 7 letters none, 8 and 9 one, from 10 two.

    The shorter of the form and the word that the rule names counts.
    """
    if word.kind is not Kind.FORMS:
        return 0
    if word.typos is not None:
        return max(0, min(word.typos, len(form) - 4))
    letters = min(len(form), len(folded_once(word.text)))
    return 0 if letters <= 7 else 1 if letters <= 9 else 2


@lru_cache(maxsize=20_000)
def folded_forms(word: TermWord) -> frozenset[str]:
    """Return the folded forms of a term's word, as the compiler lists them."""
    return frozenset(form.folded for form in forms_of(word))


@lru_cache(maxsize=20_000)
def forgiving_forms(slot: Slot) -> tuple[tuple[str, int], ...]:
    """Return the slot's forms that allow typos, with how many."""
    forms = sorted(folded_forms(slot.word) - slot.never)
    return tuple((form, typos) for form in forms if (typos := forgiven(slot.word, form)))


def surely(spelling: str, slot: Slot) -> bool:
    """Say whether a spelling is the slot's word without any typo."""
    word, folded = slot.word, folded_once(spelling)
    if word.kind is Kind.EXACT:
        return bare(spelling) == bare(word.text)
    if folded in slot.never:
        return False
    if word.kind is Kind.PREFIX:
        return folded.startswith(folded_once(word.text))
    if word.kind is Kind.ACRONYM and not (spelling.isupper() or spelling.islower()):
        return False
    return folded in folded_forms(word)


def bare(word: str) -> str:
    """Return a word without unseen characters and stress marks; letters with a mark of their own (й, é) keep it."""
    seen = re.sub("[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]", "", word)
    return re.sub("[\u0300-\u036f]", "", unicodedata.normalize("NFC", seen))


def by_typo(spelling: str, slot: Slot) -> int:
    """Return the edits (1 or 2) by which a spelling is a typo of the slot's word, 0 for none."""
    folded = folded_once(spelling)
    near = []
    for form, allowed in forgiving_forms(slot):
        if folded[:1] != form[:1] or abs(len(folded) - len(form)) > allowed or len(folded) < 2:
            continue
        edits = OSA.distance(folded, form)
        other_ending = edits == 2 and folded[: len(form) - 3] == form[: len(form) - 3]
        if edits <= allowed and not other_ending:
            near.append(edits)
    if not near or folded in folded_forms(slot.word) or known_somewhere(folded):
        return 0
    # As near to a look-alike as to the word itself: nobody can say which was meant.
    looks_alike = any(OSA.distance(folded, word) <= min(near) for word in slot.never)
    return 0 if looks_alike else min(near)


@lru_cache(maxsize=500_000)
def reads(raw: str, slot: Slot) -> str:
    """Return the spelling through which a word of an item is read as the slot, "" for none.

    Nothing but the word and the slot decides: what other terms and rules there are makes no difference.
    """
    if len(raw) > LONGEST_WORD:
        return ""
    ways = spellings(raw)
    sure = next((way for way in ways if surely(way, slot)), "")
    return sure or next((way for way in ways if by_typo(way, slot)), "")

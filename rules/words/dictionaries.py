"""Which words are words: the dictionaries that say "this is nobody's typo" and "this spelling is another word".

Russian by pymorphy3, English, Ukrainian, German and French by simplemma, loaded at the first question: English takes
25 MB; the others, asked less often, stay packed (10 MB each and 20 µs a question; unpacked, 60 to 90 MB and 2 µs).
Belarusian, Kazakh and Polish by own lists of words near the subjects and names of the news, each with its case forms
(simplemma's Polish dictionary takes 5 s and 380 MB to load).
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

import simplemma

from rules.words.endings import belarusian, kazakh, polish, russian
from rules.words.folding import fold
from rules.words.wordlists import BELARUSIAN, KAZAKH, LATIN, POLISH

_BY_SIMPLEMMA = frozenset({"en", "uk", "de", "fr"})
_CYRILLIC = re.compile("[\u0400-\u052f]")
_NAME_TAGS = ("Name", "Surn", "Patr", "Geox", "Orgn")


@cache
def _own_list(language: str) -> frozenset[str]:
    lemmas, case_forms = {
        "be": (BELARUSIAN, belarusian.case_forms),
        "kk": (KAZAKH, kazakh.case_forms),
        "pl": (POLISH, polish.case_forms),
    }[language]
    return frozenset(fold(form) for lemma in lemmas for form in (lemma, *case_forms(lemma)))


def is_known(word: str, language: str) -> bool:
    """Say whether a dictionary of `language` (ISO 639-1) knows the word, in any of its forms; False without one."""
    lower = word.lower()
    if language == "ru":
        return bool(russian.analyzer().word_is_known(lower))
    if language in _BY_SIMPLEMMA:
        return bool(lower) and simplemma.is_known(lower, language, low_memory=language != "en")
    return language in ("be", "kk", "pl") and fold(lower) in _own_list(language)


@lru_cache(maxsize=50_000)
def known_somewhere(word: str) -> bool:
    """Say whether a dictionary of the five languages or Polish knows the word; only those of its script are asked."""
    languages = ("ru", "uk", "be", "kk") if _CYRILLIC.search(word) else ("en", "pl")
    return any(is_known(word, language) for language in languages)


def is_common_word(spelling: str, *, name: bool) -> bool:
    """Say whether a made-up spelling (lower case, folded) is an everyday word of another language.

    Latin spellings are held to English and an own list, Cyrillic ones to Russian and Ukrainian. Where the rule's word
    is a `name`, a spelling that the dictionary has as a name (Minsk) is the same word and not a common one.
    """
    if _CYRILLIC.search(spelling):
        readings = russian.analyzer().parse(spelling) if is_known(spelling, "ru") else []
        named = any(tag in reading.tag for reading in readings for tag in _NAME_TAGS)
        if readings:
            return not (name and named)
        return is_known(spelling, "uk") and not (name and _is_ukrainian_name(spelling))
    if spelling in LATIN:
        return True
    return is_known(spelling, "en") and not (name and simplemma.lemmatize(spelling, "en")[:1].isupper())


def _is_ukrainian_name(spelling: str) -> bool:
    return simplemma.lemmatize(spelling, "uk", low_memory=True)[:1].isupper()

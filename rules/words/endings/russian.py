"""Russian case forms: the dictionary's (pymorphy3), and an own table for surnames it holds to be indeclinable.

Only forms of the same part of speech: no comparatives and short forms of adjectives, no participles of verbs. A surname
written in the masculine keeps masculine and plural forms: Назарбаевой is another person than Назарбаев.
A name that the dictionary lacks, or has only as another word's plural (Токаев, of токай), is declined as a man's.
Surnames in -енко do not decline in written Russian, but speech and Belarusian papers decline them as if in -енка; their
adjective (-енковский) is taken for a form of them, since it speaks of that man.
"""

from __future__ import annotations

import re
from functools import cache
from types import MappingProxyType

from pymorphy3 import MorphAnalyzer
from pymorphy3.analyzer import Parse

_RUSSIAN = re.compile("[а-яё]+")
_KINDS = MappingProxyType(
    {"NOUN": ("NOUN",), "ADJF": ("ADJF",), "VERB": ("VERB", "INFN"), "INFN": ("VERB", "INFN"), "PRTF": ("PRTF",)}
)
_ENKO = ("енка", "енки", "енке", "енку", "енкой", "енок", "енкам", "енками", "енках")
_ENKOVSKY = tuple(
    "енковск" + ending for ending in ["ий", "ого", "ому", "им", "ом", "ая", "ой", "ую", "ое", "ие", "их", "ими"]
)
_SURNAME = ("ов", "ев", "ёв")
_OF_A_MAN = ("а", "у", "ым", "е", "ы", "ых", "ыми")
_OF_A_THING = ("а", "у", "ом", "е", "ы", "ов", "ам", "ами", "ах")
_CONSONANTS = "бвгджзклмнпрстфхцчшщ"


@cache
def analyzer() -> MorphAnalyzer:
    """Return the Russian dictionary; loaded once a process (0.2 s, 30 MB)."""
    return MorphAnalyzer(lang="ru")


def case_forms(word: str) -> tuple[str, ...]:
    """Return the case forms of a lower-case Russian word, the word itself left out; none for particles and adverbs."""
    if not _RUSSIAN.fullmatch(word):
        return ()  # pymorphy3 raises on letters without a Unicode name
    readings = _readings(word)
    known = bool(analyzer().word_is_known(word))
    first = any(_is_first_form(parse, known=known) for parse in readings)
    forms = dict.fromkeys(() if first else _as_a_name(word, known=known))
    if not forms or known:
        forms |= dict.fromkeys(form for parse in readings for form in _declined(parse))
    if word.endswith("енко") and len(word) > 6:
        forms |= dict.fromkeys(word[:-4] + ending for ending in (*_ENKO, *_ENKOVSKY))
    return tuple(form for form in forms if form != word)


def _is_first_form(parse: Parse, *, known: bool) -> bool:
    """Say whether a reading takes the word for a first form; a guess at an unknown word in -ов must be a surname's."""
    guessed = not known and parse.word.endswith(_SURNAME) and "Surn" not in parse.tag
    return (parse.tag.case == "nomn" and not guessed) or parse.tag.POS in ("VERB", "INFN")


def _as_a_name(word: str, *, known: bool) -> tuple[str, ...]:
    """Return the forms of a man's surname, or of an unknown name in a consonant; nothing for other words."""
    if word.endswith(_SURNAME) and len(word) > 4:
        return tuple(word + ending for ending in _OF_A_MAN)
    if word[-1] in _CONSONANTS and not known:
        return tuple(word + ending for ending in _OF_A_THING)
    return ()


def _readings(word: str) -> list[Parse]:
    """Return the readings an editor means: of the likeliest part of speech, in the nominative where there is one."""
    parses = analyzer().parse(word)
    named = [p for p in parses if p.tag.POS in ("NOUN", "ADJF") and p.tag.case == "nomn"]
    best = (named or parses)[:1]
    if not best or best[0].tag.POS not in _KINDS:
        return []
    return [p for p in named if p.tag.POS == best[0].tag.POS] or best


def _declined(parse: Parse) -> list[str]:
    kinds = _KINDS[parse.tag.POS]
    surname_of_a_man = "Surn" in parse.tag and "masc" in parse.tag
    return [
        form.word
        for form in parse.lexeme
        if form.tag.POS in kinds and not (surname_of_a_man and "femn" in form.tag) and "Infr" not in form.tag
    ]

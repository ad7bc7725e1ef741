"""Russian case forms: the dictionary's (pymorphy3), and an own table for surnames it holds to be indeclinable.

Only forms of the same part of speech: no comparatives and short forms of adjectives, no participles of verbs. A surname
written in the masculine keeps masculine and plural forms: Назарбаевой is another person than Назарбаев.
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


@cache
def analyzer() -> MorphAnalyzer:
    """Return the Russian dictionary; loaded once a process (0.2 s, 30 MB)."""
    return MorphAnalyzer(lang="ru")


def case_forms(word: str) -> tuple[str, ...]:
    """Return the case forms of a lower-case Russian word, the word itself left out; none for particles and adverbs."""
    if not _RUSSIAN.fullmatch(word):
        return ()  # pymorphy3 raises on letters without a Unicode name
    forms = dict.fromkeys(form for parse in _readings(word) for form in _declined(parse))
    if word.endswith("енко") and len(word) > 6:
        forms |= dict.fromkeys(word[:-4] + ending for ending in (*_ENKO, *_ENKOVSKY))
    return tuple(form for form in forms if form != word)


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

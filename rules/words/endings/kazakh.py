"""Kazakh word forms by an own table of endings: vowel harmony and assimilation of consonants, in Cyrillic letters.

Covers the seven cases, the plural, the possessives of the third person and of "our", these in a row (plural,
possessive, case), -дағы ("the one in"), -лы and -сыз ("with" and "without"), -лық ("of a place") with its plural and
cases. A word named in the possessive (одағы, кодексі) takes its cases too. Words of mixed harmony and loan words get
both rows of endings (Назарбаевтың, Путиннің). Verbs, -дай, -ша and the possessives of "my" and "your" are not covered.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

_BACK_VOWELS = frozenset("аоұыяё")
_FRONT_VOWELS = frozenset("әеөүіэ")
_NEUTRAL_VOWELS = frozenset("иую")
_VOWELS = _BACK_VOWELS | _FRONT_VOWELS | _NEUTRAL_VOWELS
_FRONTED = MappingProxyType(str.maketrans("аығқ", "еігк"))
_NASAL, _GLIDE, _BUZZ = frozenset("мнң"), frozenset("рлйу"), frozenset("зж")
_HARD_TO_SAY = ("ск", "нк", "рг", "рк", "кт")  # such loan words take a vowel before the ending: Минскіге
_OWNED = ("ның", "на", "н", "нда", "нан", "мен", "ндағы")  # after the possessive of the third person
_VOICED = MappingProxyType({"к": "г", "қ": "ғ", "п": "б"})


def case_forms(word: str) -> tuple[str, ...]:
    """Return the endings of a lower-case Kazakh noun or name put to it, the word itself left out."""
    forms = dict.fromkeys(form for front in _harmonies(word) for form in _all_forms(word, front=front))
    if word.endswith(("ы", "і")):
        front = word.endswith("і")
        forms |= dict.fromkeys(word + (e.translate(_FRONTED) if front else e) for e in _OWNED)
    if word.endswith(_HARD_TO_SAY):
        forms |= dict.fromkeys(_all_forms(word + "і", front=True))
    return tuple(form for form in forms if form != word)


def _harmonies(word: str) -> tuple[bool, ...]:
    """Return whether the endings are front (True), back (False), or may be either, by the vowels of the word."""
    if word.endswith("ь"):
        return (True,)
    vowels = [letter for letter in word if letter in _VOWELS]
    back, front = any(v in _BACK_VOWELS for v in vowels), any(v in _FRONT_VOWELS for v in vowels)
    if back and front and vowels[-1] not in _NEUTRAL_VOWELS and not word.endswith(("ев", "ель", "ер")):
        return (vowels[-1] in _FRONT_VOWELS,)
    if back != front and not (vowels and vowels[-1] in _NEUTRAL_VOWELS):
        return (front,)
    return (False, True)


def _all_forms(word: str, *, front: bool) -> Iterator[str]:
    def put(stem: str, ending: str) -> str:
        return stem + (ending.translate(_FRONTED) if front else ending)

    plural = put(word, _after(word, vowel="лар", glide="лар", buzz="дар", nasal="дар", hard="тар", lateral="дар"))
    for stem in (word, plural):
        yield stem
        yield from (put(stem, ending) for ending in _cases(stem))
        owned = _possessed(stem, front=front)
        yield owned
        yield from (put(owned, e) for e in _OWNED)
        ours = put(_voiced(stem), "мыз" if stem[-1] in _VOWELS - {"у"} else "ымыз")
        yield ours
        yield from (put(ours, e) for e in ("дың", "ға", "ды", "да", "дан", "бен"))
    yield put(word, _after(word, vowel="лы", glide="лы", buzz="ды", nasal="ды", hard="ты", lateral="ды"))
    yield put(word, "сыз")
    of_place = put(word, _after(word, vowel="лық", glide="лық", buzz="дық", nasal="дық", hard="тық", lateral="дық"))
    for stem in (of_place, put(of_place, "тар")):
        yield stem
        yield from (put(stem, ending) for ending in _cases(stem))


def _cases(stem: str) -> tuple[str, ...]:
    """Return genitive, dative, accusative, locative, ablative, instrumental and "the one in", back vowels."""
    place = _after(stem, vowel="да", glide="да", buzz="да", nasal="да", hard="та")
    return (
        _after(stem, vowel="ның", glide="дың", buzz="дың", nasal="ның", hard="тың"),
        _after(stem, vowel="ға", glide="ға", buzz="ға", nasal="ға", hard="қа"),
        _after(stem, vowel="ны", glide="ды", buzz="ды", nasal="ды", hard="ты"),
        place,
        _after(stem, vowel="дан", glide="дан", buzz="дан", nasal="нан", hard="тан"),
        _after(stem, vowel="мен", glide="мен", buzz="бен", nasal="мен", hard="пен"),
        place + "ғы",
    )


def _after(stem: str, *, vowel: str, glide: str, buzz: str, nasal: str, hard: str, lateral: str = "") -> str:
    """Return the ending that the stem's last sound takes; б в г д at the end of a loan word sound hard."""
    last = stem.rstrip("ьъ")[-1:]
    if last == "л" and lateral:
        return lateral
    if last in _GLIDE:
        return glide
    if last in _VOWELS:
        return vowel
    if last in _NASAL:
        return nasal
    return buzz if last in _BUZZ else hard


def _voiced(stem: str) -> str:
    return stem[:-1] + _VOICED.get(stem[-1], stem[-1])


def _possessed(stem: str, *, front: bool) -> str:
    if stem[-1] in _VOWELS - {"у"}:
        return stem + ("сі" if front else "сы")
    return _voiced(stem) + ("і" if front else "ы")

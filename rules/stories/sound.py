"""How a word sounds, in one Latin spelling for all scripts: so that Ковалёва, Кавалёва, Ковальова and Kavalyova meet.

Only the consonants count, vowels differ from language to language; an initial vowel is an `a`. Sounds that languages
swap are one (г and х, ц and т before vowels, ж and з), case endings and the -ский of adjectives are cut off first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

LONGEST = 6  # consonants; Караганда and Карагандинский agree in their first five
_STEM = 4
_VOWELS = frozenset("aeiouyаеёиоуыэюяіїєәөұү")
_CYRILLIC = re.compile("[\u0400-\u052f]")

_SOUNDS: Mapping[int, int | str | None] = MappingProxyType(
    {**str.maketrans("бвгґдзклмнпрстфхһғқңўжцчш", "bvhhdzklmnprstfhhhknvztcs", "ьъй'’"), ord("щ"): "sc"}
)
_LATIN_GROUPS = (
    ("shch", "sc"), ("szcz", "sc"), ("tsch", "c"), ("sch", "s"), ("kh", "h"), ("gh", "h"), ("zh", "z"), ("ch", "c"),
    ("sh", "s"), ("sz", "s"), ("cz", "c"), ("ts", "t"), ("tz", "t"), ("ph", "f"), ("th", "t"), ("ck", "k"), ("dz", "d"),
    ("dj", "z"), ("x", "ks"), ("q", "k"), ("w", "v"), ("g", "h"), ("j", "z"), ("ng", "n"),
    ("c", "k"),
)  # fmt: skip
_LATIN_GROUP = re.compile("|".join(group for group, _ in _LATIN_GROUPS))
_LATIN_SOUND: Mapping[str, str] = MappingProxyType(dict(_LATIN_GROUPS))

_ADJECTIVE = re.compile(
    r"(?:ск|ськ|(?<=з)ьк)(?:ий|ого|ому|им|ом|ая|ой|ую|ое|ие|их|ими|і|ага|аму|ай|ія|іх|імі|ае|а|у|е|ої|ій|ою)$|с[кь]$"
)
_CASE = re.compile(
    r"(?:ами|ями|ого|его|ому|ему|ага|яга|аму|яму|ыми|ими|імі|ым|им|ім|ом|ем|ам|ям|ах|ях|ою|ею|ев|ов|ів|еу|оу|ау)$"
)
_NAME_CASE = re.compile(r"(?:ами|ями|ого|его|ому|ему|ага|яга|аму|яму|ыми|ими|імі|ым|им|ім|ом|ем|ам|ям|ах|ях)$")
_KAZAKH_CASE = re.compile(
    r"(?:[дт][аеы]ғы|[дт]егі|нда|нде|[ндт][ыі]ң|[ндт][ае]н|[мбп]ен|[лдт]ар|[лдт]ер|ға|ге|қа|ке|[дт][ае]|[ндт][ыі]|л[ыі]қ|л[ыі]к)$"
)
_OU = re.compile("ou(?=[bcdfghklmnpqrstvz])")  # Belarusian ў: Dubrouski
_LATIN_END = re.compile(r"(?:sk(?:iy|yi|yy|y|i|aya|aia|a|oye|e)|ians?|ing|ed|es|s)$")


@lru_cache(maxsize=50_000)
def sound(word: str, language: str, *, name: bool) -> str:
    """Return the sound of a folded word, at most LONGEST letters; "" where no consonant is left.

    `language` decides which endings are cut off; of a `name` fewer are, since -ov may be its own.
    """
    stem = _stem(word, language, name=name)
    initial = "a" if stem[:1] in _VOWELS or (stem[:1] in ("й", "j") and stem[1:2] in _VOWELS) else ""
    return (initial + _consonants(stem))[:LONGEST]


def _stem(word: str, language: str, *, name: bool) -> str:
    if _CYRILLIC.search(word) is None:
        return _cut(_LATIN_END, word)
    if language == "kk":
        return _cut(_KAZAKH_CASE, word)
    bare = _cut(_ADJECTIVE, word)
    return _cut(_NAME_CASE if name else _CASE, bare) if bare == word else bare


def _cut(ending: re.Pattern[str], word: str) -> str:
    found = ending.search(word)
    return word[: found.start()] if found and found.start() >= _STEM else word


def _consonants(stem: str) -> str:
    if _CYRILLIC.search(stem):
        plain = stem.replace("дз", "д").replace("дж", "ж").replace("нг", "н").translate(_SOUNDS)
    else:
        plain = _LATIN_GROUP.sub(lambda group: _LATIN_SOUND[group.group()], _OU.sub("ov", stem))
    single = (b for a, b in zip(" " + plain, plain, strict=False) if a != b)
    return "".join(letter for letter in single if letter not in _VOWELS)

"""Folding: the one spelling under which a word is looked up, whatever its case, accents or look-alike letters.

What is merged, and what is not:
- case, compatibility letters (full width, ligatures, mathematical letters), combining marks (stress), soft hyphens,
  zero-width and direction marks, and every apostrophe (`Lukashenka's` is `lukashenkas`, `об'єднання` is `обєднання`);
- Latin letters lose their diacritics (ł l, ß ss, ı i, ş s, ǵ g), for feeds lose them too;
- Cyrillic ё е, ў у, ґ г, and letters with stress marks; й and ї stay letters of their own;
- Kazakh ә ғ қ ң ө ұ ү һ і are never merged into Russian letters: казак is not қазақ; only other code points for the
  same letter are (ӊ ң, ӄ қ, Latin ə and ɵ inside a Cyrillic word);
- a word of both scripts is read in the script of its decisive letters (those with no look-alike in the other script),
  or of most letters when it has none: Лукашэнкi with a Latin i, Lukаshenko with a Cyrillic а.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from os.path import commonprefix
from types import MappingProxyType

_APOSTROPHES = "'`´‘’‚‛′‵ʹʺʻʼʽˈˊˋ＇ʾʿ"

# Marks that sit on Latin, Cyrillic and Greek letters; the vowel signs of other scripts are part of their words.
_MARKS = re.compile("[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]")
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb]"
)

_PLAIN = re.compile("[\u0430-\u052f]+|[a-z\u00df-\u00f6\u00f8-\u024f]+")
_LETTERWISE = re.compile("[\u0430-\u052f]+|[a-z]+")
_LATIN = re.compile("[a-zA-Z\u00c0-\u024f\u0250-\u02af\u1e00-\u1eff]")
_CYRILLIC = re.compile("[\u0400-\u052f\u1c80-\u1c8f]")
_GREEK = re.compile("[\u0370-\u03ff]")

_STROKES = {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ħ": "h", "ŧ": "t", "ŋ": "n", "æ": "ae", "œ": "oe"} | {
    **{"ƶ": "z", "ɨ": "i", "ɓ": "b", "ȷ": "j", "ſ": "s", "ĸ": "k", "ß": "ss"},
    **{"ё": "е", "ў": "у", "ґ": "г", "ӊ": "ң", "ӄ": "қ", "ҝ": "қ", "ӏ": "і", "ѵ": "и", "ѣ": "е"},
}
_LETTERS: Mapping[int, str | None] = MappingProxyType(
    str.maketrans(
        dict.fromkeys(_APOSTROPHES)
        | _STROKES
        | {a.upper(): b.upper() for a, b in _STROKES.items() if len(a.upper()) == 1}
    )
)
# Only after the script is known: inside a Cyrillic word these are Kazakh and Ukrainian letters.
_LATIN_LEFT: Mapping[int, str] = MappingProxyType(str.maketrans({"ə": "a", "ǝ": "a", "ɵ": "o", "ı": "i"}))

# й and ї decompose, but are letters of their own; they sit out the removal of marks in the private use area.
_GUARDED = "йїЙЇ"
_GUARD: Mapping[int, int] = MappingProxyType(str.maketrans(_GUARDED, "\ue001\ue002\ue003\ue004"))
_UNGUARD: Mapping[int, int] = MappingProxyType(str.maketrans("\ue001\ue002\ue003\ue004", _GUARDED))

_UPPER_PAIRS = "AА BВ CС EЕ HН IІ JЈ KК MМ OО PР SЅ TТ XХ YУ"
_LOWER_PAIRS = "aа bь cс eе hһ iі jј kк mм oо pр sѕ tт xх yу"
_TO_CYRILLIC: Mapping[int, str] = MappingProxyType(
    str.maketrans(
        {p[0]: p[1] for p in f"{_UPPER_PAIRS} {_LOWER_PAIRS}".split()}
        | {"ə": "ә", "Ə": "Ә", "ǝ": "ә", "ɵ": "ө", "Ɵ": "Ө", "ı": "і"}
    )
)
_TO_LATIN: Mapping[int, str] = MappingProxyType(
    str.maketrans({p[1]: p[0] for p in f"{_UPPER_PAIRS} {_LOWER_PAIRS}".split()} | {"в": "b", "н": "h"})
)
_GREEK_TO_LATIN: Mapping[int, int] = MappingProxyType(
    str.maketrans("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαεικνορτυχϲ", "ABEZHIKMNOPTYXaeikvoptuxc")
)
_TWO_FACED = frozenset(
    letter
    for table in (_TO_CYRILLIC, _TO_LATIN)
    for code in table
    for letter in (chr(code), chr(code).lower(), chr(code).upper())
)


def fold(word: str) -> str:
    """Return the spelling under which one word (a token, no spaces) is looked up; "" if nothing of it can be read.

    Folding a folded word changes nothing. Linear in the length; lone surrogates and other scripts pass through.
    """
    if word.isascii():
        return word.lower().replace("'", "").replace("`", "")
    lower = word.lower()
    return lower.translate(_one_by_one()) if _PLAIN.fullmatch(lower) else _fold_rare(word)


def fold_each(words: Sequence[str]) -> list[str]:
    """Return what `fold` returns for each word, quickly for words that begin alike, as a word's case forms do."""
    stem, rests = divided(words)
    if _LETTERWISE.fullmatch(stem) is None:
        return list(map(fold, words))
    begun = fold(stem)
    return [begun + rest if plain else fold(stem + rest) for rest, plain in _folded_rests(rests, stem.isascii())]


def divided(words: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """Return what all words begin with, and how each goes on."""
    stem = commonprefix(words)  # noqa: RUF071 (letter by letter is what is wanted)
    length = len(stem)
    return stem, tuple([word[length:] for word in words])


# Words of one declension go on in the same ways, so few are different.
@lru_cache(maxsize=2_000)
def _folded_rests(rests: tuple[str, ...], latin: bool) -> tuple[tuple[str, bool], ...]:
    """Return each rest folded, and whether it may be: after a stem of its own script, letter by letter; or as it is."""
    letterwise = re.compile("[a-z]*" if latin else "[\u0430-\u052f]*")
    return tuple((fold(rest), True) if letterwise.fullmatch(rest) else (rest, False) for rest in rests)


@cache
def _one_by_one() -> Mapping[int, str]:
    """Return what each letter of a word of one script folds to, where the word has plain letters only."""
    letters = filter(_PLAIN.fullmatch, map(chr, range(0x530)))
    return {ord(letter): _fold_rare(letter) for letter in letters if _fold_rare(letter) != letter}


def without_marks(text: str) -> str:
    """Return a text without stress marks, soft hyphens and what else is not seen; й, ё and their like stay whole."""
    return text if text.isascii() else _MARKS.sub("", unicodedata.normalize("NFC", _UNSEEN.sub("", text)))


def _fold_rare(word: str) -> str:
    seen = _UNSEEN.sub("", unicodedata.normalize("NFKC", _UNSEEN.sub("", word)))
    plain = _without_marks(seen).translate(_LETTERS)
    return _without_marks(_in_one_script(plain).casefold().translate(_LETTERS)).translate(_LATIN_LEFT)


def _without_marks(word: str) -> str:
    guarded = unicodedata.normalize("NFD", word.translate(_GUARD))
    return unicodedata.normalize("NFC", _MARKS.sub("", guarded)).translate(_UNGUARD)


def _in_one_script(word: str) -> str:
    if _GREEK.search(word) and (_LATIN.search(word) or _CYRILLIC.search(word)):
        word = word.translate(_GREEK_TO_LATIN)
    latin, cyrillic = _LATIN.findall(word), _CYRILLIC.findall(word)
    if not latin or not cyrillic:
        return word
    decisive = _decisive(cyrillic) - _decisive(latin)
    if not decisive and not _decisive(latin):
        decisive = len(cyrillic) - len(latin) or 1
    if decisive > 0:
        return word.translate(_TO_CYRILLIC)
    return word.translate(_TO_LATIN) if decisive < 0 else word


def _decisive(letters: list[str]) -> int:
    return sum(letter not in _TWO_FACED for letter in letters)

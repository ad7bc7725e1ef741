"""Polish case forms by an own table of noun and adjective endings.

Covers nouns in -a -o -ia -ja -ść and consonants, surnames in -enko and -enka, adjectives in -y and -i in every
gender, and the slipped vowel of cło, ceł. Verbs and stems whose vowels move (wóz, wozu) are not covered: name such
forms in the rule.
"""

from __future__ import annotations

from types import MappingProxyType

from rules.words.endings.table import Endings, slipper, softener

_ADJECTIVE = ("y", "ego", "emu", "ym", "a", "ej", "ą", "e", "ych", "ymi", "i")
_SOFT_ADJECTIVE = ("i", "iego", "iemu", "im", "a", "iej", "ą", "ie", "ich", "imi")
_FEMININE = ("a", "y", "~ie", "~e", "ę", "ą", "o", "", "*", "om", "ami", "ach")
_HARD = ("a", "u", "owi", "em", "~ie", "~e", "y", "owie", "ów", "om", "ami", "ach")

_TABLE = MappingProxyType(
    {
        "": _HARD,
        "k": ("ka", "ku", "kowi", "kiem", "ki", "ków", "kom", "kami", "kach", "cy"),
        "g": ("ga", "gu", "gowi", "giem", "gi", "gów", "gom", "gami", "gach"),
        "nt": (*("nt" + e for e in _HARD if "~" not in e), "ncie", "nci"),
        "a": _FEMININE,
        "ka": ("ka", "ki", "ce", "kę", "ką", "ko", "ek", "kom", "kami", "kach"),
        "ga": ("ga", "gi", "dze", "gę", "gą", "go", "g", "gom", "gami", "gach"),
        "ia": ("ia", "ii", "i", "ię", "ią", "io", "ie", "iom", "iami", "iach", "ij"),
        "ja": ("ja", "ji", "i", "ję", "ją", "jo", "je", "jom", "jami", "jach"),
        "na": tuple("n" + e for e in ("", "y", "ie", "ę", "ą", "o", "om", "ami", "ach", *_ADJECTIVE)),
        "wa": ("w", "wy", "wie", "wę", "wą", "wo", "wom", "wami", "wach", *("w" + e for e in _ADJECTIVE)),
        "o": ("a", "u", "em", "~ie", "~e", "", "*", "om", "ami", "ach"),
        "ko": ("ki", "ce", "kę", "ką", "ka", "ku", "kowi", "kiem", "ko", "kowie", "ków", "kom", "kami", "kach"),
        "y": ("", "*", "ów", "om", "ami", "ach", *_ADJECTIVE),
        "i": ("", "ów", "om", "ami", "ach", *_SOFT_ADJECTIVE),
        "ki": ("k", "ek", "ków", "kom", "kami", "kach", *("k" + e for e in _SOFT_ADJECTIVE)),
        "ś": ("si", "sią", "sie", "siom", "siami", "siach"),
        "ść": ("ści", "ścią", "ściom", "ściami", "ściach"),
        "ń": ("nia", "niu", "niowi", "niem", "nie", "ni", "niom", "niami", "niach", "nią"),
        "c": ("ca", "cu", "cowi", "cem", "ce", "ców", "com", "cami", "cach"),
        "ec": ("ca", "cu", "cowi", "cem", "cy", "ców", "com", "cami", "cach"),
    }
)

_ENDINGS = Endings(
    _TABLE,
    softener({"t": "ci", "st": "ści", "d": "dzi", "r": "rz", "ł": "l", "sł": "śl"}),
    slipper("e", "aąeęioóuy"),
)


def case_forms(word: str) -> tuple[str, ...]:
    """Return the case forms of a lower-case Polish noun or adjective, the word itself left out."""
    spelt = (form.replace("cii", "ci").replace("dzii", "dzi").replace("rzi", "rz") for form in _ENDINGS.forms(word))
    return tuple(form for form in dict.fromkeys(spelt) if form != word)

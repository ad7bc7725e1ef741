"""How a name from a Cyrillic language is declined once it is spelt in Latin letters.

English and German put -s (the apostrophe disappears in folding); Czech, Slovak, Slovene, Croatian and Lithuanian papers
decline the scholarly spelling (Lukašenka, Lukašenkem, Lukašenkovi); Polish ones the Polish spelling, by its own table.
"""

from __future__ import annotations

from rules.words.endings import polish

_AFTER_VOWEL = ("a", "o", "u", "e", "i", "y", "om", "em", "ou", "oj", "ovi", "os", "ai")
_AFTER_CONSONANT = ("a", "u", "e", "i", "y", "om", "em", "ovi", "ovym")
_SHORTEST = 5


def case_forms(spelling: str, scheme: str) -> tuple[str, ...]:
    """Return the declined spellings of a lower-case name of five letters and more, by the scheme it is spelt in."""
    if len(spelling) < _SHORTEST:
        return ()
    if scheme == "Polish spelling":
        return polish.case_forms(spelling)
    possessive = () if spelling.endswith("s") else (spelling + "s",)
    if "scholarly" not in scheme:
        return possessive
    if spelling[-1] in "ao":
        return (*(spelling[:-1] + ending for ending in _AFTER_VOWEL), *possessive)
    return possessive if spelling[-1] in "eiuy" else (*(spelling + ending for ending in _AFTER_CONSONANT), *possessive)

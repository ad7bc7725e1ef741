"""English word forms: the plural and the possessives. The apostrophe disappears in folding, so `'s` and `s'` are -s."""

from __future__ import annotations

import re

_SIBILANT = re.compile(r"(s|x|z|ch|sh)$")
_CONSONANT_Y = re.compile(r"[^aeiou]y$")


def case_forms(word: str) -> tuple[str, ...]:
    """Return plural and possessives of a lower-case English noun: tariff → tariffs, duty → duties, dutys."""
    if _SIBILANT.search(word):
        return (word + "es", word + "s") if not word.endswith("s") else (word + "es", word + "'s")
    if _CONSONANT_Y.search(word):
        return (word[:-1] + "ies", word + "'s")
    return (word + "s",)

"""Suggests what an unknown word in a rule was meant to be."""

from __future__ import annotations

from collections.abc import Collection

from rapidfuzz import process


def nearest(word: str, known: Collection[str]) -> str:
    """Return a half-sentence that suggests what `word` was meant to be or lists what there is, if anything."""
    folded = {name.casefold(): name for name in known}
    found = process.extractOne(word.casefold(), list(folded), score_cutoff=60)
    if found is not None:
        return f'did you mean "{folded[found[0]]}"?'
    return f"there are: {', '.join(sorted(known)[:12])}" if known else ""

"""Typos: which unseen word is a slip of the pen for a known form. Comes last, after every exact look-up.

The table: a form of up to 7 letters allows no edit, 8 and 9 letters one, from 10 letters two; the first letter must
agree; an edit is a letter put in, left out, changed, or swapped with its neighbour; two edits in the last three letters
are another ending. A word that a dictionary knows is nobody's typo.
"""

from __future__ import annotations

from collections.abc import Iterable

from rapidfuzz.distance import OSA

from rules.words.dictionaries import is_known, known_somewhere
from rules.words.folding import fold

__all__ = [
    "LARGEST_BUDGET",
    "edits_between",
    "fold",
    "is_known",
    "is_near_any",
    "is_other_ending",
    "known_somewhere",
    "typo_budget",
]

LARGEST_BUDGET = 2
_ENDING = 3


def typo_budget(folded: str, base: str = "") -> int:
    """Return how many edits a word may differ from the form `folded`: 0 up to 7 letters, 1 for 8 and 9, else 2.

    `base` is the folded word of the rule that the form was made of; a long ending does not make a short word safer to
    mistype (Қашаған has 7 letters, so қашағанына allows none: Қашағанова is a surname), so the shorter of both counts.
    Source: the rule language ("up to 7 letters none, 8–9 one, from 10 two"); shorter words collide with others.
    """
    letters = min(len(folded), len(base)) if base else len(folded)
    return 0 if letters <= 7 else 1 if letters <= 9 else 2


def edits_between(word: str, form: str, budget: int) -> int | None:
    """Return how many edits (1 to `budget`) make `word` a typo of `form`, None where it is none; both are folded."""
    if word[:1] != form[:1]:
        return None
    edits = OSA.distance(word, form, score_cutoff=budget)
    return edits if 0 < edits <= budget and not is_other_ending(word, form, edits) else None


def is_near_any(word: str, others: Iterable[str], edits: int) -> bool:
    """Say whether a word is within so many edits of another one."""
    return any(OSA.distance(word, other, score_cutoff=edits) <= edits for other in others)


def is_other_ending(word: str, form: str, edits: float) -> bool:
    """Say whether both edits lie in the form's last three letters: that is another ending, so another word.

    Lukasheva and Łukaszewska are two edits from Lukashenka and Łukaszenka, and other people.
    """
    stem = len(form) - _ENDING
    return edits >= 2 and word[:stem] == form[:stem]

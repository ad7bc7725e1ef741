"""Typos: which unseen word is a slip of the pen for a known form. Comes last, after every exact look-up.

The table: a form of up to 7 letters allows no edit, 8 and 9 letters one, from 10 letters two; the first letter must
agree; an edit is a letter put in, left out, changed, or swapped with its neighbour; two edits in the last three letters
are another ending. A word that a dictionary knows is nobody's typo.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rapidfuzz import process
from rapidfuzz.distance import OSA

from rules.dictionaries import is_known, known_somewhere
from rules.folding import fold

__all__ = ["TypoIndex", "fold", "is_known", "is_other_ending", "known_somewhere", "typo_budget"]

_LARGEST_BUDGET = 2
_ENDING = 3


def typo_budget(folded: str, base: str = "") -> int:
    """Return how many edits a word may differ from the form `folded`: 0 up to 7 letters, 1 for 8 and 9, else 2.

    `base` is the folded word of the rule that the form was made of; a long ending does not make a short word safer to
    mistype (Қашаған has 7 letters, so қашағанына allows none: Қашағанова is a surname), so the shorter of both counts.
    Source: the rule language ("up to 7 letters none, 8–9 one, from 10 two"); shorter words collide with others.
    """
    letters = min(len(folded), len(base)) if base else len(folded)
    return 0 if letters <= 7 else 1 if letters <= 9 else 2


class TypoIndex:
    """The forms that may be mistyped, by first letter and length, so that a word is compared with its likes only."""

    def __init__(self, forms: Mapping[str, int]) -> None:
        """`forms` maps a folded form to the edits it allows (0, 1 or 2; more counts as 2)."""
        shelves: dict[tuple[str, int, int], list[str]] = {}
        for form, asked in sorted(forms.items()):
            budget = min(asked, _LARGEST_BUDGET)
            if budget <= 0 or not form:
                continue
            for length in range(max(len(form) - budget, 2), len(form) + budget + 1):
                shelves.setdefault((form[0], length, budget), []).append(form)
        self._shelves = {key: tuple(found) for key, found in shelves.items()}

    def find(self, folded: str) -> tuple[str, int] | None:
        """Return the form that `folded` is a typo of and the number of edits (1 or 2), the nearest form first.

        None for a word too far from every form, for a form itself, and for a word that a dictionary knows.
        """
        best = self._nearest(folded)
        if best is None or best[1] == 0 or known_somewhere(folded):
            return None
        return best

    def _nearest(self, folded: str) -> tuple[str, int] | None:
        best: tuple[str, int] | None = None
        for budget in (1, _LARGEST_BUDGET):
            shelf: Sequence[str] = self._shelves.get((folded[:1], len(folded), budget), ())
            cutoff = budget if best is None else min(budget, best[1] - 1)
            near = process.extract(folded, shelf, scorer=OSA.distance, score_cutoff=cutoff, limit=None) if shelf else ()
            found = next(
                ((form, int(edits)) for form, edits, _ in near if not is_other_ending(folded, form, edits)), None
            )
            best = found or best
            if best is not None and best[1] == 0:
                break
        return best


def is_other_ending(word: str, form: str, edits: float) -> bool:
    """Say whether both edits lie in the form's last three letters: that is another ending, so another word.

    Lukasheva and Łukaszewska are two edits from Lukashenka and Łukaszenka, and other people.
    """
    stem = len(form) - _ENDING
    return edits >= 2 and word[:stem] == form[:stem]

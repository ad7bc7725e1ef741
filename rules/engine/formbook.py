"""The forms of every slot in little room: ten thousand rules have millions of them, and few are ever asked for.

A slot's forms are packed as text. Unpacked, they stay text, so that a form is found by a search in it and only forms
that are asked for become objects.
"""

from __future__ import annotations

import zlib
from array import array
from collections.abc import Callable, Sequence
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from rules.model import Reach
from rules.words.forms import Form

_REMEMBERED = 1_500
_REACHES = tuple(Reach)
_FAST = 1


class Spelt:
    """The forms of one slot. `folded` has a form a line, with a line end before and after; `told` a line for each."""

    __slots__ = ("_folded", "_told")

    def __init__(self, folded: str, told: str) -> None:
        self._folded = folded
        self._told = told

    def __contains__(self, folded: str) -> bool:
        return f"\n{folded}\n" in self._folded

    def read(self, folded: str) -> tuple[str, Reach] | None:
        """Return how a form is written and was made; None for what is no form."""
        at = self._folded.find(f"\n{folded}\n")
        if at < 0:
            return None
        reach, _, written = self._told.split("\n")[self._folded.count("\n", 0, at)].partition("\t")
        return written or folded, _REACHES[int(reach)]

    def near(self, folded: str, edits: int) -> list[str]:
        """Return the forms within so many edits of a word, in the order in which they were made."""
        forms = self._folded[1:-1].split("\n")
        found = process.extract(folded, forms, scorer=OSA.distance, score_cutoff=edits, limit=None)
        return [form for form, _, _ in sorted(found, key=lambda one: one[2])]


class FormBook:
    """Packs the forms of slots, slot by slot, and gives them back."""

    def __init__(self) -> None:
        # One piece of memory: many small ones among the forms that are thrown away would hold on to theirs.
        self._packed = bytearray()
        self._ends = array("Q", [0])
        self.of: Callable[[int], Spelt] = lru_cache(maxsize=_REMEMBERED)(self._of)

    def add(self, forms: Sequence[Form]) -> None:
        """Add the forms of the next slot."""
        folded = "\n".join([form.folded for form in forms])
        told = "\n".join(
            [f"{_REACHES.index(form.reach)}\t{'' if form.written == form.folded else form.written}" for form in forms]
        )
        self._packed += zlib.compress(f"\n{folded}\n\0{told}".encode("utf-8", "surrogatepass"), _FAST)
        self._ends.append(len(self._packed))

    def _of(self, number: int) -> Spelt:
        packed = self._packed[self._ends[number] : self._ends[number + 1]]
        folded, _, told = zlib.decompress(packed).decode("utf-8", "surrogatepass").partition("\0")
        return Spelt(folded, told)

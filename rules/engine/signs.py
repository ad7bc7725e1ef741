"""What the engine knows of each character, as tables: does it make words, how does it fold, which random number is it.

The tables say nothing of their own: they are filled by asking `text` and `folding` about every character once.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from rules.words.folding import fold
from rules.words.text import SENTENCE_SIGN

Codes = NDArray[np.uint32]
Marks = NDArray[np.uint64]
Numbers = NDArray[np.int64]

OTHER, LETTER, APOSTROPHE, SPACE, ODD, SIGN, LINE_END = range(7)
LATIN, CYRILLIC, UNCERTAIN = 1, 2, 4

_EVERY, _PIECE = 0x110000, 0x4000
_PLAIN = 0x2000  # all letters that fold one by one lie below
_APOSTROPHES = "'’‘ʼʹ′`´＇"
_LETTERS = re.compile(r"[^\W_]+")
_SPACES = re.compile(r"\s+")
# Accents and signs that are not seen stand inside words; & and # begin what is no word or is read in pieces.
_ODD = re.compile(
    "[&#\u0300-\u036f\u0483-\u0487\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
    "\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ufe00-\ufe0f]"
)
_LATIN = re.compile("[a-z\u00df-\u024f\u0250-\u02af\u1e00-\u1eff]")
_CYRILLIC = re.compile("[\u0430-\u052f\u1c80-\u1c8f]")
_STEP = 0x9E3779B97F4A7C15  # odd, so it has an inverse; 2^64 divided by the golden ratio
_BACK = pow(_STEP, -1, 1 << 64)


@cache
def kinds() -> NDArray[np.uint8]:
    """Return for every code point what it is: a letter of words, an apostrophe, a space, odd, a sign that may end a
    sentence, a line's end (which is a space too, and may end one), or other.
    """
    table = np.zeros(_EVERY, np.uint8)
    # Piece by piece: as text at once, all characters would take 90 MB for a moment.
    for begin in range(0, _EVERY, _PIECE):
        piece = "".join(map(chr, range(begin, begin + _PIECE)))
        for kind, pattern in ((LETTER, _LETTERS), (SPACE, _SPACES), (ODD, _ODD), (SIGN, SENTENCE_SIGN)):
            for found in pattern.finditer(piece):
                table[begin + found.start() : begin + found.end()] = kind
    for sign in _APOSTROPHES:
        # Unicode counts some apostrophes as letters, so they may also make a word of their own.
        table[ord(sign)] = ODD if sign.isalnum() else APOSTROPHE
    table[ord("\n")] = LINE_END
    return table


@cache
def folds() -> tuple[Codes, NDArray[np.uint8]]:
    """Return for the lower code points what each folds to, and the script of that, UNCERTAIN where it needs a look.

    A word of such letters of one script folds letter by letter; the last entry stands for all higher code points.
    """
    folded, scripts = np.zeros(_PLAIN, np.uint32), np.full(_PLAIN, UNCERTAIN, np.uint8)
    for code in range(_PLAIN - 1):
        letter = fold(chr(code)) if chr(code).isalnum() else ""
        if len(letter) == 1:
            folded[code] = ord(letter)
            scripts[code] = _script(letter)
    return folded, scripts


def _script(letter: str) -> int:
    if letter in "0123456789":
        return 0
    return LATIN if _LATIN.match(letter) else CYRILLIC if _CYRILLIC.match(letter) else UNCERTAIN


@cache
def _numbers() -> Marks:
    """Return a random number for every code point, other ones in each process, so that nobody can craft collisions."""
    return np.random.default_rng(abs(hash("mediawatch"))).integers(0, 1 << 64, _EVERY, np.uint64)


def powers(size: int) -> Marks:
    """Return what the number of each place of a stretch is multiplied by."""
    return _powers(_STEP, size)


def numbered(codes: Codes) -> Marks:
    """Return the random number of each code point."""
    numbers: Marks = _numbers().take(codes)
    return numbers


def _powers(base: int, size: int) -> Marks:
    return _all_powers(base, 1 << max(12, (size - 1).bit_length()))[:size]


# The usual batch and a rare long text, of both bases.
@lru_cache(maxsize=8)
def _all_powers(base: int, size: int) -> Marks:
    powers = np.full(size, base, np.uint64)
    powers[0] = 1
    return np.cumprod(powers, dtype=np.uint64)


def encoded(text: str) -> Codes:
    """Return the code points of a text, lone surrogates among them."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


class Rolling:
    """Marks of stretches of code points: equal stretches have equal marks, others never in practice.

    A mark is the sum of each code point's random number times a power for its place, 64 bits; it is taken from running
    sums, so that any stretch is two look-ups away.
    """

    def __init__(self, codes: Codes) -> None:
        size = len(codes)
        self._sums = np.zeros(size + 1, np.uint64)
        np.cumsum(_numbers().take(codes) * _powers(_STEP, size), out=self._sums[1:])
        self._back = _powers(_BACK, size + 1)

    def of(self, starts: Numbers, ends: Numbers) -> Marks:
        """Return the marks of stretches, half-open."""
        return (self._sums[ends] - self._sums[starts]) * self._back[starts]


def letter_sets(codes: Codes, starts: Numbers) -> Marks:
    """Return for each stretch (end to end, none empty) the set of its letters as bits; some share one."""
    bits = np.left_shift(np.uint64(1), numbered(codes) & np.uint64(63))
    return np.bitwise_or.reduceat(bits, starts) if len(starts) else np.zeros(0, np.uint64)


def stretches(starts: Numbers, lengths: Numbers) -> Numbers:
    """Return all places inside stretches, one stretch after the other."""
    ends = lengths.cumsum()
    total = int(ends[-1]) if len(ends) else 0
    places: Numbers = (starts - ends + lengths).repeat(lengths) + np.arange(total)
    return places


def beginnings(ordered: Numbers) -> Numbers:
    """Return where each different number begins in a list in order, which is not empty."""
    return np.append(0, (ordered[1:] != ordered[:-1]).nonzero()[0] + 1)

"""A field's words and their positions, as rules count them.

A word is a run of letters and digits. Hyphens split words; an apostrophe inside a word, combining marks, soft hyphens
and zero-width characters do not. The end of a sentence and an empty line add `SENTENCE_STEP` positions. Offsets are
code points of the original, so evidence needs no map back. `intake` cuts many fields at once, to the same words.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import cached_property, lru_cache
from itertools import pairwise

SENTENCE_STEP = 5
# A hundred pages; what comes after them is no news item's, and a crafted field must not hold up the others for seconds.
FIELD_LIMIT = 200_000
# The longest German compound in a dictionary has 80 letters; a longer run is a key, a picture or an attack.
WORD_LIMIT = 100

_ACCENTS = "\u0300-\u036f\u0483-\u0487\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_BREAKS = "\u200b"
_INVISIBLE = f"\u00ad\u034f\u061c\u180e\u200c-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ufe00-\ufe0f{_BREAKS}"
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]")
_STRESS = re.compile("[\u0300-\u036f]")
_APOSTROPHES = "'’‘ʼʹ′`´＇"
_APOSTROPHE = re.compile(f"[{_APOSTROPHES}]")
_LETTER = r"[^\W_]"
_JOINED = f"[{_ACCENTS}{_INVISIBLE}]"

# Possessive repeats (*+) keep a long run of accents or apostrophes from being tried in every split.
_PATTERN = re.compile(
    r"https?://[^\s<>\"»”]++|www\.[^\s<>\"»”]++"
    r"|(?:&(?:\#39|\#x27|\#8217|apos|rsquo);|\#39;)s?\b"
    r"|&(?:[A-Za-z]{2,8}|\#[0-9]{1,6}|\#[xX][0-9A-Fa-f]{1,5});"
    rf"|({_LETTER}(?:{_JOINED}*+(?:[{_APOSTROPHES}]{_JOINED}*+)?{_LETTER})*+[{_ACCENTS}]*+)"
)
_SENTENCE_END = re.compile(r"[.!?…。！？](?=[\s\"'»”’)\]])|\n[ \t\r\u00a0]*\n")
SENTENCE_SIGN = re.compile(r"[.!?…。！？\n]")
_NO_FULL_STOP = re.compile(r"[!?…。！？]")
_LETTERS = tuple(map(chr, range(0x530)))
_SMALL, _CAPITAL = "".join(filter(str.islower, _LETTERS)), "".join(filter(str.isupper, _LETTERS))
_CAMEL = re.compile(rf"(?<=[{_SMALL}0-9])(?=[{_CAPITAL}])")

# Words after which a full stop does not end a sentence even before a capital: titles, units, "ul.", "im.".
ABBREVIATIONS = frozenset(
    re.findall(
        r"\S+",
        "mr mrs ms dr st gen col sen rep gov prof pres lt sgt no vs inc ltd co corp jr sr jan feb mar apr jun jul aug"
        " sep sept oct nov dec г гг ул им тыс млн млрд трлн руб долл др пр см стр обл св тов проф акад ген т е р н э м"
        " вул ім тис крб мн мың млд жж б ks św tys mln mld",
    )
)


class _Gap(Enum):
    """What stands between two words, as far as it can end a sentence."""

    NOTHING = auto()
    FULL_STOP = auto()
    END = auto()
    PARAGRAPH = auto()


@lru_cache(maxsize=500)
def _gap(between: str) -> _Gap:
    """Return what stands between two words; few things do, again and again."""
    if len(between) < 2 or _SENTENCE_END.search(between) is None:
        return _Gap.NOTHING
    if between.count("\n") > 1:
        return _Gap.PARAGRAPH
    return _Gap.FULL_STOP if _NO_FULL_STOP.search(between) is None else _Gap.END


@dataclass(frozen=True, slots=True)
class Token:
    """One word of a field: `start` and `end` are code points of the field's original, half-open."""

    start: int
    end: int
    raw: str


class Words:
    """A field cut into words.

    `wholes` are stretches of words, first and last, that may also be read as one: #RedCar beside Red and Car.
    `after_signs` are the numbers of the words before which a sign stands that may end a sentence, if they are known.
    """

    def __init__(
        self,
        original: str,
        starts: Sequence[int],
        ends: Sequence[int],
        wholes: Sequence[tuple[int, int]] = (),
        after_signs: Iterable[int] | None = None,
    ) -> None:
        self.original = original
        self.starts = starts
        self.ends = ends
        self.wholes = wholes
        self._after_signs = self._signed() if after_signs is None else after_signs

    @cached_property
    def tokens(self) -> list[Token]:
        """Return the words one by one."""
        return [Token(start, end, self.original[start:end]) for start, end in zip(self.starts, self.ends, strict=True)]

    @cached_property
    def has_capitals(self) -> bool:
        """Say whether any capital occurs: where none does, an acronym may stand in small letters."""
        return any(map(str.isupper, self.original[:FIELD_LIMIT]))

    @property
    def positions(self) -> list[int]:
        """Return one number per word, rising by 1 and by `SENTENCE_STEP` more over a sentence end."""
        return [self.position(number) for number in range(len(self.starts))]

    def position(self, number: int) -> int:
        """Return the place of a word as NEAR counts it."""
        return number + SENTENCE_STEP * bisect_right(self._beginnings, number)

    @cached_property
    def _beginnings(self) -> list[int]:
        """Return the numbers of the words that begin a sentence, but for the first."""
        return list(filter(self._ends_sentence, self._after_signs))

    def _signed(self) -> Iterator[int]:
        """Yield the number of each word before which a sign stands that may end a sentence, but for the first."""
        at = self.ends[0] if self.starts else len(self.original)
        while (sign := SENTENCE_SIGN.search(self.original, at)) is not None:
            number = bisect_right(self.starts, sign.start())
            if number == len(self.starts):
                return
            yield number
            at = self.ends[number]

    def _ends_sentence(self, number: int) -> bool:
        """Say whether a sentence ends between a word and the one before it."""
        start = self.starts[number]
        gap = _gap(self.original[self.ends[number - 1] : start])
        if gap is _Gap.NOTHING or gap is _Gap.PARAGRAPH:
            return gap is _Gap.PARAGRAPH
        if self.original[start].islower() and self.has_capitals:
            return False
        if gap is _Gap.END:
            return True
        word = self.raw(number - 1)
        return not ((len(word) == 1 and word.isupper()) or word.casefold() in ABBREVIATIONS)

    def raw(self, first: int, last: int | None = None) -> str:
        """Return the original's own characters of a word, or of a stretch of words."""
        return self.original[self.starts[first] : self.ends[first if last is None else last]]

    def quote(self, first: int, last: int) -> tuple[int, int, str]:
        """Return start, end and the original's own characters from word `first` to word `last`."""
        start, end = self.starts[first], self.ends[last]
        return start, end, self.original[start:end]


def readings(raw: str) -> tuple[str, ...]:
    """Return the ways to read a word with an apostrophe, the likeliest first; other words have one reading.

    "Lukashenka's" is also "Lukashenka", "Lukaşenko'nun" also "Lukaşenko", "d'Astana" also "Astana".
    """
    if _APOSTROPHE.search(raw) is None:
        return (raw,)
    parts = [part for part in _APOSTROPHE.split(raw) if part]
    if len(parts) < 2:
        return (raw,)
    ways = ["".join(parts), parts[0]]
    if len(parts[-1]) > 2:
        ways.append(parts[-1])
    return tuple(dict.fromkeys(ways))


def bare(word: str) -> str:
    """Return a word without stress marks and signs that are not seen, its capitals and its own letters kept."""
    return _STRESS.sub("", unicodedata.normalize("NFC", _UNSEEN.sub("", word)))


def cut(original: str) -> Words:
    """Return the words of a field. Addresses of pages and left-over HTML entities are no words.

    A hashtag in CamelCase and a word with a zero-width space inside are their pieces, and may be read whole as well.
    """
    pieces = list(cut_part(original[:FIELD_LIMIT]))
    starts, ends = [start for start, _, _ in pieces], [end for _, end, _ in pieces]
    wholes = [(number, number + more) for number, (_, _, more) in enumerate(pieces) if more]
    return Words(original, starts, ends, wholes)


def cut_part(text: str) -> Iterator[tuple[int, int, int]]:
    """Yield start and end of the words of a text without limit, and how many of the next may be read with one as whole.

    A text may be cut at its spaces: its parts have the same words.
    """
    for match in _PATTERN.finditer(text):
        start, end = match.span(1)
        if start < 0:
            continue
        tagged = start > 0 and text[start - 1] == "#"
        if tagged or _BREAKS in text[start:end]:
            edges = list(_pieces(start, text[start:end], tagged=tagged))
            for number, (left, right) in enumerate(edges):
                yield left, right, 0 if number else len(edges) - 1
        else:
            yield start, end, 0


def _pieces(start: int, raw: str, *, tagged: bool) -> Iterator[tuple[int, int]]:
    borders = {found.start() for found in re.finditer(_BREAKS, raw)}
    if tagged:
        borders |= {found.start() for found in _CAMEL.finditer(raw)}
    for left, right in pairwise([0, *sorted(borders), len(raw)]):
        lead = len(raw[left:right]) - len(raw[left:right].lstrip(_BREAKS))
        if right - left > lead:
            yield start + left + lead, start + right


def words_as_written(text: str) -> list[str]:
    """Return the words of a term as an editor wrote them; a hashtag stays whole."""
    return [match.group(1) for match in _PATTERN.finditer(text) if match.group(1) is not None]

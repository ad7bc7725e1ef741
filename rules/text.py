"""A field's words and their positions, as rules count them.

A word is a run of letters and digits. Hyphens split words; an apostrophe inside a word, combining marks, soft hyphens
and zero-width characters do not. The end of a sentence and an empty line add `SENTENCE_STEP` positions. Offsets are
code points of the original, so evidence needs no map back.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

SENTENCE_STEP = 5
# Two million characters are a long book; beyond that nobody can mean one news item.
FIELD_LIMIT = 2_000_000
# The longest German compound in a dictionary has 80 letters; a longer run is a key, a picture or an attack.
WORD_LIMIT = 100

_ACCENTS = "\u0300-\u036f\u0483-\u0487\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_BREAKS = "\u200b"
_INVISIBLE = f"\u00ad\u034f\u061c\u180e\u200c-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ufe00-\ufe0f{_BREAKS}"
_APOSTROPHES = "'’‘ʼʹ′`´＇"
_LETTER = r"[^\W_]"
_JOINED = f"[{_ACCENTS}{_INVISIBLE}]"

# Possessive repeats (*+) keep a long run of accents or apostrophes from being tried in every split.
_PATTERN = re.compile(
    r"https?://[^\s<>\"»”]++|www\.[^\s<>\"»”]++"
    r"|(?:&(?:\#39|\#x27|\#8217|apos|rsquo);|\#39;)s?\b"
    r"|&(?:[A-Za-z]{2,8}|\#[0-9]{1,6}|\#[xX][0-9A-Fa-f]{1,5});"
    rf"|({_LETTER}(?:{_JOINED}*+(?:[{_APOSTROPHES}]{_JOINED}*+)?{_LETTER})*+[{_ACCENTS}]*+)"
)
_SENTENCE_END = re.compile(r"[.!?…。！？](?=[\s\"'»”’)\]]|$)|\n[ \t\r\u00a0]*\n")
_FULL_STOP_ONLY = re.compile(r"[^!?…。！？\n]*\.[^.!?…。！？\n]*\n?[^.!?…。！？\n]*")
_CAMEL = re.compile(r"(?<=[a-zа-яёіўєїґәғқңөұүһ0-9])(?=[A-ZА-ЯЁІЎЄЇҐӘҒҚҢӨҰҮҺ])")
_CAPITAL = re.compile(r"[A-ZА-ЯЁІЎЄЇҐӘҒҚҢӨҰҮҺŁŚŻĆÇŞŠČŽ]")

# Words after which a full stop does not end a sentence even before a capital: titles, units, "ul.", "im.".
ABBREVIATIONS = frozenset(
    re.findall(
        r"\S+",
        "mr mrs ms dr st gen col sen rep gov prof pres lt sgt no vs inc ltd co corp jr sr jan feb mar apr jun jul aug"
        " sep sept oct nov dec г гг ул им тыс млн млрд трлн руб долл др пр см стр обл св тов проф акад ген т е р н э м"
        " вул ім тис крб мн мың млд жж б ks św tys mln mld",
    )
)


@dataclass(frozen=True, slots=True)
class Token:
    """One word of a field: `start` and `end` are code points of the field's original, half-open."""

    start: int
    end: int
    raw: str


class Words:
    """A field cut into words. `positions[i]` is the place of word i as NEAR counts it."""

    def __init__(self, original: str, tokens: list[Token]) -> None:
        self.original = original
        self.tokens = tokens

    @cached_property
    def has_capitals(self) -> bool:
        """Say whether any capital occurs: where none does, an acronym may stand in small letters."""
        return _CAPITAL.search(self.original) is not None

    @cached_property
    def positions(self) -> list[int]:
        """Return one number per word, rising by 1 and by `SENTENCE_STEP` more over a sentence end."""
        places: list[int] = []
        place = 0
        before: Token | None = None
        for token in self.tokens:
            if before is not None:
                place += 1
                gap = self.original[before.end : token.start]
                if len(gap) > 1 and self._ends_sentence(before, gap, token):
                    place += SENTENCE_STEP
            places.append(place)
            before = token
        return places

    def _ends_sentence(self, before: Token, gap: str, after: Token) -> bool:
        if _SENTENCE_END.search(gap) is None:
            return False
        if "\n" in gap and gap.count("\n") > 1:
            return True
        first = after.raw[0]
        if first.islower() and self.has_capitals:
            return False
        if _FULL_STOP_ONLY.fullmatch(gap) is None:
            return True
        word = before.raw
        return not ((len(word) == 1 and word.isupper()) or word.casefold() in ABBREVIATIONS)

    def quote(self, first: int, last: int) -> tuple[int, int, str]:
        """Return start, end and the original's own characters from word `first` to word `last`."""
        start, end = self.tokens[first].start, self.tokens[last].end
        return start, end, self.original[start:end]


def readings(raw: str) -> tuple[str, ...]:
    """Return the ways to read a word with an apostrophe, the likeliest first; other words have one reading.

    "Lukashenka's" is also "Lukashenka", "Lukaşenko'nun" also "Lukaşenko", "d'Astana" also "Astana".
    """
    parts = [part for part in re.split(f"[{_APOSTROPHES}]", raw) if part]
    if len(parts) < 2:
        return (raw,)
    ways = ["".join(parts), parts[0]]
    if len(parts[-1]) > 2:
        ways.append(parts[-1])
    return tuple(dict.fromkeys(ways))


def cut(original: str, knows: Callable[[str], bool]) -> Words:
    """Return the words of a field. Addresses of pages and left-over HTML entities are no words.

    A hashtag in CamelCase and a word with a zero-width space inside stay whole where `knows` says so, else are split.
    """
    text = original if len(original) <= FIELD_LIMIT else original[:FIELD_LIMIT]
    tokens: list[Token] = []
    for match in _PATTERN.finditer(text):
        raw = match.group(1)
        if raw is None:
            continue
        start, end = match.span(1)
        tagged = start > 0 and text[start - 1] == "#"
        if not tagged and _BREAKS not in raw:
            tokens.append(Token(start, end, raw))
        else:
            tokens.extend(_pieces(start, raw, tagged, knows))
    return Words(original, tokens)


def _pieces(start: int, raw: str, tagged: bool, knows: Callable[[str], bool]) -> list[Token]:
    borders = {found.start() for found in re.finditer(_BREAKS, raw)}
    if tagged:
        borders |= {found.start() for found in _CAMEL.finditer(raw)}
    if not borders or knows(raw):
        return [Token(start, start + len(raw), raw)]
    edges = [0, *sorted(borders), len(raw)]
    pieces = []
    for left, right in pairwise(edges):
        lead = len(raw[left:right]) - len(raw[left:right].lstrip(_BREAKS))
        if right - left > lead:
            pieces.append(Token(start + left + lead, start + right, raw[left + lead : right]))
    return pieces

"""How the oracle cuts a field into words: sign by sign, as docs/rule_language.md says it under "Positions"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from rules.words.text import ABBREVIATIONS

SENTENCE_STEP = 5
APOSTROPHES = "'’‘ʼʹ′`´＇"
BREAK = "\u200b"
UNSEEN = frozenset(
    "\u00ad\u034f\u061c\u180e\u2060\u2061\u2062\u2063\u2064\ufeff"
    + "".join(
        map(chr, [*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2066, 0x206A), *range(0xFE00, 0xFE10)])
    )
)
MARKS = ((0x300, 0x36F), (0x483, 0x487), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x20D0, 0x20FF), (0xFE20, 0xFE2F))
ENDS = ".!?…。！？"
AFTER_AN_END = "\"'»”’)]"
ENTITY = re.compile(r"&(?:[A-Za-z]{2,8}|#[0-9]{1,6}|#[xX][0-9A-Fa-f]{1,5});")
APOSTROPHE_ENTITY = re.compile(r"(?:&(?:#39|#x27|#8217|apos|rsquo);|#39;)")
ADDRESS = re.compile(r"(?:https?://|www\.)[^\s<>\"»”]+")


class Word(NamedTuple):
    """A word: code points of the original, what stands there, and its place as NEAR counts."""

    start: int
    end: int
    raw: str
    position: int


def is_letter(sign: str) -> bool:
    return sign.isalnum()


def is_mark(sign: str) -> bool:
    return any(low <= ord(sign) <= high for low, high in MARKS)


def joins(sign: str) -> bool:
    """Say whether a sign may stand inside a word and is no letter itself, as some apostrophes are."""
    return not is_letter(sign) and (is_mark(sign) or sign in UNSEEN or sign in APOSTROPHES)


def spellings(raw: str) -> list[str]:
    """Return a word without its apostrophes, then what stands before the first, and (of 3 letters or more) the last."""
    parts = [part for part in re.split(f"[{APOSTROPHES}]", raw) if part]
    if len(parts) < 2:
        return [raw]
    return ["".join(parts), parts[0], *(parts[-1:] if len(parts[-1]) > 2 else [])]


def words_of(original: str) -> list[Word]:
    """Return the words of a field with their positions."""
    pieces = [piece for start, end in runs(original) for piece in divided(original, start, end)]
    has_capitals = any(sign.isupper() for sign in original)
    words: list[Word] = []
    for start, end in pieces:
        position = 0
        if words:
            before = words[-1]
            parted = ends_sentence(before, original[before.end : start], original[start], has_capitals)
            position = before.position + 1 + (SENTENCE_STEP if parted else 0)
        words.append(Word(start, end, original[start:end], position))
    return words


def runs(text: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of every run of letters and digits that is no address and no left-over HTML."""
    at = 0
    while at < len(text):
        address = ADDRESS.match(text, at)
        if address is not None:
            at = address.end()
            continue
        if text[at] in "&#":
            at = after_entity(text, at)
            continue
        if not is_letter(text[at]):
            at += 1
            continue
        end = end_of_word(text, at)
        yield at, end
        at = end


def after_entity(text: str, at: int) -> int:
    """Return where to go on after "&quot;" or "&#39;s", or after the one sign where it begins neither."""
    apostrophe = APOSTROPHE_ENTITY.match(text, at)
    if apostrophe is not None:
        end = apostrophe.end()
        alone = text[end : end + 1] == "s" and not (text[end + 1 : end + 2].isalnum() or text[end + 1 : end + 2] == "_")
        if alone:
            return end + 1
        if text[at] == "#" and not (text[end : end + 1].isalnum() or text[end : end + 1] == "_"):
            return at + 1
        return end
    entity = ENTITY.match(text, at)
    return entity.end() if entity is not None else at + 1


def end_of_word(text: str, at: int) -> int:
    """Return where the word that begins at `at` ends: unseen signs, marks, one apostrophe may stand before a letter."""
    end = at + 1
    while True:
        here, apostrophes = end, 0
        while here < len(text) and joins(text[here]):
            apostrophes += text[here] in APOSTROPHES
            here += 1
        if here < len(text) and apostrophes <= 1 and is_letter(text[here]):
            end = here + 1
            continue
        while end < len(text) and is_mark(text[end]):
            end += 1
        return end


def wholes_of(original: str, words: Sequence[Word]) -> list[tuple[int, int]]:
    """Return first and last word of every run that is several words and may be read as one too."""
    numbers = {word.start: number for number, word in enumerate(words)}
    found = []
    for start, end in runs(original):
        pieces = divided(original, start, end)
        if len(pieces) > 1:
            found.append((numbers[pieces[0][0]], numbers[pieces[-1][0]]))
    return found


def divided(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Return the words of a run: of a hashtag in CamelCase or one with a zero-width space inside, several."""
    raw = text[start:end]
    tagged = start > 0 and text[start - 1] == "#"
    inside = range(1, len(raw))
    borders = [at for at in inside if raw[at] == BREAK]
    if tagged:
        borders += [at for at in inside if small_or_digit(raw[at - 1]) and is_capital(raw[at])]
    edges = [0, *sorted(set(borders)), len(raw)]
    found = []
    for left, right in pairwise(edges):
        while left < right and raw[left] == BREAK:
            left += 1
        if left < right:
            found.append((start + left, start + right))
    return found


def small_or_digit(sign: str) -> bool:
    """Say whether a sign is a digit or a small Latin, Greek or Cyrillic letter."""
    return sign in "0123456789" or (sign < "\u0530" and sign.islower())


def is_capital(sign: str) -> bool:
    """Say whether a sign is a Latin, Greek or Cyrillic capital."""
    return sign < "\u0530" and sign.isupper()


def ends_sentence(before: Word, gap: str, first: str, has_capitals: bool) -> bool:
    """Say whether a sentence or a paragraph ends between two words.

    A stop needs a blank, a closing quote or a bracket after it. With two line breaks that is enough. Else nothing ends
    before a small letter, unless all is small; full stops right after an initial or an abbreviation end nothing.
    """
    lines = gap.split("\n")
    if any(not line.strip(" \t\r\u00a0") for line in lines[1:-1]):
        return True
    if not any(sign in ENDS and (after.isspace() or after in AFTER_AN_END) for sign, after in pairwise(gap)):
        return False
    if len(lines) > 2:
        return True
    if first.islower() and has_capitals:
        return False
    if {sign for sign in gap if sign in ENDS} != {"."}:
        return True
    initial = len(before.raw) == 1 and before.raw.isupper()
    return not (initial or before.raw.casefold() in ABBREVIATIONS)

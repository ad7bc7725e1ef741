"""The numbers and dates of a text, in one spelling for all languages: 1,5 млн, 1.5 million and 1 500 000 are one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from rules.stories.listed import listed
from rules.words.folding import fold

MOST = 60  # amounts of one field: a table of ten thousand numbers tells no story
_YEARS = range(1900, 2100)

_NUMBER = re.compile(
    r"(?<![\d.,])(?<![^\W\d_]-)"
    r"(?P<digits>\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?:[.,]\d{1,4})?(?!\d)|\d{1,15}(?:[.,]\d{1,9}){0,5}(?!\d))"
    r"(?:(?P<colon>:\d{1,3})(?!\d))?"
    r"[ \u00a0\u202f-]{0,2}(?P<after>%|[^\W\d_]{1,14}\.?)?"
)
_MONTH_BEFORE = re.compile(r"([^\W\d_]{3,9})\.?[ \u00a0]$")

_PERCENT = ("%", "процент", "працэнт", "адсот", "відсот", "пайыз", "percent", "pct", "per")
_WORD = re.compile(r"[^\W\d_]+(?:['’ʼ][^\W\d_]+)*")
_BETWEEN = re.compile(r"(?:[ \u00a0-]| and ){0,2}")  # what may stand between two words of one number


@dataclass(frozen=True, slots=True)
class Amounts:
    """The numbers ("1500000", "17.5%", "3:2"), the dates ("11-20", month and day) and the places they stand at."""

    numbers: tuple[str, ...]
    dates: tuple[str, ...]


def is_amount(word: str) -> bool:
    """Say whether a folded word is part of a number or a date: seven, млн, November."""
    return any(word in _table(part) for part in ("counted", "scale", "hundred")) or _month(word) > 0


@cache
def _table(part: str) -> Mapping[str, int]:
    """Return the words, folded, of one part of `numbers.txt` (scale, month, counted, hundred) with their numbers."""
    found: dict[str, int] = {}
    for name, words in listed("numbers.txt"):
        kind, value = name.split()
        for word in words if kind == part else ():
            found.setdefault(fold(word), int(value))
    return MappingProxyType(found)


def amounts(text: str, language: str) -> Amounts:
    """Return the numbers and dates of a text in the order in which they stand, each once, at most MOST of each.

    A comma before three digits parts thousands in English and decimals elsewhere. Years alone are left out: they stand
    everywhere.
    """
    numbers: dict[str, None] = {}
    dates: dict[str, None] = {}
    for found in _NUMBER.finditer(text):
        date = _date(text, found)
        if date:
            dates[date] = None
        elif number := _number(found, language):
            numbers[number] = None
        if len(numbers) >= MOST or len(dates) >= MOST:
            break
    for number in _counted(text):
        numbers.setdefault(number, None)
    return Amounts(tuple(numbers)[:MOST], tuple(dates)[:MOST])


def _date(text: str, found: re.Match[str]) -> str:
    digits = found["digits"]
    if "." in digits and re.fullmatch(r"\d{1,2}\.\d{2}\.(?:\d{4}|\d{2})", digits):
        day, month = map(int, digits.split(".")[:2])
    elif len(digits) <= 2 and not found["colon"]:
        day = int(digits)
        before = _MONTH_BEFORE.search(text, max(0, found.start() - 11), found.start())
        month = _month(found["after"] or "") or (_month(before[1], latin=True) if before else 0)
    else:
        return ""
    return f"{month:02}-{day:02}" if 1 <= day <= 31 and 1 <= month <= 12 else ""


def _month(word: str, *, latin: bool = False) -> int:
    """Return the month that a word begins with, 0 for none. `latin`: before a number only English has the month."""
    folded = fold(word.rstrip("."))
    if latin and not folded.isascii():
        return 0
    months = _table("month")
    for length in range(min(len(folded), 9), 2, -1):
        if (month := months.get(folded[:length])) is not None and (length > 3 or len(folded) <= 5):
            return month
    return 0


def _number(found: re.Match[str], language: str) -> str:
    digits, colon, after = found["digits"], found["colon"], fold(found["after"] or "").rstrip(".")
    value = _value(digits, language)
    if colon:
        # Of a score the winner's goals come first; of a time of the day the hour.
        first, second = (f"{value:g}", colon[1:]) if len(colon) > 2 else sorted((f"{value:g}", colon[1:]))
        return f"{first}:{second}"
    scale = _table("scale").get(after, 1)
    if after == "m" and found.string[found.start() - 1 : found.start()] in tuple("$€£"):
        scale = 1_000_000  # $500m, while 500 m is a length
    if (found["after"] or "") == "%" or after.startswith(_PERCENT[1:]):
        return f"{value:.6g}%"
    if scale == 1 and digits.isdigit() and len(digits) == 4 and int(digits) in _YEARS:
        return ""
    return f"{value * scale:.9g}"


def _value(digits: str, language: str) -> float:
    plain = re.sub(r"[ \u00a0\u202f]", "", digits)
    if plain.count(",") + plain.count(".") > 1:
        plain = re.sub(r"[.,](?=\d{3}(?:\D|$))", "", plain)
    elif language == "en" and re.fullmatch(r"\d{1,3},\d{3}", plain):
        plain = plain.replace(",", "")
    plain = plain.replace(",", ".")
    whole, _, rest = plain.partition(".")
    return float(f"{whole}.{rest.replace('.', '') or '0'}")


def _counted(text: str) -> Iterator[str]:
    """Yield the numbers that are written as words: seven, twenty-one, four hundred and fifty. Not a lone one."""
    spoken, ended = _Spoken(), 0
    for found in _WORD.finditer(text):
        word = fold(found.group())
        if spoken.begun and word == "and":
            continue
        apart = _BETWEEN.fullmatch(text, ended, found.start()) is None
        if apart or not spoken.takes(word):
            yield from spoken.end()
            spoken.takes(word)
        ended = found.end()
    yield from spoken.end()


@dataclass(slots=True)
class _Spoken:
    """A number that is being read word by word: whole thousands and more, and what is below them."""

    begun: bool = False
    whole: int = 0
    below: int = 0

    def takes(self, word: str) -> bool:
        """Take a word into the number, where it is one that can go on with it (or begin it)."""
        counted, scale = _table("counted").get(word, 0), _table("scale").get(word, 0)
        if counted:
            # Twenty one is a number, one twenty is two.
            digits = len(str(counted))
            if self.begun and (self.below % 10**digits or self.below in range(10, 20)):
                return False
            self.below += counted
            self.begun = True
            return True
        if not self.begun or not self.below:
            return False
        if word in _table("hundred") and self.below < 10:
            self.below *= 100
            return True
        if scale and (not self.whole or self.below * scale < self.whole):
            self.whole, self.below = self.whole + self.below * scale, 0
            return True
        return False

    def end(self) -> Iterator[str]:
        """Yield the number as digits, where there is one, and begin anew."""
        number = self.whole + self.below
        self.begun, self.whole, self.below = False, 0, 0
        if number > 1:
            yield f"{float(number):.9g}"

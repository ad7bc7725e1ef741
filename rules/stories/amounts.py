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
_TENS_ONES = re.compile(
    r"\b(twenty|thirty|forty|fifty)-(one|two|three|four|five|six|seven|eight|nine)\b", re.IGNORECASE
)
_WORD = re.compile(r"[^\W\d_]+(?:['’ʼ][^\W\d_]+)*")
_ONES = MappingProxyType(
    {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9}
)
_TENS = MappingProxyType({"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50})


@dataclass(frozen=True, slots=True)
class Amounts:
    """The numbers ("1500000", "17.5%", "3:2"), the dates ("11-20", month and day) and the places they stand at."""

    numbers: tuple[str, ...]
    dates: tuple[str, ...]


def is_amount(word: str) -> bool:
    """Say whether a folded word is part of a number or a date: seven, млн, November."""
    return word in _table("counted") or word in _table("scale") or _month(word) > 0


@cache
def _table(part: str) -> Mapping[str, int]:
    """Return the words, folded, of one part of `numbers.txt` (scale, month, counted) with their numbers."""
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
    """Yield the numbers that are written as words."""
    for tens, ones in _TENS_ONES.findall(text):
        yield str(_TENS[tens.lower()] + _ONES[ones.lower()])
    table = _table("counted")
    for word in _WORD.findall(_TENS_ONES.sub(" ", text)):
        value = table.get(fold(word))
        if value is not None:
            yield str(value)

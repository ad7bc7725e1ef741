"""Hours, weekdays and lengths of time as people write them, in the languages that our readers write."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from rules.words.wordlists import words_of
from storage.slots import EVERY_DAY

PAUSE_AT_MOST = timedelta(days=366)
WORDS_READ = 400
WORKDAYS, WEEKEND = 0b0011111, 0b1100000
_TIME = re.compile(r"(\d{1,2})(?:[:.h](\d{2}))?\s*(am|pm)?", re.ASCII)
_AM_PM = re.compile(r"(\d)\s+(am|pm)\b", re.ASCII)
_LENGTH = re.compile(r"(\d{1,4})\s*([^\W\d_]{1,8})\.?")
_DASH = re.compile(r"\s*[-‐‑‒–—−]\s*")
_APART = re.compile(r"[\s,;]+")
_SPAN = re.compile(r"(.{1,12}?)(?:-|…|\.\.+|\s+(?:to|till|until|do|до|по|да)\s+|\s+)(.{1,12})")
_LEADING = re.compile(r"^(?:from|between|с|со|з|ад|від|from\s+the)\s+")
_FILLERS = words_of("at on and и і й та да в у во ва на по a the every o um об а ў")
_PHRASES = (
    (re.compile(r"\b(?:every\s*day|each\s+day|кажд\w+\s+день|кожн\w+\s+дз?ень)\b"), "daily"),
    (re.compile(r"\b(?:work\s?days?|week\s?days?|рабоч\w+\s+дн\w+|будн\w+(?:\s+дн\w+)?)\b"), "weekdays"),
    (re.compile(r"\b(?:week\s?ends?|выходн\w+(?:\s+дн\w+)?|выхадн\w+|вихідн\w+)\b"), "weekend"),
    (re.compile(r"\b(?:ежедневно|штодня|щодня)\b"), "daily"),
)
_GROUPS = (("daily", EVERY_DAY), ("weekdays", WORKDAYS), ("weekend", WEEKEND))
_ENGLISH = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# How the days' names begin in Cyrillic, Monday first: two letters stand for a day alone, three for any ending.
_CYRILLIC = (
    "пн пон пан", "вт вто вів аў ат аўт аут", "ср сре сер", "чт чц чет чац", "пт пят п'ят п’ят", "сб суб",
    "вс нд вос няд нед",
)  # fmt: skip
_UNITS = (
    (timedelta(minutes=1), "m min mins minute minutes м мин минут минута минуты хв хвілін хвіліна хвіліны хвилин"),
    (timedelta(hours=1), "h hr hrs hour hours ч час часа часов г гадзін гадзіна гадзіны год годин години година"),
    (timedelta(days=1), "d day days д день дня дней дн дзень дні дзён днів"),
    (timedelta(weeks=1), "w week weeks н нед неделя неделю недели недель тыдзень тыдні тыдняў тиждень тижні тижнів"),
)


@dataclass(frozen=True, slots=True)
class Hours:
    """Digest hours as they were written: (minute of the day, weekdays) in order, and what is no hour and no day."""

    slots: tuple[tuple[int, int], ...]
    rest: str = ""


def read_time(words: str) -> int | None:
    """Return the minute of the day that is written ("9", "9:00", "18.30", "9pm"; "24:00" is midnight), None for
    anything else."""
    found = _TIME.fullmatch(words)
    if found is None:
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    if found[3]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found[3] == "pm" else 0)
    if (hour, minute) == (24, 0):
        return 0
    return hour * 60 + minute if hour < 24 and minute < 60 else None


def read_hours(words: str) -> Hours:
    """Return the digest hours that are written, such as "mon-fri 9:00 18:30, sat 11".

    Days hold for the times after them; where the first word is a time, for the times before them. Times without days
    are for every day.
    """
    tokens = [token for token in _tokens(words) if token not in _FILLERS]
    before = bool(tokens) and _days(tokens[0]) is None and read_time(tokens[0]) is not None
    days: dict[int, int] = {}
    rest: list[str] = []
    for mask, minutes in _grouped(tokens, rest, days_follow=before):
        for minute in minutes:
            days[minute] = days.get(minute, 0) | mask
    return Hours(tuple(sorted(days.items())), " ".join(rest))


def _tokens(words: str) -> Iterator[str]:
    said = _AM_PM.sub(r"\1\2", words[:WORDS_READ].casefold())
    for pattern, name in _PHRASES:
        said = pattern.sub(name, said)
    for token in _APART.split(_DASH.sub("-", said)):
        if token.strip(".!?()"):
            yield token.strip(".!?()")


def _grouped(tokens: Iterable[str], rest: list[str], *, days_follow: bool) -> Iterator[tuple[int, list[int]]]:
    """Yield times with the days that they are for; what is neither, and days without a time, go to `rest`."""
    mask, minutes = 0, list[int]()
    waiting: list[str] = []
    for token in tokens:
        minute, named = read_time(token), _days(token)
        if minute is None and named is None:
            rest.append(token)
        elif minute is not None and days_follow and mask:
            yield mask, minutes
            mask, minutes = 0, [minute]
        elif minute is not None:
            minutes, waiting = [*minutes, minute], []
        elif named is not None:
            if minutes and not days_follow:
                yield mask or EVERY_DAY, minutes
                mask, minutes = 0, []
            mask, waiting = mask | named, waiting if days_follow else [*waiting, token]
    rest += waiting
    yield mask or EVERY_DAY, minutes


def _days(token: str) -> int | None:
    """Return the weekdays that a word names (bit 0 is Monday), None for no day."""
    group = next((mask for name, mask in _GROUPS if token == name), None)
    if group is not None:
        return group
    ends = [_day(part) for part in token.split("-")]
    if len(ends) > 2 or any(day is None for day in ends):
        return None
    first, last = (ends[0] or 0), (ends[-1] or 0)
    span = range(first, first + (last - first) % 7 + 1)
    return sum(1 << day % 7 for day in span)


def _day(word: str) -> int | None:
    if word.isascii():
        names = (number for number, name in enumerate(_ENGLISH) if len(word) > 1 and f"{name}s".startswith(word))
        return next(names, None)
    for number, beginnings in enumerate(_CYRILLIC):
        for beginning in beginnings.split():
            if word == beginning or (len(beginning) > 2 and word.startswith(beginning) and len(word) <= 14):
                return number
    return None


def read_length(words: str) -> timedelta | None:
    """Return the length of time that is written ("3d", "2 hours", "1d 12h", "3 дня"), at most a year; else None."""
    said = words[:WORDS_READ].casefold()
    parts = [(number, unit) for number, unit in _LENGTH.findall(said) if number.isascii()]
    if not parts or _LENGTH.sub("", said).replace("and", "").strip(" ,и"):
        return None
    total = timedelta()
    for number, unit in parts:
        length = next((length for length, names in _UNITS if unit in names.split()), None)
        if length is None:
            return None
        total += int(number) * length
    return min(total, PAUSE_AT_MOST) if total else None


def read_span(words: str) -> tuple[int, int] | None:
    """Return the minutes of the day from which and to which quiet hours go ("23-7", "22:30 to 6:15"); else None."""
    said = _DASH.sub("-", _AM_PM.sub(r"\1\2", words[:WORDS_READ].casefold().strip()))
    found = _SPAN.fullmatch(_LEADING.sub("", said))
    if found is None:
        return None
    begin, end = read_time(found[1].strip()), read_time(found[2].strip())
    return None if begin is None or end is None or begin == end else (begin, end)


def clock(minute: int) -> str:
    """Return a minute of the day as a person writes it: "9:00"."""
    return f"{minute // 60}:{minute % 60:02}"

"""When an entry was published, from the many ways that sites write it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

EARLIEST_YEAR, LATEST_YEAR = 1990, 2099
LONGEST_DATE = 120

_ISO = re.compile(
    r"(?P<year>\d{4})[-/.]?(?P<month>\d\d)[-/.]?(?P<day>\d\d)"
    r"(?:[T\s]+(?P<hour>\d\d):?(?P<minute>\d\d)(?::?(?P<second>\d\d)(?:[.,]\d+)?)?)?(?!\d)"
)
_NUMERIC = re.compile(r"(?<!\d)(?P<first>\d{1,2})(?P<mark>[./-])(?P<second>\d{1,2})(?P=mark)(?P<year>\d{4}|\d\d)(?!\d)")
_TIME = re.compile(
    r"(?<![\d:+-])(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,]\d+)?)?\s*(?P<half>[ap]\.?m\b)?",
    re.IGNORECASE,
)
_OFFSET = re.compile(r"(?:(?:GMT|UTC|UT)\s*)?(?P<sign>[+\-\u2212])(?P<hours>\d{1,2})(?::?(?P<minutes>\d\d))?(?![\d-])")
_PLACE = re.compile(r"\b[A-Z][A-Za-z]+/[A-Z][A-Za-z_]+\b")
_WORD = re.compile(r"[^\W\d_]+")
_NUMBER = re.compile(r"(?<![\d:])\d{1,4}(?![\d:])")
_STAMP = re.compile(r"\d{10}(?:\d{3})?(?:\.\d+)?")

# The first three letters of the months in en ru uk be kk pl de fr pt es it; four where three are not enough.
_MONTH_STEMS: Mapping[str, int] = MappingProxyType(
    {
        stem: month
        for month, stems in enumerate(
            (
                "jan янв січ сту ene gen қаң sty sij",
                "feb фев лют ақп lut fév fev",
                "mar мар бер сак нау mär",
                "apr апр кві кра сәу kwi avr abr",
                "may май мая маи тра мам maj mai mag",
                "jun июн чер чэр мау cze juin giu",
                "jul июл лип ліп шіл lip juil lug",
                "aug авг серп жні там sie aoû ago aou",
                "sep сен вер қыр wrz set",
                "oct окт жов кас қаз paź okt out ott paz",
                "nov ноя лис ліс қар list lis",
                "dec дек гру сне жел gru dez déc dic",
            ),
            start=1,
        )
        for stem in stems.split()
    }
)
# Hours east of Greenwich. feedparser takes MSK for UTC. IST is India's here, as most feeds that write it mean.
_ZONES: Mapping[str, float] = MappingProxyType(
    {
        **dict.fromkeys(("Z", "UT", "UTC", "GMT", "WET"), 0),
        **dict.fromkeys(("CET", "BST", "WEST", "MEZ"), 1),
        **dict.fromkeys(("EET", "CEST", "MESZ", "SAST", "KALT"), 2),
        **dict.fromkeys(("EEST", "MSK", "TRT", "МСК", "FET"), 3),
        **dict.fromkeys(("MSD", "SAMT", "GET", "AZT", "GST"), 4),
        **dict.fromkeys(("YEKT", "UZT", "AQTT", "ORAT", "QYZT", "KZT", "TJT", "TMT", "PKT"), 5),
        **dict.fromkeys(("YEKST", "OMST", "KGT"), 6),
        **dict.fromkeys(("NOVT", "KRAT", "ICT", "HOVT"), 7),
        **dict.fromkeys(("IRKT", "HKT", "SGT", "ULAT"), 8),
        **dict.fromkeys(("YAKT", "JST", "KST"), 9),
        **dict.fromkeys(("VLAT", "AEST"), 10),
        **dict.fromkeys(("MAGT", "AEDT", "SAKT"), 11),
        **dict.fromkeys(("PETT", "NZST"), 12),
        **dict.fromkeys(("EDT", "AST"), -4),
        **dict.fromkeys(("EST", "CDT"), -5),
        **dict.fromkeys(("CST", "MDT"), -6),
        **dict.fromkeys(("MST", "PDT"), -7),
        **dict.fromkeys(("PST", "AKDT"), -8),
        "IST": 5.5,
    }
)
_KAZAKHSTAN_ONE_ZONE_AT = datetime(2024, 3, 1, tzinfo=UTC)


def parse_date(text: str) -> datetime | None:
    """Return the aware UTC time that a feed's date says; None where it says none, or one outside 1990 to 2099.

    A time without a zone is taken as UTC; a date without a time as midnight. Days come before months, as in the
    countries whose papers write 01.02.2026.
    """
    text = " ".join(text[:LONGEST_DATE].split())
    if not text:
        return None
    if _STAMP.fullmatch(text):
        return _from_stamp(float(text))
    try:
        return _from_iso(text) or _from_words(text)
    except (ValueError, OverflowError):
        return None


def clamp(published_at: datetime | None, now: datetime) -> datetime | None:
    """Return when an item counts as published: as the feed says, but never later than `now`."""
    return None if published_at is None else min(published_at, now)


def _from_stamp(seconds: float) -> datetime | None:
    moment = datetime.fromtimestamp(seconds / 1000 if seconds >= 1e11 else seconds, UTC)
    return _plausible(moment)


def _from_iso(text: str) -> datetime | None:
    found = _ISO.match(text)
    if found is None:
        return None
    numbers = {name: int(value or 0) for name, value in found.groupdict().items()}
    return _moment(
        (numbers["year"], numbers["month"], numbers["day"]),
        (numbers["hour"], numbers["minute"], numbers["second"]),
        text[found.end() :],
    )


def _from_words(text: str) -> datetime | None:
    """Read dates with the month in words or as dd.mm.yyyy, in whatever order the parts stand."""
    clock = _TIME.search(text)
    before, after = (text, "") if clock is None else (text[: clock.start()], text[clock.end() :])
    days = f"{before} {_OFFSET.sub(' ', after)}"
    numeric = _NUMERIC.search(days)
    if numeric is not None:
        date = _in_order(int(numeric["first"]), int(numeric["second"]), _full_year(numeric["year"]))
    else:
        found = _date_in_words(days)
        if found is None:
            return None
        date = found
    return _moment(date, _clock(clock), after)


def _in_order(first: int, second: int, year: int) -> tuple[int, int, int]:
    return (year, first, second) if second > 12 >= first else (year, second, first)


def _date_in_words(text: str) -> tuple[int, int, int] | None:
    # The last word that may be a month is one: "mar" begins the French Tuesday, "сер" the Ukrainian Wednesday.
    months = [month for word in _WORD.findall(text) if (month := _month(word))]
    numbers = _NUMBER.findall(text.replace("-", " "))
    if not months or len(numbers) < 2:
        return None
    first, second = numbers[:2]
    day, year = (second, first) if len(first) == 4 or int(first) > 31 else (first, second)
    return _full_year(year), months[-1], int(day)


def _month(word: str) -> int:
    folded = word.casefold()
    if len(folded) < 3:
        return 0
    return _MONTH_STEMS.get(folded[:4]) or _MONTH_STEMS.get(folded[:3], 0)


def _full_year(digits: str) -> int:
    year = int(digits)
    return year if len(digits) > 2 else year + (2000 if year < 70 else 1900)


def _clock(found: re.Match[str] | None) -> tuple[int, int, int]:
    if found is None:
        return 0, 0, 0
    hour, half = int(found["hour"]), (found["half"] or "").casefold()[:1]
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    return hour, int(found["minute"]), int(found["second"] or 0)


def _moment(date: tuple[int, int, int], clock: tuple[int, int, int], zone: str) -> datetime | None:
    """Return the UTC time of a local date and clock, with the zone that stands somewhere in `zone`."""
    hour, minute, second = clock
    local = datetime(*date, 0 if hour == 24 else hour, minute, min(second, 59), tzinfo=UTC)
    if hour == 24:
        local += timedelta(days=1)
    return _plausible(local - _east(zone, local))


def _east(zone: str, local: datetime) -> timedelta:
    """Return how far east of Greenwich the zone named in `zone` is; nothing where it names none that we know."""
    if (found := _OFFSET.search(zone)) is not None:
        offset = timedelta(hours=int(found["hours"]), minutes=int(found["minutes"] or 0))
        return timedelta(0) if offset > timedelta(hours=14) else offset if found["sign"] == "+" else -offset
    if (place := _PLACE.search(zone)) is not None:
        try:
            return ZoneInfo(place[0]).utcoffset(local) or timedelta(0)
        except (KeyError, OSError, ValueError):
            return timedelta(0)
    for word in _WORD.findall(zone):
        name = word.upper()
        if name == "ALMT":
            return timedelta(hours=6 if local < _KAZAKHSTAN_ONE_ZONE_AT else 5)
        if name in _ZONES:
            return timedelta(hours=_ZONES[name])
    return timedelta(0)


def _plausible(moment: datetime) -> datetime | None:
    return moment if EARLIEST_YEAR <= moment.year <= LATEST_YEAR else None

"""Numbers, days and times as a person reads them: in their language, on their clock."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.dates import format_date, format_datetime, format_time, get_day_names
from babel.numbers import format_decimal, format_percent

from bot.texts.phrases import reading_language


def number(value: float, language: str) -> str:
    """Return a number with the separators of the language."""
    return str(format_decimal(value, locale=reading_language(language)))


def share(value: float, language: str) -> str:
    """Return a share between 0 and 1 as whole per cent."""
    return str(format_percent(value, "#,##0 %", locale=reading_language(language)))


def moment(at: datetime, zone: str, language: str) -> str:
    """Return day and time on the clock of `zone`; in UTC, and saying so, where the zone is not known."""
    local, suffix = on_the_clock(at, zone)
    return format_datetime(local, "d MMMM y, HH:mm", locale=reading_language(language)) + suffix


def hour(at: datetime, zone: str, language: str) -> str:
    """Return the time of day on the clock of `zone`."""
    local, suffix = on_the_clock(at, zone)
    return format_time(local, "HH:mm", locale=reading_language(language)) + suffix


def day(at: date, language: str, *, weekday: bool = False) -> str:
    """Return a day, with its weekday if wanted: "Monday, 23 November"."""
    pattern = "EEEE, d MMMM" if weekday else "d MMMM"
    return str(format_date(at, pattern, locale=reading_language(language)))


def weekdays(mask: int, language: str) -> str:
    """Return the weekdays of a mask (bit 0 is Monday), three and more in a row as a span; "" for all of them."""
    names = get_day_names("abbreviated", "stand-alone", locale=reading_language(language))
    days = [day for day in range(7) if mask >> day & 1]
    if len(days) == 7:
        return ""
    spans: list[list[int]] = []
    for day in days:
        if spans and spans[-1][-1] == day - 1:
            spans[-1].append(day)
        else:
            spans.append([day])
    parts = [
        f"{names[span[0]]}–{names[span[-1]]}" if len(span) > 2 else ", ".join(names[day] for day in span)
        for span in spans
    ]
    return ", ".join(parts)


def on_the_clock(at: datetime, zone: str) -> tuple[datetime, str]:
    """Return a time on the clock of `zone` and "", or in UTC and " UTC" where there is no such zone."""
    known = _zone(zone)
    try:
        if known is not None:
            return at.astimezone(known), ""
    except (ValueError, OverflowError):
        pass
    return at, " UTC"


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None

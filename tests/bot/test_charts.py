"""Pictures for messages: PNGs of a phone's size that differ with what they show, whatever the words."""

from __future__ import annotations

import struct
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.delivery.charts import mentions_chart

DAYS = [date(2026, 11, 10) + timedelta(days=number) for number in range(14)]
COUNTS = [3, 5, 2, 8, 12, 4, 1, 6, 9, 14, 22, 8, 3, 7]


def size(picture: bytes) -> tuple[int, int]:
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", picture[16:24])
    return width, height


def test_a_chart_is_a_picture_that_a_phone_shows_whole() -> None:
    picture = mentions_chart("Упоминания, қазақ, ў", DAYS, {"Нефть": COUNTS, "Алматы": COUNTS}, language="ru")
    assert size(picture) == (1200, 840)
    assert len(picture) < 200_000


def test_light_and_dark_differ_and_the_same_chart_is_the_same_bytes() -> None:
    light, dark = mentions_chart("Oil", DAYS, COUNTS), mentions_chart("Oil", DAYS, COUNTS, dark=True)
    assert light != dark
    assert light == mentions_chart("Oil", DAYS, COUNTS)
    assert light != mentions_chart("Oil", DAYS, COUNTS, language="ru")


@pytest.mark.parametrize(
    "counts",
    [
        [0] * 14,
        {"$x_y$ _%\\frac": COUNTS, "_hidden": COUNTS, "": COUNTS},
        {f"Topic {n}" * 20: COUNTS for n in range(12)},
    ],
)
def test_no_words_and_no_numbers_break_it(counts: list[int] | dict[str, list[int]]) -> None:
    size(mentions_chart("\x00\u202e$\\alpha$ \ud800 🙂" * 9, DAYS, counts))


def test_hours_are_labelled_as_hours() -> None:
    hours = [datetime(2026, 11, 23, hour, tzinfo=UTC) for hour in range(24)]
    size(mentions_chart("Oil", hours, list(range(24))))


@pytest.mark.parametrize("counts", [[1, 2], {"a": [1] * 14, "b": [1]}])
def test_numbers_that_do_not_fit_the_days_are_refused(counts: list[int] | dict[str, list[int]]) -> None:
    with pytest.raises(ValueError):
        mentions_chart("Oil", DAYS, counts)
    with pytest.raises(ValueError):
        mentions_chart("Oil", [], [])

"""Phrases in three languages: complete where a catalog says so, with the same places for values and the same markup."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

from bot.texts.figures import day, hour, moment, number, share
from bot.texts.phrases import FOLDER, LANGUAGES, Phrases, reading_language
from deploy.catalogs import in_step, template

PLACES = re.compile(r"\{\w+\}|</?\w+>|https?://[^\s<]+|(?<![\w<])/[a-z]+")


def translated(language: str) -> list[Message]:
    with (FOLDER / f"{language}.po").open("rb") as file:
        return [message for message in read_po(file, locale=language) if message.id]


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_a_catalog_has_exactly_the_phrases_of_the_code(language: str) -> None:
    path = FOLDER / f"{language}.po"
    assert in_step(path, language, template()) == path.read_bytes(), "run `make catalogs`"


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_a_translation_keeps_places_for_values_commands_and_markup(language: str) -> None:
    def odd(message: Message) -> list[str]:
        english = message.id if isinstance(message.id, str) else message.id[-1]
        said = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
        return [one for one in said if one and sorted(PLACES.findall(one)) != sorted(PLACES.findall(english))]

    assert {message.context: odd(message) for message in translated(language) if odd(message)} == {}


@pytest.mark.parametrize(
    ("told", "read"),
    [
        ("be-BY", "be"),
        ("be_BY", "be"),
        ("RU", "ru"),
        ("kk", "ru"),
        ("uk", "en"),
        ("en-GB", "en"),
        ("", "en"),
        ("xx", "en"),
    ],
)
def test_a_person_reads_the_nearest_language_that_we_have(told: str, read: str) -> None:
    assert reading_language(told) == read


def test_what_has_no_translation_reads_english() -> None:
    phrases = Phrases("nowhere", {"greeting": "Hello", "sources": ("{n} source", "{n} sources")})
    assert phrases.say("greeting", "ru") == "Hello"
    assert [phrases.count("sources", "be", n).format(n=n) for n in (1, 2)] == ["1 source", "2 sources"]


def test_times_and_numbers_are_written_as_the_language_does() -> None:
    at = datetime(2026, 11, 23, 22, 5, tzinfo=UTC)
    assert moment(at, "Europe/Minsk", "ru") == "24 ноября 2026, 01:05"
    assert moment(at, "Europe/Minsk", "be") == "24 лістапада 2026, 01:05"
    assert moment(at, "Mars/Base", "en") == "23 November 2026, 22:05 UTC"
    assert hour(at, "Asia/Almaty", "en") == "03:05"
    assert day(date(2026, 11, 23), "en", weekday=True) == "Monday, 23 November"
    assert (number(12345.5, "en"), number(12345.5, "ru").replace("\u00a0", " ")) == ("12,345.5", "12 345,5")
    assert share(0.834, "en").replace("\u00a0", " ") == "83 %"

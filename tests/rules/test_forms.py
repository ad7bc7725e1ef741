"""Every form that news texts have of a word is generated, and no other word is."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.model import Reach
from rules.words.folding import fold
from rules.words.forms import word_forms

CASES = sorted((Path(__file__).parent / "cases").glob("forms_*.toml"))


def words_of(path: Path) -> list[Any]:
    case = tomllib.loads(path.read_text(encoding="utf-8"))
    return [pytest.param(case["language"], word, id=f"{case['language']} {word['written']}") for word in case["word"]]


WORDS = [word for path in CASES for word in words_of(path)]


def folded_forms(written: str, language: str) -> set[str]:
    return {form.folded for form in word_forms(written, language)}


@pytest.mark.parametrize(("language", "word"), WORDS)
def test_a_word_has_the_forms_that_texts_have(language: str, word: dict[str, str]) -> None:
    missing = {fold(form) for form in word["has"].split()} - folded_forms(word["written"], language)
    assert not missing, f"{word['written']} ({language}) lacks {sorted(missing)}"


@pytest.mark.parametrize(("language", "word"), WORDS)
def test_a_word_does_not_turn_into_another(language: str, word: dict[str, str]) -> None:
    wrong = {fold(form) for form in word["lacks"].split()} & folded_forms(word["written"], language)
    assert not wrong, f"{word['written']} ({language}) became {sorted(wrong)}"


@pytest.mark.parametrize(
    ("written", "language", "spelling", "origin"),
    [
        ("Лукашенко", "ru", "Loukachenko", "French spelling"),
        ("Лукашенко", "ru", "Lukaschenko", "German spelling"),
        ("Лукашенко", "ru", "Łukaszenko", "Polish spelling"),
        ("Лукашенко", "ru", "Loekasjenko", "Dutch spelling"),
        ("Лукашенко", "ru", "Lukasjenko", "Nordic spelling"),
        ("Назарбаев", "ru", "Nasarbajew", "German spelling"),
        ("Назарбаев", "ru", "Nazarbaïev", "French spelling"),
        ("Токаев", "ru", "Tokajew", "German spelling"),
        ("Карачаганак", "ru", "Karatchaganak", "French spelling"),
        ("Қашаған", "kk", "Qaşağan", "kk Latin 2021"),
        ("Қашаған", "kk", "Qashaǵan", "kk Latin 2018"),
        ("Қашаған", "kk", "Qashaǵanda", "kk Latin 2018, case"),
        ("мұнай", "kk", "munaı", "kk Latin 2021"),
        ("мұнай", "kk", "мунайы", "kk in Russian letters"),
        ("Lukashenka", "en", "Лукашенка", "Cyrillic, from English"),
    ],
)
def test_a_spelling_in_the_other_script_says_where_it_comes_from(
    written: str, language: str, spelling: str, origin: str
) -> None:
    found = {form.folded: form for form in word_forms(written, language)}
    assert found[fold(spelling)].origin == origin
    assert found[fold(spelling)].reach is Reach.SCRIPT


@pytest.mark.parametrize(
    ("written", "language", "collision"),
    [
        ("қазақ", "kk", "казак"),
        ("мит", "uk", "mit"),
        ("мост", "ru", "most"),
        ("нафта", "uk", "nafta"),
        ("тон", "ru", "ton"),
        ("Belarus", "en", "беларус"),
        ("oil", "en", "оил"),
        ("Oil", "en", "оил"),
    ],
)
def test_a_spelling_that_is_another_word_elsewhere_is_left_out(written: str, language: str, collision: str) -> None:
    assert collision not in folded_forms(written, language)


def test_the_word_as_written_comes_first_and_no_form_twice() -> None:
    forms = word_forms("Лукашенко", "ru")
    assert (forms[0].written, forms[0].reach) == ("Лукашенко", Reach.AS_WRITTEN)
    assert len({form.folded for form in forms}) == len(forms)


@pytest.mark.parametrize("abbreviation", ["ЕАЭС", "КТК", "CPC", "КҚК"])
@pytest.mark.parametrize("language", ["ru", "be", "uk", "kk", "en", "pl"])
def test_an_abbreviation_takes_no_endings(abbreviation: str, language: str) -> None:
    assert Reach.CASE not in {form.reach for form in word_forms(abbreviation, language)}


@pytest.mark.parametrize("language", ["ru", "be", "uk", "kk", "en", "pl", "de", ""])
def test_without_endings_only_the_word_as_written_is_found(language: str) -> None:
    assert [form.written for form in word_forms("Пошлина", language, endings=False)] == ["Пошлина"]


@pytest.mark.parametrize("language", ["ru", "be", "uk", "kk", "en", "pl", "de", "fr", "", "zz"])
@settings(deadline=None, max_examples=40)
@given(word=st.text(max_size=30))
def test_any_text_has_finitely_many_forms_without_repeats(language: str, word: str) -> None:
    forms = word_forms(word, language)
    assert len(forms) < 600
    assert all(form.folded and fold(form.folded) == form.folded for form in forms)
    assert len({form.folded for form in forms}) == len(forms)


def test_a_word_of_a_megabyte_is_taken_as_it_stands() -> None:
    assert len(word_forms("м" * 1_000_000, "kk")) == 1


def test_nothing_has_no_forms() -> None:
    assert word_forms("\u00ad", "ru") == ()

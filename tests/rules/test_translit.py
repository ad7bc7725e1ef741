"""A name is found in the other script in the spellings that papers use."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.words.folding import fold
from rules.words.translit import cyrillic_spellings, latin_spellings, without_kazakh_letters

CYRILLIC = st.text(alphabet="абвгґдеєжзиіїйклмнопрстуўфхцчшщъыьэюяёәғқңөұүһ’", max_size=20)


@pytest.mark.parametrize(
    ("word", "language", "spellings"),
    [
        ("лукашенко", "ru", "lukashenko lukašenko lukaschenko loukachenko łukaszenko lukaşenko"),
        ("лукашэнка", "be", "lukashenka lukašenka lukaschenka loukachenka łukaszenka"),
        ("щербаков", "ru", "shcherbakov ščerbakov schtscherbakow chtcherbakov szczerbakow şçerbakov"),
        ("хрущёв", "ru", "khrushchev khrushchyov hrushchev chruščev chruschtschew"),
        ("юрий", "ru", "yuriy jurij iurii yuri"),
        ("язев", "ru", "yazev jazev iazev jasew"),
        ("ельцин", "ru", "yeltsin eltsin elcin jelzin"),
        ("рыгор", "be", "ryhor rygor"),
        ("рыгоравіч", "be", "ryhoravich ryhoravič"),
        ("зеленський", "uk", "zelenskyi zelenskyy zelenskyj"),
        ("київ", "uk", "kyiv kyjiv"),
        ("қазақстан", "kk", "qazaqstan kazakstan"),
        ("теңіз", "kk", "teńiz tengiz teniz"),
        ("қарашығанақ", "kk", "qarashyǵanaq qaraşyğanaq karashyganak"),
        ("тоқаев", "kk", "toqaev tokayev"),
    ],
)
def test_the_usual_schemes_are_covered(word: str, language: str, spellings: str) -> None:
    made = {fold(spelling) for spelling, _ in latin_spellings(word, language)}
    missing = {fold(spelling) for spelling in spellings.split()} - made
    assert not missing, f"{word} ({language}) is not spelt {sorted(missing)}"


@pytest.mark.parametrize(
    ("name", "language", "cyrillic"),
    [
        ("lukashenka", "en", "лукашенка"),
        ("shcherbakov", "en", "щербаков"),
        ("kashagan", "en", "кашаган"),
        ("łukaszenka", "pl", "лукашенка"),
        ("loukachenko", "fr", "лукашенко"),
        ("lukaschenko", "de", "лукашенко"),
    ],
)
def test_a_latin_name_is_read_back_into_cyrillic(name: str, language: str, cyrillic: str) -> None:
    assert cyrillic in [spelling for spelling, _ in cyrillic_spellings(name, language)]


@pytest.mark.parametrize("language", ["ru", "be", "uk", "kk"])
@settings(deadline=None)
@given(word=CYRILLIC)
def test_no_cyrillic_letter_is_left_in_a_latin_spelling(language: str, word: str) -> None:
    for spelling, _ in latin_spellings(word, language):
        assert fold(spelling).isascii() or not fold(spelling), (word, spelling)


def test_a_language_without_a_scheme_has_no_other_spelling() -> None:
    assert list(latin_spellings("лукашенко", "de")) == []
    assert list(cyrillic_spellings("lukashenka", "kk")) == []


def test_a_kazakh_word_is_typed_on_a_russian_keyboard() -> None:
    assert without_kazakh_letters("мұнайы") == "мунайы"
    assert without_kazakh_letters("қарашығанақ") == "карашыганак"

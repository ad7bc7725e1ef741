"""The endings tables: what each says it covers, and that none breaks on any word."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.words.endings import belarusian, english, kazakh, latin, polish, russian, ukrainian

TABLES = {
    "en": english.case_forms,
    "ru": russian.case_forms,
    "be": belarusian.case_forms,
    "uk": ukrainian.case_forms,
    "kk": kazakh.case_forms,
    "pl": polish.case_forms,
}
WORDS = st.text(
    alphabet="abcdefghijklmnoprstuwyzабвгдеёжзийклмнопрстуўфхцчшщьыэюяіїєґәғқңөұүһ", min_size=1, max_size=16
)


@pytest.mark.parametrize("language", TABLES)
@settings(deadline=None, max_examples=40)
@given(word=WORDS | st.text(min_size=1, max_size=8))
def test_any_word_is_declined_without_itself_and_without_repeats(language: str, word: str) -> None:
    forms = TABLES[language](word)
    assert word not in forms
    assert len(set(forms)) == len(forms)
    assert all(forms)


@pytest.mark.parametrize(
    ("language", "word", "form"),
    [
        ("uk", "банк", "банці"),  # к/ц
        ("uk", "берег", "березі"),  # г/з
        ("uk", "поставка", "поставок"),  # a vowel slips in
        ("uk", "українець", "українця"),
        ("uk", "адміністрація", "адміністрацією"),
        ("be", "мяжа", "мяжы"),
        ("be", "ліміт", "ліміце"),  # т/ц
        ("be", "завод", "заводзе"),  # д/дз
        ("be", "страха", "страсе"),  # х/с
        ("be", "пастаўка", "паставак".replace("ав", "аў")),
        ("be", "беларусь", "беларусьсю"),  # the older spelling
        ("be", "пытанне", "пытаньня"),
        ("be", "еўразійскі", "эўразійскага"),
        ("pl", "rada", "radzie"),  # d/dzi
        ("pl", "opłata", "opłacie"),  # t/ci
        ("pl", "droga", "drodze"),  # g/dz
        ("pl", "polityka", "polityce"),  # k/c
        ("pl", "stawka", "stawek"),
        ("kk", "қазақ", "қазағы"),  # қ/ғ
        ("kk", "халық", "халыққа"),
        ("kk", "ел", "еліміздің"),
        ("kk", "ел", "елдер"),  # л takes дер
        ("kk", "компания", "компаниясының"),
        ("kk", "кен", "кеннен"),  # н takes нен
        ("kk", "газ", "газбен"),  # з takes бен
        ("kk", "завод", "заводтар"),  # a loan word's д sounds hard
        ("kk", "банк", "банкінің"),
        ("kk", "қала", "қалалар"),
        ("ru", "назарбаев", "назарбаевым"),
        ("ru", "экспортировать", "экспортирует"),
        ("en", "company", "companies"),
        ("en", "tax", "taxes"),
    ],
)
def test_a_table_covers_what_it_says(language: str, word: str, form: str) -> None:
    assert form in TABLES[language](word)


@pytest.mark.parametrize(
    ("language", "word", "wrong"),
    [
        ("ru", "таможенный", "таможеннее"),
        ("ru", "назарбаев", "назарбаевой"),
        ("ru", "быстро", "быстрее"),
        ("kk", "қазақстан", "қазақстандә"),
        ("kk", "мұнай", "мұнайге"),
        ("kk", "теңіз", "теңізда"),
        ("kk", "одақ", "одақы"),
        ("be", "мінск", "мінскі"),
        ("uk", "мінськ", "мінські"),
        ("pl", "polityka", "politykie"),
        ("en", "company", "companys's"),
    ],
)
def test_a_table_does_not_make_what_the_language_has_not(language: str, word: str, wrong: str) -> None:
    assert wrong not in TABLES[language](word)


def test_a_surname_of_a_woman_keeps_its_own_forms() -> None:
    assert {"назарбаевой", "назарбаеву"} <= set(russian.case_forms("назарбаева"))


@pytest.mark.parametrize(
    ("spelling", "scheme", "form"),
    [
        ("lukašenko", "Latin, scholarly", "lukašenkem"),
        ("lukašenka", "Latin, scholarly", "lukašenkovi"),
        ("nazarbajev", "Latin, scholarly je", "nazarbajeva"),
        ("łukaszenko", "Polish spelling", "łukaszenki"),
        ("lukaschenko", "German spelling", "lukaschenkos"),
    ],
)
def test_a_name_in_latin_letters_is_declined_as_papers_there_do(spelling: str, scheme: str, form: str) -> None:
    assert form in latin.case_forms(spelling, scheme)


def test_a_short_latin_name_stays_as_it_is() -> None:
    assert latin.case_forms("omsk", "Latin, scholarly") == ()

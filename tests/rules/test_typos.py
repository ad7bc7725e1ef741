"""Folding makes spellings of one word one; the typo index forgives slips and never jumps to another word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from rules.engine.neighbours import Gathered, Neighbours, spellings
from rules.words.typos import edits_between, fold, is_known, is_near_any, known_somewhere, typo_budget

ANY_WORD = st.one_of(
    st.text(max_size=12),
    st.text(alphabet="ABHbhаВНвнĸəӏɵïІіїйёЎğGжЖЯtтTТʼ\u0301\u0308\u00ad\u0306ǅßİıſΟοΣςσґӄ'", max_size=10),
)


@settings(deadline=None)
@given(ANY_WORD)
def test_folding_a_folded_word_changes_nothing(word: str) -> None:
    assert fold(fold(word)) == fold(word)


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("ЛУКАШЕНКО", "лукашенко"),
        ("Лукаше́нко", "лукашенко"),
        ("Лука\u00adшен\u200bко", "лукашенко"),
        ("Лукашэнкi", "лукашэнкі"),  # Latin i
        ("Лукaшeнкo", "лукашенко"),  # Latin a, e, o
        ("ЛУKAШEHKO", "лукашенко"),  # Latin K, A, E, H, K, O
        ("Лукашенкο", "лукашенко"),  # Greek omicron
        ("Lukаshenkо", "lukashenko"),  # Cyrillic а, о
        ("ЕAЭC", "еаэс"),  # Latin A, C
        ("Қaзaқстан", "қазақстан"),
        (["Ұлттық", "бəрі"][1], "бәрі"),  # Latin schwa
        ("Łukaszenka", "lukaszenka"),
        ("Lukašenką", "lukasenka"),
        ("Lukaşenko", "lukasenko"),
        ("Qashaǵan", "qashagan"),
        ("Qashag'an", "qashagan"),
        ("munaı", "munai"),
        ("İstanbul", "istanbul"),
        ("Straße", "strasse"),
        ("Ｋａｚａｋｈ", "kazakh"),
        ("Lukashenka’s", "lukashenkas"),
        ("об’єднання", "обєднання"),
        ("Ўрад", "урад"),
        ("ёлка", "елка"),
        ("й", "й"),
        ("и\u0306", "й"),
        ("Україна", "україна"),
        ("і", "і"),
        ("i", "i"),
        ("қазақ", "қазақ"),
        ("CCCР", "cccp"),
        ("\u00ad\u200b", ""),
        ("", ""),
    ],
)
def test_a_word_is_looked_up_under_one_spelling(written: str, folded: str) -> None:
    assert fold(written) == folded


@pytest.mark.parametrize(
    ("one", "other"), [("казак", "қазақ"), ("казах", "казак"), ("і", "i"), ("мит", "мыт"), ("й", "и")]
)
def test_letters_that_tell_words_apart_stay_apart(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@pytest.mark.parametrize(
    "odd", ["\ud800", "a\udfffб", "\x00", "🙂", "卢卡申科", "لوكاشينكو", "a" * 200_000, "é" * 100_000]
)
def test_folding_takes_anything(odd: str) -> None:
    assert isinstance(fold(odd), str)


@pytest.mark.parametrize(("letters", "edits"), [(1, 0), (4, 0), (7, 0), (8, 1), (9, 1), (10, 2), (25, 2)])
def test_the_typo_budget_follows_the_table(letters: int, edits: int) -> None:
    assert typo_budget("x" * letters) == edits


def test_a_long_ending_does_not_make_a_short_word_safer_to_mistype() -> None:
    assert typo_budget("қашағанына", "қашаған") == 0
    assert typo_budget("лукашенковской", "лукашенко") == 1


FORMS = ("лукашенко", "лукашэнка", "lukashenka", "lukashenko", "казахстан", "karachaganak", "казмунайгаз", "пошлина")


def neighbours(forms: Mapping[str, int]) -> Neighbours:
    gathered = Gathered()
    for number, (form, budget) in enumerate(forms.items()):
        if budget:
            gathered.add([form], number, [budget])
    return Neighbours(gathered)


def near(index: Neighbours, forms: Sequence[str], *words: str) -> set[tuple[str, str]]:
    """Return pairs of word and form."""
    places, numbers = index.find(spellings(words))
    return {(words[place], forms[number]) for place, number in zip(places.tolist(), numbers.tolist(), strict=True)}


INDEX = neighbours({form: typo_budget(form) for form in FORMS})


@pytest.mark.parametrize(
    ("word", "form", "edits"),
    [
        ("лукошенко", "лукашенко", 1),
        ("лукащенко", "лукашенко", 1),
        ("лукашнеко", "лукашенко", 1),
        ("lukaschenka", "lukashenka", 1),
        ("lukshenko", "lukashenko", 1),
        ("luckashencko", "lukashenko", 2),
        ("казахстон", "казахстан", 1),
        ("karachagank", "karachaganak", 1),
        ("казмуннайгас", "казмунайгаз", 2),
    ],
)
def test_a_slip_of_the_pen_is_near_the_form_that_was_meant(word: str, form: str, edits: int) -> None:
    assert (word, form) in near(INDEX, FORMS, word)
    assert edits_between(word, form, 2) == edits


@pytest.mark.parametrize(
    "word",
    [
        "лукашевич", "лукашук", "lukashevich", "lukashuk", "кыргызстан", "қырғызстан", "kyrgyzstan", "казак", "казаки",
        "казачество", "пашина", "машина", "пошлинный", "букашенко", "lukasheva", "lukashenych", "л", "лу", "ukashenko",
    ],
)  # fmt: skip
def test_another_word_is_nobodys_typo(word: str) -> None:
    pairs = near(INDEX, FORMS, word)
    assert all(known_somewhere(word) or edits_between(word, form, 2) is None for _, form in pairs)


@pytest.mark.parametrize("form", FORMS)
def test_a_form_is_not_its_own_typo(form: str) -> None:
    assert edits_between(form, form, 2) is None
    assert (form, form) not in near(INDEX, FORMS, form)


LETTERS = st.text(alphabet="абвгдежзиклмнопрст", min_size=6, max_size=14)
FEW_LETTERS = st.text(alphabet="абвж", min_size=1, max_size=14)


@settings(deadline=None)
@given(st.dictionaries(FEW_LETTERS | LETTERS, st.integers(0, 2), max_size=12), st.lists(FEW_LETTERS, min_size=1))
def test_the_index_leaves_out_no_form_that_comparing_with_every_form_finds(
    forms: dict[str, int], words: list[str]
) -> None:
    expected = {
        (word, form)
        for word in words
        for form, budget in forms.items()
        if word[0] == form[0] and 0 < OSA.distance(word, form) <= budget
    }
    assert near(neighbours(forms), list(forms), *words) == expected


@settings(deadline=None)
@given(LETTERS, st.lists(st.tuples(st.integers(1, 13), st.sampled_from("пврш-")), max_size=2))
def test_any_two_slips_in_a_long_form_are_found(form: str, slips: list[tuple[int, str]]) -> None:
    word = form
    for place, slip in slips:
        left, right = word[:place], word[place:]
        swapped = left + right[:2][::-1] + right[2:]
        word = {"п": f"{left}ы{right}", "в": f"{left}ы{right[1:]}", "р": left + right[1:], "ш": swapped}.get(slip, word)
    # A swap counts as one slip only where no other slip touches the swapped letters.
    assume(0 < OSA.distance(word, form) <= 2)
    assert (word, form) in near(neighbours({form: 2}), [form], word)


@pytest.mark.parametrize(
    ("word", "language", "known"),
    [
        ("пошлину", "ru", True), ("пошлену", "ru", False), ("tariffs", "en", True), ("tarifs", "en", False),
        ("нафтою", "uk", True), ("нафтоюю", "uk", False), ("дзяржавы", "be", True), ("дзержавы", "be", False),
        ("мемлекеттің", "kk", True), ("мемликеттің", "kk", False), ("rosyjskiego", "pl", True),
        ("rosyjkiego", "pl", False),
        ("zollunion", "xx", False),
    ],
)  # fmt: skip
def test_a_dictionary_knows_its_words(word: str, language: str, known: bool) -> None:
    assert is_known(word, language) is known


@pytest.mark.parametrize("language", ["ru", "en", "uk", "be", "kk", "pl", "", "zz"])
@settings(deadline=None, max_examples=40)
@given(word=ANY_WORD)
def test_a_dictionary_takes_any_question(language: str, word: str) -> None:
    assert is_known(word, language) in (True, False)


def test_a_word_beside_a_look_alike_is_found_so() -> None:
    assert is_near_any("лукашевич", ["лукашэвич"], 1)
    assert not is_near_any("лукашенка", ["лукашэвич"], 2)


def test_a_word_of_any_watched_language_is_known_somewhere() -> None:
    assert all(known_somewhere(word) for word in ("казак", "tariff", "козак", "дзяржава", "қырғызстан", "rosyjski"))
    assert not known_somewhere("лукошенко")

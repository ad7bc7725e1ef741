"""Words and positions: what counts as a word, and how far apart two words are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.words.text import FIELD_LIMIT, Words, cut, readings


def words(text: str) -> list[str]:
    return [token.raw for token in cut(text).tokens]


def places(text: str) -> list[int]:
    return cut(text).positions


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("нефте-газовый сектор", ["нефте", "газовый", "сектор"]),
        ("Lukashenka's visit", ["Lukashenka's", "visit"]),
        ("Таможенного\u00a0союза", ["Таможенного", "союза"]),
        ("Лука\u00adшенко", ["Лука\u00adшенко"]),
        ("Алекса\u0301ндр", ["Алекса\u0301ндр"]),
        ("об'єднання Валер’еўна", ["об'єднання", "Валер’еўна"]),
        ("‘quoted’ and 'said'", ["quoted", "and", "said"]),
        ("&quot;Кеден&nbsp;одағы&quot;", ["Кеден", "одағы"]),
        ("women #39;s first", ["women", "first"]),
        ("Customs&#39;s", ["Customs"]),
        ("see https://example.org/kazakhstan-oil?x=1 now", ["see", "now"]),
        ("26.05.2021 в 18:00", ["26", "05", "2021", "в", "18", "00"]),
        ("#Таможенный_союз", ["Таможенный", "союз"]),
        ("#ЛукашенкоПутин", ["Лукашенко", "Путин"]),
        ("a\x00b \ud800 c", ["a", "b", "c"]),
        ("", []),
        ("— … !", []),
    ],
)
def test_a_word_is_a_run_of_letters_and_digits(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@pytest.mark.parametrize(
    ("text", "pieces", "wholes"),
    [
        ("a #KazMunayGas", ["a", "Kaz", "Munay", "Gas"], [(1, 3)]),
        ("нефть\u200bдорожает", ["нефть", "дорожает"], [(0, 1)]),
        ("#TrójmorzeŁódź", ["Trójmorze", "Łódź"], [(0, 1)]),
        ("#CaféÉlysée", ["Café", "Élysée"], [(0, 1)]),
        ("#oil", ["oil"], []),
        ("KazMunayGas", ["KazMunayGas"], []),
    ],
)
def test_a_hashtag_and_a_hidden_break_may_be_read_in_pieces_or_whole(
    text: str, pieces: list[str], wholes: list[tuple[int, int]]
) -> None:
    found = cut(text)
    assert ([token.raw for token in found.tokens], list(found.wholes)) == (pieces, wholes)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one two", [0, 1]),
        ("one. Two", [0, 6]),
        ("one! Two", [0, 6]),
        ("One… two", [0, 1]),
        ("one\n\ntwo", [0, 6]),
        ("one\ntwo", [0, 1]),
        ("The U.S. Kazakhstan", [0, 1, 2, 3]),
        ("в г. Минске", [0, 1, 2]),
        ("А. Г. Лукашенко", [0, 1, 2]),
        ("1,5 млрд. Далее", [0, 1, 2, 3]),
        ("all small. here too", [0, 1, 7, 8]),
        ("«Нефть.» Казахстан", [0, 6]),
        ("Нефть (сырая). Казахстан", [0, 1, 7]),
        ("Zzz .Net", [0, 1]),
        ("сказал: «...Нефть»", [0, 1]),
        ("one …! Two", [0, 6]),
        ("one " + "." * 9 + " Two. ", [0, 6]),
    ],
)
def test_a_sentence_end_adds_five_positions(text: str, expected: list[int]) -> None:
    assert places(text) == expected


@given(st.text(max_size=300))
def test_every_word_is_where_its_offsets_say(text: str) -> None:
    found = cut(text)
    assert all(text[token.start : token.end] == token.raw for token in found.tokens)
    assert all(a.end <= b.start for a, b in zip(found.tokens, found.tokens[1:], strict=False))
    assert found.positions == sorted(set(found.positions))


@given(st.text(alphabet="ab'’\u0301\u200b\u00ad -#A.\n", max_size=200))
def test_apostrophes_accents_and_hidden_characters_never_confuse_offsets(text: str) -> None:
    found = cut(text)
    assert all(text[token.start : token.end] == token.raw for token in found.tokens)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("Minsk", ("Minsk",)),
        ("Lukashenka's", ("Lukashenkas", "Lukashenka")),
        ("Lukaşenko’nun", ("Lukaşenkonun", "Lukaşenko", "nun")),
        ("d'Astana", ("dAstana", "d", "Astana")),
    ],
)
def test_a_word_with_an_apostrophe_has_several_readings(raw: str, expected: tuple[str, ...]) -> None:
    assert readings(raw) == expected


@pytest.mark.parametrize(
    "text",
    ["a" * 1_000_000, "a\u0301" * 300_000, "a" + "\u200b" * 500_000, "'" * 500_000, "a'" * 300_000, "&" * 500_000],
)
def test_long_runs_are_cut_in_one_pass(text: str) -> None:
    assert len(cut(text).tokens) <= 2


def test_a_long_gap_between_words_is_judged_in_one_pass() -> None:
    assert places("one" + " ." + "-" * 100_000 + "! Two") == [0, 6]
    assert len(places("one. " * 30_000)) == 30_000


def test_a_field_is_read_up_to_its_limit() -> None:
    text = "a " * (FIELD_LIMIT // 2) + "beyond"
    assert cut(text).tokens[-1].raw == "a"


def test_a_quote_is_the_original_between_two_words() -> None:
    found: Words = cut("der „Zar“ kommt")
    assert found.quote(1, 2) == (5, 15, "Zar“ kommt")

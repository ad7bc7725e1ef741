"""The language of an item is told from a title alone, in the five languages and their neighbours."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.words.language import detect

TITLES = {
    "en": """
        Lukashenka arrives in Moscow for talks
        Kazakhstan raises oil export duty
        Trade wars
        Oil prices fall again
        CPC restarts loading of Kazakh crude
        Minsk and Moscow at odds over customs code
        BELARUS PRESIDENT WARNS OF TRADE WAR
        the presidents of russia and belarus met
        Putin, Lukashenko discuss oil transit
    """,
    "ru": """
        Лукашенко прибыл в Москву
        Казахстан повысил пошлину на нефть
        Путин и Лукашенко обсудили транзит нефти
        Минск и Москва спорят о пошлинах
        ПРЕЗИДЕНТ БЕЛОРУССИИ ПРИНЯЛ ПОСЛОВ
        Пожар на месторождении Тенгиз
        Саммит ЕАЭС прошёл в Минске
        Цены на нефть снова упали
        Глава Казахстана Қасым-Жомарт Тоқаев провёл встречу с послами стран Таможенного союза
    """,
    "be": """
        Лукашэнка прыбыў у Маскву
        Расія павысіла экспартныя пошліны на нафту
        У Мінску прайшоў саміт ЕАЭС
        Лукашэнкi прапанавалi новы мытны кодэкс
        Мытны саюз: што далей
        Цана нафты зноў упала
        Пуцін і Лукашэнка абмеркавалі транзіт нафты
        ПРЭЗІДЭНТ БЕЛАРУСІ ПРЫНЯЎ ПАСЛОЎ
    """,
    "uk": """
        Лукашенко прибув до Москви
        Росія підвищила мито на нафту
        Митний союз: що далі
        Ціна нафти знову впала
        Путін і Лукашенко обговорили транзит нафти
        Казахстан збільшив видобуток нафти
        ПРЕЗИДЕНТ БІЛОРУСІ ПРИЙНЯВ ПОСЛІВ
        Україна запроваджує нові тарифи
    """,
    "kk": """
        Қашағанда мұнай өндіру тоқтады
        Лукашенко Мәскеуге барды
        Президент Беларусьпен келіссөз жүргізді
        Кеден одағы: баж салығы көтерілді
        Қазақстан мұнай экспортын арттырды
        ҚАЗАҚСТАН ПРЕЗИДЕНТІ ЕЛШІЛЕРДІ ҚАБЫЛДАДЫ
        Qashaǵanda munaı óndirý toqtady
        Qazaqstan prezidentiniñ Mäskeuge sapary turaly
        Qazaqstannyń munaı eksporty artty
    """,
    "pl": """
        Łukaszenka w Moskwie
        Rosja podnosi cło na ropę naftową
        Prezydent Białorusi spotkał się z Putinem
    """,
    "de": """
        Lukaschenko reist nach Moskau
        Russland erhöht die Ausfuhrzölle auf Öl
        Der Präsident von Belarus trifft Putin
    """,
    "fr": """
        Loukachenko est arrivé à Moscou pour des entretiens
        Le président biélorusse rencontre Poutine
    """,
    "ky": """
        Кыргызстандын президенти Бишкекте жолугушуу өткөрдү
    """,
    "bg": """
        Великобритания няма да се предаде за сделка по Брекзит
    """,
    "tr": """
        Kazakistan petrol ihracatını artırdı, görüşmeler sürüyor
    """,
}
CASES = [
    pytest.param(language, title.strip(), id=f"{language}: {title.strip()}")
    for language, titles in TITLES.items()
    for title in titles.strip().splitlines()
]
CORPUS = Path(__file__).parents[3] / "shared" / "corpus" / "dev.jsonl"


@pytest.mark.parametrize(("language", "title"), CASES)
def test_a_title_alone_tells_its_language(language: str, title: str) -> None:
    assert detect(title, "") == language


@pytest.mark.parametrize(
    "nothing", ["", "   ", "12:45 — 3,5 %", "🇧🇾 📸 !!!", "\x00\x00", "https://example.org/a?b=c", "a@example.org"]
)
def test_without_letters_there_is_no_language(nothing: str) -> None:
    assert detect(nothing, "", "ru") == ""


@pytest.mark.parametrize(
    ("title", "prior"),
    [("Президент", "uk"), ("Президент", "ru"), ("Казахстан", "kk"), ("Минск", "ru"), ("Brent", "de")],
)
def test_a_word_of_several_languages_is_the_sources(title: str, prior: str) -> None:
    assert detect(title, "", prior) == prior


@pytest.mark.parametrize("prior", ["en", "kk", "zz", "russian", "\x00"])
def test_the_sources_word_does_not_outweigh_letters(prior: str) -> None:
    assert detect("Лукашэнка прыбыў у Маскву", "", prior) == "be"


def test_a_quoted_name_does_not_change_the_language_of_a_text() -> None:
    text = "Газета «Україна» сообщила, что президент прибыл в Москву и обсудил пошлины на нефть с коллегами. " * 3
    assert detect("Пошлины на нефть", text) == "ru"


def test_an_address_in_a_short_text_does_not_count() -> None:
    assert (
        detect("Саммит в Минске", "https://example.org/very/long/english/address/about/the/summit/of/leaders") == "ru"
    )


def test_only_the_start_of_a_long_text_is_read() -> None:
    assert detect("Oil prices fall again", "the price of oil fell. " * 100 + "нефть " * 200_000) == "en"


@settings(deadline=None)
@given(st.text(max_size=200), st.text(max_size=400), st.text(max_size=3))
def test_any_text_gets_an_answer(title: str, text: str, prior: str) -> None:
    language = detect(title, text, prior)
    assert language == "" or (2 <= len(language) <= 3 and language.islower())


@pytest.mark.skipif(not CORPUS.exists(), reason="the shared corpus is not here")
def test_real_items_get_their_language() -> None:
    items = [json.loads(line) for line in CORPUS.read_text(encoding="utf-8").splitlines()]
    ours = [item for item in items if item["lang"] in ("en", "ru", "be", "uk", "kk")]
    right = sum(detect(item["title"], item["text"]) == item["lang"] for item in ours)
    assert right / len(ours) >= 0.99

"""Copies of one story share a key; other stories, numbers and names do not."""

from __future__ import annotations

import sys
from datetime import date
from subprocess import run

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.stories import canonical_url, nearly_same_title, story_keys, title_key

DAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("http://Example.org/News/1", "https://example.org/News/1"),
        ("https://www.example.org/a/", "https://example.org/a"),
        ("https://m.example.org/a", "https://example.org/a"),
        ("https://amp.example.org/a", "https://example.org/a"),
        ("https://example.org/a/amp/", "https://example.org/a"),
        ("https://example.org:443/a", "https://example.org/a"),
        ("http://example.org:80/a", "https://example.org/a"),
        ("https://example.org:8443/a", "https://example.org:8443/a"),
        ("https://example.org/a?utm_source=rss&utm_medium=feed", "https://example.org/a"),
        ("https://example.org/a?fbclid=1&id=7&yclid=2&gclid=3&ref=tw&from=rss", "https://example.org/a?id=7"),
        ("https://example.org/?b=2&a=1", "https://example.org?a=1&b=2"),
        ("https://example.org/a#comments", "https://example.org/a"),
        ("https://example.org/#!/news/5", "https://example.org#!/news/5"),
        ("https://example.org/%D0%9D%D0%BE", "https://example.org/%D0%9D%D0%BE"),
        ("https://example.org/Но", "https://example.org/%D0%9D%D0%BE"),
        ("https://example.org/%cf%f0", "https://example.org/%CF%F0"),
        ("https://example.org/a/index.html", "https://example.org/a"),
        ("  https://example.org/a\n", "https://example.org/a"),
        ("https://user:secret@example.org/a", "https://example.org/a"),
        ("https://пример.рф/а", "https://xn--e1afmkfd.xn--p1ai/%D0%B0"),
        ("https://www.com/a", "https://www.com/a"),
        ("https://[2001:db8::1]/a", "https://[2001:db8::1]/a"),
        ("ftp://example.org/a", ""),
        ("mailto:a@example.org", ""),
        ("javascript:alert(1)", ""),
        ("tag:example.org,2026:1", ""),
        ("//example.org/a", ""),
        ("/a/b", ""),
        ("http://", ""),
        ("http://[::1", ""),
        ("http://example.org:99999/", ""),
        ("http://exa mple.org/", ""),
        ("http://a..b/", ""),
        ("", ""),
    ],
)
def test_an_address_has_one_canonical_spelling(url: str, canonical: str) -> None:
    assert canonical_url(url) == canonical


@settings(deadline=None)
@given(
    st.text(max_size=80)
    | st.text(max_size=60).map("http://".__add__)
    | st.text(max_size=60).map("https://a.b/?".__add__)
)
def test_no_address_breaks_and_a_canonical_one_stays(url: str) -> None:
    canonical = canonical_url(url)
    assert canonical == "" or canonical.startswith("https://")
    assert canonical_url(canonical) == canonical


@pytest.mark.parametrize(
    "title",
    [
        "Lukashenko threatens to leave Customs Union",
        "UPDATE 1-Lukashenko threatens to leave Customs Union",
        "UPDATE 2 - Lukashenko threatens to leave Customs Union",
        "BREAKING: Lukashenko threatens to leave Customs Union",
        "Breaking News: Lukashenko threatens to leave Customs Union",
        "Lukashenko threatens to leave Customs Union - Reuters",
        "Lukashenko threatens to leave Customs Union | The Daily Somewhere",
        "Lukashenko threatens to leave Customs Union — example.org",
        "LUKASHENKO THREATENS TO LEAVE CUSTOMS UNION",
        "12:45 Lukashenko threatens to leave Customs Union",
        "«Lukashenko» threatens to leave Customs\u00a0Union!",
        "[VIDEO] Lukashenko threatens to leave Customs Union",
    ],
)
def test_what_outlets_put_around_a_title_does_not_count(title: str) -> None:
    assert title_key(title) == "lukashenko threatens to leave customs union"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("СРОЧНО: Лукашенко прибыл в Москву на переговоры", "Лукашенко прибыл в Москву на переговоры - ТАСС"),
        ("Лукаше́нко прибыл в Москву на переговоры", "ЛУКАШЕНКО ПРИБЫЛ В МОСКВУ НА ПЕРЕГОВОРЫ"),
        ("Терміново: Росія підвищила мито на нафту", "Росія підвищила мито на нафту | УНІАН"),
        ("Лукашэнкi прыехаў у Маскву сёння", "Лукашэнкі прыехаў у Маскву сёння"),
    ],
)
def test_copies_of_a_title_have_one_key(one: str, other: str) -> None:
    assert title_key(one) == title_key(other) != ""


@pytest.mark.parametrize(
    "title", ["", "Morning news", "Прогноз погоды", "Главное за день", "CPC - Reuters", "🇧🇾 🇰🇿 !!!", "12:45"]
)
def test_a_title_too_short_to_tell_a_story_has_no_key(title: str) -> None:
    assert title_key(title) == ""
    assert not nearly_same_title(title, title)


def test_who_said_it_stays_in_the_title() -> None:
    assert title_key("Oil price to rise by a third – Kazakhstan") != title_key("Oil price to rise by a third – Russia")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Lukashenko arrives in Moscow for talks", "Lukashenko arrives in Moscow for talks"),
        ("Lukashenko arrives in Moscow for talks", "Lukashenka arrives in Moscow for talks"),
        ("Kazakhstan raises oil export duty to $80 per tonne", "Kazakhstan raises oil export duties to $80 per tonne"),
        ("Лукашенко прибыл в Москву на саммит ЕАЭС", "Лукашенко прибыл в Москву на саммит ЕАЭС сегодня"),
        ("Output rises 3.5% in Kazakhstan, ministry says", "Output rises 3,5% in Kazakhstan, ministry says"),
    ],
)
def test_nearly_the_same_title_tells_the_same(one: str, other: str) -> None:
    assert nearly_same_title(one, other)
    assert nearly_same_title(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Oil output rises 3% in Kazakhstan in May", "Oil output rises 5% in Kazakhstan in May"),
        ("Oil output of Kazakhstan rises in May", "Oil output of Azerbaijan rises in May"),
        ("Lukashenko will leave the Customs Union this year", "Lukashenko will not leave the Customs Union this year"),
        ("Лукашенко выйдет из Таможенного союза в мае", "Лукашенко не выйдет из Таможенного союза в мае"),
        ("Lukashenko meets Putin in Moscow for talks", "Lukashenko meets Xi in Moscow for talks"),
        ("Russia sues Belarus over unpaid oil duties", "Belarus sues Russia over unpaid oil duties"),
        ("One killed in blast at Aktobe refinery", "Two killed in blast at Aktobe refinery"),
        ("Президент Ирана прибыл в Минск с визитом", "Президент Ирака прибыл в Минск с визитом"),
        ("Посол Австрии прибыл в Минск с визитом", "Посол Австралии прибыл в Минск с визитом"),
        ("Қазақстан мұнай экспортын арттырды", "Қазақстан мұнай экспортын арттырған жоқ"),
    ],
)
def test_another_number_name_or_a_denial_is_another_story(one: str, other: str) -> None:
    assert not nearly_same_title(one, other)
    assert not nearly_same_title(other, one)


@settings(deadline=None)
@given(st.text(max_size=80), st.text(max_size=80))
def test_nearly_the_same_holds_both_ways(one: str, other: str) -> None:
    assert nearly_same_title(one, other) == nearly_same_title(other, one)


def test_an_item_is_found_by_its_address_and_by_its_title_of_the_day() -> None:
    keys = story_keys("Lukashenko arrives in Moscow for talks", "http://www.example.org/1?utm_source=x", DAY)
    assert keys == ("url:https://example.org/1", "title:2026-11-20:lukashenko arrives in moscow for talks")


def test_the_same_title_on_another_day_is_another_story() -> None:
    one = story_keys("Курс валют Нацбанка на сегодня", "https://example.org/1", DAY)
    other = story_keys("Курс валют Нацбанка на сегодня", "https://example.org/2", date(2026, 11, 21))
    assert not set(one) & set(other)


@pytest.mark.parametrize(
    "link", ["https://example.org", "https://example.org/", "http://www.example.org/?utm_source=rss", "", "x"]
)
def test_a_link_to_the_home_page_tells_no_story(link: str) -> None:
    assert story_keys("Morning news", link, DAY) == ()


@pytest.mark.parametrize("module", ["rules.stories", "rules.alerts", "rules.model", "rules.words.folding"])
def test_light_modules_load_no_dictionary(module: str) -> None:
    heavy = ("pymorphy3", "simplemma", "py3langid", "numpy")
    check = f"import sys, {module}; sys.exit(any(name in sys.modules for name in {heavy}))"
    assert run([sys.executable, "-c", check], check=False).returncode == 0


@pytest.mark.parametrize("run_of", [" ", "!", "| ", " - ", "1.", "update ", "a'", "\u0301", "\x00", "🇧🇾"])
def test_a_title_of_a_megabyte_is_cut_before_it_is_read(run_of: str) -> None:
    huge = run_of * (1_000_000 // len(run_of))
    assert len(title_key(huge)) <= 1_000
    assert not nearly_same_title(huge, "Lukashenko arrives in Moscow for talks")

"""What a message looks like, and that nothing a feed can say breaks it. The judge reads HTML as Telegram does."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.delivery import render
from bot.delivery.model import AlertCard, Snippet
from bot.delivery.text import clean, cut, link, units
from tests.fakes.telegram_html import read
from tests.fakes.telegram_html import units as judged_units

CARD = AlertCard(
    title="Лукашэнка ў Астане",
    link="https://news.example/1?a=1&b=2",
    source_name="Agency",
    published_at=datetime(2026, 11, 23, 21, 5, tzinfo=UTC),
    topic_title="Kazakh oil",
    because="oil near Kazakhstan",
    snippet=Snippet("Kazakh oil flows again.", ((0, 6), (7, 10))),
    also=("Herald", "Times"),
    sources_count=7,
    language_count=3,
)
HOSTILE = st.text(
    st.one_of(st.sampled_from("<>&\"'\x00\u202e\u2066\ue000\ue001\ud800\U0001f600ab \n\t;#x"), st.characters())
)


def test_an_alert_tells_topic_headline_source_time_sentence_reason_and_breadth() -> None:
    assert read(render.alert(CARD, zone="Europe/Minsk")[0]).splitlines() == [
        "Kazakh oil",
        "Лукашэнка ў Астане",
        "Agency · 24 November 2026, 00:05",
        "",
        "Kazakh oil flows again.",
        "why: oil near Kazakhstan",
        "also: Herald, Times · 7 sources · 3 languages",
    ]


def test_the_headline_is_bold_and_linked_and_the_matched_words_are_bold() -> None:
    [text] = render.alert(CARD)
    assert '<a href="https://news.example/1?a=1&amp;b=2"><b>Лукашэнка ў Астане</b></a>' in text
    assert "<b>Kazakh</b> <b>oil</b> flows" in text


def test_an_unknown_zone_shows_utc_and_says_so() -> None:
    assert "21:05 UTC" in render.alert(CARD, zone="Mars/Olympus")[0]
    assert "21:05 UTC" in render.alert(CARD, zone="../../etc/passwd")[0]


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "//a.example",
        "ftp://a.example",
        "https://",
        "http://[::1",
        "",
        "java\nscript:x",
        "https://a.example:99999/",
        "https://" + "a" * 3_000,
    ],
)
def test_only_web_addresses_become_links(address: str) -> None:
    assert link(address) == ""
    assert "<a" not in render.alert(replace(CARD, link=address))[0]


def test_quotes_and_angles_in_an_address_can_not_leave_the_attribute() -> None:
    [text] = render.alert(replace(CARD, link='https://a.example/"><b>x</b>\u202e y'))
    assert 'href="https://a.example/%22%3E%3Cb%3Ex%3C/b%3E%20y"' in text
    read(text)


@pytest.mark.parametrize("title", ["", " ", "\x00\u202e", "\ud800"])
def test_an_empty_title_is_named_as_such(title: str) -> None:
    assert "(no title)" in render.alert(replace(CARD, title=title))[0]


def test_controls_and_direction_marks_are_gone_and_letters_stay() -> None:
    assert clean("a\x00b\u202ec\ud800d\u2066e\x1b[31m\xadf\tg\nh") == "abcde[31mf g h"
    assert clean("Қашағанда ў ё 🏴󠁧󠁢󠁳󠁣󠁴󠁿 👩‍👩‍👧") == "Қашағанда ў ё 🏴󠁧󠁢󠁳󠁣󠁴󠁿 👩‍👩‍👧"
    assert clean("a" + "\u0301" * 500) == "a" + "\u0301" * 4


def test_a_word_of_ten_thousand_letters_is_cut() -> None:
    [text] = render.alert(replace(CARD, title="x" * 10_000, snippet=Snippet("y" * 10_000, ((0, 10_000),))))
    assert units(text) < 2_000
    read(text)


@settings(max_examples=150, deadline=None)
@given(HOSTILE, HOSTILE, HOSTILE, st.lists(st.tuples(st.integers(-5, 300), st.integers(-5, 300)), max_size=5))
def test_whatever_a_feed_says_telegram_can_read_the_alert(
    title: str, sentence: str, address: str, marks: list[tuple[int, int]]
) -> None:
    hostile = replace(
        CARD,
        title=title * 30,
        link="https://a.example/" + address,
        snippet=Snippet(sentence * 10, tuple(marks)),
        because=title,
        also=(sentence,) * 20,
    )
    [text] = render.alert(hostile)
    assert read(text)
    assert judged_units(text) <= 4_096
    text.encode("utf-8")
    assert render.plain(text)


def test_a_text_of_nothing_but_ampersands_still_fits() -> None:
    [text] = render.alert(
        replace(CARD, title="&" * 5_000, snippet=Snippet("&" * 5_000), because="&" * 5_000, also=("&" * 999,) * 20)
    )
    assert judged_units(text) <= 4_096
    read(text)


@settings(max_examples=100, deadline=None)
@given(st.lists(HOSTILE, max_size=12), st.integers(20, 300))
def test_splitting_never_breaks_a_tag_an_entity_or_a_letter(titles: list[str], limit: int) -> None:
    markup = "\n\n".join(render.alert(replace(CARD, title=title, snippet=Snippet(title)))[0] for title in titles)
    pieces = render.split(markup, limit)
    for piece in pieces:
        read(piece)
        assert judged_units(piece) <= limit
    assert squeezed("".join(read(piece) for piece in pieces)) == squeezed(read(markup))


def squeezed(text: str) -> str:
    return "".join(text.split())


def test_a_piece_ends_between_paragraphs_where_it_can() -> None:
    paragraphs = ["one " * 20, "two " * 20, "three " * 20]
    assert [piece.split()[0] for piece in render.split("\n\n".join(paragraphs), 200)] == ["one", "three"]


def test_a_tag_open_at_the_border_is_closed_and_opened_again() -> None:
    pieces = render.split("<b>" + "word " * 30 + "</b>", 60)
    assert all(piece.startswith("<b>word") and piece.endswith("</b>") for piece in pieces)


@given(HOSTILE, st.integers(8, 50))
def test_cutting_keeps_to_its_length(text: str, limit: int) -> None:
    bare = clean(text)
    assert units(cut(bare, limit)) <= limit


def test_plain_text_says_what_the_markup_said() -> None:
    assert render.plain(render.alert(CARD)[0]).splitlines()[1] == "Лукашэнка ў Астане (https://news.example/1?a=1&b=2)"
    assert render.plain("<b>broken & <i>open") == "broken & open"


def test_a_notice_of_any_length_comes_in_readable_messages() -> None:
    messages = render.notice("<script>", "word " * 3_000)
    assert all(judged_units(message) <= 4_096 for message in messages)
    assert read(messages[0]).startswith("<script>")
    assert sum(read(message).count("word") for message in messages) == 3_000

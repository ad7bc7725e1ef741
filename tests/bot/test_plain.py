"""HTML to plain text: what a person reads stays, what software and spammers add goes."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.feeds import vocabulary
from bot.feeds.plain import clean, plain_line, plain_text, without_tail

URL = "https://paper.example/news/1"


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>One.</p><p>Two.</p>", "One.\nTwo."),
        ("One.<br/><br>Two.", "One.\nTwo."),
        ("<div>One <b>bold</b> word<div>Inner</div>after</div>", "One bold word\nInner\nafter"),
        ("<ul><li>a</li><li>b</li></ul>", "a\nb"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("<script>x()</script>One<style>p{}</style><noscript>no</noscript>", "One"),
        ("One&nbsp;two &amp; three &lt;b&gt;", "One two & three"),
        ("&lt;p&gt;Twice &amp;amp;amp; escaped&lt;/p&gt;", "Twice & escaped"),
        ("5 &lt; 6, a&lt;b and c&gt;d", "5 < 6, a<b and c>d"),
        ("Цена < 5 & > 3", "Цена < 5 & > 3"),
        ("Лука\u00adшен\u200bка\u2060 \ufeffздесь", "Лукашенка здесь"),
        ("\u202eабв\u202c \u2066где\u2069", "абв где"),
        ("и\u0306 е\u0308", "й ё"),
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("AT&T, Q&A, ?a=1&copy=2", "AT&T, Q&A, ?a=1&copy=2"),
        ('<img alt="a > b" src=x>After', "After"),
        ("<p>Unclosed <b>tags <i>everywhere", "Unclosed tags everywhere"),
        ("<![endif]-->text", "<![endif]-->text"),
        ("", ""),
        ("<p></p>", ""),
        ("&#0;&#xD800;a", "a"),
        ("&#" + "9" * 6_000 + ";a", "a"),
    ],
)
def test_markup_becomes_text(markup: str, text: str) -> None:
    assert plain_text(markup) == text


@pytest.mark.parametrize(
    "tail",
    [
        "Read more",
        "Read more…",
        "[Read more...]",
        "Continue reading →",
        "Continue reading Flood in the north →",
        "Читать далее",
        "Читать далее…",
        "Читать полностью »",
        "Подробнее на сайте",
        "Читати далі",
        "Чытаць далей →",
        "Толығырақ оқу",
        "Жалғасын оқу...",
        "The post Flood in the north appeared first on The Paper.",
        "Запись Паводок впервые появилась Газета.",
        "Сообщение Паводок появились сначала на Газета.",
    ],
)
@pytest.mark.parametrize(
    "form", ["<p>The water rose.</p><p>{}</p>", "The water rose. {}", 'The water rose. <a href="/1">{}</a>']
)
def test_tails_of_the_sites_software_go(tail: str, form: str) -> None:
    if tail.startswith(("The post", "Запись", "Сообщение")) and "<p>" not in form:
        form = "The water rose.<br>{}"
    assert plain_text(form.format(tail), URL) == "The water rose."


@pytest.mark.parametrize(
    "text",
    [
        "You must read more",
        "Он просил подробнее рассказать и писать далее",
        "Читать далее не стоит, сказал он.",
        "More",
    ],
)
def test_a_sentence_that_only_sounds_like_a_tail_stays(text: str) -> None:
    assert without_tail(f"The water rose.\n{text} books.") == f"The water rose.\n{text} books."


def test_a_cut_mark_becomes_an_ellipsis() -> None:
    assert plain_text("The water rose and [&#8230;]") == "The water rose and…"


ARTICLE = (
    "<p>Lawmakers met on Monday to discuss the harvest and the price of bread in the north of the country.</p>"
    '<p>The <a href="https://ministry.example/report">ministry</a> expects a good year, its report says, and '
    '<a href="/news/2">farmers</a> agree with most of it.</p>'
)
ARTICLE_TEXT = (
    "Lawmakers met on Monday to discuss the harvest and the price of bread in the north of the country.\n"
    "The ministry expects a good year, its report says, and farmers agree with most of it."
)
SPAM_LINKS = [
    '<a href="http://kazino.example/">Казино онлайн</a>',
    '<a href="http://slots.example/">Best slots 2026</a>',
    '<a href="http://escort.example/">Escort girls</a>',
    '<a href="http://pharm.example/">Buy viagra</a>',
]


@pytest.mark.parametrize(
    "spam",
    [
        " ".join(SPAM_LINKS),
        "<p>" + " | ".join(SPAM_LINKS) + "</p>",
        "<br>" + "<br>".join(SPAM_LINKS),
        "<ul>" + "".join(f"<li>{link}</li>" for link in SPAM_LINKS) + "</ul>",
        "<div>" + "".join(f"<div>{link}</div>" for link in SPAM_LINKS) + "</div>",
        f"<p>Играйте в лучшие слоты и получайте бонус: {SPAM_LINKS[0]} ждёт вас, а также покер</p>",
        '<div style="display:none"><p>Lukashenka casino</p></div>',
        '<p style="font-size:0">hidden words</p>',
        "<p>casino bonus slots poker betting viagra jackpot</p>",
    ],
)
@pytest.mark.parametrize("place", ["start", "end"])
def test_smuggled_advertising_goes_and_the_article_stays(spam: str, place: str) -> None:
    markup = spam + ARTICLE if place == "start" else ARTICLE + spam
    assert plain_text(markup, URL, "Parliament discusses the harvest") == ARTICLE_TEXT


@pytest.mark.parametrize(
    "clutter",
    [
        '<p>Читайте также: <a href="/9">Лукашенко в Москве</a></p>',
        '<h4>Read also</h4><ul><li><a href="/8">Kazakh oil</a></li><li><a href="/9">Duties</a></li></ul>',
        '<p><b>Чытайце таксама</b></p><p><a href="/9">Лукашэнка і нафта</a></p>',
        '<p>Оқи отырыңыз:</p><ul><li><a href="/9">Қазақстан мұнайы</a></li></ul>',
        '<p>Теги: <a href="/t">нефть</a>, <a href="/u">Казахстан</a></p>',
        "<p>Подписывайтесь на наш телеграм-канал</p>",
        '<ul><li><a href="/1">One</a></li><li><a href="/2">Another</a></li><li><a href="/3">Third</a></li></ul>',
    ],
)
def test_lists_of_other_articles_go(clutter: str) -> None:
    assert plain_text(ARTICLE + clutter, URL, "Harvest") == ARTICLE_TEXT


def test_an_article_about_casinos_stays() -> None:
    markup = (
        "<p>The casino on the river closed after forty years, leaving two hundred people without work this winter.</p>"
        '<p>Its owner, <a href="http://royal-casino.example/">Royal Casino</a>, blames online betting sites.</p>'
        "<p>The town had lived on roulette and slots; the gambling tax paid for its school and its only bridge.</p>"
    )
    text = plain_text(markup, URL, "The last casino closes")
    assert text.count("\n") == 2
    assert "Royal Casino" in text


def test_a_press_review_of_links_alone_stays() -> None:
    links = "".join(
        f'<li><a href="https://paper{n}.example/">Paper {n} writes about the flood</a></li>' for n in range(5)
    )
    assert plain_text(f"<ul>{links}</ul>", URL, "Press review").count("flood") == 5


def test_words_by_a_line_break_stay_together() -> None:
    markup = (
        'President <a href="/l">Lukashenka</a> saw <a href="/m">Minsk</a> today.<br>He left <a href="/n">early</a>.'
    )
    assert plain_text(markup, URL) == "President Lukashenka saw Minsk today.\nHe left early."


def test_text_is_cut_at_a_words_end() -> None:
    text = plain_text("<p>" + "слово " * 1_000 + "</p>", longest=100)
    assert len(text) <= 100
    assert text.endswith("слово…")


def test_titles_are_one_line() -> None:
    assert plain_line("<b>One</b><br>two\n three") == "One two three"
    assert len(plain_line("x" * 5_000)) == 500


def test_the_quick_look_for_advertising_misses_nothing() -> None:
    words = re.sub(r"[\\?]w\*|\\w\+|\\b", "", vocabulary._SPAM)
    plain = [
        word for word in re.sub(r"\([^()]*\)\??", "", re.sub(r"\([^()]*\)\??", "", words)).split("|") if len(word) > 5
    ]
    assert len(plain) > 50
    for word in plain:
        simple = re.sub(r"(.)\?|\[(.)[^\]]*\]\??", lambda found: found[1] or found[2], word)
        if vocabulary._ADVERTISING.search(simple):
            assert vocabulary.advertises(simple), simple


@given(st.text(max_size=300))
def test_any_text_comes_out_clean(text: str) -> None:
    for result in (clean(text), plain_text(text), plain_text(f"<p>{text}</p>"), plain_line(text)):
        assert unicodedata.is_normalized("NFC", result)
        assert not re.search(
            "[\x00-\x08\x0b-\x1f\x7f\u00ad\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]", result
        )
        assert "  " not in result


@given(st.text(alphabet="<>/abdivp &;#x1\"'=!-[]", max_size=200))
def test_any_markup_is_read_without_an_error(markup: str) -> None:
    plain_text(markup, URL, "title")

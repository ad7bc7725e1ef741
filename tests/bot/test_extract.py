"""Pages to articles, on pages written for this: menus, lists, author boxes and spam that name watched topics."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.feeds.extract import extract_article
from bot.feeds.model import Article, FetchError, FetchFault

PAGES = Path(__file__).parents[1] / "data" / "pages"
URL = "https://paper.example/news/1"
TOPICS = re.compile(
    r"лукаш[еэ]нк|lukashenk|казахстан|kazakh|қашаған|мұнай|мыты|пошлин|таможенн|митн|duties", re.IGNORECASE
)
SPAM = re.compile(r"казино|слот|эскорт|виагра|1xbet|фриспин|replica|free spins|viagra|недорого", re.IGNORECASE)

READABLE = {
    "ru_menu_names_topics": ("ru", "В Орше открыли новую школу", "начала работать новая школа", "ездили на занятия"),
    "ru_spam_list_at_end": (
        "ru",
        "Мост через Днепр закрыли на ремонт",
        "остановят до середины декабря",
        "не успел закупить",
    ),
    "ru_spam_in_middle": ("ru", "Урожай яблок оказался рекордным", "рекордный урожай яблок", "ещё на триста гектаров"),
    "ru_windows_1251": ("ru", "Зимний каток откроют в субботу", "вход будет бесплатным", "если позволит погода"),
    "ru_repeated_anchors": ("ru", "В музее нашли забытую картину", "считали утраченной", "опознала студентка"),
    "ru_link_smuggled_into_sentence": ("ru", "Электрички изменят расписание", "по новому расписанию", "переоформят их"),
    "en_related_list_with_topics": (
        "en",
        "Storm closes ferry line",
        "leaving about three hundred",
        "volunteers brought",
    ),
    "en_hidden_and_stuffed_spam": (
        "en",
        "Library extends its opening hours",
        "until ten in the evening",
        "a local bakery",
    ),
    "be_author_box_and_tags": ("be", "У Гродне аднавілі стары млын", "завершылі аднаўленне", "драўляныя бэлькі"),
    "be_cards_with_teasers": ("be", "Рэчыца святкуе дзень горада", "кірмаш рамеснікаў", "а дзясятай гадзіне"),
    "uk_read_also_between_paragraphs": ("uk", "У Полтаві запустили новий тролейбус", "перший із десяти", "коштуватиме"),
    "kk_related_list": ("kk", "Алматыда жаңа саябақ ашылды", "екі мыңға жуық ағаш", "қуанышын жасырмады"),
    "kk_spam_after_line_breaks": ("kk", "Қостайда", "төрт миллион тоннадан", "жөнелтіле бастады"),
}


def article(name: str, title: str = "") -> Article:
    return extract_article((PAGES / f"{name}.html").read_bytes(), "text/html", URL, title)


@pytest.mark.parametrize("name", READABLE)
def test_the_article_is_kept_from_its_first_sentence_to_its_last(name: str) -> None:
    language, title, first, last = READABLE[name]
    read = article(name)
    assert read.language == language
    assert read.title == title or name == "kk_spam_after_line_breaks"
    assert first in read.text.split("\n")[0]
    assert last in read.text.split("\n")[-1]


@pytest.mark.parametrize("name", READABLE)
def test_nothing_around_the_article_names_a_topic_or_advertises(name: str) -> None:
    text = article(name).text
    assert not TOPICS.search(text)
    assert not SPAM.search(text)


def test_every_page_is_tried() -> None:
    others = {"en_article_about_casinos", "uk_consent_wall", "ru_page_not_found"}
    assert {page.stem for page in PAGES.glob("*.html")} == set(READABLE) | others


def test_an_article_about_casinos_is_kept_whole() -> None:
    text = article("en_article_about_casinos").text
    assert len(text.split("\n")) == 4
    assert "Lucky Casino" in text
    assert "gambling commission" in text


@pytest.mark.parametrize("name", ["uk_consent_wall", "ru_page_not_found"])
def test_a_notice_is_no_article(name: str) -> None:
    with pytest.raises(FetchError) as caught:
        article(name)
    assert caught.value.fault is FetchFault.NOT_A_FEED
    assert caught.value.url == URL


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", "text/html"),
        (b"<html></html>", "text/html"),
        (b"%PDF-1.7 ...", "text/html"),
        (
            b"<html><body><p>Long enough to be an article, perhaps, but served as a picture.</p></body></html>",
            "image/png",
        ),
        (b'{"a": 1}', "application/json"),
        (b"<?xml version='1.0'?><rss><channel><title>x</title></channel></rss>", "text/xml"),
        (b"<html><body>" + b"<div>" * 20_000 + b"</body></html>", "text/html"),
        (b"<" * 100_000, "text/html"),
        (b"<html><body><p>" + b"&#1;&#xD800;" * 1_000, "text/html"),
    ],
)
def test_what_holds_no_article_is_refused(body: bytes, content_type: str) -> None:
    with pytest.raises(FetchError):
        extract_article(body, content_type, URL)


SENTENCES = "".join(
    f"<p>Паведамленне нумар {n} пра ўраджай і надвор'е ў раёне за мінулы тыдзень.</p>" for n in range(6)
)


@pytest.mark.parametrize(
    ("encoding", "meta", "content_type"),
    [
        ("utf-8", "", "text/html"),
        ("utf-8", '<meta charset="windows-1251">', "text/html; charset=windows-1251"),
        ("windows-1251", '<meta http-equiv="Content-Type" content="text/html; charset=windows-1251">', "text/html"),
        ("windows-1251", "", "text/html; charset=windows-1251"),
        ("windows-1251", "", "text/html; charset=utf-8"),
        ("utf-16", "", "text/html"),
    ],
)
def test_the_letters_of_a_page_come_through(encoding: str, meta: str, content_type: str) -> None:
    page = f"<html><head>{meta}<title>Ураджай</title></head><body><h1>Ураджай</h1>{SENTENCES}</body></html>"
    assert "Паведамленне нумар 3" in extract_article(page.encode(encoding), content_type, URL).text


def test_a_short_article_among_many_links_is_found() -> None:
    menu = "".join(f'<div><a href="/m/{n}">Лукашенко и нефть Казахстана, раздел {n}</a></div>' for n in range(150))
    page = f"<html><body>{menu}<h1>Надвор'е</h1>{SENTENCES}{menu}</body></html>"
    text = extract_article(page.encode(), "text/html", URL).text
    assert "Паведамленне нумар 5" in text
    assert not TOPICS.search(text)


def test_an_article_unveiled_by_a_script_is_found() -> None:
    page = f'<html><body><h1>Title</h1><div style="display:none" class="story">{SENTENCES}</div></body></html>'
    assert "Паведамленне нумар 2" in extract_article(page.encode(), "text/html", URL).text


def test_a_class_that_sounds_like_a_box_does_not_hide_the_article() -> None:
    page = f'<html><body class="single-author"><div class="post tag-oil"><h1>T</h1>{SENTENCES}</div></body></html>'
    assert "Паведамленне нумар 0" in extract_article(page.encode(), "text/html", URL).text

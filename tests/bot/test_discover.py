"""From a home page to its feed."""

from __future__ import annotations

import pytest

from bot.feeds.discover import feed_links

HOME = "https://paper.example/"


def urls(head: str, body: str = "", url: str = HOME) -> list[str]:
    page = f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>"
    return [link.url for link in feed_links(page.encode(), "text/html; charset=utf-8", url)]


def announced(href: str, kind: str = "application/rss+xml", title: str = "News") -> str:
    return f'<link rel="alternate" type="{kind}" title="{title}" href="{href}">'


def test_the_announced_feed_comes_first_and_that_of_comments_after_it() -> None:
    head = announced("/comments/feed/", title="Comments") + announced("/feed/")
    assert urls(head)[:2] == ["https://paper.example/feed/", "https://paper.example/comments/feed/"]


@pytest.mark.parametrize(
    "kind",
    ["application/rss+xml", "application/atom+xml", "APPLICATION/RSS+XML; charset=utf-8", "application/feed+json"],
)
def test_every_kind_of_feed_counts(kind: str) -> None:
    assert urls(announced("feed.xml", kind))[0] == "https://paper.example/feed.xml"


def test_relative_addresses_follow_the_base_element() -> None:
    head = '<base href="https://cdn.example/by/">' + announced("rss")
    assert urls(head)[0] == "https://cdn.example/by/rss"


@pytest.mark.parametrize(
    "head",
    [
        '<link rel="alternate" hreflang="en" href="/en/">',
        '<link rel="alternate" type="application/json" href="/wp-json/wp/v2/pages/2">',
        '<link rel="alternate stylesheet" type="application/rss+xml" href="/x.css">',
        announced("javascript:alert(1)"),
        announced("file:///etc/passwd"),
        announced(""),
    ],
)
def test_what_is_no_feed_is_not_announced(head: str) -> None:
    links = feed_links(f"<html><head>{head}</head></html>".encode(), "", HOME)
    assert not [link for link in links if link.announced]


def test_a_link_to_a_feed_in_the_text_comes_before_guesses() -> None:
    assert urls("", '<a href="/export/rss.xml">RSS</a> <a href="https://elsewhere.example/rss">other</a>')[0].endswith(
        "/export/rss.xml"
    )


def test_common_addresses_are_guesses_and_say_so() -> None:
    links = feed_links(b"", "", "https://paper.example/uk/")
    assert links[0].url == "https://paper.example/uk/feed"
    assert {link.announced for link in links} == {False}
    assert "https://paper.example/rss.xml" in [link.url for link in links]


def test_each_address_is_named_once_and_their_number_is_bounded() -> None:
    found = urls(announced("/feed") * 3 + "".join(announced(f"/feed/{n}") for n in range(500)))
    assert len(found) == len(set(found)) <= 40


@pytest.mark.parametrize(
    "body", [b"", b"\x00\x01", b"<" * 10_000, b"<link " * 10_000, "<p>\ud800".encode("utf-8", "ignore")]
)
def test_any_bytes_give_at_least_the_guesses(body: bytes) -> None:
    assert feed_links(body, "text/html", HOME)


def test_a_title_in_windows_1251_is_readable() -> None:
    page = f'<html><head><meta charset="windows-1251">{announced("/rss", title="Новости дня")}</head></html>'
    assert feed_links(page.encode("windows-1251"), "text/html", HOME)[0].title == "Новости дня"

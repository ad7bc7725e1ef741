"""The sample newswire as the bytes that web servers send: feeds in four formats, article pages, home pages."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from html import escape
from types import MappingProxyType

from bot.demo.wire import WireFeed, WireItem

CONTENT_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "rss": "application/rss+xml; charset=utf-8",
        "rdf": "application/rdf+xml; charset=utf-8",
        "atom": "application/atom+xml; charset=utf-8",
        "json": "application/feed+json; charset=utf-8",
    }
)

# What hacked sites carry below an article: nothing in it may reach a reader.
SPAM = (
    "best online casino bonus",
    "casino without deposit",
    "escort tonight",
    "casino slots real money",
    "cheap pills",
)


@dataclass(frozen=True, slots=True)
class Published:
    """An article on the wire: its address here, and when it was published (aware UTC)."""

    item: WireItem
    link: str
    published_at: datetime

    @property
    def guid(self) -> str:
        """Return the identity that the feed gives the article."""
        return f"{self.item.feed}:{self.item.slug}"

    @property
    def html(self) -> str:
        """Return the article's text as one paragraph of HTML."""
        return f"<p>{escape(self.item.text)}</p>"


def feed_path(feed: WireFeed) -> str:
    """Return where the outlet's feed is served, from the root."""
    return f"/{feed.slug}/feed.{'json' if feed.kind == 'json' else 'xml'}"


def render_feed(feed: WireFeed, articles: Sequence[Published], base_url: str) -> bytes:
    """Return the outlet's feed document with `articles` in the given order, newest first by custom."""
    match feed.kind:
        case "json":
            return _json(feed, articles, base_url)
        case "atom":
            text = _atom(feed, articles, base_url)
        case "rdf":
            text = _rdf(feed, articles, base_url)
        case _:
            text = _rss(feed, articles, base_url)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'.encode()


def _rss_item(feed: WireFeed, article: Published) -> str:
    full = f"<content:encoded>{escape(article.html)}</content:encoded>" if feed.full else ""
    return (
        f"<item><title>{escape(article.item.title)}</title><link>{escape(article.link)}</link>"
        f'<guid isPermaLink="false">{escape(article.guid)}</guid>'
        f"<pubDate>{format_datetime(article.published_at)}</pubDate>"
        f"<description>{escape(_lead(article))}</description>{full}</item>"
    )


def _rss(feed: WireFeed, articles: Sequence[Published], base_url: str) -> str:
    items = "\n".join(_rss_item(feed, article) for article in articles)
    return (
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
        f"<title>{escape(feed.title)}</title><link>{base_url}/{feed.slug}/</link>"
        f"<description>{escape(feed.title)}</description><language>{feed.language}</language>\n{items}\n</channel></rss>"
    )


def _rdf_item(article: Published) -> str:
    return (
        f'<item rdf:about="{escape(article.link)}"><title>{escape(article.item.title)}</title>'
        f"<link>{escape(article.link)}</link><dc:date>{article.published_at.isoformat()}</dc:date>"
        f"<description>{escape(_lead(article))}</description>"
        f"<content:encoded>{escape(article.html)}</content:encoded></item>"
    )


def _rdf(feed: WireFeed, articles: Sequence[Published], base_url: str) -> str:
    home = f"{base_url}/{feed.slug}/"
    places = "".join(f'<rdf:li rdf:resource="{escape(article.link)}"/>' for article in articles)
    items = "\n".join(_rdf_item(article) for article in articles)
    return (
        '<rdf:RDF xmlns="http://purl.org/rss/1.0/" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/">'
        f'<channel rdf:about="{home}"><title>{escape(feed.title)}</title><link>{home}</link>'
        f"<description>{escape(feed.title)}</description><dc:language>{feed.language}</dc:language>"
        f"<items><rdf:Seq>{places}</rdf:Seq></items></channel>\n{items}\n</rdf:RDF>"
    )


def _atom_entry(feed: WireFeed, article: Published) -> str:
    full = f'<content type="html">{escape(article.html)}</content>' if feed.full else ""
    at = article.published_at.isoformat()
    return (
        f'<entry><id>tag:wire.example,2026:{escape(article.guid)}</id><title type="text">{escape(article.item.title)}'
        f'</title><link rel="alternate" href="{escape(article.link)}"/><published>{at}</published><updated>{at}'
        f'</updated><summary type="text">{escape(_lead(article))}</summary>{full}</entry>'
    )


def _atom(feed: WireFeed, articles: Sequence[Published], base_url: str) -> str:
    newest = max((article.published_at.isoformat() for article in articles), default="2026-01-01T00:00:00+00:00")
    entries = "\n".join(_atom_entry(feed, article) for article in articles)
    return (
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{feed.language}"><title>{escape(feed.title)}</title>'
        f"<id>tag:wire.example,2026:{feed.slug}</id><updated>{newest}</updated>"
        f'<link rel="self" href="{base_url}{feed_path(feed)}"/><link rel="alternate" href="{base_url}/{feed.slug}/"/>'
        f"<author><name>{escape(feed.author)}</name></author>\n{entries}\n</feed>"
    )


def _json(feed: WireFeed, articles: Sequence[Published], base_url: str) -> bytes:
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": f"{base_url}/{feed.slug}/",
        "feed_url": f"{base_url}{feed_path(feed)}",
        "language": feed.language,
        "items": [
            {
                "id": article.guid,
                "url": article.link,
                "title": article.item.title,
                "summary": _lead(article),
                "content_html": article.html,
                "date_published": article.published_at.isoformat(),
            }
            for article in articles
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def _lead(article: Published) -> str:
    """Return what the feed says in short: the summary, else the text's first sentence."""
    return article.item.summary or article.item.text.partition(". ")[0].removesuffix(".") + "."


def render_page(feed: WireFeed, item: WireItem, base_url: str) -> bytes:
    """Return the article's page with all that surrounds an article: menu, "read more", author box, link spam."""
    sentences = item.text.split(". ")
    middle = max(1, len(sentences) - 1)
    paragraphs = [". ".join(sentences[:middle]) + ".", ". ".join(sentences[middle:])]
    body = "\n".join(f"<p>{escape(text)}</p>" for text in paragraphs if text.strip(". "))
    more = "\n".join(
        f'<li><a href="{base_url}/{feed.slug}/more-{at}.html">{escape(title)}</a></li>'
        for at, title in enumerate(feed.related)
    )
    spam = "\n".join(f'<a href="http://spam.example/{at}">{words}</a>' for at, words in enumerate(SPAM * 4))
    page = f"""<!DOCTYPE html>
<html lang="{feed.language}"><head><meta charset="utf-8"><title>{escape(item.title)} — {escape(feed.title)}</title>
<link rel="canonical" href="{base_url}/{feed.slug}/{item.slug}.html"></head>
<body>
<nav><ul><li><a href="{base_url}/{feed.slug}/">{escape(feed.title)}</a></li>{more}</ul></nav>
<main><article><h1>{escape(item.title)}</h1>
{body}
</article></main>
<section class="author-box"><h4>{escape(feed.author)}</h4>
<p><a href="{base_url}/{feed.slug}/">{escape(feed.title)}</a></p></section>
<aside class="related"><ul>
{more}
</ul></aside>
<div>{spam}</div>
<footer>© {escape(feed.title)}</footer>
</body></html>
"""
    return page.encode()


def render_home(feed: WireFeed, base_url: str) -> bytes:
    """Return the outlet's front page, which names its feed in the head, as autodiscovery wants."""
    kind = CONTENT_TYPES[feed.kind].partition(";")[0]
    page = f"""<!DOCTYPE html>
<html lang="{feed.language}"><head><meta charset="utf-8"><title>{escape(feed.title)}</title>
<link rel="alternate" type="{kind}" title="{escape(feed.title)}" href="{feed_path(feed)}"></head>
<body><h1>{escape(feed.title)}</h1><p><a href="{base_url}{feed_path(feed)}">{escape(feed.title)}</a></p></body></html>
"""
    return page.encode()

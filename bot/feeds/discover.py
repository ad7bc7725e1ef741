"""From a home page to its feeds. Loaded by worker processes only."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

from lxml import etree

from bot.feeds.encodings import decode, http_charset, widened
from bot.feeds.links import web_address
from bot.feeds.model import FeedLink
from bot.feeds.plain import holdable, plain_line

LONGEST_PAGE = 2_000_000
MOST_LINKS = 40
_TYPES = (
    "application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml",
    "application/x-rss+xml", "application/xml", "text/xml", "application/json",
)  # fmt: skip
_VAGUE_TYPES = frozenset({"application/json", "application/xml", "text/xml"})
_COMMON_PATHS = (
    "/feed",
    "/rss",
    "/rss.xml",
    "/feed.xml",
    "/atom.xml",
    "/index.xml",
    "/feed/rss",
    "/feed.json",
    "/rss/all",
)
_COMMENTS = re.compile(r"comments?|комментари|коментар|каментар|пікір", re.IGNORECASE)
_NARROW = re.compile(r"/(?:tag|tags|category|author|search|podcast)s?/|replies|podcast", re.IGNORECASE)
_FEED_PATH = re.compile(r"(?:^|[/_.-])(?:rss|feeds?|atom|rdf)(?:$|[/_.?-])|\.(?:rss|rdf|atom)$", re.IGNORECASE)
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)


def feed_links(body: bytes, content_type: str, url: str) -> tuple[FeedLink, ...]:
    """Return where a site's feed may be, best first, each address once.

    First what the page announces in its head, then links that look like feeds, then addresses that sites commonly use;
    feeds of comments, tags and authors after the others of their kind. `url` is the page's address after redirects.
    """
    page = widened(body[:LONGEST_PAGE])
    declared = _META_CHARSET.search(page[:8_000])
    text = decode(page, declared[1].decode("ascii", "ignore") if declared else "", http_charset(content_type))
    tree = _tree(text)
    found: list[FeedLink] = []
    if tree is not None:
        base = _base(tree, url)
        found += sorted(_announced(tree, base), key=_rank)
        found += sorted(_linked(tree, base), key=_rank)
    found += [FeedLink(urljoin(url, path), announced=False) for path in _common_paths(url)]
    once: dict[str, FeedLink] = {}
    for link in found:
        if link.url and link.url != url:
            once.setdefault(link.url, link)
    return tuple(once.values())[:MOST_LINKS]


def _tree(text: str) -> etree._Element | None:
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True)
    try:
        return etree.fromstring(holdable(text).encode("utf-8", "ignore"), parser)
    except (etree.LxmlError, ValueError):
        return None


def _base(tree: etree._Element, url: str) -> str:
    bases = tree.xpath("//base/@href")
    return (web_address(bases[0], url) if bases else "") or url


def _announced(tree: etree._Element, base: str) -> list[FeedLink]:
    links = []
    for element in tree.iter("link"):
        relations = set(element.get("rel", "").casefold().split())
        kind = element.get("type", "").partition(";")[0].strip().casefold()
        address = element.get("href", "")
        if not ({"alternate", "feed"} & relations) or "stylesheet" in relations:
            continue
        if kind not in _TYPES and "feed" not in relations:
            continue
        if kind in _VAGUE_TYPES and not _FEED_PATH.search(address):
            continue  # WordPress announces its programming interface so
        links.append(FeedLink(web_address(address, base), plain_line(element.get("title", ""), 200), kind))
    return links


def _linked(tree: etree._Element, base: str) -> list[FeedLink]:
    own = urlsplit(base).hostname or ""
    links = []
    for element in tree.iter("a"):
        address = web_address(element.get("href", ""), base)
        parts = urlsplit(address)
        if address and _FEED_PATH.search(parts.path) and _same_site(parts.hostname or "", own):
            links.append(FeedLink(address, plain_line("".join(element.itertext()), 200)))
        if len(links) >= MOST_LINKS:
            break
    return links


def _same_site(host: str, own: str) -> bool:
    host, own = host.removeprefix("www."), own.removeprefix("www.")
    return host == own or host.endswith("." + own) or own.endswith("." + host) or host.startswith("feeds.")


def _rank(link: FeedLink) -> tuple[bool, bool, bool]:
    """Sort comments last and narrow feeds before them; JSON after XML, which more sites keep in order."""
    words = f"{link.url} {link.title}"
    return bool(_COMMENTS.search(words)), bool(_NARROW.search(words)), "json" in link.kind


def _common_paths(url: str) -> tuple[str, ...]:
    """Return the common paths, for a section's page below that section first ("/ru/" has its own "/ru/rss")."""
    section = urlsplit(url).path.strip("/").split("/")[0]
    below = tuple(f"/{section}{path}" for path in _COMMON_PATHS[:3]) if len(section) == 2 else ()
    return below + _COMMON_PATHS

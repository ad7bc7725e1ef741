"""An article's page to its text, as a person reads it. Loaded by worker processes only.

trafilatura finds the article; it keeps visible spam paragraphs and some lists, so the tree is cleared of those before,
and the paragraphs are looked through once more after. See docs/adr/0004-page-spam.md.
"""

from __future__ import annotations

import re

import trafilatura
from lxml import etree
from lxml import html as lxml_html

from bot.feeds.encodings import decode, http_charset, widened
from bot.feeds.languages import language_code
from bot.feeds.model import Article, FetchError, FetchFault
from bot.feeds.plain import clean, holdable, plain_line, shortened, tree_text, without_tail
from bot.feeds.spam import remove_clutter
from bot.feeds.trees import MOST_ELEMENTS, is_overgrown, remove, words_of
from bot.feeds.vocabulary import advertises, announces_links, is_stuffed

LONGEST_PAGE = 3_000_000
LONGEST_TEXT = 100_000
LEAST_TEXT = 80
WALL_TEXT = 500
KEPT_SHARE = 0.4

_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
_DECLARED = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})", re.IGNORECASE)
_NOT_PAGES = (b"%PDF", b"\x89PNG", b"GIF8", b"\xff\xd8", b"PK\x03\x04", b"RIFF", b"\x1f\x8b", b"ID3", b"\0\0\0")
_LOOKS_LIKE_PAGE = re.compile(
    rb"<\s*(?:!doctype\s+html|html|head|body|article|main|div|p|h1|title|meta)\b", re.IGNORECASE
)
_LOOKS_LIKE_FEED = re.compile(
    rb"^\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)?<(?:rss|feed|rdf:RDF)\b", re.IGNORECASE | re.DOTALL
)
_ASIDE = ("nav", "footer", "aside", "form", "dialog", "menu")
_BOXES = ("div", "section", "ul", "ol", "dl", "table", "aside", "header", "nav", "footer", "td")
_BOX_WORD = re.compile(
    r"nav|navbar|navigation|menu|breadcrumbs?|crumbs|sidebar|widgets?|related|recommend(?:ed|ations?)?|readmore|readalso|"
    r"also|popular|trending|latest|tags?|taglist|tagcloud|keywords|author|byline|bio|share|sharing|socials?|subscribe|"
    r"subscription|newsletter|promo|advert|advertisement|ads?|banner|sponsor(?:ed)?|partners?|cookies?|consent|gdpr|popup|"
    r"modal|comments?|disqus|respond|pagination|pager|copyright|footer|similar|teasers?|lenta|telegram",
    re.IGNORECASE,
)
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_TITLES = (
    "//meta[@property='og:title']/@content", "//meta[@name='twitter:title']/@content", "//h1", "//title",
)  # fmt: skip
_AUTHOR = re.compile(
    r"^[\W_]*(?:about the author|об авторе|про автора|пра аўтара|автор туралы|author bio)(?![^\W_])", re.IGNORECASE
)
_WALL = re.compile(
    r"cookie|consent|javascript|gdpr|subscrib|sign in|log in|captcha|are you (?:a )?(?:human|robot)|access denied|"
    r"page not found|not be found|\b40[34]\b|paywall|enable js|checking your browser|"
    r"страниц\w+ не (?:найден|существует)|доступ (?:запрещ|ограничен)|подписк|подпишитесь|оформите|войдите|авториз|"
    r"включите|сторінк\w+ не знайден|не знайдено|передплат|підпишіться|увійдіть|старонк\w+ не знойдзен|увайдзіце|"
    r"падпішыцеся|бет табылмады|жазылыңыз|кіріңіз",
    re.IGNORECASE,
)


def extract_article(body: bytes, content_type: str, url: str, title: str = "") -> Article:
    """Return the article on a page: one line per paragraph, without menus, lists of other articles, author and spam.

    `url` is the page's address (links elsewhere are foreign), `title` the item's, if known: it tells what the article
    is about. Raises FetchError(NOT_A_FEED) where there is nothing to read: no web page, no article on it, or only a
    notice about cookies, subscriptions or a missing page. Whether the text is better than the summary is the caller's
    to judge, by length. Raises TOO_COSTLY for pages of more than 30,000 elements.
    """
    tree = _tree(body, content_type, url)
    if is_overgrown(tree):
        raise FetchError(FetchFault.TOO_COSTLY, f"a page of more than {MOST_ELEMENTS} elements", url=url)
    heading = _heading(tree) or title
    subject = f"{title} {heading}"
    _unfold_layout(tree)
    _remove_asides(tree)
    remove_clutter(tree, url, subject)
    read = trafilatura.bare_extraction(
        tree,
        url=url or None,
        favor_precision=True,
        include_comments=False,
        include_tables=True,
        include_formatting=False,
    )
    text = (read.text if isinstance(read, trafilatura.settings.Document) else "") or ""
    kept = _readable(clean(text), subject, heading) or _readable(_paragraphs(tree), subject, heading)
    if len(kept) < LEAST_TEXT or (len(kept) < WALL_TEXT and _WALL.search(kept)):
        raise FetchError(FetchFault.NOT_A_FEED, "no readable article on the page", url=url)
    language = language_code(tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang") or "")
    return Article(title=plain_line(heading), text=shortened(kept, LONGEST_TEXT), language=language)


def _tree(body: bytes, content_type: str, url: str) -> etree._Element:
    """Return a page's elements. Raises FetchError where it is no web page."""
    kind = content_type.partition(";")[0].strip().casefold()
    if kind.startswith(("image/", "audio/", "video/", "font/")) or kind in ("application/pdf", "application/zip"):
        raise FetchError(FetchFault.NOT_A_FEED, f"not a web page but {kind[:40]}", url=url)
    page = widened(body[:LONGEST_PAGE])
    if (
        page.startswith(_NOT_PAGES)
        or _LOOKS_LIKE_FEED.match(page[:2_000])
        or not _LOOKS_LIKE_PAGE.search(page[:50_000])
    ):
        raise FetchError(FetchFault.NOT_A_FEED, "not a web page", url=url)
    declared = _META_CHARSET.search(page[:8_000]) or _DECLARED.search(page[:1_000])
    text = decode(page, declared[1].decode("ascii", "ignore") if declared else "", http_charset(content_type))
    parser = lxml_html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True)
    try:
        return lxml_html.document_fromstring(holdable(text).encode("utf-8", "ignore"), parser=parser)
    except (etree.LxmlError, ValueError) as error:
        raise FetchError(FetchFault.NOT_A_FEED, "the page can't be read", url=url) from error


def _heading(tree: etree._Element) -> str:
    """Return the article's own headline: what the page tells to social networks, else its first heading or title."""
    for path in _TITLES:
        for found in tree.xpath(path)[:3]:
            words = plain_line(found if isinstance(found, str) else words_of(found))
            if len(words) > 3:
                return words
    return ""


def _unfold_layout(tree: etree._Element) -> None:
    """Make plain blocks of tables that lay out the page, so that the article in one is read as one."""
    for table in tree.iter("table"):
        if table.find(".//h1") is not None or len(table.findall(".//p")) >= 2:
            for part in [*table.iter("table", "tbody", "thead", "tr", "td", "th")]:
                part.tag = "div"


def _remove_asides(tree: etree._Element) -> None:
    """Remove the boxes around an article that their element or class names say are not the article."""
    prose = _prose(tree)
    for element in [*tree.iter(*_ASIDE), *tree.iter(*_BOXES)]:
        if element.getparent() is None or not (element.tag in _ASIDE or _is_named_aside(element)):
            continue
        if prose[element] <= KEPT_SHARE * prose[tree] and element.find(".//h1") is None:
            remove(element)


def _is_named_aside(element: etree._Element) -> bool:
    names = f"{element.get('class', '')} {element.get('id', '')} {element.get('role', '')}"
    return any(_BOX_WORD.fullmatch(word) for word in _WORDS.findall(names[:500]))


def _prose(tree: etree._Element) -> dict[etree._Element, int]:
    """Return how many characters of paragraphs each element holds."""
    prose: dict[etree._Element, int] = {}
    for element in reversed(list(tree.iter(etree.Element))):
        inside = sum(prose.get(child, 0) for child in element)
        prose[element] = len("".join(element.itertext()).strip()) if element.tag == "p" else inside
    return prose


def _paragraphs(tree: etree._Element) -> str:
    """Return the text of the paragraphs of the page's main part, where trafilatura finds no article."""
    for path in ("//article", "//main", "//*[@itemprop='articleBody']", "//body"):
        found = tree.xpath(path)
        lines = [words_of(each) for part in found[:3] for each in part.iter("p")]
        if sum(map(len, lines)) >= LEAST_TEXT:
            return clean("\n".join(lines))
    bodies = tree.xpath("//body")
    return tree_text(bodies[0]) if bodies else ""


def _readable(text: str, subject: str, heading: str) -> str:
    """Return a text's own paragraphs: each once, without announcements, tags, the author's box and piles of adverts."""
    about = advertises(subject)
    lines: list[str] = []
    seen = {heading}
    skip_next = False
    for line in (each.strip() for each in text.split("\n")):
        skipped, skip_next = skip_next, False
        if not line or line in seen:
            continue
        seen.add(line)
        if _AUTHOR.match(line):
            skip_next = len(line) < 60
        elif not (skipped or announces_links(line) or (is_stuffed(line) and not about)):
            lines.append(line)
    return without_tail("\n".join(lines))

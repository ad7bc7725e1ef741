"""The quick way to read a feed: well-formed XML, taken apart by libxml2. What isn't is left to feedparser.

Nine feeds in ten are well-formed, and this reads them in a fifth of feedparser's time; it also leaves a guid as it
stands, which feedparser resolves like a link, so that it would change with the feed's address.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from urllib.parse import urljoin

from lxml import etree

from bot.feeds.model import FetchError, FetchFault
from bot.feeds.raw import RawEntry, RawFeed

# Namespaces by their address without "https", "www." and the last slash, which sites write as they please.
_SPACES: Mapping[str, str] = MappingProxyType(
    {
        "": "",
        "w3.org/2005/atom": "",
        "purl.org/atom/ns#": "",
        "purl.org/rss/1.0": "",
        "my.netscape.com/rdf/simple/0.9": "",
        "channel.netscape.com/rdf/simple/0.9": "",
        "backend.userland.com/rss2": "",
        "purl.org/rss/1.0/modules/content": "content",
        "purl.org/dc/elements/1.1": "dc",
        "purl.org/dc/terms": "dc",
        "search.yahoo.com/mrss": "media",
        "itunes.com/dtds/podcast-1.0.dtd": "itunes",
        "rssnamespace.org/feedburner/ext/1.0": "feedburner",
        "pheedo.com/namespace/pheedo": "feedburner",
        "purl.org/rss/1.0/modules/syndication": "sy",
        "news.yandex.ru": "yandex",
    }
)
_SPACE_START = re.compile(r"^https?://(?:www\.)?")
_XML = "{http://www.w3.org/XML/1998/namespace}"
_RDF_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"
_PREFIXED_TAG = re.compile(r"(</?)[\w.-]+:(?=\w)")
_ENTRIES = etree.XPath("//*[local-name()='item' or local-name()='entry']")
_CHANNEL = etree.XPath("//*[local-name()='channel']")
_TEXT_TYPES = ("", "text", "html", "xhtml")
# By the names of `_named`, best first.
_CONTENTS = ("content:encoded", "content", "yandex:full-text", "full-text", "fulltext")
_SUMMARIES = ("description", "summary", "media:description", "itunes:summary", "abstract", "dc:description")
_TITLES = ("title", "media:title", "dc:title")
_DATES = (
    "pubDate",
    "published",
    "created",
    "issued",
    "dc:date",
    "dc:created",
    "date",
    "updated",
    "modified",
    "dc:modified",
)


def read_well_formed(body: bytes, url: str) -> RawFeed | None:
    """Return the fields of a feed in UTF-8 without DOCTYPE; None where it is not well-formed XML.

    `url` is its address, for relative links. Raises FetchError(TOO_COSTLY) for elements nested hundreds deep.
    """
    root = _tree(body, url)
    if root is None:
        return None
    based = b"xml:base" in body
    channels = _CHANNEL(root)
    own = {"", etree.QName(root).namespace or "", etree.QName(channels[0]).namespace or "" if channels else ""}
    head = _named(channels[0] if channels else root, own)
    entries = [element for element in _ENTRIES(root) if _name_of(element, own) in ("item", "entry")]
    links = _links(head.get("link", []), based)
    language = _text(head, "language", "dc:language") or root.get(f"{_XML}lang") or ""
    return RawFeed(
        title=_text(head, "title"),
        link=next((link for link in links), ""),
        language=language,
        ttl=_text(head, "ttl"),
        period=_text(head, "sy:updatePeriod"),
        frequency=_text(head, "sy:updateFrequency"),
        entries=tuple(_entry(element, own, based) for element in entries),
    )


def _tree(body: bytes, url: str) -> etree._Element | None:
    try:
        return _parsed(body, url, recover=False)
    except etree.XMLSyntaxError as error:
        if "depth" in str(error).casefold():
            raise FetchError(FetchFault.TOO_COSTLY, "elements nested too deeply", url=url) from error
        # An undeclared prefix is no reason to distrust the rest.
        if all(each.domain_name == "NAMESPACE" for each in error.error_log):
            return _parsed(body, url, recover=True)
    except ValueError:
        pass
    return None


def _parsed(body: bytes, url: str, *, recover: bool) -> etree._Element:
    parser = etree.XMLParser(
        recover=recover, resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    return etree.fromstring(body, parser, base_url=url)


def _name_of(element: etree._Element, own: set[str]) -> str:
    """Return "title" for the format's own elements, "dc:date" for those of known extensions, "?" for others."""
    tag = element.tag
    if not isinstance(tag, str):
        return "?"
    space, _, name = tag[1:].rpartition("}") if tag.startswith("{") else ("", "", tag)
    if space in own:
        return name
    known = _known_space(space)
    return "?" if known is None else f"{known}:{name}" if known else name


@lru_cache(maxsize=256)
def _known_space(space: str) -> str | None:
    return _SPACES.get(_SPACE_START.sub("", space.casefold()).rstrip("/"))


def _named(parent: etree._Element, own: set[str]) -> dict[str, list[etree._Element]]:
    """Return the children of an element by name, those of a media:group with them."""
    named: dict[str, list[etree._Element]] = {}
    for child in parent:
        name = _name_of(child, own)
        named.setdefault(name, []).append(child)
        if name == "media:group":
            for inner in child:
                named.setdefault(_name_of(inner, own), []).append(inner)
    return named


def _entry(element: etree._Element, own: set[str], based: bool) -> RawEntry:
    fields = _named(element, own)
    guid = _text(fields, "guid", "id") or element.get(_RDF_ABOUT) or ""
    origin = _text(fields, "feedburner:origLink")
    links = ([origin] if origin else []) + _links(fields.get("link", []), based)
    return RawEntry(
        guid=guid,
        links=(*links, *_enclosures(fields)),
        title=_first_markup(fields, _TITLES),
        summary=_first_markup(fields, _SUMMARIES),
        content=max((_markup(each) for name in _CONTENTS for each in fields.get(name, ())), key=len, default=""),
        dates=tuple(text for name in _DATES for each in fields.get(name, ()) if (text := _words(each))),
        language=_text(fields, "dc:language", "language") or _language(element, fields),
    )


def _links(elements: list[etree._Element], based: bool) -> list[str]:
    """Return the addresses in link elements, best first: web pages, then other alternates, then what is related."""
    ranked: list[tuple[int, str]] = []
    for element in elements:
        relation, kind = element.get("rel", "alternate"), element.get("type", "")
        address = (element.get("href") or _words(element)).strip()
        if not address:
            continue
        if based and element.base:
            try:
                address = urljoin(element.base, address)
            except ValueError:
                continue
        if relation == "alternate":
            ranked.append((0 if "html" in kind else 1 if not kind else 2, address))
        elif relation in ("canonical", "related", "via", "enclosure"):
            ranked.append((3 if relation == "canonical" else 4, address))
    return [address for _, address in sorted(ranked, key=lambda each: each[0])]


def _enclosures(fields: dict[str, list[etree._Element]]) -> list[str]:
    return [each.get("url") or "" for each in fields.get("enclosure", ())]


def _language(element: etree._Element, fields: dict[str, list[etree._Element]]) -> str:
    """Return the xml:lang of an entry, its title or its text; "" where they have none of their own."""
    for each in (*fields.get("title", ()), *fields.get("content", ()), *fields.get("summary", ()), element):
        if said := each.get(f"{_XML}lang"):
            return str(said)
    return ""


def _text(fields: dict[str, list[etree._Element]], *names: str) -> str:
    return next((text for name in names for each in fields.get(name, ()) if (text := _words(each))), "")


def _first_markup(fields: dict[str, list[etree._Element]], names: tuple[str, ...]) -> str:
    return next((text for name in names for each in fields.get(name, ()) if (text := _markup(each)).strip()), "")


def _words(element: etree._Element) -> str:
    if len(element):
        return "".join(element.itertext()).strip()
    return (element.text or "").strip()


def _markup(element: etree._Element) -> str:
    """Return what an element holds as HTML: its text as it stands, elements within it written out."""
    kind = element.get("type", "")
    if kind not in _TEXT_TYPES and not kind.startswith(("text/", "application/xhtml")):
        return ""
    if not len(element):
        return element.text or ""
    inner = "".join(etree.tostring(child, encoding="unicode") for child in element)
    return (element.text or "").replace("&", "&amp;").replace("<", "&lt;") + _PREFIXED_TAG.sub(r"\1", inner)

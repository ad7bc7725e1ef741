"""Where a feed document really begins, behind declarations, entity definitions and what a broken site printed first."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.feeds.model import FetchError, FetchFault

MOST_JUNK_TAGS = 200
_OPENING = re.compile(rb"<(?:\?|!--|!\[CDATA\[|!DOCTYPE|/?([A-Za-z_][\w.:-]{0,100}))", re.IGNORECASE)
_DECLARED = re.compile(rb"""encoding\s*=\s*["']?\s*([\w.:-]{1,40})""", re.IGNORECASE)
_DOCTYPE_MARK = re.compile(rb"""<!--|[\[\]>'"]""")
_ROOTS = frozenset({b"rss", b"feed", b"rdf", b"channel"})
_WEB_PAGE = frozenset(
    b"html head body title meta link script style div p span br b h1 h2 table form center a img iframe noscript".split()
)


@dataclass(frozen=True, slots=True)
class Root:
    """Where the root element starts, its name as written, the encoding declared before it, and whether junk was."""

    start: int
    name: bytes
    encoding: str
    junk: bool


def local_name(name: bytes) -> bytes:
    """Return an element's name without its prefix, in lower case."""
    return name.rpartition(b":")[2].lower()


def find_root(body: bytes) -> Root:
    """Find the feed's root element behind declarations, comments and whatever a broken site printed first.

    Raises FetchError: HTML for a web page, NOT_A_FEED for anything else without a feed's root element.
    """
    encoding, junk, position = "", False, 0
    seen: list[bytes] = []
    while len(seen) < MOST_JUNK_TAGS and (found := _OPENING.search(body, position)) is not None:
        opening, name = found[0].lower(), found[1]
        junk = junk or bool(body[position : found.start()].strip())
        position = found.end()
        opens_feed = name is not None and local_name(name) in _ROOTS and not opening.startswith(b"</")
        if opens_feed and (b"html" not in seen or _is_surely_feed(body[found.start() : found.start() + 2_000])):
            return Root(found.start(), name, encoding, junk or bool(seen))
        if name is not None:
            seen.append(local_name(name))
        elif opening == b"<?":
            position = after(body, b"?>", position)
            declared = _DECLARED.search(body, found.start(), position)
            encoding = encoding or (declared[1].decode("ascii") if declared else "")
        elif opening == b"<!doctype":
            seen += [b"html"] if body[position : position + 20].lower().split()[:1] == [b"html"] else []
            position = _after_doctype(body, position)
        else:
            position = after(body, b"-->" if opening == b"<!--" else b"]]>", position)
    if not body.strip():
        raise FetchError(FetchFault.NOT_A_FEED, "the document is empty")
    if seen and seen[0] in _WEB_PAGE:
        raise FetchError(FetchFault.HTML)
    raise FetchError(FetchFault.NOT_A_FEED, f"it begins with <{seen[0].decode('ascii', 'ignore')}>" if seen else "")


def _is_surely_feed(markup: bytes) -> bool:
    """Say whether what looks like a feed's root within a web page is one: some sites wrap their feed in a page."""
    tag = markup.partition(b">")[0]
    return b"http://www.w3.org/2005/Atom" in tag or (tag.startswith(b"<rss") and b"<channel" in markup)


def after(body: bytes, mark: bytes, position: int) -> int:
    """Return the position after the next `mark`; the end of the document where there is none."""
    found = body.find(mark, position)
    return len(body) if found < 0 else found + len(mark)


def _after_doctype(body: bytes, position: int) -> int:
    """Return where a DOCTYPE ends, its entity declarations included: they are never read, so nothing can expand."""
    inside = False
    while (found := _DOCTYPE_MARK.search(body, position)) is not None:
        position = found.end()
        if found[0] == b"<!--":
            position = after(body, b"-->", position)
        elif found[0] in (b"'", b'"'):
            position = after(body, found[0], position)
        elif found[0] == b">" and not inside:
            return position
        elif found[0] in (b"[", b"]"):
            inside = found[0] == b"["
    return len(body)

"""Text as a messenger may show it: cleaned, cut and split, without ever breaking a tag, an entity or a letter."""

from __future__ import annotations

import html
import re
import unicodedata
from urllib.parse import quote, urlsplit

ELLIPSIS = "…"
LINK_MOST = 1_500
MARKS_IN_A_ROW = 4
LIMIT_LEAST = 20

# Controls, lone surrogates, non-characters; what turns the direction of writing or shows nothing.
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\ud800-\udfff\ufdd0-\ufdef\ufff0-\ufffb\ufffe\uffff"
    "\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]"
)
_SPACES = re.compile(r"[\s\x1c-\x1f\x85\u2028\u2029\u2800\u3164\uffa0]+")
_TOKEN = re.compile(r"<[^<>]+>|&(?:[a-z]+|#\d+);|.", re.DOTALL)
_ANCHOR = re.compile(r'<a href="([^"]*)">(.*?)</a>', re.DOTALL)
_TAG = re.compile(r"<[^<>]+>")
_UNSAFE_IN_LINK = re.compile(r"[\s\"'<>\\^`{|}]")


def units(text: str) -> int:
    """Return the length as Telegram counts it: UTF-16 units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def clean(text: str, *, keep_lines: bool = False) -> str:
    """Return bare text without what can't be seen, what turns the writing direction and what towers over the line;
    white space becomes single spaces (`keep_lines`: inside each line)."""
    if keep_lines:
        return "\n".join(clean(line) for line in text.splitlines()).strip()
    seen = _SPACES.sub(" ", _UNSEEN.sub("", text)).strip()
    return seen if seen.isascii() else _without_towers(seen)


def _without_towers(text: str) -> str:
    """Return text with at most four combining marks on one letter: hundreds of them cover the lines around."""
    kept: list[str] = []
    marks = 0
    for letter in text:
        marks = marks + 1 if unicodedata.combining(letter) else 0
        if marks <= MARKS_IN_A_ROW:
            kept.append(letter)
    return "".join(kept)


def cut(text: str, limit: int) -> str:
    """Return bare text of at most `limit` units, cut between words where it can be, and saying so."""
    if units(text) <= limit:
        return text
    kept: list[str] = []
    left = limit - 1
    for letter in text:
        left -= 2 if letter > "\uffff" else 1
        if left < 0:
            break
        kept.append(letter)
    head = "".join(kept)
    space = head.rfind(" ")
    return (head[:space] if space > len(head) // 2 else head).rstrip() + ELLIPSIS


def link(address: str) -> str:
    """Return an address that may become a link, "" for anything but http and https to a named host."""
    bare = re.sub(r"[\t\r\n]", "", _UNSEEN.sub("", address)).strip()
    try:
        parts = urlsplit(bare)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return ""
    if not usable or _SPACES.search(parts.netloc):
        return ""
    safe = _UNSAFE_IN_LINK.sub(lambda found: quote(found[0]), bare)
    return safe if units(html.escape(safe)) <= LINK_MOST else ""


def plain(markup: str) -> str:
    """Return a message as bare text: tags gone, links in brackets after their words, entities resolved."""
    linked = _ANCHOR.sub(lambda found: f"{found[2]} ({found[1]})", markup)
    return html.unescape(_TAG.sub("", linked)).strip()


def split(markup: str, limit: int) -> list[str]:
    """Return a message in pieces of at most `limit` units, tags included: between paragraphs where it can be, else
    lines, else words. A tag open at the border is closed and opened again."""
    pieces: list[str] = []
    rest = markup
    limit = max(limit, LIMIT_LEAST)
    while units(rest) > limit:
        piece, rest = _first_piece(rest, limit)
        pieces.append(piece)
    return [piece for piece in [*pieces, rest] if plain(piece)] or pieces[:1]


def _first_piece(markup: str, limit: int) -> tuple[str, str]:
    open_tags: list[str] = []
    used = at = 0
    seen = False
    best: dict[int, tuple[int, tuple[str, ...]]] = {}
    for token in _TOKEN.findall(markup):
        closing = sum(len(_closed(tag)) for tag in open_tags)
        if at and used + units(token) + closing > limit:
            break
        if seen:
            best[0] = (at, tuple(open_tags))
        used, at = used + units(token), at + len(token)
        if token.startswith("</"):
            open_tags = open_tags[:-1]
        elif token.startswith("<") and len(token) > 1:
            open_tags.append(token)
        else:
            seen = True
        rank = 3 if markup[:at].endswith("\n\n") else 2 if token == "\n" else 1 if token == " " else 0
        if rank and used + sum(len(_closed(tag)) for tag in open_tags) <= limit:
            best[rank] = (at, tuple(open_tags))
    if 0 not in best:  # a tag alone fills the piece
        return _first_piece(_TAG.sub("", markup), limit)
    worthy = [best[rank] for rank in (3, 2, 1) if rank in best and best[rank][0] >= at // 3]
    border, tags = worthy[0] if worthy else best[0]
    head = markup[:border].rstrip() + "".join(_closed(tag) for tag in reversed(tags))
    return head, "".join(tags) + markup[border:].lstrip("\n")


def _closed(tag: str) -> str:
    return f"</{tag[1:-1].split()[0]}>"

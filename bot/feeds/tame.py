"""The quick way to read the simplest HTML, of which most feeds are made: paragraphs, emphasis, a link or two, no tree.

It answers only where a tree would lead to the same text; tests/bot/test_tame.py compares the two.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

from bot.feeds.vocabulary import advertises, announces_links

BREAK = "\ue000"  # private use: no text has it, and splitting at white space keeps it
LONGEST = 20_000
MOST_LINKS = 2  # three make a list of links, of which somebody must judge whether it is advertising
_LINE = "\ue001"

_ATTRIBUTES = r"(?:\s+(?!style|hidden)[a-z][a-z0-9-]*+\s*=\s*(?:\"[^\"<>]*+\"|'[^'<>]*+'))*+"
_PAIRED = "p|a|b|i|em|strong|u|span"
# References that libxml2 and Python resolve alike: no number from 128 to 159, which old software means as Windows-1252.
_REFERENCE = (
    r"&(?:amp|lt|gt|quot|nbsp|laquo|raquo|mdash|ndash|hellip|rsquo|lsquo|ldquo|rdquo|"
    r"#(?:3[3-9]|[4-9]\d|1[01]\d|12[0-6]|1[6-9]\d|[2-9]\d\d|[1-9]\d{3}));"
)
_TAME = re.compile(
    r"(?:[^<&\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ue000\ue001\ufffe\uffff]++|"
    rf"{_REFERENCE}|<(?:{_PAIRED}){_ATTRIBUTES}\s*>|</(?:{_PAIRED})\s*>|<(?:br|img){_ATTRIBUTES}\s*/?>)*+"
)
_TAG = re.compile(r"<(/?)([a-z]+)[^>]*>")


def tame_text(markup: str) -> str | None:
    """Return the words of a fragment of HTML with BREAK between blocks; None where a tree must decide.

    That is where the markup is not of the simplest kind, or where some of the text may be no part of the article.
    """
    if len(markup) > LONGEST or _TAME.fullmatch(markup) is None:
        return None
    tags = _TAG.findall(markup)
    if not _sound(tags) or sum(name == "a" and not closing for closing, name in tags) > MOST_LINKS:
        return None
    marked = html.unescape(_TAG.sub(_mark, markup))
    paragraphs = marked.split(BREAK)
    runs = {each.replace(_LINE, "") for each in (marked.replace(BREAK, ""), *paragraphs)}
    runs.update(line for each in paragraphs if _LINE in each for line in each.split(_LINE))
    if advertises(marked.replace(BREAK, "").replace(_LINE, "")):
        return None
    if any(announces_links(" ".join(run.split())) for run in runs):
        return None
    return " ".join(marked.replace(_LINE, BREAK).split())


def _sound(tags: Iterable[tuple[str, str]]) -> bool:
    """Say whether the elements are closed in order, none within its like, and paragraphs within nothing."""
    opened: list[str] = []
    for closing, name in tags:
        if name in ("br", "img"):
            continue
        if closing:
            if not opened or opened.pop() != name:
                return False
        elif name in opened or (name == "p" and opened):
            return False
        else:
            opened.append(name)
    return not opened


def _mark(found: re.Match[str]) -> str:
    name = found[2]
    return BREAK if name == "p" else _LINE if name == "br" else ""

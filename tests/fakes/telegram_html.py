"""How strictly Telegram reads HTML in a message: one unknown tag, one bare ampersand, and it refuses the whole."""

from __future__ import annotations

import html
import re

_STYLES = ("b", "strong", "i", "em", "u", "ins", "s", "strike", "del")
TAGS = frozenset((*_STYLES, "a", "code", "pre", "blockquote", "span", "tg-spoiler", "tg-emoji"))
ATTRIBUTES = {
    "a": re.compile(r'^ href="[^"<>]*"$'),
    "span": re.compile(r'^ class="tg-spoiler"$'),
    "blockquote": re.compile(r"^( expandable)?$"),
    "code": re.compile(r'^( class="language-[\w-]+")?$'),
    "tg-emoji": re.compile(r'^ emoji-id="\d+"$'),
}
_NO_ATTRIBUTES = re.compile("^$")
_TOKEN = re.compile(r"</?([a-zA-Z][\w-]*)([^<>]*)>|&(lt|gt|amp|quot|#\d{1,7}|#x[0-9a-fA-F]{1,6});|(.)", re.DOTALL)


class UnreadableError(Exception):
    """Telegram can't parse the entities; the message is what it would say."""


def read(markup: str) -> str:
    """Return the text that a reader sees. Raises UnreadableError where Telegram would refuse."""
    shown: list[str] = []
    opened: list[str] = []
    for found in _TOKEN.finditer(markup):
        tag, rest, entity, letter = found.groups()
        at = len(markup[: found.start()].encode("utf-8", "surrogatepass"))
        if letter is not None:
            if letter in "<&":
                raise UnreadableError(f"Unexpected {letter!r} at byte offset {at}")
            shown.append(letter)
        elif entity is not None:
            shown.append(html.unescape(found[0]))
        elif found[0].startswith("</"):
            _close(opened, tag.lower(), at)
        else:
            if tag.lower() not in TAGS:
                raise UnreadableError(f'Unsupported start tag "{tag}" at byte offset {at}')
            if not ATTRIBUTES.get(tag.lower(), _NO_ATTRIBUTES).match(rest):
                raise UnreadableError(f'Attribute of "{tag}" can\'t be read at byte offset {at}')
            opened.append(tag.lower())
    if opened:
        raise UnreadableError(f'Can\'t find end tag corresponding to start tag "{opened[-1]}"')
    return "".join(shown).strip()


def _close(opened: list[str], tag: str, at: int) -> None:
    if not opened:
        raise UnreadableError(f"Unexpected end tag at byte offset {at}")
    if opened[-1] != tag:
        raise UnreadableError(f'Unmatched end tag at byte offset {at}, expected "</{opened[-1]}>", found "</{tag}>"')
    opened.pop()


def units(text: str) -> int:
    """Return a length as Telegram counts it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2

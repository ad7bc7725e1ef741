"""Our own messages as a page shows them: the few tags that Telegram knows stay, everything else is text."""

from __future__ import annotations

from html.parser import HTMLParser

from markupsafe import Markup, escape

from bot.delivery.text import link

PLAIN = frozenset({"b", "strong", "i", "em", "u", "s", "code", "pre", "blockquote"})


class _Shown(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[Markup] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a tag that Telegram knows."""
        if tag in PLAIN:
            self.parts.append(Markup("<{}>").format(tag))
            self.open.append(tag)
        elif tag == "a":
            address = link(dict(attrs).get("href") or "")
            self.parts.append(
                Markup('<a href="{}" rel="noopener noreferrer external" target="_blank">').format(address)
            )
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close what is open up to this tag."""
        if tag not in self.open:
            return
        while self.open:
            last = self.open.pop()
            self.parts.append(Markup("</{}>").format(last))
            if last == tag:
                return

    def handle_data(self, data: str) -> None:
        """Take words as words."""
        self.parts.append(escape(data))


def shown(message: str) -> Markup:
    """Return a message of ours (Telegram HTML) as a part of a page; whatever is no tag of Telegram's is text."""
    reader = _Shown()
    reader.feed(message)
    reader.close()
    while reader.open:
        reader.parts.append(Markup("</{}>").format(reader.open.pop()))
    return Markup("").join(reader.parts)

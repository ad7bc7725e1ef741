"""Messages to the terminal, as a person would like to read them: the same texts, boxed, in colour only on a tty."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import Iterator
from threading import Lock
from types import MappingProxyType

from rich.box import ROUNDED
from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from bot.delivery import wording
from bot.delivery.model import NotSent, Outcome, Outgoing, Sent
from bot.delivery.text import clean

WIDTH_MOST = 100
_TOKEN = re.compile(r"<(/?)([a-z-]+)([^<>]*)>|([^<]+|<)")
_HREF = re.compile(r'href="([^"]*)"')
_STYLES = MappingProxyType(
    {"b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "code": "cyan"}
)


class ConsoleSender:
    """Prints what Telegram would have been sent. A message that is printed counts as delivered."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False, markup=False, emoji=False)
        self._lock = Lock()

    async def send(self, message: Outgoing) -> Outcome:
        """Print a new message."""
        return await self._print(message, "")

    async def edit(self, message: Outgoing) -> Outcome:
        """Print what a message printed before would now read."""
        return await self._print(message, wording.EDITED)

    async def probe(self) -> Outcome:
        """Return that the terminal is there."""
        return Sent(0)

    async def _print(self, message: Outgoing, title: str) -> Outcome:
        # A terminal stopped with Ctrl-S blocks whoever prints; that must not be the event loop.
        try:
            await asyncio.to_thread(self._show, message, title)
        except OSError as error:
            return NotSent(f"the terminal can't be written to ({error.strerror})")
        return Sent(message.message_id or message.outbox_id)

    def _show(self, message: Outgoing, title: str) -> None:
        text = self._printable(Text(message.text) if message.plain else as_rich(message.text))
        if message.attachment:
            text.append(f"\n[{_bare(message.attachment_name)}]", style="dim")
        panel = Panel(
            text,
            title=title or None,
            title_align="left",
            box=ROUNDED,
            border_style="dim" if title else "cyan",
            width=min(self._console.width, WIDTH_MOST),
        )
        with self._lock:
            self._console.print(panel)

    def _printable(self, text: Text) -> Text:
        """Return the text without letters that this terminal's encoding lacks."""
        encoding = self._console.encoding
        if encoding.startswith("utf"):
            return text
        kept = text.copy()
        kept.plain = "".join(letter.encode(encoding, "replace").decode(encoding) for letter in text.plain)
        return kept


def as_rich(markup: str) -> Text:
    """Return a message's HTML as styled text; the address of a link follows its line. Nothing in it is markup to
    rich, and no control character passes."""
    text = Text(overflow="fold")
    for line in markup.splitlines():
        if text:
            text.append("\n")
        for address in _append_line(text, line):
            text.append("\n").append(address, style="dim")
    return text


def _append_line(text: Text, line: str) -> Iterator[str]:
    """Append one line and yield the addresses it links to."""
    styles: list[str] = []
    addresses: list[str] = []
    for end, tag, attributes, letters in _TOKEN.findall(line):
        if letters:
            shown = html.unescape(letters)
            text.append(_bare(shown), style=" ".join(filter(None, styles)))
        elif end:
            styles = styles[:-1]
        else:
            styles.append(_STYLES.get(tag, ""))
            if found := _HREF.search(attributes):
                addresses.append(_bare(html.unescape(found[1])))
    yield from addresses


def _bare(letters: str) -> str:
    """Return letters without control characters, the spaces at both ends kept."""
    inner = clean(letters)
    before = " " if letters[:1].isspace() else ""
    after = " " if letters[-1:].isspace() and inner else ""
    return f"{before}{inner}{after}"

"""Which entries each source listed last: what is listed again unchanged need not be read again.

Most documents that changed have one or two new entries, and reading the texts of the others is most of the work.
Only a shortcut, so in memory: after a restart, or where it was forgotten, everything is read once more.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

from bot.feeds.model import ParsedFeed
from bot.feeds.raw import MARK_BYTES

MOST_ENTRIES_REMEMBERED = 500_000  # 4 MB


class Marks:
    """The marks of the entries in each source's latest document that is written down."""

    def __init__(self, most: int = MOST_ENTRIES_REMEMBERED) -> None:
        self._most = most
        self._count = 0
        self._by_source: OrderedDict[int, bytes] = OrderedDict()

    def of(self, source_id: int) -> bytes:
        """Return the marks of a source's entries, one after the other; nothing where none are remembered."""
        return self._by_source.get(source_id, b"")

    def keep(self, documents: Iterable[tuple[int, ParsedFeed]]) -> None:
        """Remember the entries of documents, by source, that were just written down."""
        for source_id, document in documents:
            self._remember(source_id, b"".join(entry.mark for entry in document.entries))

    def forget(self) -> None:
        """Let every document be read whole once more."""
        self._by_source.clear()
        self._count = 0

    def _remember(self, source_id: int, marks: bytes) -> None:
        self._count += (len(marks) - len(self._by_source.pop(source_id, b""))) // MARK_BYTES
        self._by_source[source_id] = marks
        while self._count > self._most:
            _, oldest = self._by_source.popitem(last=False)
            self._count -= len(oldest) // MARK_BYTES

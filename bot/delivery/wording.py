"""The fixed words of messages, in one place."""

from __future__ import annotations

THREAD_GONE = (
    "The forum topic that I wrote to is gone or closed, so I have stopped writing there. "
    "Send /start in the topic (or here) where I should go on."
)
UNTITLED = "(no title)"
OPEN_LINK = "Read"
ALSO = "also"
WHY = "why"
MORE = "…"
EDITED = "edited"
DIGEST_TITLE = "Digest"
NOTHING_NEW = "Nothing new."


def breadth(sources: int, languages: int) -> str:
    """Return how widely a story was told, "" for a single source."""
    if sources <= 1:
        return ""
    told = f"{sources} sources"
    return f"{told}, {languages} languages" if languages > 1 else told

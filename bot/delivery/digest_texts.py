"""What digests say around the stories: phrases in English, under keys, for the catalogs."""

from __future__ import annotations

from bot.texts.phrases import Phrases

PHRASES = Phrases(
    "digests",
    {
        "digest": "Digest",
        "flood": "Much at once",
        "quiet": "While you had quiet hours",
        "titled": "{title} · {day}",
        "week": "The week of {first} – {last}",
        "late": "Late: it was due at {time}.",
        "skipped": (
            "Skipped, because I was not running at its hour: the digest of {first}. What it had to tell stands here.",
            "Skipped, because I was not running at their hours: {number} digests from {first} to {last}. "
            "What they had to tell stands here.",
        ),
        "stories": ("{number} story", "{number} stories"),
        "reports": ("{number} report", "{number} reports"),
        "topics": ("{number} topic", "{number} topics"),
        "sources": ("{number} source", "{number} sources"),
        "languages": ("{number} language", "{number} languages"),
        "also": "also: {names}",
        "why": "why: {reason}",
        "told": "already told",
        "untitled": "(no title)",
        "goes on": "{topic} (continued)",
        "nothing": "Nothing new since the last digest.",
        "quiet week": "Nothing came about your topics this week.",
        "more than": "{share} more than the week before",
        "less than": "{share} less than the week before",
        "as before": "as many as the week before",
        "none before": "none the week before",
        "now none": ("none; {number} the week before", "none; {number} the week before"),
        "loudest": "most on {day} ({number})",
        "chart title": "Mentions a day",
        "chart caption": "Mentions a day, {first} – {last}",
        "others": "others",
    },
)

"""Every phrase of the console. Most stand in its pages, in English, where they are read; they are their own keys.

`_("…")` in a template or a script's texts is one phrase, `n_("…", "…", number)` one of something and several. What the
code itself says stands in `SAID`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from bot.texts.phrases import Phrases

FOLDER = Path(__file__).parent / "templates"
_WORDS = r"(?P<{0}q>[\"'])(?P<{0}>(?:(?!(?P={0}q)).)+)(?P={0}q)"
_CALL = re.compile(rf"\b(?P<call>n?_)\(\s*{_WORDS.format('one')}(?:\s*,\s*{_WORDS.format('several')})?")

# What a page says after a change; only these may come with an address.
NOTES = ("Saved.", "Published.", "Rolled back.", "The draft is gone.", "Done.", "Added.", "Removed.", "Sent to you.")
TROUBLE_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "PAUSED": "paused",
        "FAILING": "fails",
        "HTML": "gives a web page",
        "OURS": "our network is down",
        "NEVER": "never answered",
        "SILENT": "silent",
        "MOVED": "moved",
        "GAPS": "items were missed",
    }
)
SAID = (
    *NOTES,
    *TROUBLE_WORDS.values(),
    "reader",
    "editor",
    "admin",
    "This request did not come from a page of ours.",
    "You may not do this.",
    "Please sign in.",
    "This page is out of date. Load it anew and try again.",
    "This form can't be read.",
    "There is nothing here.",
    "A short name has small letters, digits and hyphens.",
    "There is a topic of this name already.",
    "This text is too long for a rule.",
    "An address begins with http:// or https://.",
    "A server's database is backed up with its own tools.",
    "The backup could not be made.",
    "Too many attempts. Please wait five minutes.",
    "just now",
    "soon",
)
COUNTED = (("{count} min ago",) * 2, ("{count} h ago",) * 2, ("{count} day ago", "{count} days ago"))


@cache
def phrases() -> Phrases:
    """Return the phrases of all pages and of the code."""
    return Phrases("web", MappingProxyType({one: one for one in SAID} | _counted() | dict(_in_templates())))


def _counted() -> dict[str, str | tuple[str, str]]:
    return {several: (one, several) for one, several in COUNTED}


def _in_templates() -> Iterator[tuple[str, str | tuple[str, str]]]:
    for path in sorted(FOLDER.rglob("*.html")):
        for found in _CALL.finditer(path.read_text(encoding="utf-8")):
            one, several = found["one"], found["several"]
            yield (several, (one, several)) if found["call"] == "n_" and several else (one, one)


def say(words: str, language: str, **values: object) -> str:
    """Return a phrase in a language, its places filled. Words that are no phrase of ours come back as they are."""
    known = phrases()
    said = known.say(words, language) if words in known.keys() else words  # noqa: SIM118
    return said.format(**values) if values else said


def count(one: str, several: str, number: int, language: str, **values: object) -> str:
    """Return the phrase for this many, its places filled."""
    known = phrases()
    said = known.count(several, language, number) if several in known.keys() else one  # noqa: SIM118
    return said.format(**values)


def catalog() -> Mapping[str, str]:
    """Return every phrase by itself, for whoever wants to look."""
    return MappingProxyType({phrase.english: phrase.plural for phrase in phrases()})

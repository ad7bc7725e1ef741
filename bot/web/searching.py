"""What somebody asks of the archive, read from an address and written back into one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup

from bot.search_words import folded, stems
from bot.web.marking import Span, marked, snippet
from storage import rulebook
from storage.engine import Session
from storage.finding import Terms
from storage.slots import first_moment, zone_of

LONGEST_QUERY = 300
_OPERATOR = re.compile(r"\b(?:AND|OR|NOT|(?:NEAR|THEN|AFTER)(?:/\d+)?)\b|\b(?:title|text|lang|source):|[()\"]")
_TOKEN = re.compile(
    r"\"[^\"]*\"|/[^/\s]+/|[()]|(?:title|text):|(?:lang|source):\S+|"
    r"\b(?:AND|OR|NOT|(?:NEAR|THEN|AFTER)(?:/\d+)?)\b|[^\s()\"]+"
)
_UNSAFE = re.compile(r"[^\w*=~'’-]|'(?!\w)")
_CYRILLIC = re.compile("[\u0400-\u052f]")
_OPEN = frozenset({"AND", "OR", "NOT", "("})
_WORD = re.compile(r"[^\W_]+(?:['’ʼ`][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Query:
    """A search as a person asked it: words, the short name of a topic, a source, a language, days [since, until]."""

    words: str = ""
    topic: str = ""
    source: int = 0
    language: str = ""
    since: str = ""
    until: str = ""

    @property
    def is_rule(self) -> bool:
        """Whether the words are written in the language of rules: with operators, scopes or quotes."""
        return bool(_OPERATOR.search(self.words))

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked for."""
        return self == Query()

    def address(self, path: str = "/items", **more: str | int) -> str:
        """Return the address of this search, with other values where given."""
        values = {**self.values(), **{name: str(value) for name, value in more.items()}}
        asked = {name: value for name, value in values.items() if value and value != "0"}
        return f"{path}?{urlencode(asked)}" if asked else path

    def values(self) -> dict[str, str]:
        """Return the search as it stands in an address."""
        return {
            "q": self.words, "topic": self.topic, "source": str(self.source or ""), "language": self.language,
            "since": self.since, "until": self.until,
        }  # fmt: skip

    def without(self, name: str) -> Query:
        """Return the search without one of its facets."""
        return read_query({**self.values(), name: ""})


def read_query(values: Mapping[str, Any]) -> Query:
    """Return the search that these values of an address mean; what makes no sense is left out."""

    def said(name: str) -> str:
        return str(values.get(name, "") or "").replace("\x00", "").strip()[:LONGEST_QUERY]

    source = said("source")
    return Query(
        said("q"), said("topic")[:64], int(source) if source.isascii() and source.isdigit() and len(source) < 12 else 0,
        said("language")[:3], *(said(name) if _day(said(name)) else "" for name in ("since", "until")),
    )  # fmt: skip


def _day(said: str) -> date | None:
    try:
        day = date.fromisoformat(said)
    except ValueError:
        return None
    return day if 1970 < day.year < 2200 else None


def terms_of(tx: Session, query: Query, zone: str) -> Terms | None:
    """Return the search as the archive takes it, None where it asks for a topic that there is not."""
    topic = rulebook.topic(tx, query.topic) if query.topic else None
    wanted = stems(query.words)
    if (query.topic and topic is None) or (query.words and not wanted):
        return None
    clock, since, until = zone_of(zone), _day(query.since), _day(query.until)
    return Terms(
        wanted, topic.topic_id if topic else 0, query.source, query.language,
        first_moment(since, 0, clock) if since else None,
        first_moment(until + timedelta(days=1), 0, clock) if until else None,
    )  # fmt: skip


def as_rule(words: str) -> str:
    """Return a search in the language of rules as the text of a rule: each bare word with its forms is a concept."""
    concepts: dict[str, str] = {}
    parts: list[str] = []
    for token in _TOKEN.findall(words):
        if token in ("NEAR", "THEN", "AFTER"):
            parts.append(f"{token}/10")
        elif token == "NOT" and parts and parts[-1] not in _OPEN:
            parts += ["AND", "NOT"]
        elif _OPERATOR.fullmatch(token) or token[0] in '"/' or ":" in token:
            parts.append(token)
        else:
            parts.append(concepts.setdefault(_UNSAFE.sub("", token), f"w{len(concepts) + 1}"))
    listed = "".join(f"  {name}: {_in_languages(word)}\n" for word, name in concepts.items() if word)
    said = " ".join(parts).replace("\n", " ")
    return f"topic: search\n{f'concepts:{chr(10)}{listed}' if listed else ''}when: |\n  {said}\n"


def _in_languages(word: str) -> str:
    """Return a word as a term of every language of ours that is written in its letters."""
    codes = ("ru", "be", "uk", "kk") if _CYRILLIC.search(word) else ("en", "pl")
    return "{" + ", ".join(f"{code}: ['{word.replace(chr(39), chr(39) * 2)}']" for code in codes) + "}"


def marked_words(text: str, wanted: tuple[str, ...], *, whole: bool) -> Markup:
    """Return a text with the words marked that begin so when folded; only the places around them unless `whole`."""
    if not wanted:
        return marked(text, ()) if whole else snippet(text, ())
    spans = [Span(found.start(), found.end()) for found in _WORD.finditer(text) if folded(found[0]).startswith(wanted)]
    return marked(text, spans) if whole else snippet(text, spans)

"""The values that pass between rules and the rest of the house: documents in, matches with evidence out.

`storage` sees of `rules` only this module.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

# The topic of a person's own rule begins so: unlike a short name, which has no colon, it is of one owner only.
PRIVATE = "own:"


class Field(StrEnum):
    """A part of a document. No phrase, NEAR or THEN reaches from one into the other."""

    TITLE = "title"
    TEXT = "text"


class Reach(StrEnum):
    """How a word of the document was recognised as a form of a term."""

    AS_WRITTEN = "as written"
    CASE = "case"
    SCRIPT = "other script"
    PREFIX = "prefix"
    TYPO_1 = "typo 1"
    TYPO_2 = "typo 2"
    EXPRESSION = "expression"


@dataclass(frozen=True, slots=True)
class Document:
    """What rules read: the stored original, NFC, HTML resolved.

    `language` is an ISO 639-1 code or "" where unknown; `source` the source's short name or "".
    """

    title: str
    text: str = ""
    language: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """One place in a document where a concept (or quoted words) was found.

    `start` and `end` are code points of the stored original of `field`, half-open. `form` is the known form that
    the words were read as; `clause` the expression (of `when`, or a points line) for which the hit counted.
    """

    field: Field
    start: int
    end: int
    quoted: str
    form: str
    reach: Reach
    concept: str
    clause: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the account of a decision: the gate (`when`), or one line of `points`, and whether it held."""

    clause: str
    held: bool
    points: int = 0


@dataclass(frozen=True, slots=True)
class Match:
    """A rule's decision that an item is about its topic, with its evidence: the most telling hit first.

    `points` is the score reached (0 where the rule has no points); `because` is one line for a person;
    `lines` holds the gate and every points line, held or not, as `why` shows them.
    """

    topic: str
    version: str
    points: int
    because: str
    hits: tuple[Hit, ...]
    lines: tuple[Line, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Account:
    """Why a rule did or did not match one document: the same code as the match, told in full.

    `missing` says in words what would have been needed, the nearest miss first; `excluded` lists the occurrences that
    `except` or `never` set aside, as quoted words with the phrase that did it. `plain` is `missing` for a reader who
    has never seen the rule: without the names that the rule gives its concepts.
    """

    topic: str
    version: str
    matched: bool
    points: int
    at_least: int
    lines: tuple[Line, ...]
    hits: tuple[Hit, ...]
    missing: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    plain: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a rule's text something is said: file or topic name, line and column from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class RuleError(Exception):
    """A rule's text can't be used. `place` names file, line and column; the message says what was expected."""

    def __init__(self, message: str, place: Place) -> None:
        super().__init__(f"{place}: {message}")
        self.message = message
        self.place = place


@dataclass(frozen=True, slots=True)
class RuleText:
    """One topic's rule as an editor wrote it. `topic` is the slug; `version` is opaque to rules (a number, a hash)."""

    topic: str
    text: str
    version: str = ""
    file: str = ""


@dataclass(frozen=True, slots=True)
class FormRow:
    """One form of one word of a term, as an editor sees it. `off` says what switched it off ("" if it counts)."""

    concept: str
    term: str
    language: str
    written: str
    folded: str
    reach: Reach
    origin: str
    off: str

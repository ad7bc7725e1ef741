"""Reads YAML into lists, maps and words that know their line and column.

Every scalar stays the text that stands there: `no`, `1.50` and `null` are words in somebody's language. Aliases and
deep nesting have no place in a rule and are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import yaml
from yaml.error import MarkedYAMLError, YAMLError
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from rules.model import Place, RuleError

LONGEST_TEXT = 1_000_000
_QUICK = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DEEPEST = 8
_BLOCK_HINT = "write the key with | and the expression indented on the lines below it"
_EXPRESSION_KEY = re.compile(r"\s*-?\s*(when|points|as)\s*:")


@dataclass(frozen=True, slots=True)
class Scalar:
    """A scalar. `block` says that it is a | block, whose own lines begin on the line after `place`."""

    value: str
    place: Place
    block: bool = False
    plain: bool = False
    column_of_lines: int = 1

    def at(self, offset: int) -> Place:
        """Return the place of the character at `offset` of the value."""
        before = self.value[:offset]
        row, column = before.count("\n"), len(before) - (before.rfind("\n") + 1)
        if self.block:
            return Place(self.place.file, self.place.line + 1 + row, self.column_of_lines + column)
        return Place(self.place.file, self.place.line, self.place.column + column + (0 if self.plain else 1))


@dataclass(frozen=True, slots=True)
class List:
    """A sequence."""

    items: tuple[Thing, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Map:
    """A mapping; keys are unique."""

    pairs: tuple[tuple[Scalar, Thing], ...]
    place: Place

    def get(self, key: str) -> Thing | None:
        """Return what stands under a key, or None."""
        return next((thing for words, thing in self.pairs if words.value == key), None)


Thing = Scalar | List | Map


def kind_of(thing: Thing) -> str:
    """Return what a thing is called in a message."""
    if isinstance(thing, Scalar):
        return f'"{thing.value.strip()[:40]}"' if thing.value.strip() else "nothing"
    return "a list" if isinstance(thing, List) else "keys with values"


def read(text: str, file: str) -> Map:
    """Return the mapping that a rule's text is. Raise `RuleError` with the place where it is none."""
    start = Place(file, 1, 1)
    if len(text) > LONGEST_TEXT:
        raise RuleError(f"a rule has at most {LONGEST_TEXT:,} characters, this one has {len(text):,}", start)
    bad = re.search("[\ud800-\udfff\x00]", text)
    if bad is not None:
        line = text.count("\n", 0, bad.start()) + 1
        column = bad.start() - text.rfind("\n", 0, bad.start())
        raise RuleError("this character can't be part of a rule: remove it", Place(file, line, column))
    try:
        thing = _document(text, file)
    except MarkedYAMLError as error:
        raise RuleError(_explained(error, text.splitlines()), _mark_place(error, file)) from error
    except (YAMLError, ValueError) as error:
        raise RuleError(f"this is not YAML: {str(error).splitlines()[0]}", start) from error
    if not isinstance(thing, Map):
        raise RuleError(f"expected keys such as topic:, concepts:, when:, found {kind_of(thing)}", thing.place)
    return thing


def _document(text: str, file: str) -> Thing:
    try:
        return _Reader(text, file, _QUICK).document()
    except YAMLError:
        # libyaml is thirty times quicker, but says less well what is wrong.
        return _Reader(text, file, yaml.SafeLoader).document()


def _mark_place(error: MarkedYAMLError, file: str) -> Place:
    mark = error.problem_mark or error.context_mark
    return Place(file, mark.line + 1, mark.column + 1) if mark is not None else Place(file, 1, 1)


def _explained(error: MarkedYAMLError, lines: list[str]) -> str:
    problem = str(error.problem or error.context or "can't be read")
    mark = error.problem_mark or error.context_mark
    line = lines[mark.line] if mark is not None and mark.line < len(lines) else ""
    before = lines[mark.line - 1] if mark is not None and 0 < mark.line <= len(lines) else ""
    if "\t" in line[: len(line) - len(line.lstrip())] or "'\\t'" in problem:
        return "a tab stands where YAML wants spaces: indent with spaces"
    if _EXPRESSION_KEY.match(line) or _EXPRESSION_KEY.match(before):
        return f"YAML can't read this line ({problem}): {_BLOCK_HINT}"
    if "cannot start any token" in problem:
        return f"YAML can't read this ({problem}): put the word in quotes"
    return f"YAML can't read this ({problem}); a colon, a bracket or an indent is missing or too many near here"


class _Reader:
    def __init__(self, text: str, file: str, loader: type[yaml.SafeLoader]) -> None:
        self.file = file
        self.lines = text.splitlines()
        self.events: Iterator[Event] = yaml.parse(text, Loader=loader)

    def document(self) -> Thing:
        event = self._next()
        while not isinstance(event, DocumentStartEvent):
            if event is None:
                raise RuleError("the rule is empty: expected topic:, concepts:, when:", Place(self.file, 1, 1))
            event = self._next()
        thing = self._thing(self._next(), 0)
        for later in self.events:
            if isinstance(later, DocumentStartEvent):
                raise RuleError("one file holds one rule: remove the second --- part", self._place(later))
        return thing

    def _next(self) -> Event | None:
        return next(self.events, None)

    def _place(self, event: Event) -> Place:
        return Place(self.file, event.start_mark.line + 1, event.start_mark.column + 1)

    def _thing(self, event: Event | None, depth: int) -> Thing:
        if event is None or not isinstance(event, NodeEvent):
            raise RuleError("the rule ends too early", Place(self.file, max(1, len(self.lines)), 1))
        place = self._place(event)
        if isinstance(event, AliasEvent) or event.anchor:
            raise RuleError("& and * (YAML anchors) have no place in a rule: repeat the words, or quote them", place)
        if depth > _DEEPEST:
            raise RuleError(f"nested more than {_DEEPEST} deep", place)
        if isinstance(event, SequenceStartEvent):
            return self._list(place, depth)
        if isinstance(event, MappingStartEvent):
            return self._map(place, depth)
        if isinstance(event, ScalarEvent):
            return self._scalar(event, place)
        raise RuleError("expected a word, a list or keys", place)

    def _list(self, place: Place, depth: int) -> List:
        items = []
        event = self._next()
        while not isinstance(event, SequenceEndEvent):
            items.append(self._thing(event, depth + 1))
            event = self._next()
        return List(tuple(items), place)

    def _map(self, place: Place, depth: int) -> Map:
        pairs: dict[str, tuple[Scalar, Thing]] = {}
        event = self._next()
        while not isinstance(event, MappingEndEvent):
            key = self._thing(event, depth + 1)
            if not isinstance(key, Scalar):
                raise RuleError(f"expected a key, found {kind_of(key)}", key.place)
            if key.value in pairs:
                first = pairs[key.value][0].place.line
                raise RuleError(f'"{key.value}" stands here twice (first in line {first}): join them', key.place)
            value = self._thing(self._next(), depth + 1)
            if isinstance(value, Scalar) and value.plain and not value.value:
                # YAML places a missing value at whatever comes next, which is another line.
                value = Scalar("", key.place, plain=True)
            pairs[key.value] = (key, value)
            event = self._next()
        return Map(tuple(pairs.values()), place)

    def _scalar(self, event: ScalarEvent, place: Place) -> Scalar:
        value = str(event.value)
        if event.style == "|":
            following = self.lines[place.line : event.end_mark.line + 1]
            indents = [len(line) - len(line.lstrip(" ")) for line in following if line.strip()]
            return Scalar(value, place, block=True, column_of_lines=(indents[0] if indents else 0) + 1)
        plain = not event.style
        if plain and event.end_mark.line < len(self.lines):
            rest = self.lines[event.end_mark.line][event.end_mark.column :]
            key = _EXPRESSION_KEY.match(self.lines[place.line - 1])
            if key is not None and rest.lstrip().startswith("#"):
                raise RuleError(f"YAML drops everything after # here: {_BLOCK_HINT}", place)
        return Scalar(value, place, plain=plain)


def lines(block: str) -> Iterator[tuple[int, str]]:
    """Yield offset and text of each line that says something."""
    at = 0
    for line in block.split("\n"):
        said = line.strip()
        if said and not said.startswith("# ") and said != "#":
            yield at + line.index(said[0]), said
        at += len(line) + 1

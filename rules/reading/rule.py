"""Reads a whole rule: title, concepts, gate, points, examples. Collects what is wrong instead of stopping at once."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from typing import TypeVar

from rules.model import Place, RuleError, RuleText
from rules.reading import outline
from rules.reading.arrangements import MOST_PARTS, sizes_of, too_large, written_out, wrong_arrangements
from rules.reading.concepts import LANGUAGES, Concept, expression_of, read_concept
from rules.reading.conditions import unusable
from rules.reading.examples import Example, read_example
from rules.reading.grammar import ExpressionError, parse
from rules.reading.query import Node, Points, has_occurrences, holds_without_words
from rules.reading.suggest import nearest

MOST_TERMS, MOST_NARROWING = 3_000, 2_000
MOST_EXAMPLES = 500
MOST_POINTS = 1_000
MOST_LINES = 200
_KEYS = ("topic", "title", "concepts", "when", "points", "at_least", "languages", "sources", "examples", "notes")
_POINTS_LINE = re.compile(r"(?P<sign>[+\-−])\s*(?P<number>\d{1,6})(?!\d)\s*")
_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_T = TypeVar("_T")


class Severity(StrEnum):
    """An error stops publishing; a warning is for the editor to weigh."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong or doubtful in a rule, and where."""

    severity: Severity
    message: str
    place: Place

    def __str__(self) -> str:
        return f"{self.place}: {self.severity}: {self.message}"


@dataclass(frozen=True, slots=True)
class Rule:
    """One topic's rule as read. `arrangements` are the expressions of concepts that have an `as`, by name."""

    topic: str
    version: str
    titles: tuple[tuple[str, str], ...]
    concepts: tuple[Concept, ...]
    when: Node
    place: Place
    points: tuple[Points, ...] = ()
    at_least: int = 0
    languages: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()
    arrangements: tuple[tuple[str, Node], ...] = ()
    problems: tuple[Problem, ...] = field(default=(), compare=False)


def read_rule(text: RuleText) -> tuple[Rule | None, list[Problem]]:
    """Return the rule and what is doubtful about it, or None and what is wrong with it, in the order of the text."""
    reader = _Reader(text)
    rule = reader.kept(reader.rule)
    problems = sorted(reader.problems, key=lambda problem: (problem.place.line, problem.place.column))
    broken = any(problem.severity is Severity.ERROR for problem in problems)
    return (None if broken else rule), problems


class _Reader:
    def __init__(self, text: RuleText) -> None:
        self.text = text
        self.file = text.file or text.topic or "rule"
        self.problems: list[Problem] = []

    def error(self, message: str, place: Place) -> None:
        self.problems.append(Problem(Severity.ERROR, message, place))

    def kept(self, read: Callable[[], _T]) -> _T | None:
        """Return what `read` returns; keep its error as a problem and return None."""
        try:
            return read()
        except RuleError as error:
            self.error(error.message, error.place)
            return None

    def rule(self) -> Rule | None:
        whole = outline.read(self.text.text, self.file)
        for key, _ in whole.pairs:
            if key.value not in _KEYS:
                self.error(f'there is no key "{key.value}"; {nearest(key.value, _KEYS)}', key.place)
        topic = self.kept(lambda: self._topic(whole)) or self.text.topic
        titles = self.kept(lambda: self._titles(whole, topic)) or ()
        concepts = self._concepts(whole)
        names = [key.value for key, _ in self._pairs(whole, "concepts")]
        arrangements = self._arrangements(concepts, names)
        when = self.kept(lambda: self._when(whole, names))
        points = self._points(whole, names)
        at_least = self.kept(lambda: self._at_least(whole, points)) or 0
        languages = self.kept(lambda: self._codes(whole)) or ()
        sources = self.kept(lambda: self._plain_list(whole, "sources")) or ()
        examples = self._examples(whole, names)
        if when is None:
            return None
        roots = [when, *(line.node for line in points)]
        if written_out(roots, sizes_of(dict(arrangements), concepts)) > MOST_PARTS:
            self.error(too_large("the rule"), whole.place)
        return Rule(
            topic,
            self.text.version,
            titles,
            concepts,
            when,
            whole.place,
            points,
            at_least,
            languages,
            tuple(source.casefold() for source in sources),
            examples,
            arrangements,
        )

    def _topic(self, whole: outline.Map) -> str:
        thing = whole.get("topic")
        if thing is None:
            if self.text.topic:
                return self.text.topic
            raise RuleError("the key topic: is missing, such as topic: kazakh-oil", whole.place)
        if not isinstance(thing, outline.Scalar) or not _SLUG.fullmatch(thing.value):
            found = outline.kind_of(thing)
            raise RuleError(f"topic: is a short name in small letters, digits and hyphens, not {found}", thing.place)
        return self.text.topic or thing.value

    def _titles(self, whole: outline.Map, topic: str) -> tuple[tuple[str, str], ...]:
        thing = whole.get("title")
        if thing is None:
            return (("", topic),)
        if isinstance(thing, outline.Scalar):
            return (("", thing.value.strip() or topic),)
        if isinstance(thing, outline.List):
            raise RuleError("title: is words, or words by language such as {en: Kazakh oil}", thing.place)
        titles = []
        for key, value in thing.pairs:
            if key.value not in LANGUAGES:
                raise RuleError(f'"{key.value}" is not a language; {nearest(key.value, LANGUAGES)}', key.place)
            if not isinstance(value, outline.Scalar) or not value.value.strip():
                raise RuleError(f"expected the title in words, found {outline.kind_of(value)}", value.place)
            titles.append((key.value, value.value.strip()))
        return tuple(titles)

    def _pairs(self, whole: outline.Map, key: str) -> tuple[tuple[outline.Scalar, outline.Thing], ...]:
        thing = whole.get(key)
        return thing.pairs if isinstance(thing, outline.Map) else ()

    def _concepts(self, whole: outline.Map) -> tuple[Concept, ...]:
        thing = whole.get("concepts")
        if thing is not None and not isinstance(thing, outline.Map):
            self.error(f"expected names of concepts with their terms, found {outline.kind_of(thing)}", thing.place)
        found = []
        for name, value in self._pairs(whole, "concepts"):
            concept = self.kept(partial(read_concept, name, value))
            if concept is not None:
                found.append(concept)
        self._count_terms(found)
        return tuple(found)

    def _count_terms(self, concepts: list[Concept]) -> None:
        terms = narrowing = 0
        for concept in concepts:
            before, terms = terms, terms + len(concept.terms) + len(concept.exceptions)
            if before <= MOST_TERMS < terms:
                self.error(f"a rule has at most {MOST_TERMS:,} terms: divide it into topics", concept.place)
            before, narrowing = narrowing, narrowing + len(concept.never) + len(concept.without)
            if before <= MOST_NARROWING < narrowing:
                self.error(f"a rule has at most {MOST_NARROWING:,} words under never and without", concept.place)

    def _arrangements(self, concepts: tuple[Concept, ...], names: list[str]) -> tuple[tuple[str, Node], ...]:
        found: dict[str, Node] = {}
        for concept in concepts:
            if concept.expression is None:
                continue
            node = self._parsed(concept.expression, concept.expression.value, 0, names)
            if node is not None and not has_occurrences(node):
                self.error("as: takes concepts, phrases, NEAR and THEN, and ORs of these", concept.expression.place)
            elif node is not None:
                found[concept.name] = node
        for message, place in wrong_arrangements(found, concepts):
            self.error(message, place)
        return tuple(found.items())

    def _parsed(self, scalar: outline.Scalar, expression: str, at: int, names: list[str]) -> Node | None:
        """Return what an expression says; `at` is where it begins in the scalar."""
        try:
            node = parse(expression, names)
        except ExpressionError as error:
            self.error(error.message, scalar.at(at + error.at))
            return None
        for written, wrong in unusable(node):
            self.error(wrong, scalar.at(at + max(0, expression.find(written))))
        return node

    def _when(self, whole: outline.Map, names: list[str]) -> Node | None:
        thing = whole.get("when")
        if thing is None:
            raise RuleError("the key when: is missing: an expression that says what matches", whole.place)
        scalar = expression_of(thing)
        node = self._parsed(scalar, scalar.value, 0, names)
        if node is None:
            return None
        start = scalar.at(len(scalar.value) - len(scalar.value.lstrip()))
        if holds_without_words(node, elsewhere=False):
            raise RuleError(
                "this only says NOT: it would match every item that lacks the words; say also what to find",
                start,
            )
        if holds_without_words(node, elsewhere=True):
            message = "lang: or source: alone is enough to match: every such item will"
            self.problems.append(Problem(Severity.WARNING, message, start))
        return node

    def _points(self, whole: outline.Map, names: list[str]) -> tuple[Points, ...]:
        thing = whole.get("points")
        if thing is None:
            return ()
        scalar = self.kept(lambda: expression_of(thing))
        found = []
        written = list(outline.lines(scalar.value if scalar is not None else ""))
        if len(written) > MOST_LINES and scalar is not None:
            self.error(f"points: has at most {MOST_LINES} lines", scalar.at(written[MOST_LINES][0]))
        for at, line in written[:MOST_LINES]:
            start = _POINTS_LINE.match(line)
            if scalar is None or start is None:
                place = scalar.at(at) if scalar is not None else thing.place
                self.error("a line of points begins with a signed whole number, such as +3 or -2", place)
                continue
            number = int(start["number"]) * (1 if start["sign"] == "+" else -1)
            if not 1 <= abs(number) <= MOST_POINTS:
                self.error(f"points are from 1 to {MOST_POINTS}, + or -", scalar.at(at))
            node = self._parsed(scalar, line[start.end() :], at + start.end(), names)
            if node is not None:
                found.append(Points(number, node, f"{number:+d} {node.text}"))
        return tuple(found)

    def _at_least(self, whole: outline.Map, points: tuple[Points, ...]) -> int:
        thing, given = whole.get("at_least"), whole.get("points")
        if thing is None:
            if given is not None:
                raise RuleError("points: needs at_least:, the sum that is enough", given.place)
            return 0
        if given is None:
            raise RuleError("at_least: has no points: to count; remove it or add points:", thing.place)
        if not isinstance(thing, outline.Scalar) or not re.fullmatch(r"-?\d{1,6}", thing.value):
            raise RuleError(f"at_least: is a whole number, found {outline.kind_of(thing)}", thing.place)
        number, most = int(thing.value), sum(line.points for line in points if line.points > 0)
        if points and number > most:
            raise RuleError(f"at_least: {number} can't be reached: all plus lines together give {most}", thing.place)
        return number

    def _codes(self, whole: outline.Map) -> tuple[str, ...]:
        codes = self._plain_list(whole, "languages")
        for code in codes:
            if code not in LANGUAGES:
                thing = whole.get("languages") or whole
                raise RuleError(f'"{code}" is not a language; {nearest(code, LANGUAGES)}', thing.place)
        return codes

    def _plain_list(self, whole: outline.Map, key: str) -> tuple[str, ...]:
        thing = whole.get(key)
        if thing is None:
            return ()
        things = thing.items if isinstance(thing, outline.List) else (thing,)
        words = tuple(item.value.strip() for item in things if isinstance(item, outline.Scalar))
        if len(words) != len(things) or not all(words):
            raise RuleError(f"expected {key}: [one, two]", thing.place)
        return words

    def _examples(self, whole: outline.Map, names: list[str]) -> tuple[Example, ...]:
        thing = whole.get("examples")
        if thing is not None and not isinstance(thing, outline.Map):
            self.error("expected match: [..] and ignore: [..]", thing.place)
        found: list[Example] = []
        for key, value in self._pairs(whole, "examples"):
            if key.value not in ("match", "ignore"):
                self.error(f'"{key.value}" is neither match nor ignore', key.place)
                continue
            for item in value.items if isinstance(value, outline.List) else (value,):
                example = self.kept(partial(read_example, item, names, matches=key.value == "match"))
                found += [example] if example is not None else []
        if len(found) > MOST_EXAMPLES:
            self.error(f"a rule has at most {MOST_EXAMPLES} examples", whole.place)
        return tuple(found)

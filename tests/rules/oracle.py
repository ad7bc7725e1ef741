"""The rule language read in the plainest way: every word against every form of every term, every pair of places.

Nothing here is shared with the engine but what an editor wrote (the rule as read), the forms that the compiler lists,
folding, and the dictionaries. Cutting into words, positions, typos, phrases, distances and exceptions are said again in
their own words, slowly. Only small items, please.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

from rules.model import Document, Field, RuleText
from rules.reading.concepts import Concept, Kind, Term, phrase
from rules.reading.query import (
    Both,
    Either,
    FromLanguage,
    FromSource,
    Named,
    Node,
    Not,
    Pattern,
    Proximity,
    Quoted,
    Relation,
    Scoped,
)
from rules.reading.rule import Rule, read_rule
from rules.words.folding import fold
from tests.rules.oracle_readings import Slot, folded_forms, reads
from tests.rules.oracle_words import wholes_of, words_of

LONGEST_QUOTE = 14
MOST_STRETCHES = 12
Place = tuple[Field, int, int]


class Stretch(NamedTuple):
    """Words that an expression stands for: positions, the runs of words it is made of, the runs that are shown."""

    first: int
    last: int
    parts: frozenset[tuple[int, int]]
    shown: frozenset[tuple[str, int, int]]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a rule should say of an item.

    `told` are the places that evidence tells. Not `exact`, it may tell any of `places`: of several ways to one stretch
    it shows one, and of many a dozen. Not `settled`, it may decide otherwise: a NEAR of a NEAR asks for a word
    inside a stretch that can be had in several ways, and the engine follows one of them.
    """

    matched: bool
    points: int
    told: frozenset[Place]
    places: frozenset[Place]
    exact: bool
    settled: bool


class Oracle:
    """A rule set read by brute force. Raise `AssertionError` for a rule that can't be read."""

    def __init__(self, texts: Sequence[RuleText]) -> None:
        self.rules: dict[str, Rule] = {}
        for text in texts:
            rule, problems = read_rule(text)
            assert rule is not None, problems
            self.rules[rule.topic] = rule
        self.slots = [slot for rule in self.rules.values() for slot in _slots(rule)]

    def decide(self, topic: str, document: Document) -> Verdict:
        """Return what the rule should say of an item."""
        return Reader(self.rules[topic], document).verdict()


def _slots(rule: Rule) -> Iterator[Slot]:
    for concept in rule.concepts:
        never = never_read(concept)
        for term in concept.terms:
            yield from (Slot(word, never) for word in term.words)
        for term in concept.exceptions:
            yield from (Slot(word, frozenset()) for word in term.words)
    for node in nodes(rule):
        if isinstance(node, Quoted):
            yield from (Slot(word, frozenset()) for word in phrase(node.words, rule.place).words)


def nodes(rule: Rule) -> Iterator[Node]:
    """Yield every part of every expression of a rule."""
    waiting: list[Node] = [rule.when, *(line.node for line in rule.points), *(node for _, node in rule.arrangements)]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, Both | Either):
            waiting += node.parts
        elif isinstance(node, Not | Scoped):
            waiting.append(node.inner)
        elif isinstance(node, Proximity):
            waiting += (node.left, node.right)


def never_read(concept: Concept) -> frozenset[str]:
    """Return what a concept never reads, folded: all forms of `never`, and the forms that are switched off."""
    off = {fold(scalar.value) for scalar in concept.without}
    return frozenset(off.union(*(folded_forms(word) for word in concept.never)))


class Reader:
    """One rule looking at one item."""

    def __init__(self, rule: Rule, document: Document) -> None:
        self.rule, self.document = rule, document
        self.concepts = {concept.name: concept for concept in rule.concepts}
        self.arrangements = dict(rule.arrangements)
        self.originals = {Field.TITLE: document.title, Field.TEXT: document.text}
        self.words = {field: words_of(original) for field, original in self.originals.items()}
        self.wholes = {field: wholes_of(self.originals[field], words) for field, words in self.words.items()}
        self.found: dict[tuple[str, Field], set[Stretch]] = {}
        self.exact = self.settled = True

    def verdict(self) -> Verdict:
        """Return the decision: the gate and the scopes, then the sum of the points."""
        rule, language, source = self.rule, self.document.language.casefold(), self.document.source.casefold()
        places = self.holds(rule.when, tuple(Field))
        in_scope = (not rule.languages or language in rule.languages) and (not rule.sources or source in rule.sources)
        if places is None or not in_scope:
            return Verdict(False, 0, frozenset(), frozenset(), True, self.settled)
        points = 0
        for line in rule.points:
            found = self.holds(line.node, tuple(Field))
            points += line.points if found is not None else 0
            places |= found if found is not None and line.points > 0 else set()
        matched = not rule.points or points >= rule.at_least
        all_places = frozenset(place[1:] for place in places)
        return Verdict(matched, points, frozenset(self.told(places)), all_places, self.exact, self.settled)

    def told(self, places: set[tuple[str, Field, int, int]]) -> Iterator[Place]:
        """Yield the places without those inside a longer one of the same concept."""
        for concept, field, start, end in places:
            longer = (other for other in places if other[:2] == (concept, field) and other[2:] != (start, end))
            if not any(begin <= start and end <= stop for _, _, begin, stop in longer):
                yield field, start, end

    def holds(self, node: Node, fields: tuple[Field, ...]) -> set[tuple[str, Field, int, int]] | None:
        """Return the places (concept, field, start, end) that made an expression hold, None where it does not."""
        if isinstance(node, Both | Either):
            found = [self.holds(part, fields) for part in node.parts]
            held = [places for places in found if places is not None]
            enough = len(held) == len(found) if isinstance(node, Both) else bool(held)
            return set().union(*held) if enough else None
        if isinstance(node, Not):
            return set() if self.holds(node.inner, fields) is None else None
        if isinstance(node, Scoped):
            return self.holds(node.inner, tuple(field for field in fields if field is node.where))
        if isinstance(node, FromLanguage):
            return set() if self.document.language.casefold() in node.codes else None
        if isinstance(node, FromSource):
            return set() if self.document.source.casefold() in node.names else None
        if isinstance(node, Pattern):
            return self.pattern(node, fields) or None
        return {place for field in fields for place in self.shown(node, field)} or None

    def pattern(self, node: Pattern, fields: tuple[Field, ...]) -> set[tuple[str, Field, int, int]]:
        """Return where a regular expression matches whole words. Generated ones mean the same in Python and RE2."""
        self.exact = False
        whole = re.compile(rf"(?<!\w)(?:{node.expression})(?!\w)", re.IGNORECASE)
        return {
            (node.text, field, *found.span()) for field in fields for found in whole.finditer(self.originals[field])
        }

    def shown(self, node: Node, field: Field) -> Iterator[tuple[str, Field, int, int]]:
        """Yield the places of a field that an expression stands for."""
        stretches = self.stretches(node, field)
        extents = {(stretch.first, stretch.last) for stretch in stretches}
        self.exact = self.exact and len(extents) == len(stretches) <= MOST_STRETCHES
        for stretch in stretches:
            for concept, first, last in stretch.shown:
                yield concept, field, self.words[field][first].start, self.words[field][last].end

    def stretches(self, node: Node, field: Field) -> set[Stretch]:
        """Return all stretches of a field that an expression stands for."""
        if isinstance(node, Named):
            key = (node.name, field)
            if key not in self.found:
                self.found[key] = self.concept(self.concepts[node.name], field)
            return self.found[key]
        if isinstance(node, Quoted):
            found = self.phrase(phrase(node.words, self.rule.place), frozenset(), field)
            return {self.single(node.text, first, last, field) for first, last in found}
        if isinstance(node, Scoped):
            return self.stretches(node.inner, field) if node.where is field else set()
        if isinstance(node, Either):
            return {stretch for part in node.parts for stretch in self.stretches(part, field)}
        assert isinstance(node, Proximity), node
        left, right = self.stretches(node.left, field), self.stretches(node.right, field)
        self.settled = self.settled and not (ambiguous(left, right) or ambiguous(right, left))
        if node.relation.startswith("NOT "):
            relation = Relation(node.relation.removeprefix("NOT "))
            return {one for one in left if not any(stands(one, two, relation, node.limit) for two in right)}
        pairs = ((one, two) for one, two in product(left, right) if stands(one, two, node.relation, node.limit))
        return {joined(one, two) for one, two in pairs}

    def concept(self, concept: Concept, field: Field) -> set[Stretch]:
        """Return where a concept stands, by its terms or by its `as`, without what its exceptions cover."""
        never = never_read(concept)
        covers = [found for term in concept.exceptions for found in self.phrase(term, frozenset(), field)]
        terms = {found for term in concept.terms for found in self.phrase(term, never, field)}
        stretches = {self.single(concept.name, first, last, field) for first, last in uncovered(terms, covers)}
        if concept.name not in self.arrangements:
            return stretches
        for stretch in self.stretches(self.arrangements[concept.name], field):
            first, last = min(part[0] for part in stretch.parts), max(part[1] for part in stretch.parts)
            if uncovered({(first, last)}, covers):
                short = last - first < LONGEST_QUOTE
                shown = frozenset({(concept.name, first, last)}) if short else stretch.shown
                stretches.add(stretch._replace(shown=shown))
        return stretches

    def single(self, concept: str, first: int, last: int, field: Field) -> Stretch:
        """Return one term's place as a stretch."""
        words = self.words[field]
        run = frozenset({(first, last)})
        return Stretch(words[first].position, words[last].position, run, frozenset({(concept, first, last)}))

    def phrase(self, term: Term, never: frozenset[str], field: Field) -> set[tuple[int, int]]:
        """Return first and last word of every place where a term's words stand as it says."""
        words = self.words[field]
        runs = self.standing(Slot(term.words[0], never), field)
        for word, step in zip(term.words[1:], term.steps[1:], strict=True):
            following = self.standing(Slot(word, never), field)
            runs = {
                (first, end)
                for (first, last), (begin, end) in product(runs, following)
                if begin > last and words[begin].position - words[last].position <= step
            }
        return runs

    def standing(self, slot: Slot, field: Field) -> set[tuple[int, int]]:
        """Return first and last of the words that are read as a slot, alone or as a hashtag's whole."""
        words, original = self.words[field], self.originals[field]
        small = not any(sign.isupper() for sign in original)
        found = set()
        for first, last in [*((number, number) for number in range(len(words))), *self.wholes[field]]:
            way = reads(original[words[first].start : words[last].end], slot)
            # An acronym may be in small letters only where all is.
            if way and (slot.word.kind is not Kind.ACRONYM or way.isupper() or small):
                found.add((first, last))
        return found


def uncovered(found: Iterable[tuple[int, int]], covers: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
    """Return the places that lie inside no exception's place."""
    return {place for place in found if not any(cover[0] <= place[0] and place[1] <= cover[1] for cover in covers)}


def stands(one: Stretch, two: Stretch, relation: Relation, limit: int) -> bool:
    """Say whether `two` stands to `one` as the relation says, at most `limit` positions away; never the same word."""
    then = two.first > one.last and two.first - one.last <= limit
    after = two.last < one.first and one.first - two.last <= limit
    if relation is Relation.THEN:
        return then
    if relation is Relation.AFTER:
        return after
    woven = two.first <= one.last and one.first <= two.last
    apart = not any(a[0] <= b[1] and b[0] <= a[1] for a, b in product(one.parts, two.parts))
    return then or after or (woven and apart)


def ambiguous(some: set[Stretch], others: set[Stretch]) -> bool:
    """Say whether it matters which of several ways to one stretch is looked at: another reaches into it."""
    ways = Counter((stretch.first, stretch.last) for stretch in some)
    return any(
        ways[one.first, one.last] > 1 and one.first <= two.last and two.first <= one.last
        for one, two in product(some, others)
    )


def joined(one: Stretch, two: Stretch) -> Stretch:
    """Return the stretch that two stretches span."""
    first, last = min(one.first, two.first), max(one.last, two.last)
    return Stretch(first, last, one.parts | two.parts, one.shown | two.shown)

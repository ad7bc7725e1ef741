"""A first glance at a document through a rule: could it match at all, by the words alone?

Nothing is located here: a NEAR may stand where both its sides have words in one field. What is refused at a glance
would be refused by the decision too; what passes is decided by it. Every concept of a rule (its terms, without `as`) is
one bit, so what a field holds is one number.
"""

from __future__ import annotations

from collections.abc import Iterable, KeysView, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from rules.engine.matcher import Sought
from rules.reading.query import NEGATED, Both, Either, Named, Node, Proximity, Quoted, Scoped
from rules.reading.rule import Rule


class Held(NamedTuple):
    """Which concepts have words in any field, and which in each."""

    anywhere: int
    fields: tuple[int, ...]


def held_by(fields: Iterable[int]) -> Held:
    """Return what a document holds, from what each of its fields does."""
    each = tuple(fields)
    anywhere = 0
    for bits in each:
        anywhere |= bits
    return Held(anywhere, each)


@dataclass(frozen=True, slots=True)
class Any:
    """One of the concepts in `bits` must be there, or at least one part pass."""

    bits: int
    parts: tuple[Test, ...] = ()


@dataclass(frozen=True, slots=True)
class All:
    """Of each of `groups` a concept must be there, and every part pass; `in_one_field`, within one field."""

    groups: tuple[int, ...]
    parts: tuple[Test, ...]
    in_one_field: bool = False


Test = Any | All
ALWAYS = All((), ())


def any_of(tests: Iterable[Test]) -> Test:
    """Return the test that passes where any of some tests does, as flat as can be: it is put to every document."""
    bits = 0
    parts: list[Test] = []
    for test in tests:
        if isinstance(test, Any):
            bits |= test.bits
            parts += test.parts
        else:
            parts.append(test)
    return ALWAYS if ALWAYS in parts else Any(bits, tuple(dict.fromkeys(parts)))


def all_of(tests: Iterable[Test], *, in_one_field: bool = False) -> Test:
    """Return the test that passes where all of some tests do."""
    groups: list[int] = []
    parts: list[Test] = []
    for test in tests:
        if isinstance(test, Any) and not test.parts:
            groups.append(test.bits)
        elif test != ALWAYS:
            parts.append(test)
    return All(tuple(groups), tuple(parts), in_one_field) if groups or parts else ALWAYS


def passes(test: Test, held: Held) -> bool:
    """Say whether a test passes for what a document holds."""
    if isinstance(test, Any):
        return bool(held.anywhere & test.bits) or any(passes(part, held) for part in test.parts)
    for group in test.groups:
        if not held.anywhere & group:
            return False
    if not test.parts and not test.in_one_field:
        return True
    if test.in_one_field and len(held.fields) > 1:
        return any(passes(test, Held(bits, (bits,))) for bits in held.fields)
    return all(passes(part, held) for part in test.parts)


class Glance:
    """What to look for in a document before a rule is decided."""

    def __init__(self, rule: Rule, concepts: Mapping[str, Sought], quotes: Mapping[str, Sought]) -> None:
        self._concepts = concepts
        self._quotes = quotes
        self._bits: dict[Sought, int] = {}
        self._single: dict[int, int] = {}
        self._longer: dict[int, list[tuple[frozenset[int], int]]] = {}
        self._tests: dict[str, Test] = {}
        for number, sought in enumerate((*concepts.values(), *quotes.values())):
            self._enter(sought, 1 << number)
        self._gate = self.test(rule.when)
        self._lines = [(line.points, self.test(line.node)) for line in rule.points if line.points > 0]
        self._at_least = rule.at_least if rule.points else 0

    def _enter(self, sought: Sought, bit: int) -> None:
        self._bits[sought] = bit
        for slot, phrases in sought.phrases.items():
            for phrase in phrases:
                if len(phrase.slots) == 1:
                    self._single[slot] = self._single.get(slot, 0) | bit
                else:
                    self._longer.setdefault(slot, []).append((frozenset(phrase.slots), bit))

    def test(self, node: Node) -> Test:
        """Return what must be there for a node to hold."""
        known = self._tests.get(node.text)
        if known is None:
            known = self._tests[node.text] = self._test(node)
        return known

    def _test(self, node: Node) -> Test:
        if isinstance(node, Named):
            return self._concept(self._concepts[node.name])
        if isinstance(node, Quoted):
            return self._concept(self._quotes[node.words])
        if isinstance(node, Both):
            return all_of(map(self.test, node.parts))
        if isinstance(node, Either):
            return any_of(map(self.test, node.parts))
        if isinstance(node, Proximity):
            negated = node.relation in NEGATED.values()
            sides = (node.left,) if negated else (node.left, node.right)
            return all_of(map(self.test, sides), in_one_field=True)
        return self.test(node.inner) if isinstance(node, Scoped) else ALWAYS

    def _concept(self, sought: Sought) -> Test:
        bit = self._bits[sought]
        return Any(bit) if sought.arrangement is None else any_of((Any(bit), self.test(sought.arrangement)))

    def held(self, slots: KeysView[int]) -> int:
        """Return which concepts have a term all of whose words are among some slots, as bits."""
        held = 0
        for slot in slots & self._single.keys():
            held |= self._single[slot]
        for slot in slots & self._longer.keys():
            for words, bit in self._longer[slot]:
                if not held & bit and words <= slots:
                    held |= bit
        return held

    def may_match(self, held: Held) -> bool:
        """Say whether the gate may hold and enough points be reached."""
        if not passes(self._gate, held):
            return False
        most = sum(points for points, test in self._lines if passes(test, held)) if self._at_least > 0 else 0
        return most >= self._at_least

"""A rule as statements about an item: which words stand in which field, and what follows from what.

What an expression says becomes a formula over "this concept stands in the title", "these two stand so near in the
text" and the like. What is known for every text is said too: near means both are there, THEN/3 means NEAR/5, a concept
that is an arrangement stands where the arrangement does. Nothing is said that a text could belie, so what the
skeleton calls impossible is impossible; the other way round it may not know better.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import permutations

from rules.engine.finder import BOTH_FIELDS
from rules.model import Field
from rules.reading.query import (
    NEGATED,
    Both,
    Either,
    FromLanguage,
    FromSource,
    Named,
    Node,
    Not,
    Proximity,
    Relation,
    Scoped,
    children,
    has_occurrences,
    walk,
)
from rules.reading.rule import Rule
from rules.tuning.logic import FALSE, TRUE, And, Deny, Formula, Or, Statements

_MIRRORED = {Relation.THEN: Relation.AFTER, Relation.AFTER: Relation.THEN, Relation.NEAR: Relation.NEAR}.items()


class Skeleton:
    """The statements of one rule. `gone` are parts taken for true or false in a formula that is being tried."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.statements = Statements()
        self._numbers: dict[tuple[str, str], int] = {}
        self._arrangements = dict(rule.arrangements)
        self._bare = {
            concept.name: (not concept.terms, not concept.exceptions)
            for concept in rule.concepts
            if concept.expression is not None
        }
        self._say_all()

    def holds(
        self, node: Node, gone: Mapping[int, Formula] | None = None, fields: tuple[Field, ...] = BOTH_FIELDS
    ) -> Formula:
        """Return when a node holds in these fields. `gone` gives some nodes (by `id`) another formula."""
        if gone and id(node) in gone:
            return gone[id(node)]
        if isinstance(node, Both):
            return And(tuple(self.holds(part, gone, fields) for part in node.parts))
        if isinstance(node, Either):
            return Or(tuple(self.holds(part, gone, fields) for part in node.parts))
        if isinstance(node, Not):
            return Deny(self.holds(node.inner, gone, fields))
        if isinstance(node, Scoped):
            return self.holds(node.inner, gone, tuple(field for field in fields if field is node.where))
        if isinstance(node, FromLanguage):
            return Or(tuple(self._number("lang", code) for code in node.codes))
        if isinstance(node, FromSource):
            return Or(tuple(self._number("source", name) for name in node.names))
        return Or(tuple(self._number(node.text, field) for field in fields))

    def scope(self) -> Formula:
        """Return when an item is of the rule's languages and sources."""
        scopes = ((self.rule.languages, "lang"), (self.rule.sources, "source"))
        return And(tuple(Or(tuple(self._number(kind, name) for name in names)) for names, kind in scopes if names))

    def gate(self) -> Formula:
        """Return when an item passes `when` and the scope."""
        return And((self.holds(self.rule.when), self.scope()))

    def _number(self, said: str, where: str) -> int:
        key = (said, where)
        if key not in self._numbers:
            self._numbers[key] = self.statements.new()
        return self._numbers[key]

    def _say_all(self) -> None:
        rule = self.rule
        roots = (rule.when, *(line.node for line in rule.points), *self._arrangements.values())
        nodes = list({node.text: node for root in roots for node in walk(root)}.values())
        codes = {code for node in nodes if isinstance(node, FromLanguage) for code in node.codes}
        names = {name for node in nodes if isinstance(node, FromSource) for name in node.names}
        self._say_one_of("lang", codes | set(rule.languages))
        self._say_one_of("source", names | set(rule.sources))
        places = [node for node in nodes if has_occurrences(node)]
        for where in BOTH_FIELDS:
            for node in places:
                self._say_what_is_in(node, where)
        for one, other in permutations(places, 2):
            if self.within(one, other):
                for where in BOTH_FIELDS:
                    self.statements.implies(self._stands(one, where), self._stands(other, where))

    def _say_one_of(self, kind: str, names: Collection[str]) -> None:
        """An item has one language and one source."""
        numbers = [self._number(kind, name) for name in sorted(names)]
        for index, one in enumerate(numbers):
            for other in numbers[index + 1 :]:
                self.statements.say(Or((-one, -other)))

    def _say_what_is_in(self, node: Node, where: Field) -> None:
        if isinstance(node, Proximity):
            self.statements.implies(self._number(node.text, where), self._stands(node.left, where))
            if node.relation not in NEGATED.values():
                self.statements.implies(self._number(node.text, where), self._stands(node.right, where))
        elif isinstance(node, Either):
            self.statements.implies(self._stands(node, where), Or(tuple(self._stands(p, where) for p in node.parts)))

    def _stands(self, node: Node, where: Field) -> Formula:
        """Return when a node has a place in one field."""
        if isinstance(node, Either):
            return Or(tuple(self._stands(part, where) for part in node.parts))
        if isinstance(node, Scoped):
            return self._stands(node.inner, where) if node.where is where else FALSE
        return self._number(node.text, where)

    def within(self, one: Node, other: Node) -> bool:
        """Say whether every place of one node is a place of the other, whatever the text."""
        if one.text == other.text:
            return True
        if isinstance(one, Either):
            return all(self.within(part, other) for part in one.parts)
        if isinstance(other, Either):
            return any(self.within(one, part) for part in other.parts)
        if isinstance(one, Scoped):
            return self.within(
                one.inner, other.inner if isinstance(other, Scoped) and other.where is one.where else other
            )
        if isinstance(one, Proximity) and isinstance(other, Proximity):
            return any(self._closer(like, other) for like in _ways(one))
        return self._by_arrangement(one, other)

    def _by_arrangement(self, one: Node, other: Node) -> bool:
        if isinstance(one, Named) and one.name in self._arrangements and self._bare[one.name][0]:
            return self.within(self._arrangements[one.name], other)
        if isinstance(other, Named) and other.name in self._arrangements and self._bare[other.name][1]:
            return self.within(one, self._arrangements[other.name])
        return False

    def _closer(self, one: Proximity, other: Proximity) -> bool:
        """Say whether what stands as `one` asks stands as `other` asks; both name their operands in the same order."""
        if other.relation in NEGATED.values():
            same = one.relation is other.relation and one.limit >= other.limit
            return same and self.within(one.left, other.left) and self.within(other.right, one.right)
        allowed = one.relation is other.relation or (
            other.relation is Relation.NEAR and one.relation in (Relation.THEN, Relation.AFTER)
        )
        nearer = allowed and one.limit <= other.limit
        return nearer and self.within(one.left, other.left) and self.within(one.right, other.right)


def _ways(node: Proximity) -> Iterator[Proximity]:
    """Yield a node, and the same said with its operands changed about."""
    yield node
    for relation, mirrored in _MIRRORED:
        if node.relation is relation:
            yield Proximity(node.text, mirrored, node.limit, node.right, node.left)


def constants(node: Node) -> Formula:
    """Return what a part of an AND or an OR is when it is taken out: true in an AND, false in an OR."""
    return TRUE if isinstance(node, Both) else FALSE


def parts_of(node: Node) -> tuple[Node, ...]:
    """Return the parts of an AND or an OR; of anything else nothing."""
    return children(node) if isinstance(node, Both | Either) else ()

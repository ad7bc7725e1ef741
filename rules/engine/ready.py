"""A rule ready to be decided: its words are numbers of slots, its regular expressions are compiled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from rules.engine.glance import Glance
from rules.engine.lexicon import NO_WORDS
from rules.engine.matcher import SlotBook, Sought, by_first_slot
from rules.model import RuleError
from rules.reading.concepts import phrase
from rules.reading.expressions import Expression
from rules.reading.query import Node, Pattern, Quoted, walk
from rules.reading.rule import Rule

_FEW_TERMS = 12


@dataclass(frozen=True, eq=False)
class Ready:
    """A rule ready to be decided: its concepts by name, its quoted words and expressions by what was written."""

    rule: Rule
    concepts: Mapping[str, Sought]
    quotes: Mapping[str, Sought]
    patterns: Mapping[str, Expression]

    @cached_property
    def glance(self) -> Glance | None:
        """Return what to look for before the rule is decided; None where deciding it costs no more than a glance."""
        sought = (*self.concepts.values(), *self.quotes.values())
        terms = sum(len(begun) for one in sought for begun in one.phrases.values())
        return Glance(self.rule, self.concepts, self.quotes) if terms > _FEW_TERMS else None


def ready_rule(rule: Rule, book: SlotBook) -> Ready:
    """Return a rule ready to be decided, its words entered in the book. Raise `RuleError` for a bad expression."""
    arrangements = dict(rule.arrangements)
    concepts = {concept.name: book.sought(concept, arrangements.get(concept.name)) for concept in rule.concepts}
    quotes: dict[str, Sought] = {}
    patterns: dict[str, Expression] = {}
    for node in nodes_of(rule):
        if isinstance(node, Quoted):
            words = book.phrase(phrase(node.words, rule.place), NO_WORDS)
            quotes[node.words] = Sought(node.text, by_first_slot(iter([words])))
        elif isinstance(node, Pattern):
            try:
                patterns[node.expression] = Expression(node.expression)
            except ValueError as error:
                raise RuleError(f"the regular expression {node.text} can't be used: {error}", rule.place) from error
    return Ready(rule, concepts, quotes, patterns)


def nodes_of(rule: Rule) -> Iterator[Node]:
    """Yield every part of every expression of a rule."""
    yield from walk(rule.when)
    for line in rule.points:
        yield from walk(line.node)
    for _, node in rule.arrangements:
        yield from walk(node)


def slots_of(ready: Ready) -> frozenset[int]:
    """Return every slot that the decision of a rule may look at."""
    return frozenset(
        slot
        for sought in (*ready.concepts.values(), *ready.quotes.values())
        for phrases in (sought.phrases, sought.exceptions)
        for begun in phrases.values()
        for phrase in begun
        for slot in phrase.slots
    )

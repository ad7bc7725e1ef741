"""Which of many documents a rule may match, from what is known of its terms: so that an edit of one term is quick.

For each term it is found once in which documents all its words may stand; these sets are kept. What a rule may match
follows from them by its expressions alone. It is never too little: order, distance, fields, exceptions and NOT are left
to the rule itself, which then decides on the few documents that are left.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from rules.engine.intake import Intake
from rules.engine.layer import Layer
from rules.model import Document, RuleText
from rules.reading.query import (
    NEGATED,
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
    Scoped,
    walk,
)
from rules.reading.rule import Rule, read_rule

Places = NDArray[np.bool_]
Taken = tuple[Sequence[Document], Intake]


def term_texts(rule: Rule) -> tuple[str, ...]:
    """Return the rules that stand for a rule's terms, each once: what to give to `reach`."""
    texts = [_term(term.language, term.text) for concept in rule.concepts for term in concept.terms]
    roots = (rule.when, *(line.node for line in rule.points), *(node for _, node in rule.arrangements))
    texts += [_quoted(part) for root in roots for part in walk(root) if isinstance(part, Quoted)]
    return tuple(dict.fromkeys(texts))


def reach(texts: Sequence[str], batches: Iterable[Taken], documents: int) -> list[Places]:
    """Return for each of these texts the documents in which all words of its term may stand. A text that can't be read
    may stand anywhere."""
    read = [read_rule(RuleText(f"t{number}", text))[0] for number, text in enumerate(texts)]
    known = [rule for rule in read if rule is not None]
    found = {rule.topic: np.zeros(documents, np.bool_) for rule in known}
    layer, begin = Layer(known), 0
    for batch, intake in batches:
        for number, _, ready in layer.worth_deciding(intake, batch):
            for one in ready:
                found[one.rule.topic][begin + number] = True
        begin += len(batch)
    everywhere = np.ones(documents, np.bool_)
    return [everywhere if rule is None else found[rule.topic] for rule in read]


def may_match(rule: Rule, places_of: Callable[[str], Places], documents: int) -> Places:
    """Return the documents that a rule may match; `places_of` gives what `reach` found for a text."""
    return _Likely(rule, places_of, documents).of_rule()


class _Likely:
    def __init__(self, rule: Rule, places_of: Callable[[str], Places], documents: int) -> None:
        self._rule = rule
        self._places_of = places_of
        self._all = np.ones(documents, np.bool_)
        self._none = np.zeros(documents, np.bool_)
        self._concepts = {concept.name: concept for concept in rule.concepts}
        self._arrangements = dict(rule.arrangements)
        self._known: dict[str, Places] = {}

    def of_rule(self) -> Places:
        rule = self._rule
        open_gate = self._of(rule.when)
        if not rule.points or rule.at_least <= 0:
            return open_gate
        return open_gate & self._any([self._of(line.node) for line in rule.points if line.points > 0])

    def _of(self, node: Node) -> Places:
        if isinstance(node, Named):
            return self._of_concept(node.name)
        if isinstance(node, Quoted):
            return self._places_of(_quoted(node))
        if isinstance(node, Both):
            found = self._all
            for part in node.parts:
                found = found & self._of(part)
            return found
        if isinstance(node, Either):
            return self._any([self._of(part) for part in node.parts])
        if isinstance(node, Proximity):
            left = self._of(node.left)
            return left if node.relation in NEGATED.values() else left & self._of(node.right)
        if isinstance(node, Scoped):
            return self._of(node.inner)
        assert isinstance(node, Not | Pattern | FromLanguage | FromSource)
        return self._all

    def _any(self, ways: Sequence[Places]) -> Places:
        found = self._none
        for way in ways:
            found = found | way
        return found

    def _of_concept(self, name: str) -> Places:
        if name not in self._known:
            ways = [self._places_of(_term(term.language, term.text)) for term in self._concepts[name].terms]
            if name in self._arrangements:
                ways.append(self._of(self._arrangements[name]))
            self._known[name] = self._any(ways)
        return self._known[name]


def _term(language: str, text: str) -> str:
    return json.dumps({"concepts": {"term": {language or "also": [text]}}, "when": "term"}, ensure_ascii=False)


def _quoted(node: Quoted) -> str:
    return json.dumps({"when": node.text}, ensure_ascii=False)

"""Says which rules are worth deciding for which documents, by nothing but the slots that were read there.

A rule is reduced to what it needs: groups of slots, of each of which at least one must be present. Order, distance,
fields, exceptions and NOT are left to the decision itself, so a rule that would match is never left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray

from rules.engine.matcher import Sought
from rules.engine.ready import Ready
from rules.engine.signs import Numbers, beginnings, stretches
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
)

Group = frozenset[int]
# More ways to combine the needs of an OR's parts say little and cost much.
_MOST_GROUPS = 9


def needs(ready: Ready) -> tuple[Group, ...]:
    """Return the groups of slots of each of which a document must hold one to match; none where it may hold nothing."""
    rule = ready.rule
    groups = _needs(rule.when, ready)
    positive = [(line.points, _needs(line.node, ready)) for line in rule.points if line.points > 0]
    if rule.points and rule.at_least > 0:
        total = sum(points for points, _ in positive)
        for points, parts in positive:
            if total - points < rule.at_least:
                groups += parts
        groups += _any_of([parts for _, parts in positive])
    return tuple(_least(groups))


def _needs(node: Node, ready: Ready) -> list[Group]:
    if isinstance(node, Named):
        return _of_concept(ready.concepts[node.name], ready)
    if isinstance(node, Quoted):
        return _of_concept(ready.quotes[node.words], ready)
    if isinstance(node, Both):
        return [group for part in node.parts for group in _needs(part, ready)]
    if isinstance(node, Either):
        return _any_of([_needs(part, ready) for part in node.parts])
    if isinstance(node, Proximity):
        right = [] if node.relation in NEGATED.values() else _needs(node.right, ready)
        return _needs(node.left, ready) + right
    if isinstance(node, Scoped):
        return _needs(node.inner, ready)
    assert isinstance(node, Not | Pattern | FromLanguage | FromSource)
    return []


def _of_concept(sought: Sought, ready: Ready) -> list[Group]:
    phrases = [phrase for begun in sought.phrases.values() for phrase in begun]
    alone = frozenset(phrase.slots[0] for phrase in phrases if len(phrase.slots) == 1)
    ways = [[frozenset({slot}) for slot in phrase.slots] for phrase in phrases if len(phrase.slots) > 1]
    if alone:
        ways.append([alone])
    if sought.arrangement is not None:
        ways.append(_needs(sought.arrangement, ready))
    return _any_of(ways)


def _any_of(ways: Sequence[list[Group]]) -> list[Group]:
    """Return what is needed where one of several ways is enough."""
    if not all(ways):
        return []
    combined: list[Group] = [frozenset()]
    for way in sorted(ways, key=len):
        if len(combined) * len(way) > _MOST_GROUPS:
            way = [min(way, key=len)]
        combined = [one | other for one, other in product(combined, way)]
    return combined if ways else []


def _least(groups: Iterable[Group]) -> list[Group]:
    """Return the groups, the smallest first, without those that hold another one."""
    kept: list[Group] = []
    for group in sorted(set(groups), key=lambda group: (len(group), sorted(group))):
        if not any(other <= group for other in kept):
            kept.append(group)
    return kept


class _Lists:
    """Lists of numbers that lie end to end."""

    def __init__(self, lists: Sequence[Iterable[int]]) -> None:
        ordered = [sorted(one) for one in lists]
        self.lengths = np.array([len(one) for one in ordered], np.int64)
        self._starts = np.cumsum(self.lengths) - self.lengths
        self._numbers = np.array([number for one in ordered for number in one], np.int32)

    def of(self, which: Numbers) -> tuple[Numbers, Numbers]:
        """Return the numbers of some lists: place in `which`, and number."""
        lengths = self.lengths[which]
        at = stretches(self._starts[which], lengths)
        return np.arange(len(which)).repeat(lengths), self._numbers[at].astype(np.int64)


class Sieve:
    """What some rules need, ready to be held against what is present in many documents at once."""

    def __init__(self, needed: Sequence[Sequence[Group]], slots: int) -> None:
        """`needed` are the groups of each rule; `slots` is how many slots there are."""
        self._rules = len(needed)
        self._always = np.array([rule for rule, groups in enumerate(needed) if not groups], np.int64)
        reached: list[list[int]] = [[] for _ in range(slots)]
        for rule, groups in enumerate(needed):
            for slot in groups[0] if groups else ():
                reached[slot].append(rule)
        self._reached = _Lists(reached)
        numbered = iter(range(sum(map(len, needed))))
        self._groups = _Lists([[next(numbered) for _ in groups[1:]] for groups in needed])
        self._slots = _Lists([group for groups in needed for group in groups[1:]])

    def worth_deciding(self, documents: Numbers, slots: Numbers, present: NDArray[np.bool_]) -> tuple[Numbers, Numbers]:
        """Return pairs of document and rule, in order. `present[document, slot]` is true for the given pairs."""
        at, rules = self._reached.of(slots)
        reached = np.zeros((len(present), self._rules), np.bool_)
        reached[documents[at], rules] = True
        reached[:, self._always] = True
        document, rule = np.nonzero(reached)
        pair, group = self._groups.of(rule)
        which, slot = self._slots.of(group)
        if len(group):
            met = np.logical_or.reduceat(present[document[pair[which]], slot], beginnings(which))
            lacking = np.zeros(len(document), np.bool_)
            lacking[pair[~met]] = True
            document, rule = document[~lacking], rule[~lacking]
        return document, rule

"""Cross-validation of rules: what they would score on news of which their authors had seen nothing.

A rule that was written beside a corpus holds terms that are there because one item has them. In each fold the terms
that fire on none of the other folds' items are switched off before the fold is scored, so that no item is found by a
term that it alone supports.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from rules.engine.evaluate import compile_rules
from rules.model import RuleError, RuleText
from rules.reading.rule import Rule, read_rule
from rules.tuning.rewrite import TermKey, alone, without_terms
from rules.tuning.score import BATCH, Labelled, Score, scored


def cross_validated(texts: Sequence[RuleText], items: Sequence[Labelled], folds: int) -> Score:
    """Return the sum of the folds' scores. Raise `RuleError` for a rule that can't be used."""
    rules = [_read(text) for text in texts]
    fired = [_fired(rule, items) for rule in rules]
    score = Score()
    for fold in range(folds):
        held_out = [item for item in items if fold_of(item, folds) == fold]
        others = [number for number, item in enumerate(items) if fold_of(item, folds) != fold]
        left = []
        for rule, hits in zip(rules, fired, strict=True):
            supported = {key for key, numbers in hits.items() if not numbers.isdisjoint(others)}
            left.append(without_terms(rule, hits.keys() - supported))
        score.add(scored(compile_rules(left), held_out))
    return score


def fold_of(item: Labelled, folds: int) -> int:
    """Return the fold of an item, by its title and text: the same whatever else is in the corpus.

    Items with the same title, such as wire copies, are in the same fold.
    """
    said = " ".join((item.document.title or item.document.text).casefold().split())
    return int.from_bytes(hashlib.sha256(said.encode("utf-8", "surrogatepass")).digest()[:8], "big") % folds


def _read(text: RuleText) -> Rule:
    rule, problems = read_rule(text)
    if rule is None:
        raise RuleError(problems[0].message, problems[0].place)
    return rule


def _fired(rule: Rule, items: Sequence[Labelled]) -> dict[TermKey, set[int]]:
    """Return for every term of a rule the numbers of the items in which it counts somewhere."""
    made = list(alone(rule))
    ruleset = compile_rules([text for _, text in made])
    keys = {text.topic: key for key, text in made}
    fired: dict[TermKey, set[int]] = {key: set() for key, _ in made}
    for start in range(0, len(items), BATCH):
        documents = [item.document for item in items[start : start + BATCH]]
        for number, matches in enumerate(ruleset.match_each(documents), start):
            for match in matches:
                fired[keys[match.topic]].add(number)
    return fired

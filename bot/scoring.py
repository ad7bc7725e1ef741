"""Scoring rules on labelled items, as it runs in a worker process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rules.engine.evaluate import compile_rules
from rules.model import RuleText
from rules.tuning.folds import cross_validated
from rules.tuning.score import Labelled, Score, labelled, scored

Row = tuple[str, Mapping[str, object]]


def score(rules: tuple[RuleText, ...], rows: Sequence[Row], names: Mapping[str, str], folds: int) -> Score | str:
    """Return how the rules read labelled rows, each with the place where it stands; or what is wrong with one of them.

    `names` lead a label to its topic; with `folds` of 2 or more the score is cross-validated.
    """
    ruleset = compile_rules(rules)
    topics = [title.slug for title in ruleset.topics]
    items: list[Labelled] = []
    for place, row in rows:
        try:
            items.append(labelled(row, names, topics))
        except ValueError as error:
            return f"{place}: {error}"
    return cross_validated(rules, items, folds) if folds > 1 else scored(ruleset, items)

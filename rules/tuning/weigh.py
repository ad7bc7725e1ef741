"""How a rule's terms fare on stored items: which hit too many of them, and which hit none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rules.engine.evaluate import RuleSet, compile_rules
from rules.model import Document, Place, RuleError, RuleText
from rules.reading.rule import Problem, Rule, Severity, read_rule
from rules.tuning.check import enough_alone
from rules.tuning.rewrite import TermKey, alone

# A topic worth an alert is a small part of the news. A term that decides by itself is doubtful beyond 2 % of all items;
# one that only counts beside others may be as common as a big country's name (some 20 % of a regional archive).
BROAD_ALONE = 0.02
BROAD_BESIDE = 0.25
# With fewer items the shares say little, and most good terms have not come up yet.
FEWEST_ITEMS = 200
FEWEST_FOR_SILENCE = 1_000
_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Scales:
    """A rule's terms, each as a rule of its own, compiled together."""

    ruleset: RuleSet
    keys: Mapping[str, TermKey]

    def hits(self, documents: Sequence[Document]) -> Counter[TermKey]:
        """Return in how many of the documents each term counts somewhere."""
        found = self.ruleset.match_each(documents)
        return Counter(self.keys[match.topic] for matches in found for match in matches)


def scales_for(text: RuleText) -> Scales:
    """Return what weighs a rule's terms. Raise `RuleError` where the rule can't be used."""
    rule, problems = read_rule(text)
    if rule is None:
        raise RuleError(problems[0].message, problems[0].place)
    made = list(alone(rule))
    return Scales(compile_rules([one for _, one in made]), {one.topic: key for key, one in made})


def doubts(text: RuleText, hits: Mapping[TermKey, int], items: int) -> list[Problem]:
    """Return warnings of terms that hit too many of `items`, or none of them, each with its place."""
    rule, _ = read_rule(text)
    if rule is None or items < FEWEST_ITEMS:
        return []
    said = [*_broad(rule, hits, items), *(_silent(rule, hits, items) if items >= FEWEST_FOR_SILENCE else ())]
    return [Problem(Severity.WARNING, message, place) for place, message in said]


def _broad(rule: Rule, hits: Mapping[TermKey, int], items: int) -> Iterator[tuple[Place, str]]:
    alone_enough = enough_alone(rule)
    for concept in rule.concepts:
        most = BROAD_ALONE if concept.name in alone_enough else BROAD_BESIDE
        for term in concept.terms:
            count = hits.get(TermKey(concept.name, term.language, term.text), 0)
            if count > most * items:
                share = f"{count / items:.1%} of the archive ({count:,} of {items:,} items)"
                yield term.place, f'"{term.text}" hits {share}, more than {most:.0%}: is it meant so broadly?'


def _silent(rule: Rule, hits: Mapping[TermKey, int], items: int) -> Iterator[tuple[Place, str]]:
    for concept in rule.concepts:
        silent = [term.text for term in concept.terms if not hits.get(TermKey(concept.name, term.language, term.text))]
        if silent:
            more = f" and {len(silent) - _SHOWN} more" if len(silent) > _SHOWN else ""
            yield (
                concept.place,
                f"{len(silent)} of {len(concept.terms)} terms of {concept.name} hit none of {items:,} items: "
                f"{', '.join(silent[:_SHOWN])}{more}",
            )

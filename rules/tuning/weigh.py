"""How a rule's terms fare on stored items: which hit too many of them, and which hit none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rules.engine.evaluate import RuleSet, compile_rules
from rules.model import Document, Place, RuleError, RuleText
from rules.reading.concepts import Concept
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
# A topic of hundreds of terms has silent ones everywhere; a warning a concept would bury all others.
MOST_SILENT = 6


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
    found: list[tuple[Concept, list[str]]] = []
    for concept in rule.concepts:
        silent = [term.text for term in concept.terms if not hits.get(TermKey(concept.name, term.language, term.text))]
        if silent:
            found.append((concept, silent))
    if len(found) > MOST_SILENT:
        yield rule.place, _in_short(rule, found, items)
        return
    for concept, silent in found:
        said = f"{len(silent)} of {len(concept.terms)} terms of {concept.name} hit none of {items:,} items"
        yield concept.place, f"{said}: {_listed(silent)}"


def _in_short(rule: Rule, found: Sequence[tuple[Concept, list[str]]], items: int) -> str:
    """Return one line for many concepts, naming those of which no term hit: an unwritten name or an idle idea."""
    silent, terms = sum(len(each) for _, each in found), sum(len(concept.terms) for concept in rule.concepts)
    whole = [concept.name for concept, each in found if len(each) == len(concept.terms)]
    named = f"; nothing at all of {_listed(whole)}" if whole else ""
    said = f"{silent:,} of {terms:,} terms in {len(found)} concepts hit none of {items:,} items{named}"
    return f"{said}; which: mediawatch rules forms {rule.topic} says when each last hit"


def _listed(words: Sequence[str]) -> str:
    more = f" and {len(words) - _SHOWN} more" if len(words) > _SHOWN else ""
    return f"{', '.join(words[:_SHOWN])}{more}"

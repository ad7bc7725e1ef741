"""Says what is wrong or doubtful in a rule before it is published, each with its place."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from rules.engine.evaluate import RuleSet, compile_rules, failing_examples
from rules.engine.lexicon import folded_forms, forms_of
from rules.model import Document, Place, RuleError, RuleText
from rules.reading.concepts import Concept, Kind, Term
from rules.reading.query import Both, Named, Node, Not, Proximity, children, holds_without_words, walk
from rules.reading.rule import Problem, Rule, Severity, read_rule
from rules.tuning.branches import dead_branches
from rules.tuning.confusables import other_words, shared_by_and
from rules.tuning.places import place_of
from rules.words.typos import fold

__all__ = ["Problem", "Severity", "check"]

_IN_LATIN = frozenset(
    {"en", "pl", "de", "fr", "es", "it", "pt", "nl", "tr", "lt", "lv", "et", "cs", "sk", "ro", "fi", "sv"}
)
_CYRILLIC = re.compile("[\u0400-\u052f]")
_LATIN = re.compile("[A-Za-z]")
_SHORT_WORD = 3
# Endings take at most some four letters off a word, so a longer one has no form that is too short.
_LONGEST_ROOT = 8


def check(text: RuleText) -> list[Problem]:
    """Return the errors and warnings of one rule in the order of its text; a rule without errors can be published.

    Errors come from reading, from regular expressions, and from examples that fail.
    """
    rule, problems = read_rule(text)
    if rule is None:
        return problems
    try:
        compiled = compile_rules([text])
    except RuleError as error:
        return [*problems, Problem(Severity.ERROR, error.message, error.place)]
    problems += [Problem(Severity.ERROR, message, place) for place, message in failing_examples(compiled, rule.topic)]
    problems += [Problem(Severity.WARNING, message, place) for place, message in _doubts(text, rule, compiled)]
    return sorted(problems, key=lambda problem: (problem.place.line, problem.place.column))


def _doubts(text: RuleText, rule: Rule, compiled: RuleSet) -> Iterator[tuple[Place, str]]:
    yield from _doubtful_examples(rule)
    yield from _unused(rule)
    anywhere = set(_anywhere(rule.when, dict(rule.arrangements), through_and=True))
    for concept in rule.concepts:
        if concept.name in anywhere:
            yield from _broad(concept)
        yield from _twice(concept)
        yield from _other_letters(concept)
        yield from _idle_narrowing(concept)
        yield from _idle_exceptions(rule.topic, concept, compiled)
        if concept.name in anywhere:
            yield from other_words(concept)
    yield from ((rule.place, message) for message in shared_by_and(rule))
    yield from ((place_of(text, dead.node, dead.line), dead.why) for dead in dead_branches(rule))


def _doubtful_examples(rule: Rule) -> Iterator[tuple[Place, str]]:
    kinds = {example.matches for example in rule.examples}
    if kinds != {True, False}:
        yield rule.place, "examples: should hold items to match and items to ignore; they are what keeps a rule honest"
    seen: set[tuple[str, str, str, str]] = set()
    for example in rule.examples:
        if example.because and not example.matches:
            yield example.place, "because: says why an item matches; under ignore: it is not looked at"
        item = (example.title, example.text, example.language, example.source)
        if item in seen:
            yield example.place, f"the example “{(example.title or example.text)[:60]}” stands twice"
        seen.add(item)


def _unused(rule: Rule) -> Iterator[tuple[Place, str]]:
    roots = (rule.when, *(line.node for line in rule.points))
    new = {part.name for root in roots for part in walk(root) if isinstance(part, Named)}
    arranged = dict(rule.arrangements)
    used: set[str] = set()
    while new:
        used |= new
        inner = (part for name in new if name in arranged for part in walk(arranged[name]))
        new = {part.name for part in inner if isinstance(part, Named)} - used
    for concept in rule.concepts:
        if concept.name not in used:
            yield concept.place, f'the concept "{concept.name}" is used nowhere'


def enough_alone(rule: Rule) -> frozenset[str]:
    """Return the concepts of which one occurrence, with nothing beside it, is enough for a match.

    Where there are points, it must open the gate and earn the sum in the lines that need nothing else.
    """
    arrangements = dict(rule.arrangements)

    def alone(node: Node) -> frozenset[str]:
        return frozenset(_anywhere(node, arrangements, through_and=False))

    opening = alone(rule.when)
    if not rule.points:
        return opening
    earned: Counter[str] = Counter()
    for line in rule.points:
        earned.update(dict.fromkeys(alone(line.node), max(0, line.points)))
    return frozenset(name for name in opening if earned[name] >= rule.at_least)


def _anywhere(node: Node, arrangements: Mapping[str, Node], *, through_and: bool) -> Iterator[str]:
    """Yield the concepts that count wherever they stand, near nothing; `through_and` also those that need another."""
    if isinstance(node, Named):
        yield node.name
        if node.name in arrangements:
            yield from _anywhere(arrangements[node.name], arrangements, through_and=through_and)
        return
    if isinstance(node, Not | Proximity):
        return
    parts = children(node)
    if isinstance(node, Both) and not through_and:
        wanting = tuple(part for part in parts if not holds_without_words(part, elsewhere=True))
        parts = wanting if len(wanting) == 1 else ()
    for part in parts:
        yield from _anywhere(part, arrangements, through_and=through_and)


def _broad(concept: Concept) -> Iterator[tuple[Place, str]]:
    for term in concept.terms:
        word = term.words[0]
        if len(term.words) > 1 or word.kind not in (Kind.FORMS, Kind.PREFIX):
            continue
        if len(fold(word.text)) < _SHORT_WORD:
            yield term.place, f'"{term.text}" is so short that it will be found in many items'
        elif len(fold(word.text)) > _LONGEST_ROOT:
            continue
        elif len(shortest := min((form.folded for form in forms_of(word)), key=len)) < _SHORT_WORD:
            hint = f"switch it off with without: [{shortest}] if it misleads"
            yield term.place, f'"{term.text}" has the form "{shortest}"; {hint}'


def _twice(concept: Concept) -> Iterator[tuple[Place, str]]:
    def key(term: Term) -> tuple[str, str]:
        exact = any(word.kind is Kind.EXACT for word in term.words)
        return (term.language, term.text if exact else term.text.casefold())

    counts = Counter(key(term) for term in concept.terms)
    told: set[tuple[str, str]] = set()
    for term in concept.terms:
        if counts[key(term)] > 1 and key(term) not in told:
            told.add(key(term))
            yield term.place, f'"{term.text}" stands twice in {concept.name}'


def _other_letters(concept: Concept) -> Iterator[tuple[Place, str]]:
    """Yield terms in Cyrillic under a language that is written in Latin letters: they get no endings there."""
    for term in concept.terms:
        if term.language in _IN_LATIN and _CYRILLIC.search(term.text) and not _LATIN.search(term.text):
            hint = "put it under the language whose endings it takes"
            yield term.place, f'"{term.text}" stands under {term.language}: but is in Cyrillic: {hint}'


def _idle_narrowing(concept: Concept) -> Iterator[tuple[Place, str]]:
    # The forms of a thousand terms take seconds: only where something is switched off are they asked for.
    forms = folded_forms(word for term in concept.terms for word in term.words) if concept.without else frozenset()
    for scalar in concept.without:
        if fold(scalar.value) not in forms:
            yield scalar.place, f'without: "{scalar.value}" is no form of any term of {concept.name}'
    never = folded_forms(concept.never)
    for term in concept.terms:
        if len(term.words) == 1 and fold(term.words[0].text) in never:
            yield term.place, f'"{term.text}" is never read: a word under never: has this form'


def _idle_exceptions(topic: str, concept: Concept, compiled: RuleSet) -> Iterator[tuple[Place, str]]:
    if concept.expression is not None:
        return
    for term in concept.exceptions:
        spoken = " ".join(word.text for word in term.words)
        if not compiled.excluded(topic, concept.name, Document(spoken)):
            yield term.place, f'except: "{term.text}" holds no form of {concept.name}: it takes nothing away'

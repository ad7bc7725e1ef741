"""Says what is wrong or doubtful in a rule before it is published, each with its place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from rules.concepts import Concept, Kind, Term
from rules.evaluate import RuleSet, compile_rules, failing_examples
from rules.lexicon import folded_forms, forms_of
from rules.model import Document, Place, RuleError, RuleText
from rules.query import Both, Either, Named, Node, Not, Proximity, children, walk
from rules.rule import Problem, Rule, Severity, read_rule
from rules.typos import fold

__all__ = ["Problem", "Severity", "check"]

_SHORT_WORD = 3


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
    problems += [Problem(Severity.WARNING, message, place) for place, message in _doubts(rule, compiled)]
    return sorted(problems, key=lambda problem: (problem.place.line, problem.place.column))


def _doubts(rule: Rule, compiled: RuleSet) -> Iterator[tuple[Place, str]]:
    kinds = {example.matches for example in rule.examples}
    if kinds != {True, False}:
        yield rule.place, "examples: should hold items to match and items to ignore; they are what keeps a rule honest"
    yield from _unused(rule)
    alone = set(_enough_alone(rule.when, dict(rule.arrangements)))
    for concept in rule.concepts:
        if concept.name in alone:
            yield from _broad(concept)
        yield from _twice(concept)
        yield from _idle_narrowing(concept)
        yield from _idle_exceptions(rule.topic, concept, compiled)
    for node in (rule.when, *(line.node for line in rule.points)):
        yield from _dead_branches(node, rule.place)


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


def _enough_alone(node: Node, arrangements: Mapping[str, Node]) -> Iterator[str]:
    """Yield the concepts of which one occurrence, with nothing beside it, can decide."""
    if isinstance(node, Named):
        yield node.name
        if node.name in arrangements:
            yield from _enough_alone(arrangements[node.name], arrangements)
    elif not isinstance(node, Not | Proximity):
        for child in children(node):
            yield from _enough_alone(child, arrangements)


def _broad(concept: Concept) -> Iterator[tuple[Place, str]]:
    for term in concept.terms:
        word = term.words[0]
        if len(term.words) > 1 or word.kind not in (Kind.FORMS, Kind.PREFIX):
            continue
        shortest = min((form.folded for form in forms_of(word)), key=len)
        if len(fold(word.text)) < _SHORT_WORD:
            yield term.place, f'"{term.text}" is so short that it will be found in many items'
        elif len(shortest) < _SHORT_WORD:
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


def _idle_narrowing(concept: Concept) -> Iterator[tuple[Place, str]]:
    forms = folded_forms(word for term in concept.terms for word in term.words)
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


def _dead_branches(root: Node, place: Place) -> Iterator[tuple[Place, str]]:
    for node in walk(root):
        if not isinstance(node, Both | Either):
            continue
        texts = [part.text for part in node.parts]
        for text in {text for text in texts if texts.count(text) > 1}:
            yield place, f"{text} stands twice in: {node.text[:80]}"
        refused = (part.inner.text for part in node.parts if isinstance(part, Not)) if isinstance(node, Both) else ()
        for text in (text for text in refused if text in texts):
            yield place, f"{text} AND NOT {text} can never hold"

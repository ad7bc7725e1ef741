"""Rule texts made from a rule: with terms left out, or each term as a rule of its own, so that one can be weighed.

The texts are for the machine: what an editor wrote for people (titles, notes, examples, the order) is not in them.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from typing import NamedTuple

from rules.model import RuleText
from rules.reading.concepts import Concept, Kind, Term, TermWord
from rules.reading.rule import Rule

# Stands in for the terms of a concept that has none left: in no language a word.
_NOTHING = "=Qzxqzxq0qzx"
_ANY_LANGUAGE = "also"


class TermKey(NamedTuple):
    """A term as its rule names it: concept, language ("" under `also`) and the words as written."""

    concept: str
    language: str
    text: str


def term_keys(rule: Rule) -> tuple[TermKey, ...]:
    """Return every term of a rule, in the order of its text."""
    return tuple(TermKey(concept.name, term.language, term.text) for concept in rule.concepts for term in concept.terms)


def without_terms(rule: Rule, off: Collection[TermKey]) -> RuleText:
    """Return the rule's text without some of its terms."""
    concepts = {}
    for concept in rule.concepts:
        kept = [term for term in concept.terms if TermKey(concept.name, term.language, term.text) not in off]
        concepts[concept.name] = _concept(concept, kept)
    whole: dict[str, object] = {"topic": rule.topic, "concepts": concepts, "when": rule.when.text}
    if rule.points:
        whole |= {"points": "\n".join(line.text for line in rule.points), "at_least": str(rule.at_least)}
    whole |= {"languages": list(rule.languages)} if rule.languages else {}
    whole |= {"sources": list(rule.sources)} if rule.sources else {}
    return RuleText(rule.topic, json.dumps(whole, ensure_ascii=False), rule.version, rule.topic)


def alone(rule: Rule) -> Iterator[tuple[TermKey, RuleText]]:
    """Yield each term with a rule that matches wherever the term counts, narrowed as its concept is."""
    for concept in rule.concepts:
        for number, term in enumerate(concept.terms):
            topic = f"{concept.name}-{number}"
            whole = {"topic": topic, "concepts": {"term": _concept(concept, [term], alone=True)}, "when": "term"}
            text = json.dumps(whole, ensure_ascii=False)
            yield TermKey(concept.name, term.language, term.text), RuleText(topic, text, rule.version, topic)


def _concept(concept: Concept, terms: list[Term], *, alone: bool = False) -> dict[str, object]:
    found: dict[str, object] = {}
    for term in terms:
        listed = found.setdefault(term.language or _ANY_LANGUAGE, [])
        assert isinstance(listed, list)
        listed.append(term.text)
    if concept.expression is not None and not alone:
        found["as"] = concept.expression.value
    if not found:
        found[_ANY_LANGUAGE] = [_NOTHING]
    if concept.never:
        found["never"] = _by_language([(word.language, _written(word)) for word in concept.never])
    if concept.exceptions:
        found["except"] = _by_language([(term.language, term.text) for term in concept.exceptions])
    if concept.without:
        found["without"] = [scalar.value for scalar in concept.without]
    return found


def _by_language(pairs: list[tuple[str, str]]) -> object:
    if not any(language for language, _ in pairs):
        return [words for _, words in pairs]
    return {code: [words for language, words in pairs if language == code] for code, _ in pairs}


def _written(word: TermWord) -> str:
    if word.kind is Kind.EXACT:
        return f"={word.text}"
    return f"{word.text}*" if word.kind is Kind.PREFIX else word.text

"""Forms that are other words too: another language's everyday word, or a word that two concepts claim at once."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

import simplemma

from rules.engine.lexicon import folded_forms, forms_of
from rules.model import Place, Reach
from rules.reading.concepts import Concept, Kind, Term
from rules.reading.query import Both, Named, Node, walk
from rules.reading.rule import Rule
from rules.words.dictionaries import is_common_word, is_known
from rules.words.endings import russian
from rules.words.typos import fold

_CYRILLIC = re.compile("[\u0400-\u052f]")
_SHOWN = 4
# Longer forms that are words elsewhere too are the same name or its adjective, not another meaning.
_LONGEST = 7


def other_words(concept: Concept) -> Iterator[tuple[Place, str]]:
    """Yield the terms of a concept of which some made form is an everyday word of another language.

    Only made forms are looked at: what the editor wrote is what the editor meant. A form switched off is not told of.
    """
    off = {fold(scalar.value) for scalar in concept.without} | folded_forms(concept.never)
    meant = {fold(word.text) for term in concept.terms for word in term.words}
    for term in concept.terms:
        made = (form for form in _made_forms(term) if form not in off | meant)
        found = [form for form in made if _is_other_word(form, term) and not _lemmas(form) & meant]
        if found:
            shown = ", ".join(found[:_SHOWN]) + (f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else "")
            hint = f"if they mislead, switch them off with without: [{', '.join(found[:_SHOWN])}]"
            yield term.place, f'"{term.text}" has forms that are words of another language: {shown}; {hint}'


def _made_forms(term: Term) -> Iterator[str]:
    if len(term.words) > 1 or term.words[0].kind is not Kind.FORMS:
        return
    for form in forms_of(term.words[0]):
        if form.reach is not Reach.AS_WRITTEN and len(form.folded) <= _LONGEST:
            yield form.folded


def _is_other_word(form: str, term: Term) -> bool:
    return not is_known(form, term.language) and is_common_word(form, name=term.words[0].text[:1].isupper())


def _lemmas(form: str) -> set[str]:
    """Return the dictionary forms that a word may belong to in the languages that `is_common_word` asks."""
    if _CYRILLIC.search(form):
        russian_lemmas = {fold(str(reading.normal_form)) for reading in russian.analyzer().parse(form)}
        return russian_lemmas | {fold(simplemma.lemmatize(form, "uk"))}
    return {fold(simplemma.lemmatize(form, "en"))}


def shared_by_and(rule: Rule) -> Iterator[str]:
    """Yield a warning for each two concepts beside an AND that one and the same word can satisfy."""
    concepts = {concept.name: concept for concept in rule.concepts if concept.expression is None}
    told: set[tuple[str, str]] = set()
    for root in (rule.when, *(line.node for line in rule.points)):
        for one, other in (pair for node in walk(root) for pair in _pairs(node, concepts)):
            shared = sorted(_single_forms(concepts[one]) & _single_forms(concepts[other]))
            if shared and (one, other) not in told:
                told.add((one, other))
                words = ", ".join(shared[:_SHOWN])
                yield f"{one} AND {other}: one word is enough for both ({words}); take it out of one, or write NEAR"


def _pairs(node: Node, known: Collection[str]) -> Iterator[tuple[str, str]]:
    parts = node.parts if isinstance(node, Both) else ()
    names = [part.name for part in parts if isinstance(part, Named) and part.name in known]
    for index, one in enumerate(names):
        for other in names[index + 1 :]:
            if one != other:
                yield one, other


def _single_forms(concept: Concept) -> set[str]:
    off = {fold(scalar.value) for scalar in concept.without} | folded_forms(concept.never)
    single = [term.words[0] for term in concept.terms if len(term.words) == 1 and term.words[0].kind is Kind.FORMS]
    return set(folded_forms(single)) - off

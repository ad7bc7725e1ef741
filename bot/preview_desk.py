"""What a draft finds among the newest items while somebody types, as it runs in a worker process of its own.

The items are laid on a shelf once and stay there; a draft then costs what it changes. The shelf is a copy of rows: a
worker that was ended has an empty one, says so, and is given the items again.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from bot.previewed import Example, Found, Tried, Trouble
from rules.engine.evaluate import RuleSet, compile_rules
from rules.engine.intake import take_in
from rules.model import Account, Document, FormRow, RuleError, RuleText
from rules.reading.rule import Problem, Rule, Severity, read_rule
from rules.tuning.likely import Places, Taken, may_match, reach, term_texts

# As many as the rules decide at once; of a shelf more, since a new term costs something for each batch.
BATCH, SHELVED = 64, 512
TERMS_KEPT = 5_000
SHOWN_HITS = 12
FORMS_SHOWN = 4_000


@dataclass(slots=True)
class Shelf:
    """Documents in batches, the newest first, cut into words; and for each term where it may stand."""

    batches: list[Taken] = field(default_factory=list)
    documents: list[Document] = field(default_factory=list)
    places: dict[str, Places] = field(default_factory=dict)

    def put(self, documents: Sequence[Document]) -> None:
        """Lay more documents on the shelf. What was known of terms no longer says all."""
        for begin in range(0, len(documents), SHELVED):
            batch = documents[begin : begin + SHELVED]
            self.batches.append((batch, take_in([words for one in batch for words in (one.title, one.text)])))
        self.documents += documents
        self.places.clear()

    def likely(self, rule: Rule) -> Places:
        """Return the documents that a rule may match."""
        texts = term_texts(rule)
        new = [text for text in texts if text not in self.places]
        if len(self.places) + len(new) > TERMS_KEPT:
            self.places.clear()
            new = list(texts)
        if new:
            self.places.update(zip(new, reach(new, self.batches, len(self.documents)), strict=True))
        return may_match(rule, self.places.__getitem__, len(self.documents))


# The shelf of an edition of the archive: what the worker was given, not what it made up.
@lru_cache(maxsize=1)
def _shelf(edition: str) -> Shelf:
    return Shelf()


def put(edition: str, documents: Sequence[Document], first: bool) -> int:
    """Lay documents on the shelf of an edition, the `first` ones on an empty one; return how many lie there."""
    if first:
        _shelf.cache_clear()
    shelf = _shelf(edition)
    shelf.put(documents)
    return len(shelf.documents)


def attempt(edition: str, wanted: int, text: RuleText, budget_s: float) -> Tried:
    """Return what a text finds on the shelf of an edition that should hold `wanted` documents, as far as the time goes.

    A text that can't be read finds nothing; its troubles say why.
    """
    began = time.perf_counter()
    shelf = _shelf(edition)
    if len(shelf.documents) != wanted:
        return Tried(missing=True)
    rule, problems = read_rule(text)
    troubles = tuple(map(_trouble, problems))
    if rule is None:
        return Tried(troubles=troubles, shelved=wanted)
    try:
        ruleset = compile_rules([text])
    except RuleError as error:
        return Tried(troubles=(*troubles, Trouble(error.place.line, error.place.column, error.message, True)))
    examples = tuple(_example(ruleset, rule, number) for number in range(len(rule.examples)))
    troubles += tuple(Trouble(one.line, 1, one.says, True) for one in examples if not one.kept)
    places = np.flatnonzero(shelf.likely(rule)).tolist()
    found, judged = _judged(ruleset, shelf, places, began + budget_s)
    return Tried(False, troubles, tuple(found), judged, wanted, examples, time.perf_counter() - began)


def _judged(ruleset: RuleSet, shelf: Shelf, places: Sequence[int], until: float) -> tuple[list[Found], int]:
    found: list[Found] = []
    for begin in range(0, len(places), BATCH):
        part = places[begin : begin + BATCH]
        for place, matches in zip(part, ruleset.match_each([shelf.documents[one] for one in part]), strict=True):
            found += [Found(place, one.because, one.points, one.hits[:SHOWN_HITS]) for one in matches]
        if time.perf_counter() > until and begin + BATCH < len(places):
            return found, part[-1] + 1
    return found, len(shelf.documents)


def _example(ruleset: RuleSet, rule: Rule, number: int) -> Example:
    example = rule.examples[number]
    document = Document(example.title, example.text, example.language, example.source)
    match, because = ruleset.match_one(rule.topic, document), example.because
    gave = match is not None and (
        not because or any(hit.concept == because or because in hit.clause.split() for hit in match.hits)
    )
    kept = gave if example.matches else match is None
    # Telling what is missing costs far more than deciding.
    says = "" if kept else _says(ruleset.account(rule.topic, document), because)
    return Example(example.place.line, example.title or example.text, example.matches, kept, says)


def _says(account: Account, because: str) -> str:
    if not account.matched:
        return next(iter(account.missing), "not matched")
    seen = ", ".join(dict.fromkeys(f"“{hit.quoted}” ({hit.concept})" for hit in account.hits[:3]))
    return f"matches because of {seen}" + (f", not because of {because}" if because else "")


def _trouble(problem: Problem) -> Trouble:
    place = problem.place
    return Trouble(place.line, place.column, problem.message, problem.severity is Severity.ERROR)


def accounts(edition: str, wanted: int, text: RuleText, places: Sequence[int]) -> list[Account]:
    """Return why a text does or does not match some documents of the shelf; none where the shelf is another."""
    shelf = _shelf(edition)
    if len(shelf.documents) != wanted:
        return []
    ruleset = compile_rules([text])
    topic = next(iter(ruleset.topics)).slug
    return [ruleset.account(topic, shelf.documents[place]) for place in places]


def account_of(text: RuleText, document: Document) -> Account:
    """Return why a text does or does not match one document. Raise `RuleError` where the text can't be used."""
    ruleset = compile_rules([text])
    return ruleset.account(next(iter(ruleset.topics)).slug, document)


def forms(text: RuleText, concept: str) -> list[FormRow]:
    """Return the forms of one concept in the order of the text. Raise `RuleError` where the text can't be used."""
    ruleset = compile_rules([text])
    rows = ruleset.forms(next(iter(ruleset.topics)).slug)
    return [row for row in rows if row.concept == concept][:FORMS_SHOWN]


def concepts(text: RuleText) -> list[str]:
    """Return the names of a rule's concepts; none where the text can't be read."""
    rule, _ = read_rule(text)
    return [concept.name for concept in rule.concepts] if rule else []

"""Reading by the rules, as it runs in a worker process: the only module here that loads the compiled rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from rules.engine.evaluate import RuleSet, compile_rules
from rules.model import PRIVATE, Account, Document, Match, RuleError, RuleText
from rules.words.language import detect

SHOWN_HITS = 5
SHOWN_REASONS = 3


@dataclass(frozen=True, slots=True)
class Judged:
    """What the rules made of one document: its language and the topics found, by slug."""

    language: str
    matches: tuple[Match, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """The judged documents in their order, and what was wrong with rules that had to be left out."""

    judged: tuple[Judged, ...]
    broken: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """A rule file that was tried: its topic's titles, or what is wrong and where."""

    slug: str
    titles: dict[str, str]
    problem: str = ""


def judge(rules: tuple[RuleText, ...], documents: Sequence[Document], sure: bool = False) -> Reading:
    """Decide which topics each document is about.

    `language` of a document is the source's own, taken as a prior; with `sure` it is the document's own, if given.
    """
    house, own = _apart(rules)
    ruleset, broken = compiled(house)
    own_set, own_broken = compiled(own)
    known = [
        each if sure and each.language else replace(each, language=detect(each.title, each.text, each.language))
        for each in documents
    ]
    found = zip(known, ruleset.match_each(known), own_set.match_each(known), strict=True)
    return Reading(tuple(Judged(each.language, ours + theirs) for each, ours, theirs in found), broken + own_broken)


def _apart(rules: tuple[RuleText, ...]) -> tuple[tuple[RuleText, ...], tuple[RuleText, ...]]:
    """Return the house's rules and people's own: these change daily, and compiling the house's takes seconds."""
    own = tuple(rule for rule in rules if rule.topic.startswith(PRIVATE))
    return (tuple(rule for rule in rules if not rule.topic.startswith(PRIVATE)), own) if own else (rules, ())


def account(rules: tuple[RuleText, ...], document: Document, topic: str = "") -> tuple[Account, ...]:
    """Tell for every topic (or the one named) why it matched the document or not; empty for an unknown topic."""
    ruleset, _ = compiled(rules)
    language = detect(document.title, document.text, document.language)
    known = replace(document, language=language)
    wanted = (title.slug for title in ruleset.topics if not topic or title.slug == topic)
    return tuple(ruleset.account(slug, known) for slug in wanted)


def explained(rules: tuple[RuleText, ...], document: Document) -> list[str]:
    """Tell it as lines for a subscriber, who has never seen a rule: the item's own words, a topic after the other."""
    lines = []
    for told in account(rules, document):
        lines.append(f"{told.topic}: {'matches' if told.matched else 'no match'}")
        seen = dict.fromkeys(f"  “{hit.quoted}” in the {hit.field}, {hit.reach}" for hit in told.hits)
        lines += [*list(seen)[:SHOWN_HITS], *(f"  {reason}" for reason in told.plain[:SHOWN_REASONS])]
    return lines


def check_file(rule: RuleText) -> Checked:
    """Try one rule file alone, its examples included."""
    try:
        ruleset = compile_rules([rule], examples=True)
    except RuleError as error:
        return Checked(rule.topic, {}, str(error))
    title = next(iter(ruleset.topics))
    return Checked(title.slug, dict(title.titles))


@lru_cache(maxsize=4)
def compiled(rules: tuple[RuleText, ...]) -> tuple[RuleSet, tuple[str, ...]]:
    """Return the rules in force as one set, with what is wrong with those left out.

    One that no longer compiles (an upgrade may ask more) must not silence the others.
    """
    usable = list(rules)
    broken: list[str] = []
    while True:
        try:
            return compile_rules(usable, examples=False), tuple(broken)
        except RuleError as error:
            bad = next((rule for rule in usable if rule.file == error.place.file), None)
            if bad is None:
                raise
            usable.remove(bad)
            broken.append(str(error))

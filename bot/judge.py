"""Reading by the rules, as it runs in a worker process: the only module here that loads the compiled rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from rules.evaluate import RuleSet, compile_rules
from rules.language import detect
from rules.model import Account, Document, Match, RuleError, RuleText


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


def judge(rules: tuple[RuleText, ...], documents: Sequence[Document]) -> Reading:
    """Decide which topics each document is about. `language` of a document is the source's own, taken as a prior."""
    ruleset, broken = _compiled(rules)
    judged = []
    for document in documents:
        language = detect(document.title, document.text, document.language)
        judged.append(Judged(language, ruleset.match(replace(document, language=language))))
    return Reading(tuple(judged), broken)


def account(rules: tuple[RuleText, ...], document: Document) -> tuple[Account, ...]:
    """Tell for every topic why it matched the document or not."""
    ruleset, _ = _compiled(rules)
    language = detect(document.title, document.text, document.language)
    known = replace(document, language=language)
    return tuple(ruleset.account(title.slug, known) for title in ruleset.topics)


def explained(rules: tuple[RuleText, ...], document: Document) -> list[str]:
    """Tell it as lines for a person, a topic after the other."""
    lines = []
    for told in account(rules, document):
        lines.append(f"{told.topic}: {'matches' if told.matched else 'no match'}")
        lines += [f"  “{hit.quoted}” in the {hit.field}: {hit.concept}, {hit.reach}" for hit in told.hits[:5]]
        lines += [f"  {reason}" for reason in (*told.missing[:3], *told.excluded[:3])]
    return lines


def check_file(rule: RuleText) -> Checked:
    """Try one rule file alone, its examples included."""
    try:
        ruleset = compile_rules([rule], examples=True)
    except RuleError as error:
        return Checked(rule.topic, {}, str(error))
    title = next(iter(ruleset.topics))
    return Checked(title.slug, dict(title.titles))


@lru_cache(maxsize=2)
def _compiled(rules: tuple[RuleText, ...]) -> tuple[RuleSet, tuple[str, ...]]:
    """Compile the rules in force. One that no longer compiles (an upgrade may ask more) must not silence the others."""
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

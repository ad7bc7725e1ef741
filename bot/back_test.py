"""What a rule's new text would do to the archive, as it runs in a worker process: the very code that judges news."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from bot.judge import compiled
from rules.engine.evaluate import RuleSet, compile_rules
from rules.model import Account, Document, Match, RuleText
from rules.words.language import detect

# The two texts of the topic in one set; no topic of an editor's can have these names.
BEFORE, AFTER = "text in force", "new text"


@dataclass(frozen=True, slots=True)
class Compared:
    """Whether a document is about the topic by the text in force and by a new one; `why` says where they differ."""

    before: bool
    after: bool
    why: str = ""


def compare(rules: tuple[RuleText, ...], topic: str, text: RuleText, documents: Sequence[Document]) -> list[Compared]:
    """Return for every document what the text in force (none: nothing) and the new text make of it.

    Both are compiled into one set, as live rules are: each word is looked up once, and what a rule reads does not
    depend on the rules beside it. Raise `RuleError` where the new text can't be used.
    """
    standing = next((rule for rule in rules if rule.topic == topic), None)
    ruleset = _set(standing, text)
    known = [document if document.language else _with_language(document) for document in documents]
    found = ruleset.match_each(known)
    return [_compared(ruleset, document, matches) for document, matches in zip(known, found, strict=True)]


@lru_cache(maxsize=2)
def _set(standing: RuleText | None, text: RuleText) -> RuleSet:
    new = replace(text, topic=AFTER)
    if standing is None:
        return compile_rules([new])
    old = replace(standing, topic=BEFORE)
    # A text in force that no longer compiles (an upgrade may ask more) matches nothing today.
    _, broken = compiled((old,))
    return compile_rules([new] if broken else [old, new])


def _with_language(document: Document) -> Document:
    return replace(document, language=detect(document.title, document.text, ""))


def _compared(ruleset: RuleSet, document: Document, matches: Sequence[Match]) -> Compared:
    found = {match.topic: match for match in matches}
    was, now = found.get(BEFORE), found.get(AFTER)
    if now is not None:
        return Compared(was is not None, after=True, why="" if was is not None else now.because)
    if was is None:
        return Compared(before=False, after=False)
    return Compared(before=True, after=False, why=f"{_lacks(ruleset.account(AFTER, document))} (was: {was.because})")


def _lacks(account: Account) -> str:
    """Return in a line why an item no longer matches: what was set aside says more than what is missing."""
    return next(iter((*account.excluded, *account.missing)), "the rule no longer holds")

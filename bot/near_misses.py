"""Which items the rules only just left out, as it runs in a worker process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.judge import compiled
from rules.engine.evaluate import RuleSet
from rules.model import Account, Document, RuleText
from rules.words.language import detect

# What a need says where something of the topic was there: words of the item, quoted.
_QUOTED = "“"
_SET_ASIDE = ("does not count", "excluded by")
_APART = ("apart in the", "different fields", "in the wrong order")


@dataclass(frozen=True, slots=True)
class NearMiss:
    """An item (by its place among the documents) that a topic only just left out: how near (higher is nearer), and why
    in one line for an editor."""

    place: int
    topic: str
    nearness: float
    why: str


def near_misses(rules: tuple[RuleText, ...], documents: Sequence[Document], most: int) -> list[NearMiss]:
    """Return the nearest misses, the nearest first, at most one for an item and `most` in all."""
    ruleset, _ = compiled(rules)
    topics = [title.slug for title in ruleset.topics]
    found = [miss for place, document in enumerate(documents) if (miss := _nearest(ruleset, topics, place, document))]
    return sorted(found, key=lambda miss: -miss.nearness)[:most]


def _nearest(ruleset: RuleSet, topics: Sequence[str], place: int, document: Document) -> NearMiss | None:
    known = replace(document, language=detect(document.title, document.text, document.language))
    best: NearMiss | None = None
    for topic in topics:
        account = ruleset.account(topic, known)
        nearness = nearness_of(account)
        if nearness > (best.nearness if best else 0.0):
            best = NearMiss(place, topic, nearness, account.missing[0] if account.missing else "")
    return best


def nearness_of(account: Account) -> float:
    """Return how near an item came to matching, from 0 (nothing of the topic is in it) to 10; 0 for one that matched.

    Points that nearly reach the mark behind an open gate are nearest; then words that were there but too far apart,
    set aside, or alone; last an open gate with hardly a point.
    """
    if account.matched or not account.missing:
        return 0.0
    gate = account.lines[0].held
    share = min(max(account.points, 0) / account.at_least, 1.0) if account.at_least else 0.0
    if gate:
        return 1.0 + 9.0 * share
    first = account.missing[0]
    if _QUOTED not in first:
        return 0.0
    if any(words in first for words in _APART):
        return 5.0 + share
    return (4.0 if any(words in first for words in _SET_ASIDE) else 2.0) + share

"""How well rules read labelled items: precision, recall and F1 with 95 % intervals, by topic and language.

Intervals are Wilson's (E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA 22,
1927, 209-212): they stay between 0 and 1 and are honest about five items. F1 is 2J/(1+J), where J is the share of right
ones among all that the labels or the rule name, so its interval is that of J, carried through the same formula.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from rules.engine.evaluate import RuleSet
from rules.model import Document, Match
from rules.reading.suggest import nearest

Z_95 = 1.959964
ALL = ""
BATCH = 256


@dataclass(frozen=True, slots=True)
class Labelled:
    """An item whose topics a person has named. On `unscored` topics it says nothing (a borderline case)."""

    item_id: str
    document: Document
    topics: frozenset[str]
    unscored: frozenset[str] = frozenset()
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Interval:
    """A share between 0 and 1 with the 95 % interval around it; `value` is None where there was nothing to measure."""

    value: float | None
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Tally:
    """How many items the rule found rightly, found falsely, and missed."""

    right: int = 0
    false: int = 0
    missed: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.right + other.right, self.false + other.false, self.missed + other.missed)

    @property
    def precision(self) -> Interval:
        """Return which share of what the rule found is right."""
        return wilson(self.right, self.right + self.false)

    @property
    def recall(self) -> Interval:
        """Return which share of what there is the rule found."""
        return wilson(self.right, self.right + self.missed)

    @property
    def f1(self) -> Interval:
        """Return the harmonic mean of both."""
        shared = wilson(self.right, self.right + self.false + self.missed)
        value, low, high = (None if j is None else 2 * j / (1 + j) for j in (shared.value, shared.low, shared.high))
        return Interval(value, low or 0.0, high if high is not None else 1.0)


@dataclass(frozen=True, slots=True)
class Mistake:
    """An item that the rule judged otherwise than the label; `missed`, or found falsely. `why` is one line."""

    topic: str
    item_id: str
    language: str
    title: str
    missed: bool
    why: str
    kind: str = ""


@dataclass(slots=True)
class Score:
    """Tallies by topic and language (`ALL` stands for every language), and every mistake in the items' order."""

    tallies: dict[tuple[str, str], Tally] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)
    items: int = 0

    def add(self, other: Score) -> None:
        """Add another part's tallies and mistakes to these."""
        for key, tally in other.tallies.items():
            self.tallies[key] = self.tallies.get(key, Tally()) + tally
        self.mistakes += other.mistakes
        self.items += other.items


def wilson(successes: int, trials: int) -> Interval:
    """Return the share of successes with Wilson's 95 % interval; [0, 1] where nothing was tried."""
    if not trials:
        return Interval(None, 0.0, 1.0)
    share, spread = successes / trials, Z_95**2 / trials
    middle = (share + spread / 2) / (1 + spread)
    half = Z_95 * math.sqrt(share * (1 - share) / trials + spread / (4 * trials)) / (1 + spread)
    return Interval(share, max(0.0, middle - half), min(1.0, middle + half))


def labelled(row: Mapping[str, object], names: Mapping[str, str], topics: Sequence[str]) -> Labelled:
    """Return an item from a row {id, lang, title, text, labels, borderline?, kind?}; `names` lead a label to its topic.

    Raises ValueError with a person's words where the row is none or has a label that is no topic.
    """
    given = row.get("labels")
    if not isinstance(given, list) or not (row.get("title") or row.get("text")):
        raise ValueError("expected {id, lang, title, text, labels: [..]}")
    unscored = row.get("borderline")
    return Labelled(
        str(row.get("id") or ""),
        Document(
            str(row.get("title") or ""),
            str(row.get("text") or ""),
            str(row.get("lang") or ""),
            str(row["source"]) if isinstance(row.get("source"), str) else "",
        ),
        frozenset(_topic(label, names, topics) for label in given),
        frozenset(_topic(label, names, topics) for label in (unscored if isinstance(unscored, list) else ())),
        str(row.get("kind") or ""),
    )


def _topic(label: object, names: Mapping[str, str], topics: Sequence[str]) -> str:
    topic = names.get(str(label), str(label))
    if topic not in topics:
        raise ValueError(
            f'the label "{label}" is no topic; {nearest(topic, topics)}; name it with --label {label}=TOPIC'
        )
    return topic


def scored(ruleset: RuleSet, items: Iterable[Labelled]) -> Score:
    """Return how the rules read the items."""
    score = Score()
    waiting: list[Labelled] = []
    for item in items:
        waiting.append(item)
        if len(waiting) == BATCH:
            _score_batch(ruleset, waiting, score)
            waiting = []
    _score_batch(ruleset, waiting, score)
    return score


def _score_batch(ruleset: RuleSet, items: Sequence[Labelled], score: Score) -> None:
    topics = [title.slug for title in ruleset.topics]
    found = ruleset.match_each([item.document for item in items])
    for item, matches in zip(items, found, strict=True):
        score.items += 1
        by_topic = {match.topic: match for match in matches}
        for topic in topics:
            if topic not in item.unscored:
                _judge(ruleset, topic, item, by_topic.get(topic), score)


def _judge(ruleset: RuleSet, topic: str, item: Labelled, match: Match | None, score: Score) -> None:
    wanted = topic in item.topics
    tally = Tally(wanted and match is not None, not wanted and match is not None, wanted and match is None)
    for language in (ALL, item.document.language):
        score.tallies[topic, language] = score.tallies.get((topic, language), Tally()) + tally
    if wanted is (match is not None):
        return
    why = match.because if match is not None else _lacks(ruleset, topic, item.document)
    title = item.document.title or item.document.text[:80]
    language = item.document.language
    score.mistakes.append(Mistake(topic, item.item_id, language, title, match is None, why, item.kind))


def _lacks(ruleset: RuleSet, topic: str, document: Document) -> str:
    account = ruleset.account(topic, document)
    return next(iter((*account.missing, *account.excluded)), "no reason is known")

"""What an editor asks of rules, as it runs in a worker process: is this text right, and which forms does it read?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rules.engine.evaluate import compile_rules
from rules.model import Document, FormRow, RuleError, RuleText
from rules.reading import outline
from rules.reading.rule import Problem, Severity, read_rule
from rules.tuning.check import check
from rules.tuning.rewrite import TermKey
from rules.tuning.weigh import Scales, scales_for
from rules.tuning.weigh import doubts as weighed


@dataclass(frozen=True, slots=True)
class Looked:
    """A rule's text as looked at: its topic ("" where it names none), titles, what is wrong and what is doubtful."""

    topic: str
    titles: dict[str, str]
    errors: tuple[str, ...]
    warnings: tuple[str, ...]


def look(text: RuleText) -> Looked:
    """Say what a text is and what is wrong or doubtful in it, each with its place, in the order of the text."""
    found = check(text)
    rule, _ = read_rule(text)
    return Looked(
        rule.topic if rule is not None else _named(text),
        dict(rule.titles) if rule is not None else {},
        tuple(f"{one.place}: {one.message}" for one in found if one.severity is Severity.ERROR),
        tuple(str(problem) for problem in found if problem.severity is not Severity.ERROR),
    )


def _named(text: RuleText) -> str:
    """Return the topic that a text with errors names, where that much can be read of it."""
    try:
        topic = outline.read(text.text, text.file).get("topic")
    except RuleError:
        return text.topic
    return topic.value if isinstance(topic, outline.Scalar) else text.topic


def problems(text: RuleText) -> list[Problem]:
    """Return what is wrong or doubtful in a rule's text, each with its place, in the order of the text."""
    return check(text)


def hits(text: RuleText, documents: Sequence[Document]) -> dict[TermKey, int]:
    """Return in how many of the documents each of a rule's terms counts somewhere."""
    return dict(_scales(text).hits(documents))


@lru_cache(maxsize=4)
def _scales(text: RuleText) -> Scales:
    return scales_for(text)


def doubts(text: RuleText, hits_of: dict[TermKey, int], items: int) -> list[Problem]:
    """Return what the archive makes doubtful in a rule: too broad terms and silent ones, each with its place."""
    return weighed(text, hits_of, items)


def forms(rules: tuple[RuleText, ...], topic: str) -> list[FormRow] | None:
    """Return every form of a topic in the rule's order; None where there is no such topic."""
    ruleset = compile_rules(list(rules))
    return list(ruleset.forms(topic)) if topic in {title.slug for title in ruleset.topics} else None

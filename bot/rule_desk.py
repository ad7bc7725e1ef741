"""What an editor asks of rules, as it runs in a worker process: is this text right, and which forms does it read?"""

from __future__ import annotations

from rules.check import check
from rules.evaluate import compile_rules
from rules.model import RuleText
from rules.rule import Severity

FormLine = tuple[str, str, str, str, str, str]


def check_text(text: RuleText) -> list[tuple[bool, str]]:
    """Return what is wrong (True) or doubtful (False) in a rule's text, each with its place."""
    return [(problem.severity is Severity.ERROR, str(problem)) for problem in check(text)]


def forms(rules: tuple[RuleText, ...], topic: str) -> list[FormLine] | None:
    """Return concept, term, form, how it is reached, where it comes from and by what it is off; None: no such topic."""
    ruleset = compile_rules(list(rules))
    if topic not in {title.slug for title in ruleset.topics}:
        return None
    return [
        (row.concept, f"{row.term} ({row.language})", row.written, str(row.reach), row.origin, row.off)
        for row in ruleset.forms(topic)
    ]

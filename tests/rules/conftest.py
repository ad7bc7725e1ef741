"""What rule tests share: a short way to write a rule and to ask what it matches."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import dedent, indent

import pytest
from hypothesis import settings

from rules.engine.evaluate import RuleSet, compile_rules
from rules.model import RuleText

CONCEPTS = """
lukashenka: {en: [Lukashenka], ru: [Лукашенко]}
union: {en: [Customs Union], ru: [Таможенный союз]}
duty: {en: [duty ~0], ru: [пошлина]}
oil: {en: [oil ~0, crude ~0], ru: [нефть ~0]}
kazakhstan: {en: [Kazakhstan, Kazakh ~0], ru: [Казахстан, казахский ~0], never: [казак]}
belarus: {en: [Belarus ~0], ru: [Белоруссия]}
"""

# pytest --hypothesis-profile=long: before a release, or after a change of the engine.
settings.register_profile("long", max_examples=5_000)

Compiled = Callable[..., RuleSet]


def rule_text(when: str, *, concepts: str = CONCEPTS, more: str = "", topic: str = "t") -> RuleText:
    """Return a rule with the concepts that most tests need."""
    body = (
        f"topic: {topic}\nconcepts:\n{indent(dedent(concepts).strip(), '  ')}\nwhen: |\n{indent(when.strip(), '  ')}\n"
    )
    return RuleText(topic, body + dedent(more), "1", "t.yaml")


@pytest.fixture
def rules() -> Compiled:
    """Return a function that compiles one rule from its `when` and whatever else it has."""

    def compiled(when: str, *, concepts: str = CONCEPTS, more: str = "") -> RuleSet:
        return compile_rules([rule_text(when, concepts=concepts, more=more)])

    return compiled

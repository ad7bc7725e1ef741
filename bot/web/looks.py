"""What is doubtful in the rules in force, remembered: looking at a rule takes a second, and it never changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.actions.publish_rules import look_at
from bot.workers import Workers
from rules.model import RuleText

if TYPE_CHECKING:
    from bot.rule_desk import Looked

KEPT = 500


class Looks:
    """Looks at rules by the workers that judge, each text once."""

    def __init__(self, judges: Workers) -> None:
        self._judges = judges
        self._known: dict[RuleText, Looked] = {}

    async def look(self, text: RuleText) -> Looked:
        """Return what is wrong or doubtful in a text."""
        if text not in self._known:
            looked = await look_at(self._judges, text)
            if len(self._known) >= KEPT:
                self._known.clear()
            self._known[text] = looked
        return self._known[text]

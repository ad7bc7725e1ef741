"""How words of an item, and what a rule looks for, are written in a sentence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rules.reading.query import Either, Named, Node, Proximity, Quoted, Scoped
from rules.reading.rule import Rule

_LONGEST = 80
_MOST_NAMES = 5


def short(quoted: str) -> str:
    """Return words of an item on one line, cut where they are too many for a sentence."""
    one_line = " ".join(quoted.split())
    return one_line if len(one_line) <= _LONGEST else one_line[: _LONGEST - 1] + "…"


@dataclass(frozen=True, slots=True)
class Voice:
    """How to speak of what a rule looks for: to an editor by the names in the rule, to a reader by words.

    `name` says what a part of an expression is called, `seen` how words of the item are quoted that were read as a
    concept.
    """

    name: Callable[[Node], str]
    seen: Callable[[str, str], str]
    absent: str

    def none_of(self, names: Sequence[str], beside: str) -> str:
        """Return that nothing of the kind was found; `beside` quotes what it should have stood beside, if anything."""
        where = f" near {beside}" if beside else ""
        if len(names) == 1:
            return f"{self.absent} {names[0]} was found{where}"
        shown = ", ".join(names[:_MOST_NAMES]) + (
            f" and {len(names) - _MOST_NAMES} more" if names[_MOST_NAMES:] else ""
        )
        return f"none of {shown} was found{where}"


EDITOR = Voice(lambda node: node.text, lambda quoted, concept: f"“{short(quoted)}” ({concept})", "no form of")


def reader_of(rule: Rule) -> Voice:
    """Return the voice for somebody who has never seen the rule: its first words stand for a concept."""
    return Voice(lambda node: _spoken(node, rule, 3), lambda quoted, _: f"“{short(quoted)}”", "nothing like")


def _spoken(node: Node, rule: Rule, depth: int) -> str:
    if isinstance(node, Named):
        concept = next(one for one in rule.concepts if one.name == node.name)
        if concept.terms:
            return f"“{' '.join(word.text for word in concept.terms[0].words)}”"
        arrangement = dict(rule.arrangements).get(node.name)
        return _spoken(arrangement, rule, depth - 1) if arrangement is not None and depth else "what stands for it"
    if isinstance(node, Quoted):
        return f"“{node.words}”"
    if isinstance(node, Proximity):
        if node.relation.startswith("NOT"):
            return _spoken(node.left, rule, depth)
        return f"{_spoken(node.left, rule, depth)} near {_spoken(node.right, rule, depth)}"
    if isinstance(node, Scoped):
        return _spoken(node.inner, rule, depth)
    if isinstance(node, Either):
        said = list(dict.fromkeys(_spoken(part, rule, depth) for part in node.parts))
        return " or ".join(said[:3])
    return "what the topic asks for"

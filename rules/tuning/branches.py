"""Finds parts of a rule that can never change its decision: contradictions, what another part says already, and lines
of points that cannot fire behind the gate or cannot tip the sum."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rules.engine.finder import BOTH_FIELDS
from rules.model import Field
from rules.reading.query import Both, Either, Node, Not, Points, Proximity, Scoped, walk
from rules.reading.rule import Rule
from rules.tuning.logic import Deny, Formula
from rules.tuning.skeleton import Skeleton, constants, parts_of

# A person's rule has some thirty parts; beyond this the questions would take longer than an editor waits.
MOST_PARTS = 120
MOST_LINES = 10
_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Dead:
    """A part that decides nothing: its node, the line of points it stands in (None: `when`), and why, in words."""

    node: Node
    line: int | None
    why: str


def dead_branches(rule: Rule) -> Iterator[Dead]:
    """Yield the parts of a rule that can never change its decision, outermost first; nothing for a huge rule."""
    roots = (rule.when, *(line.node for line in rule.points))
    if sum(1 for root in roots for _ in walk(root)) > MOST_PARTS:
        return
    skeleton = Skeleton(rule)
    possible = skeleton.statements.possible
    gate = skeleton.gate()
    if not possible(gate):
        clash = next((node for node in walk(rule.when) if not possible(skeleton.holds(node))), rule.when)
        yield Dead(clash, None, f"no item can ever match: {_clash(clash)} can never hold")
        return
    yield from _Search(skeleton, None).parts(rule.when, (skeleton.scope(),))
    dead_lines = []
    for number, line in enumerate(rule.points):
        if not possible(gate, skeleton.holds(line.node)):
            dead_lines.append(number)
            yield Dead(line.node, number, "this line can never count: behind the gate it never holds")
        else:
            yield from _Search(skeleton, number).parts(line.node, (gate,))
    if rule.points and not dead_lines:
        yield from _idle_lines(skeleton, rule)


class _Search:
    """Tries, part by part, whether an expression says the same without it.

    `given` is what must be true for a part to matter at all: of an AND around it all other parts hold, of an OR none.
    """

    def __init__(self, skeleton: Skeleton, line: int | None) -> None:
        self.skeleton = skeleton
        self.line = line
        self.gone: dict[int, Formula] = {}

    def parts(self, node: Node, given: tuple[Formula, ...], fields: tuple[Field, ...] = BOTH_FIELDS) -> Iterator[Dead]:
        """Yield the dead parts inside a node; what is dead is not looked into."""
        if isinstance(node, Not):
            yield from self.parts(node.inner, given, fields)
        elif isinstance(node, Scoped):
            yield from self.parts(node.inner, given, tuple(field for field in fields if field is node.where))
        elif isinstance(node, Proximity):
            yield from self._operands(node)
        # The last of two alike is the one to go.
        for part in reversed(parts_of(node)):
            matters = (*given, *self._others_neutral(node, part, fields))
            held = self.skeleton.holds(part, self.gone, fields)
            decisive = Deny(held) if isinstance(node, Both) else held
            if self.skeleton.statements.possible(*matters, decisive):
                yield from self.parts(part, matters, fields)
            else:
                yield Dead(part, self.line, self._why(node, part, fields))
                self.gone[id(part)] = constants(node)

    def _others_neutral(self, node: Node, part: Node, fields: tuple[Field, ...]) -> Iterator[Formula]:
        for other in parts_of(node):
            if other is not part:
                held = self.skeleton.holds(other, self.gone, fields)
                yield held if isinstance(node, Both) else Deny(held)

    def _why(self, node: Node, part: Node, fields: tuple[Field, ...]) -> str:
        possible, said = self.skeleton.statements.possible, _quoted(part)

        def holds(one: Node) -> Formula:
            return self.skeleton.holds(one, self.gone, fields)

        if not possible(holds(part)):
            return f"{said} can never hold"
        others = [other for other in parts_of(node) if other is not part and id(other) not in self.gone]
        for other in others:
            if other.text == part.text:
                return f"{said} stands twice in: {_quoted(node)}"
            if isinstance(node, Either) and not possible(holds(part), Deny(holds(other))):
                return f"{said} decides nothing: {_quoted(other)} beside it matches whatever it does"
            if isinstance(node, Both) and not possible(holds(other), Deny(holds(part))):
                return f"{said} decides nothing: it holds wherever {_quoted(other)} does"
        return f"{said} decides nothing: the rest of the rule says as much without it"

    def _operands(self, node: Proximity) -> Iterator[Dead]:
        for operand in (node.left, node.right):
            parts = operand.parts if isinstance(operand, Either) else ()
            for index, part in enumerate(parts):
                wider = next((p for p in _others(parts, index) if self.skeleton.within(part, p)), None)
                if wider is not None:
                    why = f"{_quoted(part)} decides nothing: {_quoted(wider)} beside it stands wherever it does"
                    yield Dead(part, self.line, why)


def _others(parts: Sequence[Node], index: int) -> Iterator[Node]:
    """Yield the parts that one may be compared with; of two alike only the later one is called dead."""
    for number, part in enumerate(parts):
        if number < index or (number > index and part.text != parts[index].text):
            yield part


def _clash(node: Node) -> str:
    """Return the two parts that deny each other, where they stand side by side; else the whole."""
    texts = {part.text for part in parts_of(node)}
    denied = next((part for part in parts_of(node) if isinstance(part, Not) and part.inner.text in texts), None)
    return f"{denied.inner.text} AND {denied.text}" if isinstance(denied, Not) else _quoted(node)


def _quoted(node: Node) -> str:
    return node.text if len(node.text) <= _SHOWN else node.text[: _SHOWN - 1] + "…"


def _idle_lines(skeleton: Skeleton, rule: Rule) -> Iterator[Dead]:
    """Yield lines without which every item's sum stays on the same side of `at_least`."""
    if len(rule.points) > MOST_LINES:
        return
    together = list(_held_together(skeleton, rule.points, [skeleton.gate()], ()))
    for number, line in enumerate(rule.points):
        sums = [(_total(rule.points, held), line.points) for held in together if number in held]
        if all((total >= rule.at_least) is (total - points >= rule.at_least) for total, points in sums):
            why = f"this line decides nothing: with it or without it the sum is on the same side of {rule.at_least}"
            yield Dead(line.node, number, why)


def _held_together(
    skeleton: Skeleton, points: Sequence[Points], said: list[Formula], held: tuple[int, ...]
) -> Iterator[tuple[int, ...]]:
    """Yield every set of lines that an item can earn together."""
    number = len(said) - 1
    if number == len(points):
        yield held
        return
    formula = skeleton.holds(points[number].node)
    for further, with_it in ((formula, (*held, number)), (Deny(formula), held)):
        if skeleton.statements.possible(*said, further):
            yield from _held_together(skeleton, points, [*said, further], with_it)


def _total(points: Sequence[Points], held: tuple[int, ...]) -> int:
    return sum(points[number].points for number in held)

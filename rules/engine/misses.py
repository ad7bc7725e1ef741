"""What a rule lacked in an item, the nearest miss first, and what `except` and `never` set aside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rules.engine.finder import BOTH_FIELDS, Finder
from rules.engine.matcher import FieldView
from rules.engine.quoting import EDITOR, Voice, reader_of, short
from rules.engine.spans import Sighting, Span
from rules.model import Field, Line
from rules.reading.query import NEGATED, Both, Either, Named, Node, Not, Proximity, Quoted, Relation, Scoped, children
from rules.words.typos import fold

_SHOWN = 40
# How far from holding, the nearest first: set aside, excluded, too far apart, beside something, alone.
_SET_ASIDE, _EXCLUDED, _APART, _CLOSE, _BESIDE, _FIELDS, _ABSENT = 0, 1, 2, 5, 4, 6, 9
_BEHIND_POINTS = 20


class Need(NamedTuple):
    """Something that was missing: how far the item was from having it (0 is nearest), and what, in words."""

    distance: int
    text: str


def missing(
    finder: Finder, lines: Sequence[Line], points: int, *, matched: bool
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what would have been needed, the nearest miss first, and what `except` and `never` set aside."""
    excluded = tuple(dict.fromkeys(_excluded(finder)))
    return (() if matched else _Account(finder, EDITOR).needs(lines, points)), excluded


def plainly(finder: Finder, lines: Sequence[Line], points: int, *, matched: bool) -> tuple[str, ...]:
    """Return what would have been needed in words for somebody who has never seen the rule."""
    voice = reader_of(finder.ready.rule)
    return () if matched else _Account(finder, voice).needs(lines, points)


class _Account:
    def __init__(self, finder: Finder, voice: Voice) -> None:
        self.finder = finder
        self.voice = voice

    def needs(self, lines: Sequence[Line], points: int) -> tuple[str, ...]:
        rule = self.finder.ready.rule
        said: list[Need] = []
        if not lines[0].held:
            said += self.of(rule.when, BOTH_FIELDS)
        scopes = [line for line in lines[1:] if not line.held and not line.points]
        said += [Need(1, f"the item is not of the rule's {line.clause}") for line in scopes]
        if rule.points and points < rule.at_least:
            said += self.of_points(points)
        return tuple(dict.fromkeys(need.text for need in sorted(said, key=lambda need: need.distance)))

    def of_points(self, points: int) -> Iterator[Need]:
        """Yield the sum with the line that came nearest, then what the other lines lack."""
        rule = self.finder.ready.rule
        lacking = [
            (need.distance, -line.points, line.text if self.voice is EDITOR else "", need.text)
            for line in rule.points
            if line.points > 0 and self.finder.hits(line.node) is None
            for need in self.of(line.node, BOTH_FIELDS)
        ]
        told = [f"{line}: {text}" if line else text for _, _, line, text in sorted(lacking)]
        reached = f"{points} of {rule.at_least} points"
        yield Need(_BEHIND_POINTS, f"{reached}; nearest: {told[0]}" if told else reached)
        for number, text in enumerate(told[1:], 1):
            yield Need(_BEHIND_POINTS + number, text)

    def of(self, node: Node, fields: tuple[Field, ...]) -> list[Need]:
        """Return what a node that does not hold lacks."""
        if self.finder.hits(node, fields) is not None:
            return []
        if isinstance(node, Scoped):
            return self.of(node.inner, (node.where,))
        if isinstance(node, Both):
            return self._both(node, fields)
        if isinstance(node, Either):
            return self._either(node, fields)
        if isinstance(node, Not):
            return [Need(_EXCLUDED, self._denied(node, fields))]
        if isinstance(node, Proximity):
            return self._distance(node, fields)
        return self._absent(node, fields, "")

    def _both(self, node: Both, fields: tuple[Field, ...]) -> list[Need]:
        needs = [self.of(part, fields) for part in node.parts]
        step = sum(1 for need in needs if need) - 1
        return [Need(need.distance + step, need.text) for part in needs for need in part]

    def _either(self, node: Either, fields: tuple[Field, ...]) -> list[Need]:
        """Return what each alternative lacks; those of which nothing at all was found are told in one breath."""
        found: list[Need] = []
        names: list[str] = []
        for part in node.parts:
            needs = self.of(part, fields)
            nothing = isinstance(part, Named | Quoted) and all(need.distance >= _ABSENT for need in needs)
            names += [self.voice.name(part)] if nothing else []
            found += [] if nothing else needs
        if names:
            found.append(Need(_ABSENT, self.voice.none_of(list(dict.fromkeys(names)), "")))
        return found

    def _denied(self, node: Not, fields: tuple[Field, ...]) -> str:
        hits = self.finder.hits(node.inner, fields) or []
        if not hits:
            return f"excluded by {node.text}"
        seen = self.voice.seen(hits[0].quoted, hits[0].concept)
        return (
            f"excluded by {node.text}: {seen} is in it" if self.voice is EDITOR else f"{seen} in it speaks against it"
        )

    def _absent(self, node: Node, fields: tuple[Field, ...], beside: str) -> list[Need]:
        """Return that a concept or quoted words were not found, or why what was found does not count."""
        if isinstance(node, Named):
            aside = list(self._set_aside(node, fields))
            if aside:
                return [Need(_SET_ASIDE, text) for text in aside]
            sought = self.finder.ready.concepts[node.name]
            if sought.arrangement is not None and not sought.phrases:
                prefix = f"{node.name}: " if self.voice is EDITOR else ""
                return [Need(need.distance, prefix + need.text) for need in self.of(sought.arrangement, fields)]
        return [Need(_BESIDE if beside else _ABSENT, self.voice.none_of([self.voice.name(node)], beside))]

    def _set_aside(self, node: Named, fields: tuple[Field, ...]) -> Iterator[str]:
        views = [view for where in fields if (view := self.finder.view.fields.get(where)) is not None]
        sought = self.finder.ready.concepts[node.name]
        for view in views:
            for sighting, cover in view.excluded(sought)[:_SHOWN]:
                yield _aside(node.name if self.voice is EDITOR else "", view, sighting, cover)
        for name, view, sighting, cover in self.finder.excluded[:_SHOWN]:
            if name == node.name and view in views:
                yield _aside(name if self.voice is EDITOR else "", view, sighting, cover)

    def _distance(self, node: Proximity, fields: tuple[Field, ...]) -> list[Need]:
        present = [self.finder.hits(part, fields) for part in (node.left, node.right)]
        if node.relation in NEGATED.values():
            if present[0] is None:
                return self.of(node.left, fields)
            return [Need(_CLOSE, self._too_close(node, fields))]
        nearest = self._nearest(node, fields)
        if nearest is not None:
            return [Need(_APART, nearest)]
        if None not in present:
            names = " and ".join(self.voice.name(part) for part in children(node))
            return [Need(_FIELDS, f"{names} stand in different fields")]
        there = next((hits[0] for hits in present if hits), None)
        beside = self.voice.seen(there.quoted, there.concept) if there is not None else ""
        return [need for part in children(node) for need in self._operand(part, fields, beside)]

    def _too_close(self, node: Proximity, fields: tuple[Field, ...]) -> str:
        """Return which words stand where a NOT NEAR, THEN or AFTER wants none."""
        relation = next(plain for plain, negated in NEGATED.items() if negated is node.relation)
        close = f"{node.left.text} {relation}/{node.limit} {node.right.text}"
        hits = self.finder.hits(Proximity(close, relation, node.limit, node.left, node.right), fields) or []
        quotes = " … ".join(f"“{short(hit.quoted)}”" for hit in sorted(hits[:2], key=lambda hit: hit.start))
        if self.voice is EDITOR:
            return f"{node.left.text} does not count {relation}/{node.limit} {node.right.text}: {quotes}"
        return f"other words stand too near: {quotes}"

    def _operand(self, node: Node, fields: tuple[Field, ...], beside: str) -> list[Need]:
        if self.finder.hits(node, fields) is not None:
            return []
        if isinstance(node, Either) and beside and all(isinstance(part, Named | Quoted) for part in node.parts):
            return [Need(_BESIDE, self.voice.none_of([self.voice.name(part) for part in node.parts], beside))]
        return self._absent(node, fields, beside) if isinstance(node, Named | Quoted) else self.of(node, fields)

    def _nearest(self, node: Proximity, fields: tuple[Field, ...]) -> str | None:
        best: tuple[int, str] | None = None
        for where in fields:
            view = self.finder.view.fields.get(where)
            if view is None:
                continue
            for one, other, apart in _pairs(self.finder.spans(node.left, view), self.finder.spans(node.right, view)):
                if best is None or apart < best[0]:
                    best = (apart, self._apart(view, one, other, apart, node))
        return best[1] if best is not None else None

    def _apart(self, view: FieldView, one: Span, other: Span, apart: int, node: Proximity) -> str:
        quotes = [short(view.words.quote(span.parts[0].start, span.parts[-1].end)[2]) for span in (one, other)]
        backwards = other.first < one.first
        wrong_order = node.relation is (Relation.THEN if backwards else Relation.AFTER)
        words = "word" if apart == 1 else "words"
        said = f"“{quotes[0]}” and “{quotes[1]}” are {apart} {words} apart in the {view.where}"
        limit = "in the wrong order" if wrong_order else f"{node.limit} allowed"
        return f"{said}, {limit}" + (f": {node.text}" if self.voice is EDITOR else "")


def _pairs(left: list[Span], right: list[Span]) -> Iterator[tuple[Span, Span, int]]:
    for one in left[:_SHOWN]:
        for other in right[:_SHOWN]:
            apart = max(other.first - one.last, one.first - other.last)
            if apart > 0:
                yield one, other, apart


def _excluded(finder: Finder) -> Iterator[str]:
    for name, view, sighting, cover in finder.excluded[:_SHOWN]:
        yield _aside(name, view, sighting, cover)
    for sought in finder.ready.concepts.values():
        for view in finder.view.fields.values():
            for sighting, cover in view.excluded(sought)[:_SHOWN]:
                yield _aside(sought.name, view, sighting, cover)
            if sought.never:
                yield from _never(view, sought.name, sought.never)


def _aside(concept: str, view: FieldView, sighting: Sighting, cover: Sighting) -> str:
    word = short(view.words.quote(sighting.start, sighting.end)[2])
    whole = short(view.words.quote(cover.start, cover.end)[2])
    named = f" as {concept}" if concept else ""
    return f"“{word}” does not count{named} in “{whole}”" + (" (except)" if concept else "")


def _never(view: FieldView, concept: str, never: frozenset[str]) -> Iterator[str]:
    for token in view.words.tokens:
        if fold(token.raw) in never:
            yield f"“{token.raw}” is never read as {concept} (never)"

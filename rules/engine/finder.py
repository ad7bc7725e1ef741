"""Decides whether an expression holds for one document, and collects the places that made it hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from rules.engine.glance import held_by, passes
from rules.engine.matcher import SUREST, FieldView, Sought, View
from rules.engine.ready import Ready
from rules.engine.spans import Sighting, Span, relate
from rules.model import Field, Hit, Reach
from rules.reading.query import (
    Both,
    Either,
    FromLanguage,
    FromSource,
    Named,
    Node,
    Not,
    Pattern,
    Proximity,
    Quoted,
    Scoped,
)

BOTH_FIELDS = (Field.TITLE, Field.TEXT)
# More places than this in one field prove nothing more to a reader.
SHOWN_PLACES = 12
# A stretch of more words is quoted by its parts.
LONGEST_QUOTE = 14
# How many places one rule puts beside others in one document; what it still asks after that is not found. The longest
# shipped rule needs some hundreds in a long article.
MOST_COMPARED = 25_000

# Tells the places where one part of an expression was found in one field.
Trace = Callable[[], list[Hit]]


class Finder:
    """One rule looking at one document. What a concept's `as` found is remembered for the other clauses."""

    def __init__(self, ready: Ready, view: View) -> None:
        self.ready = ready
        self.view = view
        self.excluded: list[tuple[str, FieldView, Sighting, Sighting]] = []
        self._glance = glance = ready.glance
        self._held = (
            {where: held_by([glance.held(field.slots)]) for where, field in view.fields.items()} if glance else {}
        )
        self._spans: dict[tuple[str, Field], list[Span]] = {}
        self._compared = 0

    def may_match(self) -> bool:
        """Say whether a closer look is worth while: by the scopes, and by which words there are."""
        rule, document = self.ready.rule, self.view.document
        if rule.languages and document.language.casefold() not in rule.languages:
            return False
        if rule.sources and document.source.casefold() not in rule.sources:
            return False
        if self._glance is None:
            return True
        return self._glance.may_match(held_by(held.anywhere for held in self._held.values()))

    def hits(self, node: Node, fields: tuple[Field, ...] = BOTH_FIELDS) -> list[Hit] | None:
        """Return the places for which a node holds (none for NOT, lang: and source:), or None if it does not hold."""
        traces = self.traces(node, fields)
        return None if traces is None else told(traces)

    def traces(self, node: Node, fields: tuple[Field, ...] = BOTH_FIELDS) -> list[Trace] | None:
        """Return what `hits` tells, not yet told: most rules that are looked at do not match, and then nobody asks."""
        if isinstance(node, Named | Quoted | Proximity):
            return self._places(node, fields) or None
        if isinstance(node, Both):
            return self._both(node, fields)
        if isinstance(node, Either):
            held = [traces for part in node.parts if (traces := self.traces(part, fields)) is not None]
            return [trace for traces in held for trace in traces] if held else None
        if isinstance(node, Not):
            return [] if self.traces(node.inner, fields) is None else None
        if isinstance(node, Scoped):
            return self.traces(node.inner, tuple(field for field in fields if field is node.where))
        if isinstance(node, FromLanguage):
            return [] if self.view.document.language.casefold() in node.codes else None
        if isinstance(node, FromSource):
            return [] if self.view.document.source.casefold() in node.names else None
        return self._pattern(node, fields) or None

    def _both(self, node: Both, fields: tuple[Field, ...]) -> list[Trace] | None:
        collected: list[Trace] = []
        for part in node.parts:
            traces = self.traces(part, fields)
            if traces is None:
                return None
            collected += traces
        return collected

    def _pattern(self, node: Pattern, fields: tuple[Field, ...]) -> list[Trace]:
        expression = self.ready.patterns[node.expression]
        found: list[Trace] = []
        for where in fields:
            original = self.view.original(where)
            places = expression.find(original)[:SHOWN_PLACES] if original else ()
            if places:
                found.append(partial(_as_written, node, where, original, places))
        return found

    def _places(self, node: Node, fields: tuple[Field, ...]) -> list[Trace]:
        found: list[Trace] = []
        sought = self._by_terms_alone(node)
        for where in fields:
            view = self.view.fields.get(where)
            if view is None:
                continue
            if sought is not None:
                sightings = view.sightings(sought)[:SHOWN_PLACES]
            else:
                sightings = [part for span in self.spans(node, view)[:SHOWN_PLACES] for part in span.shown]
            if sightings:
                found.append(partial(_as_read, sightings, view, node.text))
        return found

    def _by_terms_alone(self, node: Node) -> Sought | None:
        """Return what is sought where a node is a concept or quoted words: no distance needs to be known."""
        sought = None
        if isinstance(node, Named):
            sought = self.ready.concepts[node.name]
        elif isinstance(node, Quoted):
            sought = self.ready.quotes[node.words]
        return sought if sought is not None and sought.arrangement is None else None

    def spans(self, node: Node, view: FieldView) -> list[Span]:
        """Return the stretches of a field that a concept, quoted words, a NEAR or an OR of these stand for, in order.

        The same words mean the same all over a rule, so what was found for one clause serves the others.
        """
        key = (node.text, view.where)
        known = self._spans.get(key)
        if known is None:
            may_stand = self._glance is None or passes(self._glance.test(node), self._held[view.where])
            known = self._spans[key] = self._find(node, view) if may_stand else []
        return known

    def _find(self, node: Node, view: FieldView) -> list[Span]:
        if isinstance(node, Named):
            return self._concept(self.ready.concepts[node.name], view)
        if isinstance(node, Quoted):
            return view.spans(view.sightings(self.ready.quotes[node.words]))
        if isinstance(node, Proximity):
            return self._related(node, view)
        if isinstance(node, Scoped):
            return self.spans(node.inner, view) if node.where is view.where else []
        if isinstance(node, Either):
            found = [spans for part in node.parts if (spans := self.spans(part, view))]
            return found[0] if len(found) == 1 else sorted({span for spans in found for span in spans})
        return []

    def _related(self, node: Proximity, view: FieldView) -> list[Span]:
        left = self.spans(node.left, view)
        if not left or self._compared > MOST_COMPARED:
            return []
        right = self.spans(node.right, view)
        found = relate(left, right, node.relation, node.limit)
        self._compared += len(left) + len(right) + sum(len(span.parts) for span in found)
        return found

    def _concept(self, sought: Sought, view: FieldView) -> list[Span]:
        """Return where a concept stands in a field, by its terms or by its `as`."""
        by_terms = view.sightings(sought)
        if sought.arrangement is None:
            return view.spans(by_terms)
        whole = {joined(span, sought.name): span for span in self.spans(sought.arrangement, view)}
        kept, taken = view.kept(sought, sorted(whole)) if whole else ([], [])
        self.excluded += [(sought.name, view, *pair) for pair in taken]
        found = [_as_one(whole[sighting], sighting) for sighting in kept]
        return sorted({*view.spans(by_terms), *found})


def joined(span: Span, concept: str) -> Sighting:
    """Return the sighting of a concept that is an arrangement of others."""
    ordered = sorted(span.parts)
    reach = max((part.reach for part in ordered), key=SUREST.index)
    form = " … ".join(part.form for part in ordered)
    return Sighting(ordered[0].start, max(part.end for part in ordered), concept, form, reach)


def _as_one(span: Span, sighting: Sighting) -> Span:
    """Return the stretch shown as one place where it is short enough to quote, else as its parts."""
    short = sighting.end - sighting.start < LONGEST_QUOTE
    return span._replace(shown=(sighting,)) if short else span


def told(traces: Iterable[Trace]) -> list[Hit]:
    """Return the hits of all traces."""
    return [hit for trace in traces for hit in trace()]


def _as_read(sightings: list[Sighting], view: FieldView, clause: str) -> list[Hit]:
    quote = view.words.quote
    return [Hit(view.where, *quote(one.start, one.end), one.form, one.reach, one.concept, clause) for one in sightings]


def _as_written(node: Pattern, where: Field, original: str, places: Iterable[tuple[int, int]]) -> list[Hit]:
    clause = node.text
    return [
        Hit(where, start, end, original[start:end], clause, Reach.EXPRESSION, clause, clause) for start, end in places
    ]

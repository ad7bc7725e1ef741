"""Decides whether an expression holds for one document, and collects the places that made it hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rules.expressions import Expression
from rules.matcher import SUREST, FieldView, Sought, View
from rules.model import Field, Hit, Reach
from rules.query import (
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
from rules.rule import Rule
from rules.spans import Sighting, Span, relate

BOTH_FIELDS = (Field.TITLE, Field.TEXT)
# More places than this in one field prove nothing more to a reader.
SHOWN_PLACES = 12
# A stretch of more words is quoted by its parts.
LONGEST_QUOTE = 14


@dataclass(frozen=True, eq=False)
class Ready:
    """A rule ready to be decided: its concepts by name, its quoted words and expressions by what was written."""

    rule: Rule
    concepts: Mapping[str, Sought]
    quotes: Mapping[str, Sought]
    patterns: Mapping[str, Expression]


class Finder:
    """One rule looking at one document. What a concept's `as` found is remembered for the other clauses."""

    def __init__(self, ready: Ready, view: View) -> None:
        self.ready = ready
        self.view = view
        self.excluded: list[tuple[str, FieldView, Sighting, Sighting]] = []
        self._spans: dict[tuple[str, Field], list[Span]] = {}

    def hits(self, node: Node, fields: tuple[Field, ...] = BOTH_FIELDS) -> list[Hit] | None:
        """Return the places for which a node holds (none for NOT, lang: and source:), or None if it does not hold."""
        if isinstance(node, Both):
            return self._both(node, fields)
        if isinstance(node, Either):
            held = [hits for part in node.parts if (hits := self.hits(part, fields)) is not None]
            return [hit for hits in held for hit in hits] if held else None
        if isinstance(node, Not):
            return [] if self.hits(node.inner, fields) is None else None
        if isinstance(node, Scoped):
            return self.hits(node.inner, tuple(field for field in fields if field is node.where))
        if isinstance(node, FromLanguage):
            return [] if self.view.document.language.casefold() in node.codes else None
        if isinstance(node, FromSource):
            return [] if self.view.document.source.casefold() in node.names else None
        if isinstance(node, Pattern):
            return self._pattern(node, fields) or None
        return self._places(node, fields) or None

    def _both(self, node: Both, fields: tuple[Field, ...]) -> list[Hit] | None:
        collected: list[Hit] = []
        for part in node.parts:
            hits = self.hits(part, fields)
            if hits is None:
                return None
            collected += hits
        return collected

    def _pattern(self, node: Pattern, fields: tuple[Field, ...]) -> list[Hit]:
        expression = self.ready.patterns[node.expression]
        found: list[Hit] = []
        for where in fields:
            view = self.view.fields.get(where)
            original = view.words.original if view is not None else ""
            for start, end in expression.find(original)[:SHOWN_PLACES] if original else ():
                quoted = original[start:end]
                found.append(Hit(where, start, end, quoted, node.text, Reach.EXPRESSION, node.text, node.text))
        return found

    def _places(self, node: Node, fields: tuple[Field, ...]) -> list[Hit]:
        found: list[Hit] = []
        for where in fields:
            view = self.view.fields.get(where)
            if view is not None:
                found += shown(self.spans(node, view), view, node.text)
        return found

    def spans(self, node: Node, view: FieldView) -> list[Span]:
        """Return the stretches of a field that a concept, quoted words, a NEAR or an OR of these stand for, in order.

        The same words mean the same all over a rule, so what was found for one clause serves the others.
        """
        key = (node.text, view.where)
        known = self._spans.get(key)
        if known is None:
            known = self._spans[key] = self._find(node, view)
        return known

    def _find(self, node: Node, view: FieldView) -> list[Span]:
        if isinstance(node, Named):
            return self._concept(self.ready.concepts[node.name], view)
        if isinstance(node, Quoted):
            return view.spans(view.sightings(self.ready.quotes[node.words]))
        if isinstance(node, Proximity):
            left = self.spans(node.left, view)
            return relate(left, self.spans(node.right, view), node.relation, node.limit) if left else []
        if isinstance(node, Scoped):
            return self.spans(node.inner, view) if node.where is view.where else []
        if isinstance(node, Either):
            found = [spans for part in node.parts if (spans := self.spans(part, view))]
            return found[0] if len(found) == 1 else sorted({span for spans in found for span in spans})
        return []

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


def shown(spans: list[Span], view: FieldView, clause: str) -> list[Hit]:
    """Return the hits of the first stretches, each sighting as a hit of its own."""
    found: list[Hit] = []
    for span in spans[:SHOWN_PLACES]:
        for part in span.shown:
            start, end, quoted = view.words.quote(part.start, part.end)
            found.append(Hit(view.where, start, end, quoted, part.form, part.reach, part.concept, clause))
    return found

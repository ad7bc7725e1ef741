"""Puts a decision into words: the one line of an alert, and what would have been needed for a match."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rules.finder import BOTH_FIELDS, Finder
from rules.matcher import FieldView
from rules.model import Field, Hit, Line, Reach
from rules.query import NEGATED, Both, Either, Node, Not, Proximity, Relation, Scoped, children
from rules.spans import Sighting, Span
from rules.typos import fold

SHOWN_HITS = 40
_LONGEST_QUOTE = 80
_REACHES = tuple(Reach)


def telling(weighted: Sequence[tuple[int, Hit]]) -> tuple[Hit, ...]:
    """Return the hits, the most telling first: of the highest points line, in the title, surest reading, earliest.

    A place is told once per concept; a place inside a longer one of the same concept is not told.
    """
    ordered = sorted(weighted, key=lambda pair: (-pair[0], *_rank(pair[1])))
    kept: list[Hit] = []
    for _, hit in ordered:
        if len(kept) == SHOWN_HITS:
            break
        if not any(_inside(hit, other) for other in kept):
            kept = [other for other in kept if not _inside(other, hit)]
            kept.append(hit)
    return tuple(kept)


def _rank(hit: Hit) -> tuple[bool, int, int, int]:
    return (hit.field is not Field.TITLE, _REACHES.index(hit.reach), hit.start, -hit.end)


def _inside(hit: Hit, other: Hit) -> bool:
    same = hit.field is other.field and hit.concept == other.concept
    return same and other.start <= hit.start and hit.end <= other.end


def because(hits: Sequence[Hit], points: int, at_least: int | None) -> str:
    """Return one line for a person: which words, read as what, where, and the score if the rule has one."""
    score = "" if at_least is None else f": {points} of {at_least} points"
    if not hits:
        return f"nothing that the rule excludes is in it{score}"
    best = hits[0]
    partners = [hit for hit in hits[1:] if hit.clause == best.clause and hit.field is best.field]
    others = (hit for hit in partners if hit.concept != best.concept)
    partner = min(others, key=lambda hit: abs(hit.start - best.start), default=None)
    where = f"in the {best.field}"
    if partner is None:
        return f"“{_short(best.quoted)}” ({best.concept}) {where}{score}"
    first, second = sorted((best, partner), key=lambda hit: hit.start)
    said = f"“{_short(first.quoted)}” ({first.concept}) near “{_short(second.quoted)}” ({second.concept})"
    return f"{said} {where}{score}"


def _short(quoted: str) -> str:
    one_line = " ".join(quoted.split())
    return one_line if len(one_line) <= _LONGEST_QUOTE else one_line[: _LONGEST_QUOTE - 1] + "…"


def missing(
    finder: Finder, lines: Sequence[Line], points: int, *, matched: bool
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what would have been needed, the nearest miss first, and what `except` and `never` set aside."""
    excluded = tuple(dict.fromkeys(_excluded(finder)))
    if matched:
        return (), excluded
    rule = finder.ready.rule
    said: list[tuple[int, str]] = []
    if not lines[0].held:
        said += _needs(finder, rule.when, BOTH_FIELDS)
    scopes = [line for line in lines[1:] if not line.held and not line.points]
    said += [(1, f"the item is not of the rule's {line.clause}") for line in scopes]
    if rule.points and points < rule.at_least:
        said.append((20, f"{points} of {rule.at_least} points"))
        for line in rule.points:
            if line.points > 0 and finder.hits(line.node) is None:
                said += [(rank + 21, f"{line.text}: {text}") for rank, text in _needs(finder, line.node, BOTH_FIELDS)]
    return tuple(dict.fromkeys(text for _, text in sorted(said, key=lambda pair: pair[0]))), excluded


def _needs(finder: Finder, node: Node, fields: tuple[Field, ...]) -> list[tuple[int, str]]:
    """Return what a node that does not hold lacks, each with how far it is from holding (0 is nearest)."""
    if finder.hits(node, fields) is not None:
        return []
    if isinstance(node, Scoped):
        return _needs(finder, node.inner, (node.where,))
    if isinstance(node, Both):
        needs = [_needs(finder, part, fields) for part in node.parts]
        step = sum(1 for need in needs if need) - 1
        return [(rank + step, text) for need in needs for rank, text in need]
    if isinstance(node, Either):
        return [need for part in node.parts for need in _needs(finder, part, fields)]
    if isinstance(node, Not):
        found = finder.hits(node.inner, fields) or []
        what = f"“{_short(found[0].quoted)}” ({found[0].concept})" if found else node.inner.text
        return [(1, f"excluded by {node.text}: {what} is in it")]
    if isinstance(node, Proximity):
        return _distance(finder, node, fields)
    rank = 9
    return [(rank, f"no form of {node.text} was found")]


def _distance(finder: Finder, node: Proximity, fields: tuple[Field, ...]) -> list[tuple[int, str]]:
    if node.relation in NEGATED.values():
        close = node.relation.removeprefix("NOT ")
        return [(5, f"every place of {node.left.text} stands {close}/{node.limit} {node.right.text}")]
    best: tuple[int, str] | None = None
    for where in fields:
        view = finder.view.fields.get(where)
        if view is None:
            continue
        left, right = finder.spans(node.left, view), finder.spans(node.right, view)
        for one, other, apart in _pairs(left, right):
            if best is None or apart < best[0]:
                best = (apart, _apart(view, one, other, apart, node))
    if best is not None:
        return [(2, best[1])]
    absent = [part for part in children(node) if finder.hits(part, fields) is None]
    if not absent:
        return [(6, f"{node.left.text} and {node.right.text} stand in different fields")]
    return [(4 + len(absent), f"no form of {part.text} was found") for part in absent]


def _pairs(left: list[Span], right: list[Span]) -> Iterator[tuple[Span, Span, int]]:
    for one in left[:SHOWN_HITS]:
        for other in right[:SHOWN_HITS]:
            apart = max(other.first - one.last, one.first - other.last)
            if apart > 0:
                yield one, other, apart


def _apart(view: FieldView, one: Span, other: Span, apart: int, node: Proximity) -> str:
    quotes = [_short(view.words.quote(span.parts[0].start, span.parts[-1].end)[2]) for span in (one, other)]
    backwards = other.first < one.first
    wrong_order = node.relation is (Relation.THEN if backwards else Relation.AFTER)
    said = f"“{quotes[0]}” and “{quotes[1]}” are {apart} words apart in the {view.where}"
    return f"{said}, {'in the wrong order' if wrong_order else f'{node.limit} allowed'}: {node.text}"


def _excluded(finder: Finder) -> Iterator[str]:
    for name, view, sighting, cover in finder.excluded[:SHOWN_HITS]:
        yield _set_aside(name, view, sighting, cover)
    for sought in finder.ready.concepts.values():
        for view in finder.view.fields.values():
            for sighting, cover in view.excluded(sought)[:SHOWN_HITS]:
                yield _set_aside(sought.name, view, sighting, cover)
            if sought.never:
                yield from _never(view, sought.name, sought.never)


def _set_aside(concept: str, view: FieldView, sighting: Sighting, cover: Sighting) -> str:
    word = _short(view.words.quote(sighting.start, sighting.end)[2])
    whole = _short(view.words.quote(cover.start, cover.end)[2])
    return f"“{word}” does not count as {concept} in “{whole}” (except)"


def _never(view: FieldView, concept: str, never: frozenset[str]) -> Iterator[str]:
    for token in view.words.tokens:
        if fold(token.raw) in never:
            yield f"“{token.raw}” is never read as {concept} (never)"

"""Checks concepts that are made of others (the key `as`): no circle, and no more of it than can be looked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from rules.model import Place
from rules.reading.concepts import Concept
from rules.reading.query import Named, Node, walk

DEEPEST = 8
MOST_PARTS = 10_000


def wrong_arrangements(arrangements: Mapping[str, Node], concepts: Sequence[Concept]) -> Iterator[tuple[str, Place]]:
    """Yield a message and a place for a concept that is made of itself, or of concepts in concepts without end."""
    sizes = sizes_of(arrangements, concepts)
    unsized = next((concept.name for concept in concepts if concept.name not in sizes), None)
    places = {concept.name: concept.place for concept in concepts}
    if unsized is not None:
        circle = _circle(unsized, arrangements, sizes)
        wrong = "made of itself" if circle else f"made of concepts that are made of others, over {DEEPEST} deep"
        yield f'the concept "{circle or unsized}" is {wrong}', places[circle or unsized]
    for name, size in sizes.items():
        if size > MOST_PARTS:
            yield too_large(f'the concept "{name}"'), places[name]


def sizes_of(arrangements: Mapping[str, Node], concepts: Iterable[Concept]) -> dict[str, int]:
    """Return of how many parts each concept is made in the end; a circle, or what is too deep, has no size."""
    sizes = {concept.name: 1 for concept in concepts if concept.name not in arrangements}
    for _ in range(DEEPEST):
        sizes |= {
            name: written_out([node], sizes)
            for name, node in arrangements.items()
            if name not in sizes and _unsized(node, sizes) is None
        }
    return sizes


def written_out(nodes: Iterable[Node], sizes: Mapping[str, int]) -> int:
    """Return how many parts expressions have, with what a concept is made of (so many parts) in its place."""
    return sum(sizes.get(part.name, 1) if isinstance(part, Named) else 1 for node in nodes for part in walk(node))


def too_large(what: str) -> str:
    """Return that something has too many parts."""
    return f"{what} has more than {MOST_PARTS:,} parts, written out: divide it into topics"


def _circle(name: str, arrangements: Mapping[str, Node], sizes: Mapping[str, int]) -> str:
    """Return a concept on the way from `name` down that comes again; "" where the way ends."""
    passed: set[str] = set()
    below: str | None = name
    while below is not None and below not in passed:
        passed.add(below)
        below = _unsized(arrangements[below], sizes) if below in arrangements else None
    return below or ""


def _unsized(node: Node, sizes: Mapping[str, int]) -> str | None:
    return next((part.name for part in walk(node) if isinstance(part, Named) and part.name not in sizes), None)

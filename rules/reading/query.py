"""What an expression says: the parts that `when`, `points` and a concept's `as` are made of.

`grammar` reads them from text, `finder` finds them in a document. `text` is the part as the editor wrote it, with
single spaces; it is what people see as the clause of a hit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from rules.model import Field


class Relation(StrEnum):
    """How two occurrences must stand to each other."""

    NEAR = "NEAR"
    THEN = "THEN"
    AFTER = "AFTER"
    NOT_NEAR = "NOT NEAR"
    NOT_THEN = "NOT THEN"
    NOT_AFTER = "NOT AFTER"


NEGATED: Mapping[Relation, Relation] = MappingProxyType(
    {
        Relation.NEAR: Relation.NOT_NEAR,
        Relation.THEN: Relation.NOT_THEN,
        Relation.AFTER: Relation.NOT_AFTER,
    }
)
OPERATORS = ("AND", "OR", "NOT", "NEAR", "THEN", "AFTER")


@dataclass(frozen=True, slots=True)
class Named:
    """A concept, by its name."""

    text: str
    name: str
    at: int


@dataclass(frozen=True, slots=True)
class Quoted:
    """Words in quotes: as written, folded, no endings, no typos; or a bare prefix (`word*`)."""

    text: str
    words: str
    at: int


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression between slashes; it matches whole words only."""

    text: str
    expression: str
    at: int


@dataclass(frozen=True, slots=True)
class Proximity:
    """Two operands within `limit` positions; its occurrences are the stretches they span."""

    text: str
    relation: Relation
    limit: int
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Scoped:
    """A part that counts in one field only."""

    text: str
    where: Field
    inner: Node


@dataclass(frozen=True, slots=True)
class FromLanguage:
    """The item is in one of these languages."""

    text: str
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FromSource:
    """The item came from one of these sources (their short names, folded)."""

    text: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The inner part is found nowhere in the item."""

    text: str
    inner: Node


@dataclass(frozen=True, slots=True)
class Both:
    """Every part holds (AND)."""

    text: str
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """At least one part holds (OR)."""

    text: str
    parts: tuple[Node, ...]


Node = Named | Quoted | Pattern | Proximity | Scoped | FromLanguage | FromSource | Not | Both | Either


@dataclass(frozen=True, slots=True)
class Points:
    """One line of `points`: a signed whole number and what earns it, once per item."""

    points: int
    node: Node
    text: str = field(default="")


def children(node: Node) -> tuple[Node, ...]:
    """Return the parts that a node is directly made of."""
    if isinstance(node, Proximity):
        return (node.left, node.right)
    if isinstance(node, Scoped | Not):
        return (node.inner,)
    if isinstance(node, Both | Either):
        return node.parts
    return ()


def walk(node: Node) -> Iterator[Node]:
    """Yield a node and everything inside it."""
    yield node
    for child in children(node):
        yield from walk(child)


def has_occurrences(node: Node) -> bool:
    """Say whether a node stands for places in the text, as NEAR and THEN need them."""
    if isinstance(node, Named | Quoted | Proximity):
        return True
    if isinstance(node, Scoped):
        return has_occurrences(node.inner)
    return isinstance(node, Either) and all(has_occurrences(part) for part in node.parts)


def holds_without_words(node: Node, *, elsewhere: bool) -> bool:
    """Say whether a node would hold where nothing is found; `elsewhere` is the answer for lang: and source:."""
    if isinstance(node, FromLanguage | FromSource):
        return elsewhere
    if isinstance(node, Not):
        return not holds_without_words(node.inner, elsewhere=elsewhere)
    if isinstance(node, Scoped):
        return holds_without_words(node.inner, elsewhere=elsewhere)
    if isinstance(node, Both):
        return all(holds_without_words(part, elsewhere=elsewhere) for part in node.parts)
    if isinstance(node, Either):
        return any(holds_without_words(part, elsewhere=elsewhere) for part in node.parts)
    return False

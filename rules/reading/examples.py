"""Reads a rule's examples: items that it must match, and items that it must ignore."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from rules.model import Place, RuleError
from rules.reading import outline
from rules.reading.suggest import nearest

_EXAMPLE_KEYS = ("title", "text", "lang", "source", "because")


@dataclass(frozen=True, slots=True)
class Example:
    """An item that the rule must match (or ignore). `because` names a concept that must be among the reasons."""

    title: str
    text: str
    language: str
    source: str
    because: str
    matches: bool
    place: Place


def read_example(thing: outline.Thing, names: Collection[str], *, matches: bool) -> Example:
    """Return an example. `names` are the concepts that `because` may name. Raise `RuleError` where it is none."""
    if isinstance(thing, outline.Scalar):
        if not thing.value.strip():
            raise RuleError("an example is a title; this one is empty", thing.place)
        return Example(thing.value, "", "", "", "", matches, thing.place)
    if isinstance(thing, outline.List):
        raise RuleError("an example is a title, or {title: .., text: .., lang: ..}", thing.place)
    given: dict[str, str] = {}
    for key, value in thing.pairs:
        if key.value not in _EXAMPLE_KEYS:
            raise RuleError(f'an example has no "{key.value}"; {nearest(key.value, _EXAMPLE_KEYS)}', key.place)
        if not isinstance(value, outline.Scalar):
            raise RuleError(f"expected words, found {outline.kind_of(value)}", value.place)
        given[key.value] = value.value
    if not (given.get("title") or given.get("text")):
        raise RuleError("an example needs a title: or a text:", thing.place)
    because = given.get("because", "")
    if because and because not in names:
        hint = nearest(because, names)
        raise RuleError(f'because: names a concept, and there is no "{because}"; {hint}', thing.place)
    return Example(
        given.get("title", ""),
        given.get("text", ""),
        given.get("lang", ""),
        given.get("source", ""),
        because,
        matches,
        thing.place,
    )

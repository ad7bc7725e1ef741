"""Changes a rule's text where a person filled in a form or pressed a button: only the key in question is written anew,
all else stays as it stands, comments and order too."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rules.model import RuleError
from rules.reading import outline

_PLAIN = re.compile(r"[^\s,\[\]{}:#\"'\\&*!|>%@`?-][^,\[\]{}:#\"\\]*")


def switched(text: str, concept: str, form: str, *, off: bool) -> str | None:
    """Return the text with `form` under the concept's `without:`, or no longer there; None where the text is not in
    order, or has no such concept."""
    form, body = form.strip(), concept_of(text, concept)
    if not form or body is None:
        return None
    listed = body.get("without")
    forms = values_of(listed)
    if off and form in forms:
        return text
    return with_terms(text, concept, "without", [*forms, form] if off else [one for one in forms if one != form])


def whole_of(text: str) -> outline.Map | None:
    """Return a text as it is built, None where it can't be read."""
    try:
        return outline.read(text, "draft")
    except RuleError:
        return None


def concept_of(text: str, concept: str) -> outline.Map | None:
    """Return a concept as it is built; None where the text can't be read or has no such concept."""
    whole = whole_of(text)
    concepts = whole.get("concepts") if whole is not None else None
    found = concepts.get(concept) if isinstance(concepts, outline.Map) else None
    return found if isinstance(found, outline.Map) and found.pairs else None


def with_terms(text: str, concept: str, key: str, terms: Sequence[str]) -> str | None:
    """Return the text with these terms under a key of a concept (none: without the key); None where there is no such
    concept."""
    whole, body = whole_of(text), concept_of(text, concept)
    if whole is None or body is None:
        return None
    concepts = whole.get("concepts")
    assert isinstance(concepts, outline.Map)
    name = next(key_of for key_of, _ in concepts.pairs if key_of.value == concept)
    line = f"{key}: {flow(terms)}" if terms else ""
    if body.pairs[0][0].place.line == name.place.line:
        # Written on one line: each key gets one of its own.
        listed = {pair[0].value: flow(values_of(pair[1])) for pair in body.pairs} | {key: flow(terms)}
        lines = [f"  {one}: {said}" for one, said in listed.items() if one != key or terms]
        return replaced(text, concepts, concept, [f"{scalar(concept)}:", *lines])
    return replaced(text, body, key, [line] if line else [])


def with_key(text: str, key: str, lines: Sequence[str]) -> str | None:
    """Return the text with these lines for one of its first keys (none: without it); None where it can't be read."""
    whole = whole_of(text)
    return replaced(text, whole, key, lines) if whole is not None else None


def replaced(text: str, body: outline.Map, key: str, lines: Sequence[str]) -> str:
    """Return the text with these lines in the place of a key of a mapping; at its end where the key is not there."""
    column = body.pairs[0][0].place.column - 1
    written = [f"{' ' * column}{line}\n" for line in lines]
    all_lines = text.splitlines(keepends=True)
    place = next((one.place.line - 1 for one, _ in body.pairs if one.value == key), None)
    if place is None:
        place = end = _end_of(all_lines, max(one.place.line for one, _ in body.pairs) - 1, column)
        all_lines[end - 1] = all_lines[end - 1].rstrip("\n") + "\n"
    else:
        end = _end_of(all_lines, place, column)
    return "".join([*all_lines[:place], *written, *all_lines[end:]])


def _end_of(lines: Sequence[str], begin: int, column: int) -> int:
    """Return the number of the line after a key's value: the first one that is not deeper than the key; blank lines and
    comments before it stay with what follows."""
    end, last = begin + 1, begin + 1
    while end < len(lines):
        line = lines[end]
        if line.strip():
            if len(line) - len(line.lstrip(" ")) <= column and not line.lstrip().startswith(("]", "}")):
                break
            last = end + 1
        end += 1
    return last


def values_of(thing: outline.Thing | None) -> list[str]:
    """Return the words of a list, or the one that stands alone."""
    if isinstance(thing, outline.List):
        return [one.value for one in thing.items if isinstance(one, outline.Scalar)]
    return [thing.value] if isinstance(thing, outline.Scalar) else []


def flow(words: Sequence[str]) -> str:
    """Return words as a list on one line."""
    return f"[{', '.join(map(scalar, words))}]"


def scalar(word: str) -> str:
    """Return a word as it can stand in a list: bare where that is safe, else in quotes."""
    if _PLAIN.fullmatch(word) and word == word.strip():
        return word
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'

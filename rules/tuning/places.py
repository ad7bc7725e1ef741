"""Where in a rule's text a part of an expression stands, for a message that an editor can follow."""

from __future__ import annotations

import re

from rules.model import Place, RuleError, RuleText
from rules.reading import outline
from rules.reading.query import Named, Node, Pattern, Quoted, walk

_SIGNED = re.compile(r"[+\-−]\s*\d+\s*")


def place_of(text: RuleText, node: Node, line: int | None) -> Place:
    """Return where a node of `when` (`line` None) or of a points line (from 0) stands; the file's start if unknown."""
    start = Place(text.file or text.topic or "rule", 1, 1)
    try:
        whole = outline.read(text.text, start.file)
    except RuleError:
        return start
    scalar = whole.get("when" if line is None else "points")
    if not isinstance(scalar, outline.Scalar):
        return start
    at = min((part.at for part in walk(node) if isinstance(part, Named | Quoted | Pattern)), default=0)
    return scalar.at(at + _begin_of_line(scalar.value, line))


def _begin_of_line(expressions: str, line: int | None) -> int:
    if line is None:
        return 0
    for number, (at, written) in enumerate(outline.lines(expressions)):
        if number == line:
            signed = _SIGNED.match(written)
            return at + (signed.end() if signed else 0)
    return 0

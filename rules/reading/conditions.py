"""Says which conditions of an expression can't be: languages that do not exist, regular expressions refused by RE2."""

from __future__ import annotations

from collections.abc import Iterator

from rules.reading.concepts import LANGUAGES
from rules.reading.expressions import Expression
from rules.reading.query import FromLanguage, Node, Pattern, walk
from rules.reading.suggest import nearest


def unusable(node: Node) -> Iterator[tuple[str, str]]:
    """Yield each condition on a language that does not exist and each regular expression that can't be used.

    Of each: how it is written in the expression, and what is wrong with it.
    """
    for part in walk(node):
        if isinstance(part, FromLanguage):
            unknown = (code for code in part.codes if code not in LANGUAGES)
            yield from ((part.text, f'"{code}" is not a language; {nearest(code, LANGUAGES)}') for code in unknown)
        elif isinstance(part, Pattern):
            try:
                Expression(part.expression)
            except ValueError as error:
                yield part.text, f"the regular expression {part.text[:60]} can't be used: {error}"

"""Reads an expression of `when`, `points` or `as` into the parts of `query`.

Binding, tight to loose: quotes, `title:` `text:` `lang:` `source:`, the NEAR family (chained from the left), NOT, AND,
OR. AND beside OR without parentheses is an error, because half of all readers would guess wrong.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from rules.model import Field
from rules.reading.query import (
    NEGATED,
    OPERATORS,
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
    Relation,
    Scoped,
    has_occurrences,
)
from rules.reading.suggest import nearest

LONGEST_DISTANCE = 500
DEEPEST = 40
LONGEST_CHAIN = 20
LONGEST_EXPRESSION = 20_000
SHORTEST_PREFIX = 4

_TOKEN = re.compile(
    r"(?P<space>\s+|#(?=\s)[^\n]*)"
    r"|(?P<quoted>\"[^\"\n]*\"|“[^”\n]*”|«[^»\n]*»|„[^“”\n]*[“”])"
    r"|(?P<pattern>/(?:[^/\\\n]|\\.)+/)"
    r"|(?P<distance>(?:NEAR|THEN|AFTER)(?:/\w*)?(?!\w))"
    r"|(?P<operator>(?:AND|OR|NOT)(?!\w))"
    r"|(?P<scope>(?:title|text|lang|source):)"
    r"|(?P<bracket>[()])"
    r"|(?P<prefix>\w+\*)"
    r"|(?P<name>\w+(?:[-.]\w+)*)"
)


class ExpressionError(Exception):
    """An expression can't be read. `at` is the offset in the expression; the message says what was expected."""

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.message = message
        self.at = at


@dataclass(frozen=True, slots=True)
class _Piece:
    kind: str
    text: str
    at: int
    end: int


def parse(expression: str, concepts: Collection[str]) -> Node:
    """Return what an expression says. Raise `ExpressionError` where it says nothing clear.

    `concepts` are the names it may use.
    """
    if len(expression) > LONGEST_EXPRESSION:
        raise ExpressionError(f"an expression has at most {LONGEST_EXPRESSION:,} characters: name parts as concepts", 0)
    return _Parser(expression, concepts).whole()


def _pieces(expression: str) -> list[_Piece]:
    pieces: list[_Piece] = []
    at = 0
    while at < len(expression):
        found = _TOKEN.match(expression, at)
        if found is None:
            raise ExpressionError(_unreadable(expression, at), at)
        if found.lastgroup is not None and found.lastgroup != "space":
            pieces.append(_Piece(found.lastgroup, found.group(), at, found.end()))
        at = found.end()
    return pieces


def _unreadable(expression: str, at: int) -> str:
    sign = expression[at]
    if sign in '"“«„':
        return "this quote is not closed on the same line"
    if sign == "/":
        return "this regular expression is not closed: write /expression/"
    if sign == "#":
        return 'a hashtag goes in quotes without its sign: "word"'
    if sign in "&|!+":
        return f"{sign!r} is not an operator here: write AND, OR, NOT"
    if sign == ":":
        return "before a colon stands title, text, lang or source, without a space"
    return f"{sign!r} means nothing here; expected a concept, words in quotes, a prefix such as pipelin* or ("


class _Parser:
    def __init__(self, expression: str, concepts: Collection[str]) -> None:
        self.expression = expression
        self.concepts = concepts
        self.pieces = _pieces(expression)
        self.next = 0
        self.depth = 0

    def whole(self) -> Node:
        if not self.pieces:
            raise ExpressionError("expected an expression, found nothing", 0)
        node = self._expression()
        piece = self._peek()
        if piece is not None:
            raise ExpressionError(self._unexpected(piece), piece.at)
        return node

    def _unexpected(self, piece: _Piece) -> str:
        if piece.text == ")":
            return "this ) closes nothing"
        if piece.kind == "name" and piece.text.upper() in OPERATORS:
            return f"operators are written in capitals: {piece.text.upper()}"
        before = self.pieces[self.next - 1].text
        between = f"between {before} and {piece.text}"
        return f"expected AND, OR, NEAR/n or THEN/n {between}; words that belong together go in quotes"

    def _peek(self, ahead: int = 0) -> _Piece | None:
        index = self.next + ahead
        return self.pieces[index] if index < len(self.pieces) else None

    def _here(self) -> int:
        piece = self._peek()
        return piece.at if piece is not None else len(self.expression)

    def _take(self, expected: str) -> _Piece:
        piece = self._peek()
        if piece is None:
            raise ExpressionError(f"the expression ends where {expected} was expected", len(self.expression.rstrip()))
        self.next += 1
        return piece

    def _is(self, kind: str, *texts: str, ahead: int = 0) -> bool:
        piece = self._peek(ahead)
        return piece is not None and piece.kind == kind and (not texts or piece.text in texts)

    def _since(self, at: int) -> str:
        return " ".join(self.expression[at : self.pieces[self.next - 1].end].split())

    def _expression(self) -> Node:
        at = self._here()
        parts = [self._negation()]
        first: str | None = None
        while self._is("operator", "AND", "OR"):
            piece = self._take("an operator")
            if first is not None and piece.text != first:
                ways = "a AND (b OR c), or (a AND b) OR c"
                raise ExpressionError(f"AND beside OR: say which you mean with parentheses, such as {ways}", piece.at)
            first = piece.text
            parts.append(self._negation())
        if first is None:
            return parts[0]
        return (Both if first == "AND" else Either)(self._since(at), tuple(parts))

    def _negation(self) -> Node:
        if not self._is("operator", "NOT"):
            return self._chain()
        piece = self._take("NOT")
        with_depth = self._deeper(piece)
        inner = self._negation()
        self.depth = with_depth
        return Not(self._since(piece.at), inner)

    def _deeper(self, piece: _Piece) -> int:
        if self.depth >= DEEPEST:
            raise ExpressionError(f"nested more than {DEEPEST} deep: name parts of it as concepts", piece.at)
        self.depth += 1
        return self.depth - 1

    def _chain(self) -> Node:
        at = self._here()
        node = self._atom()
        links = 0
        while self._is("distance") or (self._is("operator", "NOT") and self._is("distance", ahead=1)):
            negated = self._is("operator", "NOT")
            if negated:
                self._take("NOT")
            piece = self._take("a distance")
            links += 1
            if links > LONGEST_CHAIN:
                raise ExpressionError(f"a chain has at most {LONGEST_CHAIN} links: name parts as concepts", piece.at)
            relation, limit = self._distance(piece)
            self._must_occur(node, at, relation)
            right_at = self._here()
            right = self._atom()
            self._must_occur(right, right_at, relation)
            if negated:
                relation = NEGATED[relation]
            node = Proximity(self._since(at), relation, limit, node, right)
        return node

    def _distance(self, piece: _Piece) -> tuple[Relation, int]:
        word, _, number = piece.text.partition("/")
        if not number.isdecimal():
            raise ExpressionError(f"{word} needs a distance in words, such as {word}/5", piece.at)
        limit = int(number[:6])
        if not 1 <= limit <= LONGEST_DISTANCE:
            allowed = f"a distance is from 1 (neighbours) to {LONGEST_DISTANCE}"
            raise ExpressionError(f"{word}/{number[:6]}: {allowed}", piece.at)
        return Relation(word), limit

    def _must_occur(self, node: Node, at: int, relation: Relation) -> None:
        if not has_occurrences(node):
            allowed = "only concepts, phrases, prefixes and ORs of these"
            raise ExpressionError(f"beside {relation} stand {allowed}, not: {node.text[:60]}", at)

    def _atom(self) -> Node:
        piece = self._take("a concept, words in quotes or (")
        if piece.text == "(":
            before = self._deeper(piece)
            node = self._expression()
            closing = self._take(")")
            if closing.text != ")":
                raise ExpressionError(self._unexpected_in_bracket(closing), closing.at)
            self.depth = before
            return node
        if piece.kind == "scope":
            return self._scope(piece)
        if piece.kind == "quoted":
            return self._quoted(piece)
        if piece.kind == "prefix":
            return self._prefix(piece)
        if piece.kind == "pattern":
            return Pattern(piece.text, piece.text[1:-1], piece.at)
        if piece.kind == "name":
            return self._named(piece)
        raise ExpressionError(f"expected a concept, words in quotes or (, found {piece.text}", piece.at)

    def _unexpected_in_bracket(self, piece: _Piece) -> str:
        self.next -= 1
        return self._unexpected(piece)

    def _quoted(self, piece: _Piece) -> Node:
        words = piece.text[1:-1].strip()
        if not re.search(r"[^\W_]", words):
            raise ExpressionError("expected words between the quotes", piece.at)
        return Quoted(piece.text, words, piece.at)

    def _prefix(self, piece: _Piece) -> Node:
        if len(piece.text) - 1 < SHORTEST_PREFIX:
            raise ExpressionError(f"a prefix has at least {SHORTEST_PREFIX} letters: {piece.text}", piece.at)
        return Quoted(piece.text, piece.text, piece.at)

    def _named(self, piece: _Piece) -> Node:
        if piece.text in self.concepts:
            return Named(piece.text, piece.text, piece.at)
        if piece.text.upper() in OPERATORS:
            raise ExpressionError(f"operators are written in capitals: {piece.text.upper()}", piece.at)
        hint = nearest(piece.text, self.concepts)
        raise ExpressionError(f'there is no concept "{piece.text}"{"; " + hint if hint else ""}', piece.at)

    def _scope(self, piece: _Piece) -> Node:
        label = piece.text[:-1]
        if label in ("title", "text"):
            inner = self._atom()
            if isinstance(inner, FromLanguage | FromSource):
                raise ExpressionError(f"{inner.text} is about the whole item: it can't stand in {piece.text}", piece.at)
            return Scoped(self._since(piece.at), Field(label), inner)
        names = self._labels(label)
        text = self._since(piece.at)
        if label == "lang":
            return FromLanguage(text, tuple(name.casefold() for name in names))
        return FromSource(text, tuple(name.casefold() for name in names))

    def _labels(self, label: str) -> list[str]:
        """Return one name, or those of a list in parentheses joined by OR."""
        bracketed = self._is("bracket", "(")
        if bracketed:
            self._take("(")
        names = [self._label(label)]
        while bracketed and self._is("operator", "OR"):
            self._take("OR")
            names.append(self._label(label))
        if bracketed and self._take(")").text != ")":
            raise ExpressionError(f"expected ) after the names of {label}:", self.pieces[self.next - 1].at)
        return names

    def _label(self, label: str) -> str:
        example = "ru" if label == "lang" else "belta"
        piece = self._take(f"a name such as {label}:{example}")
        if piece.kind not in ("name", "quoted"):
            raise ExpressionError(f"expected a name such as {label}:{example}, found {piece.text}", piece.at)
        return piece.text if piece.kind == "name" else piece.text[1:-1]

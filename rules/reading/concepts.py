"""Reads a concept: its terms by language, and what narrows them (`never`, `except`, `also`, `without`).

A term is one or more words that stand side by side. What a single word may look like in an article is decided in
`lexicon`; here is only what the editor said about it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from rules.model import Place, RuleError
from rules.reading import outline
from rules.reading.grammar import SHORTEST_PREFIX
from rules.reading.query import OPERATORS
from rules.reading.suggest import nearest
from rules.words.text import words_as_written

LANGUAGES = frozenset(
    re.findall(
        r"\S+",
        "en ru be uk kk pl de fr es it pt nl sv nb no da fi et lv lt cs sk sl hr sr bs mk bg ro hu el tr az uz ky tg tk"
        " mn ka hy he ar fa zh ja ko hi sq",
    )
)
ADJACENT = 1
OVER_A_GAP = 3
LONGEST_TERM = 12
MOST_LETTERS = 300
_NARROWING = ("never", "except", "also", "without", "as")
_ACRONYM = re.compile(r"[^\W\d_][^\W_]{1,4}")
_CHUNK = re.compile(r"(?P<gap>…|\.\.\.)|(?P<typos>~\w*)|(?P<word>[^\s~…]+?)(?=\.\.\.|…|~|\s|$)|\s+")
_OUT_OF_PLACE = re.compile(r"[,;()|\"“”«»\[\]{}<>]")
_OPERATOR = re.compile(r"\b(AND|OR|NOT|NEAR/\d+|THEN/\d+|AFTER/\d+)\b")


class Kind(StrEnum):
    """How much a word of a term may vary."""

    FORMS = "all its forms"
    LITERAL = "as written"
    EXACT = "exactly so"
    PREFIX = "prefix"
    ACRONYM = "acronym"


@dataclass(frozen=True, slots=True)
class TermWord:
    """One word of a term. `typos` is the editor's own limit, None for the usual one; `language` "" means any."""

    text: str
    language: str
    kind: Kind
    typos: int | None = None


@dataclass(frozen=True, slots=True)
class Term:
    """Words that stand side by side. `steps[i]` is how many positions word i may be after the one before it."""

    text: str
    language: str
    words: tuple[TermWord, ...]
    steps: tuple[int, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Concept:
    """A named set of terms.

    `never` are look-alike words that are never read as it, `exceptions` phrases in which it does not count, `without`
    forms that are switched off, `expression` (the key `as`) other concepts in a certain arrangement.
    """

    name: str
    terms: tuple[Term, ...]
    place: Place
    never: tuple[TermWord, ...] = ()
    exceptions: tuple[Term, ...] = ()
    without: tuple[outline.Scalar, ...] = ()
    expression: outline.Scalar | None = None


def read_concept(name: outline.Scalar, thing: outline.Thing) -> Concept:
    """Return the concept under a name. Raise `RuleError` at the first thing that can't be used."""
    _check_name(name)
    if not isinstance(thing, outline.Map):
        raise RuleError(
            f"expected languages with terms, such as en: [oil, crude], found {outline.kind_of(thing)}", thing.place
        )
    terms: list[Term] = []
    never: list[TermWord] = []
    exceptions: tuple[Term, ...] = ()
    without: tuple[outline.Scalar, ...] = ()
    expression: outline.Scalar | None = None
    for key, value in thing.pairs:
        if key.value in LANGUAGES:
            terms += [read_term(scalar, key.value) for scalar in _scalars(value)]
        elif key.value == "also":
            terms += [read_term(scalar, "", Kind.LITERAL) for scalar in _scalars(value)]
        elif key.value == "never":
            never = [word for term in _by_language(value) for word in _single(term)]
        elif key.value == "except":
            exceptions = tuple(_by_language(value))
        elif key.value == "without":
            without = _scalars(value)
        elif key.value == "as":
            expression = expression_of(value)
        else:
            raise RuleError(_unknown_key(key.value), key.place)
    if not terms and expression is None:
        raise RuleError(f'the concept "{name.value}" has no terms', name.place)
    return Concept(name.value, tuple(terms), name.place, tuple(never), exceptions, without, expression)


def expression_of(thing: outline.Thing) -> outline.Scalar:
    """Return the scalar that an expression is. Raise `RuleError` if it is something else or empty."""
    if not isinstance(thing, outline.Scalar):
        raise RuleError(f"expected an expression after |, found {outline.kind_of(thing)}", thing.place)
    if not thing.value.strip():
        raise RuleError("expected an expression, found nothing", thing.place)
    return thing


def _check_name(name: outline.Scalar) -> None:
    if not re.fullmatch(r"[^\W\d_]\w*(?:-\w+)*", name.value):
        raise RuleError(f'"{name.value}" can\'t name a concept: use letters, digits, - and _', name.place)
    if name.value.upper() in OPERATORS:
        raise RuleError(f'"{name.value}" is an operator and can\'t name a concept', name.place)
    if name.value in ("title", "text", "lang", "source"):
        raise RuleError(f'"{name.value}" is a field and can\'t name a concept', name.place)


def _unknown_key(key: str) -> str:
    hint = nearest(key, _NARROWING)
    listed = f"languages are two letters (en, ru, kk); besides them: {', '.join(_NARROWING)}"
    known = hint if hint.startswith("did") else listed
    return f'"{key}" is neither a language nor a key of a concept; {known}'


def _scalars(thing: outline.Thing) -> tuple[outline.Scalar, ...]:
    if isinstance(thing, outline.Scalar):
        if not thing.value.strip():
            raise RuleError("expected a list of terms such as [oil, crude], found nothing", thing.place)
        return (thing,)
    if isinstance(thing, outline.Map):
        raise RuleError("expected a list of terms such as [oil, crude], found keys with values", thing.place)
    found: list[outline.Scalar] = []
    for item in thing.items:
        if not isinstance(item, outline.Scalar):
            raise RuleError(f"expected a term, found {outline.kind_of(item)}", item.place)
        found.append(item)
    return tuple(found)


def _by_language(thing: outline.Thing) -> list[Term]:
    """Return the terms of a plain list (any language), or of lists under language keys."""
    if not isinstance(thing, outline.Map):
        return [read_term(scalar, "") for scalar in _scalars(thing)]
    terms: list[Term] = []
    for key, value in thing.pairs:
        if key.value not in LANGUAGES:
            raise RuleError(f'"{key.value}" is not a language; {nearest(key.value, LANGUAGES)}', key.place)
        terms += [read_term(scalar, key.value) for scalar in _scalars(value)]
    return terms


def _single(term: Term) -> tuple[TermWord, ...]:
    if len(term.words) > 1:
        raise RuleError(f'never takes single words; put the phrase "{term.text}" under except', term.place)
    return term.words


def read_term(scalar: outline.Scalar, language: str, kind: Kind = Kind.FORMS) -> Term:
    """Return a term: words with `…` for a gap, `~0 ~1 ~2` at the end, `=Word`, `word*`.

    Raise `RuleError` where it is none.
    """
    if len(scalar.value) > MOST_LETTERS:
        raise RuleError(f"a term has at most {LONGEST_TERM} words and {MOST_LETTERS} characters", scalar.place)
    text = " ".join(scalar.value.split())
    wrong = _OUT_OF_PLACE.search(text) or _OPERATOR.search(text)
    if wrong is not None:
        hint = "terms are listed as [one, two]" if wrong.group() in ",;" else "operators and brackets belong in when"
        raise RuleError(f'"{wrong.group()}" has no place in the term "{text[:60]}": {hint}', scalar.place)
    typos: int | None = None
    words: list[TermWord] = []
    steps: list[int] = []
    step = ADJACENT
    for found in _CHUNK.finditer(text):
        if typos is not None:
            raise RuleError(f'~{typos} stands at the end of a term: "{text[:60]}"', scalar.place)
        if found["typos"]:
            typos = _typos(found["typos"], scalar.place)
        elif found["gap"]:
            step = OVER_A_GAP
        elif found["word"]:
            for word in _words_of(found["word"], language, kind, scalar.place):
                words.append(word)
                steps.append(step)
                step = ADJACENT
    if not words:
        raise RuleError(f'the term "{text[:60]}" has no word', scalar.place)
    if step != ADJACENT or steps[0] != ADJACENT:
        raise RuleError(f'… stands between two words: "{text[:60]}"', scalar.place)
    if len(words) > LONGEST_TERM:
        raise RuleError(f"a term has at most {LONGEST_TERM} words", scalar.place)
    if typos is not None:
        words = [TermWord(word.text, word.language, word.kind, typos) for word in words]
    return Term(text, language, tuple(words), tuple(steps), scalar.place)


def _typos(text: str, place: Place) -> int:
    if text not in ("~0", "~1", "~2"):
        raise RuleError(f"expected ~0, ~1 or ~2 (how many typos are forgiven), found {text}", place)
    return int(text[1:])


def _words_of(chunk: str, language: str, kind: Kind, place: Place) -> list[TermWord]:
    if chunk.startswith("="):
        pieces = words_as_written(chunk[1:])
        if not pieces:
            raise RuleError("expected a word after =, such as =Polish", place)
        return [TermWord(piece, language, Kind.EXACT) for piece in pieces]
    pieces = words_as_written(chunk)
    if "*" not in chunk:
        return [TermWord(piece, language, _kind_of(piece, kind)) for piece in pieces]
    if not chunk.endswith("*") or chunk.count("*") > 1 or not pieces:
        raise RuleError(f"* stands at the end of a word, such as pipelin*, not in {chunk}", place)
    if len(pieces[-1]) < SHORTEST_PREFIX:
        raise RuleError(f"a prefix has at least {SHORTEST_PREFIX} letters: {chunk}", place)
    words = [TermWord(piece, language, _kind_of(piece, kind)) for piece in pieces[:-1]]
    return [*words, TermWord(pieces[-1], language, Kind.PREFIX)]


def _kind_of(raw: str, kind: Kind) -> Kind:
    """Return ACRONYM for two to five capitals (digits after the first letter count), else `kind`."""
    return Kind.ACRONYM if _ACRONYM.fullmatch(raw) and raw.isupper() else kind


def phrase(words: str, place: Place) -> Term:
    """Return the term that quoted words (or a bare prefix) of an expression are: as written, no endings, no typos."""
    return read_term(outline.Scalar(words, place), "", Kind.LITERAL)

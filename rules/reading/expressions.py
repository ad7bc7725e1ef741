"""Regular expressions through RE2, which takes linear time whatever the pattern. Word borders are Unicode's, and ours.

RE2's own `\\b`, `\\w` and `\\d` know ASCII only, so `\\w` and `\\d` are rewritten and an expression always matches
from a word's border to a word's border; `\\b` at its ends is allowed and changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import MappingProxyType
from typing import Protocol

import re2

LONGEST_EXPRESSION = 1_000
_MOST_FOUND = 200
_MEMORY = 8 << 20
_WORD_SIGNS = r"\pL\pN\pM_"
_SURROGATES = re.compile("[\ud800-\udfff]")
_ESCAPES = MappingProxyType({"w": _WORD_SIGNS, "d": r"\pN", "s": r"\s\x{a0}"})
_REFUSED = MappingProxyType({"b": "word borders are always checked", "B": "word borders are always checked"})


class _Found(Protocol):
    def span(self, group: int) -> tuple[int, int]: ...


class _Compiled(Protocol):
    def finditer(self, text: str) -> Iterator[_Found]: ...


class Expression:
    """A compiled expression. Raise `ValueError` in words for an editor where it can't be used."""

    def __init__(self, written: str) -> None:
        if len(written) > LONGEST_EXPRESSION:
            raise ValueError(f"a regular expression has at most {LONGEST_EXPRESSION} characters")
        options = re2.Options()
        options.case_sensitive = False
        options.max_mem = _MEMORY
        options.log_errors = False
        inner = _unicode(_without_borders(written))
        try:
            alone = re2.compile(f"^(?:{inner})$", options)
            self._compiled: _Compiled = re2.compile(
                rf"(?:^|[^{_WORD_SIGNS}])((?:{inner}))(?:$|[^{_WORD_SIGNS}])", options
            )
        except re2.error as error:
            said = error.args[0] if error.args else error
            raise ValueError(f"RE2 can't read it: {said.decode() if isinstance(said, bytes) else said}") from error
        if alone.search("") is not None:
            raise ValueError("it matches nothing at all, so it would match everywhere")

    def find(self, text: str) -> list[tuple[int, int]]:
        """Return start and end of what is found, in order, at most 200 places."""
        found = []
        for match in self._compiled.finditer(_SURROGATES.sub("\ufffd", text)):
            found.append(match.span(1))
            if len(found) == _MOST_FOUND:
                break
        return found


def _without_borders(written: str) -> str:
    return written.removeprefix(r"\b").removesuffix(r"\b")


def _unicode(written: str) -> str:
    """Return the expression with `\\w`, `\\d` and `\\s` meaning Unicode's, in and outside of brackets."""
    parts: list[str] = []
    bracket = False
    at = 0
    while at < len(written):
        sign = written[at]
        if sign != "\\":
            bracket = sign == "[" or (bracket and sign != "]")
            parts.append(sign)
            at += 1
            continue
        letter = written[at + 1 : at + 2]
        if letter in _REFUSED and letter:
            raise ValueError(f"leave out \\{letter}: {_REFUSED[letter]}")
        parts.append(_escape(letter, bracket))
        at += 2
    return "".join(parts)


def _escape(letter: str, bracket: bool) -> str:
    if letter in _ESCAPES and letter:
        return _ESCAPES[letter] if bracket else f"[{_ESCAPES[letter]}]"
    if letter and letter.lower() in _ESCAPES and letter != letter.lower():
        if bracket:
            raise ValueError(f"\\{letter} can't stand in brackets: write [^\\{letter.lower()}…] outside")
        return f"[^{_ESCAPES[letter.lower()]}]"
    return f"\\{letter}"

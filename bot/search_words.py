"""What a search takes for the same word: an item's words folded, and a query's words cut to what their forms share.

More is merged than for rules, where казак must not be қазақ: who searches rather reads one title too many. It runs in
a worker process for the archive, and in the chat for a query.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from rules.words.folding import fold
from rules.words.wordlists import words_of

CHARACTERS_READ = 30_000
WORDS_KEPT = 600
STEMS_AT_MOST = 8
SHORTEST_STEM = 4
_WORD = re.compile(r"[^\W_]+(?:['’ʼ`][^\W_]+)*")
# What a search takes for a sign between words, not for a word: as people write them, in capitals.
_BETWEEN = re.compile(r"(?<!\w)(?:AND|OR|И|ИЛИ|АБО|І|NEAR(?:/\d+)?|THEN(?:/\d+)?)(?!\w)")
_NOT_SIGN = re.compile(r"(?<!\S)(?:NOT|НЕ)\s+(?=\S)")
_LEFT_OUT = re.compile(r"(?<!\S)[-−–]\s*([^\W_]\S*)")
_IGNORED = re.compile(r"[\"“”„«»|]|(?<!\w)(?:OR|ИЛИ|АБО|NEAR(?:/\d+)?|THEN(?:/\d+)?)(?!\w)")
LEFT_OUT = "-"
_MERGED: Mapping[int, int | None] = MappingProxyType(str.maketrans("іїйєэәқғңөұүһ", "иииееакгноуух", "ьъ"))
_CYRILLIC = re.compile("[а-я]")
# Case endings as they read folded ("ой" is "ои"), the longest first.
_ENDINGS: Sequence[str] = sorted(
    words_of(
        """
        иями ями ами его ого ему ому ыми ими иях ах ях ов ев ои еи ом ем ам ям ую юю ая яя ое ее ые ие ыи ии ию ия
        а е и о у ы ю я
        """
    ),
    key=lambda ending: (-len(ending), ending),
)


def folded_words(title: str, text: str) -> str:
    """Return the words of an item as a search compares them, each once and between spaces, at most WORDS_KEPT."""
    seen: dict[str, None] = {}
    for word in _WORD.findall(f"{title}\n{text[:CHARACTERS_READ]}"):
        seen.setdefault(folded(word))
        if len(seen) >= WORDS_KEPT:
            break
    seen.pop("", None)
    return f" {' '.join(seen)} " if seen else ""


def folded_each(items: Sequence[tuple[str, str]]) -> list[str]:
    """Return `folded_words` of each (title, text)."""
    return [folded_words(title, text) for title, text in items]


def stems(query: str) -> tuple[str, ...]:
    """Return what the words of a query must begin with, at most STEMS_AT_MOST; none where there is no word in it.

    A word after a minus sign or NOT must not be there: it begins with LEFT_OUT.
    """
    query = _NOT_SIGN.sub(" -", query)
    wanted = _stems(_BETWEEN.sub(" ", _LEFT_OUT.sub(" ", query)))
    unwanted = _stems(" ".join(_LEFT_OUT.findall(query)))
    found = [*wanted, *(LEFT_OUT + stem for stem in unwanted if stem not in wanted)]
    return tuple(found)[:STEMS_AT_MOST] if wanted else ()


def asks_for_more(query: str) -> bool:
    """Say whether a query has signs that make no difference to a search: quotes, OR, NEAR."""
    return _IGNORED.search(query) is not None


def _stems(words: str) -> list[str]:
    found = dict.fromkeys(_stem(folded(word)) for word in _WORD.findall(words))
    found.pop("", None)
    return list(found)


def folded(word: str) -> str:
    """Return a word as a search compares it: case, accents, ё, ў, і and their like make no difference."""
    return fold(word).translate(_MERGED)


def _stem(word: str) -> str:
    if _CYRILLIC.search(word):
        ending = next((e for e in _ENDINGS if word.endswith(e) and len(word) - len(e) >= SHORTEST_STEM), "")
        return word[: len(word) - len(ending)]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > SHORTEST_STEM else word

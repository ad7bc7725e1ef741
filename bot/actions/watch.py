"""Topics of people's own words: what they typed becomes a rule like every other, without regular expressions.

The words of a group must all be in an item, groups stand for each other, and what has a minus sign before it must not
be there. A rule is written anew from the words for each tightness, so the words alone are kept.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

TERMS_AT_MOST = 10
TOPICS_AT_MOST = 10
WORDS_IN_A_TERM = 6
LONGEST_WORD = 50
LONGEST_INPUT = 400
SHORTEST_PREFIX = 4
CLOSE = 10
_QUOTED = re.compile(r"[-−–]?[\"“”„«»‟＂][^\"“”„«»‟＂]*[\"“”„«»‟＂]|[,;\n|]+|[^\s,;\n|]+")
_WORD = re.compile(r"[^\W_]+(?:['’ʼ`-][^\W_]+)*\*?")
_OR = frozenset({"or", "или", "або", "ці", "немесе"})
_AND = frozenset({"and", "и", "і", "ды", "та", "й", "және", "near"})
_NOT = frozenset({"not", "без", "кроме", "не"})
_BELARUSIAN = re.compile("[ўЎ]")
_UKRAINIAN = re.compile("[їєґЇЄҐ]")
_KAZAKH = re.compile("[әғқңөұүһӘҒҚҢӨҰҮҺ]")
_CYRILLIC = re.compile("[\u0400-\u052f]")
# Thai, Lao, Burmese, Khmer, kana and Chinese characters: a text does not say where their words end.
_WITHOUT_SPACES = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")


class Tightness(IntEnum):
    """How close the words must stand; of a group with a single word, TOGETHER means in the title."""

    ANYWHERE = 0
    NEAR = 1
    TOGETHER = 2


class WordsError(ValueError):
    """Words of which no topic can be made: `key` names the phrase that says why, `values` what goes into it."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key)
        self.key = key
        self.values = values


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was typed, as terms of one or more words: groups of which one must be there whole, and what must not be."""

    groups: tuple[tuple[str, ...], ...]
    without: tuple[str, ...] = ()

    @property
    def levels(self) -> tuple[Tightness, ...]:
        """How close the words of these groups can be asked to stand, the widest first."""
        if any(len(group) > 1 for group in self.groups):
            return tuple(Tightness)
        return Tightness.ANYWHERE, Tightness.TOGETHER


def read_words(typed: str) -> Wanted:
    """Return what a person's words ask for. Raises WordsError where no topic can be made of them."""
    groups: list[list[str]] = [[]]
    without: list[str] = []
    negated = False
    for token in _QUOTED.findall(typed[:LONGEST_INPUT]):
        bare = token.strip("()+!?.:").casefold()
        if token[0] in ",;|\n" or bare in _OR:
            groups.append([])
        elif bare in _NOT and token == bare.upper():
            negated = True
        elif bare not in _AND:
            minus = token[0] in "-−–" and len(token) > 1
            terms = list(_terms(token))
            (without if minus or negated else groups[-1]).extend(terms)
            negated = negated and not terms
    found = tuple(tuple(dict.fromkeys(group)) for group in groups if group)
    count = sum(map(len, found)) + len(set(without))
    if not found:
        key = "watch only without" if without else "watch no words"
        raise WordsError(key, words=typed)
    if count > TERMS_AT_MOST:
        raise WordsError("watch too many", limit=TERMS_AT_MOST, count=count)
    return Wanted(tuple(dict.fromkeys(found)), tuple(dict.fromkeys(without)))


def _terms(token: str) -> Iterator[str]:
    words = _WORD.findall(token)[:WORDS_IN_A_TERM]
    for word in words:
        if len(word) > LONGEST_WORD:
            raise WordsError("watch too long", word=word[:LONGEST_WORD] + "…")
        if _WITHOUT_SPACES.search(word):
            raise WordsError("watch unspaced", word=word)
        if len(word.rstrip("*")) < 2 and not word.isdigit() and len(words) == 1:
            raise WordsError("watch too short", word=word)
    if words:
        yield " ".join(_prefix(word) for word in words)


def _prefix(word: str) -> str:
    """Return a word with its star only where the rules take it for a beginning."""
    return word if len(word) > SHORTEST_PREFIX else word.rstrip("*")


def compose(wanted: Wanted, tightness: Tightness) -> str:
    """Return the text of the rule that finds these words, in any of their forms."""
    names: dict[str, str] = {}
    for term in [*(term for group in wanted.groups for term in group), *wanted.without]:
        names.setdefault(term, f"w{len(names) + 1}")
    concepts = "\n".join(f"  {name}: {_spelt(term)}" for term, name in names.items())
    either = [_together([names[term] for term in group], tightness) for group in wanted.groups]
    when = either[0] if len(either) == 1 else " OR ".join(f"({one})" for one in either)
    if wanted.without:
        when = f"({when}) AND NOT ({' OR '.join(names[term] for term in wanted.without)})"
    return f"concepts:\n{concepts}\nwhen: |\n  {when}\n"


def _together(names: list[str], tightness: Tightness) -> str:
    if len(names) == 1:
        return f"title: {names[0]}" if tightness is Tightness.TOGETHER else names[0]
    if tightness is Tightness.ANYWHERE:
        return " AND ".join(names)
    step = f" NEAR/{CLOSE} " if tightness is Tightness.NEAR else " THEN/1 "
    return step.join(names)


def _spelt(term: str) -> str:
    """Return a concept of one term, under the languages by whose endings its forms are made."""
    quoted = json.dumps(term, ensure_ascii=False)
    return "{" + ", ".join(f"{language}: [{quoted}]" for language in _languages(term)) + "}"


def _languages(term: str) -> tuple[str, ...]:
    if not _CYRILLIC.search(term):
        return ("en",)
    if _KAZAKH.search(term):
        return ("kk",)
    if _UKRAINIAN.search(term):
        return ("uk",)
    if _BELARUSIAN.search(term):
        return ("be",)
    return ("be", "uk") if "і" in term.casefold() else ("ru", "be", "uk")

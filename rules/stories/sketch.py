"""What of an item is compared: its names by their sound, its numbers and dates, what happened, and a MinHash.

A clue is one thing that two items may share, written `kind:value`: `s:krhnd` a word by its sound, `c:earthquake` a
meaning, `@:kz` a country, `#:17.5%` a number, `d:11-20` a day, `r:topic/concept` a concept of the rule that matched.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

from rules.stories.amounts import amounts, is_amount
from rules.stories.exact import title_key
from rules.stories.sound import sound
from rules.stories.vocabulary import is_stop_word, meaning
from rules.words.folding import fold, without_marks

# Bump when sketches of before can't be compared with those of now: the stored ones are then passed over.
EDITION = 1
CLUES_MOST = 96
CLUES_IN_TITLE = 40
CONCEPTS_MOST = 8
SIGNATURE_LENGTH = 32
BAND_ROWS = 2
_TITLE_READ = 500  # characters
_TEXT_READ = 700  # what happened stands in the lead; the background below it is shared by many stories
_SHINGLE = 3
_SHORTEST_WORD = 4
_KEY = b"mediawatch stories 1"  # a constant: sketches stay comparable over restarts and versions
_NO_VALUE = 0xFFFFFFFF

_WORD = re.compile(r"[^\W\d_]+(?:['’ʼ][^\W\d_]+)*")
# After an initial's full stop stands a name: А. Кавалёва.
_QUOTED = re.compile('[«“„"]([^«»“”„"]{2,40})[»”“"]')
_CAMEL = re.compile("[a-zа-яёіўєїґәғқңөұүһ][A-ZА-ЯЁІЎЄЇҐӘҒҚҢӨҰҮҺ]")  # KazMunayGas
_SENTENCE_START = re.compile(r"(?:^|(?<!\b\w)[.!?…:»”\"]\s+|[\n•–—]\s*)[\s«“„\"'(]*$")


@dataclass(frozen=True, slots=True)
class Sketch:
    """What is kept of an item for comparing. `title` and `names` are subsets of `clues`; `names` stood in capitals.

    `words` is the title as `title_key` folds it, cut short. `signature` is the MinHash of its shingles of three words:
    SIGNATURE_LENGTH numbers below 2^32, empty for a text too short to have any. `at`: when it was published (UTC).
    """

    language: str
    at: datetime
    words: str
    clues: tuple[str, ...]
    title: frozenset[str]
    names: frozenset[str]
    signature: tuple[int, ...]


def sketch(title: str, text: str, language: str, at: datetime, concepts: Iterable[str] = ()) -> Sketch:
    """Return what of an item is compared with others. Bounded: long titles and texts are cut, clues are CLUES_MOST.

    `concepts` names what the rules found, as topic/concept. The same item has the same sketch in every process.
    """
    head, body = (" ".join(without_marks(part).split()) for part in (title[:_TITLE_READ], text[:_TEXT_READ]))
    told, said = _read(head, language), _read(body, language)
    # Numbers and names first: where a long text has too many clues, common words are left out.
    lead = tuple(dict.fromkeys([*told.amounts, *told.clues]))[:CLUES_IN_TITLE]
    named = (f"r:{name}" for name in sorted(set(concepts))[:CONCEPTS_MOST])
    ordered = sorted(said.clues, key=lambda clue: (clue not in said.names, clue[0] == "s"))
    clues = tuple(dict.fromkeys([*lead, *named, *said.amounts, *ordered]))[:CLUES_MOST]
    # A word that begins both the title and the text is what they are about.
    names = (told.names | said.names | (told.openers & said.openers)) & frozenset(clues)
    return Sketch(
        language, at, title_key(title)[:_TITLE_READ], clues, frozenset(lead), names, signature(f"{head} {body}")
    )


@dataclass(frozen=True, slots=True)
class _Reading:
    """What a field says: its clues in their order, its numbers and days, its names, and its first word."""

    clues: tuple[str, ...]
    amounts: tuple[str, ...]
    names: frozenset[str]
    openers: frozenset[str]


def _read(text: str, language: str) -> _Reading:
    counted = amounts(text, language)
    words = list(_words(text))
    shouted, quoted = _is_shouted([word for word, _ in words]), _quoted(text)
    clues: dict[str, None] = {}
    names = set()
    for word, starts in words:
        name = _CAMEL.search(word) is not None or (word[:1].isupper() and (word in quoted or not (starts or shouted)))
        clue = _clue(word, language, name=name)
        if not clue:
            continue
        clues[clue] = None
        if name and clue.startswith("s:"):
            names.add(clue)
    opener = _clue(words[0][0], language, name=False) if words else ""
    numbers = (*(f"#:{number}" for number in counted.numbers), *(f"d:{date}" for date in counted.dates))
    return _Reading(tuple(clues), numbers, frozenset(names), frozenset({opener} if opener.startswith("s:") else ()))


def _words(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the words of a field, and whether each begins a sentence (where a capital says nothing)."""
    for match in _WORD.finditer(text):
        start = match.start()
        word = match.group()
        begins = word[0].isupper() and _SENTENCE_START.search(text[max(0, start - 6) : start].rjust(6)) is not None
        yield word, begins


def _quoted(text: str) -> frozenset[str]:
    """Return the words of what stands in quotation marks and is as short as the name of a firm, a ship or a film."""
    return frozenset(
        word for inside in _QUOTED.findall(text) if len(words := _WORD.findall(inside)) <= 3 for word in words
    )


def _is_shouted(words: Sequence[str]) -> bool:
    """Say whether nearly all words stand in capitals or begin with one, so that capitals mark no names."""
    long = [word for word in words if len(word) >= _SHORTEST_WORD]
    return len(long) > 2 and sum(word[0].isupper() for word in long) > 0.8 * len(long)


def _clue(word: str, language: str, *, name: bool) -> str:
    """Return what a word says: its meaning where the lists know it, else its sound; "" for small words."""
    folded = fold(word)
    if len(folded) < 2 or is_stop_word(folded) or is_amount(folded):
        return ""
    meant = meaning(folded, name=name and not word.isupper())
    if meant:
        return f"@:{meant[1:]}" if meant.startswith("@") else f"c:{meant}"
    if len(folded) < _SHORTEST_WORD and not word.isupper():
        return ""
    heard = sound(fold(word.replace("ў", "в")), language, name=word[0].isupper())
    return f"s:{heard[:5]}" if len(heard) > 1 else ""


def signature(text: str) -> tuple[int, ...]:
    """Return the MinHash of a text's shingles: one hash of each shingle, in SIGNATURE_LENGTH bins, of each the least.

    Empty bins take the next full one's value. Source: one permutation hashing with rotation, Shrivastava and Li, 2014.
    """
    words = [fold(word) for word in _WORD.findall(text)][:400]
    bins = [_NO_VALUE] * SIGNATURE_LENGTH
    for at in range(len(words) - _SHINGLE + 1):
        value = int.from_bytes(
            blake2b("\0".join(words[at : at + _SHINGLE]).encode("utf-8", "replace"), digest_size=5, key=_KEY).digest()
        )
        place, low = value % SIGNATURE_LENGTH, value >> 8
        bins[place] = min(bins[place], low % _NO_VALUE)
    full = [place for place, low in enumerate(bins) if low != _NO_VALUE]
    if len(full) < 4:
        return ()
    return tuple(
        bins[place] if bins[place] != _NO_VALUE else bins[next((f for f in full if f > place), full[0])] ^ (place + 1)
        for place in range(SIGNATURE_LENGTH)
    )


def bands(of: Sketch) -> tuple[str, ...]:
    """Return the clues under which near copies find each other: BAND_ROWS values of the signature each."""
    return tuple(
        f"b:{at}:" + "-".join(f"{value:x}" for value in of.signature[at : at + BAND_ROWS])
        for at in range(0, len(of.signature), BAND_ROWS)
    )


def marks(of: Sketch) -> dict[str, int]:
    """Return every clue and band with the number under which storage keeps it: 63 bits, the same in every process."""
    return {clue: _number(clue) for clue in (*of.clues, *bands(of))}


def _number(clue: str) -> int:
    digest = blake2b(clue.encode("utf-8", "replace"), digest_size=8, key=_KEY).digest()
    return int.from_bytes(digest) >> 1


def plain(of: Sketch) -> dict[str, Any]:
    """Return a sketch as values that JSON holds."""
    return {
        "language": of.language,
        "at": of.at.timestamp(),
        "words": of.words,
        "clues": list(of.clues),
        "title": sorted(of.title),
        "names": sorted(of.names),
        "signature": list(of.signature),
    }


def from_plain(values: Mapping[str, Any]) -> Sketch:
    """Return the sketch that `plain` made these values of."""
    return Sketch(
        values["language"],
        datetime.fromtimestamp(values["at"], UTC),
        values["words"],
        tuple(values["clues"]),
        frozenset(values["title"]),
        frozenset(values["names"]),
        tuple(values["signature"]),
    )


def resemblance(a: Sequence[int], b: Sequence[int]) -> float:
    """Return the estimated share of shingles that two signatures have in common, 0 to 1."""
    if not a or not b:
        return 0.0
    return sum(x == y for x, y in zip(a, b, strict=True)) / SIGNATURE_LENGTH

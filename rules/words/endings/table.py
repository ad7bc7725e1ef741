"""How an endings table is read: the ending a word has, and the endings that take its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

# A stem shorter than this carries no meaning of its own: "ми" of "мито" is a word, "м" is none.
_SHORTEST_STEM = 2
_LONGEST_ENDING = 6


@dataclass(frozen=True, slots=True)
class Endings:
    """A language's endings: from the ending of the word as written to those of its other cases.

    In a new ending, `~` stands for the softened last consonant of the stem (нафт~е: нафце), and `*` for no ending but a
    vowel slipped in between the stem's last two consonants (постав-к-а: поставок). `soften` maps a stem to its softened
    forms, `slip` to its forms with the vowel; both return nothing where the language has none.
    """

    table: Mapping[str, tuple[str, ...]]
    soften: Callable[[str], tuple[str, ...]]
    slip: Callable[[str], tuple[str, ...]]

    def forms(self, word: str) -> tuple[str, ...]:
        """Return the word's other forms, in the order of the table, by its longest ending listed there."""
        for length in range(min(_LONGEST_ENDING, len(word) - _SHORTEST_STEM), -1, -1):
            ending = word[len(word) - length :]
            if ending in self.table:
                stem = word[: len(word) - length]
                return tuple(dict.fromkeys(f for f in self._attach(stem, self.table[ending]) if f != word))
        return ()

    def _attach(self, stem: str, endings: tuple[str, ...]) -> Iterator[str]:
        for ending in endings:
            if ending == "*":
                yield from self.slip(stem)
            elif ending.startswith("~"):
                yield from (soft + ending[1:] for soft in self.soften(stem))
            else:
                yield stem + ending


def softener(pairs: Mapping[str, str]) -> Callable[[str], tuple[str, ...]]:
    """Return a function from a stem to its softened form by the stem's last letters; unchanged where none applies."""

    def soften(stem: str) -> tuple[str, ...]:
        for length in (2, 1):
            if stem[-length:] in pairs:
                return (stem[:-length] + pairs[stem[-length:]],)
        return (stem,)

    return soften


def slipper(vowel: str, vowels: str) -> Callable[[str], tuple[str, ...]]:
    """Return a function that puts `vowel` between the last two consonants of a stem; nothing where it ends in one."""

    def slip(stem: str) -> tuple[str, ...]:
        if len(stem) < 2 or stem[-1] in vowels or stem[-2] in vowels:
            return ()
        kept = stem[:-2] if stem[-2] == "ь" else stem[:-1]
        return (kept + vowel + stem[-1],)

    return slip

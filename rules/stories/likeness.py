"""How alike two items are: what speaks for one event and what against it, added up as log-odds with the reasons.

What two items share counts by its rarity among the window's items: a name that hardly anybody else writes, a number
to the decimal. Against them speak numbers, names, countries and days that each has and the other has not: the same
sentence with another number is next week's price, not this week's.

The weights of the table below were fitted (logistic, drawn to hand-set values) on the events with even numbers of the
labelled set, and rounded; `python -m bench.stories` measures them on the odd ones.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property, lru_cache
from types import MappingProxyType

from rules.stories.exact import nearly_same_title
from rules.stories.sketch import Sketch, resemblance
from rules.stories.vocabulary import is_everyday

WINDOW = timedelta(days=3)
SURE = 3.0  # log-odds of what is certain but for the unforeseen: near copies of a title
_SMOOTHING = 200  # items: how many must have been seen before they outweigh what is usual; a young house has few
_MEANING_MOST, _COUNTRY_MOST = 12.0, 4.0
# Each further name or number that is shared says less: who writes Alyaksandr mostly writes Lukashenka too.
_FURTHER = 0.6
_CLUES_OF_A_TITLE = 3  # of which it may be told
_SERIES = timedelta(hours=16)  # a daily bulletin comes a day later, never two hours later

_USUAL: Mapping[str, float] = MappingProxyType(
    {"c": 1 / 12, "@": 1 / 5, "r": 1 / 3, "d": 1 / 6, "s": 1 / 80, "name": 1 / 250, "everyday": 1 / 4}
)
_USUAL_BY_DIGITS = (1 / 6, 1 / 40, 1 / 200, 1 / 500)  # of numbers with one, two … significant digits
_TOLL = frozenset({"c:death", "c:injury", "c:missing"})

# What it adds to the log-odds: (within one language, across two).
_TABLE: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "start": (-6.5, -5.2),
        "names": (0.41, 0.23),
        "numbers": (1.03, 1.07),
        "meanings": (0.12, 0.16),
        "countries": (0.13, 0.35),
        "copied": (2.0, 2.5),
        "covered": (2.3, 1.3),
        "title told": (1.55, 3.2),
        "at one time": (1.2, 1.2),
        "days apart": (-2.65, -2.7),
        "no number shared": (-1.85, -1.85),
        "no day shared": (-3.0, -3.0),
        "no country shared": (-2.0, -2.0),
        "other countries in the titles": (-4.0, -3.8),
        "other names in the titles": (-3.0, -2.9),
        "the same title with other names": (-1.5, -1.0),
        "the same title with other numbers": (-5.0, -5.0),
        "next in a series": (-2.1, -2.0),
        "other names": (-3.8, -3.8),
        "texts apart": (-0.8, -0.6),
    }
)


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two items are. `odds`: log-odds that they tell one event, 0 is even; `reason` names what counted."""

    odds: float
    reason: str


class Rarity:
    """What it says that two items share a clue: `counts` says how many items of the window have it, of `window` items.

    Clues that are not counted are taken to be as rare as is usual for their kind.
    """

    def __init__(self, counts: Mapping[str, int] | None = None, window: int = 0) -> None:
        self._counts = counts or {}
        self._window = window
        self._weights: dict[tuple[str, bool], float] = {}

    def of(self, clue: str, *, name: bool) -> float:
        """Return the weight of a shared clue: minus the logarithm of the share of items that have it."""
        known = self._weights.get((clue, name))  # asked for millions of times
        if known is None:
            usual = _usual(clue, name=name)
            count = self._counts.get(clue, usual * self._window)
            known = -math.log((count + usual * _SMOOTHING) / (self._window + _SMOOTHING))
            known = self._weights[(clue, name)] = min(max(known, 0.0), 12.0)
        return known


@lru_cache(maxsize=20_000)
def _usual(clue: str, *, name: bool) -> float:
    kind, value = clue[0], clue[2:]
    if kind == "#":
        return _usual_number(value)
    if kind == "s" and name:
        return _USUAL["name"]
    return _USUAL["everyday"] if kind == "c" and is_everyday(value) else _USUAL.get(kind, 1 / 80)


def _usual_number(value: str) -> float:
    if ":" in value:
        return 1 / 8 if value.endswith(":00") else 1 / 60
    number = float(value.rstrip("%"))
    digits = len(f"{number:.6e}".partition("e")[0].replace(".", "").rstrip("0")) or 1
    usual = _USUAL_BY_DIGITS[min(digits, 4) - 1]
    if number >= 1_000:
        return min(usual / 3, 1 / 30)
    return usual / 2 if value.endswith("%") else usual


class _Pair:
    """Two items side by side: what they share and what each has alone."""

    def __init__(self, a: Sketch, b: Sketch, rarity: Rarity) -> None:
        self.a, self.b = a, b
        self.all_a, self.all_b = frozenset(a.clues), frozenset(b.clues)
        self.shared = self.all_a & self.all_b
        self.names = a.names | b.names
        self.gap = abs(a.at - b.at)
        self._weights = {clue: rarity.of(clue, name=clue in self.names) for clue in self.all_a | self.all_b}

    def weight(self, clues: Iterable[str]) -> float:
        return sum(map(self._weights.__getitem__, clues))

    def damped(self, clues: Iterable[str]) -> float:
        """Return the summed weight of clues, the rarest first, each further one counting less."""
        weights = sorted(map(self._weights.__getitem__, clues), reverse=True)
        return sum(weight * _FURTHER**at for at, weight in enumerate(weights[:8]))

    def shared_of(self, kind: str) -> float:
        return self.weight([clue for clue in self.shared if clue[0] == kind])

    @cached_property
    def names_shared(self) -> float:
        return self.weight(self.shared & self.names)

    @cached_property
    def alone(self) -> tuple[frozenset[str], frozenset[str]]:
        """The names that one item has and nothing like them the other."""
        return _unlike(self.a.names, self.all_b), _unlike(self.b.names, self.all_a)

    @cached_property
    def title_likeness(self) -> float:
        """How much of the shorter title, numbers aside, stands in the other title too: 0 to 1."""
        shared = self.weight(self.a.title & self.b.title)
        left = min(
            self.weight([c for c in self.a.title - self.all_b if c[0] != "#"]),
            self.weight([c for c in self.b.title - self.all_a if c[0] != "#"]),
        )
        return shared / max(1e-9, shared + left)


def _unlike(names: Set[str], clues: Set[str]) -> frozenset[str]:
    """Return the names that are not among the clues, not even with a shorter or longer ending."""
    missing = frozenset(names) - clues
    if not missing:
        return missing
    # Two sounds are alike where one begins with the other; a sound of less than two letters begins too many.
    beginnings = {clue[:end] for clue in clues if clue[0] == "s" for end in range(4, len(clue) + 1)}
    return frozenset(
        n for n in missing if n not in beginnings and not any(n[:end] in clues for end in range(4, len(n)))
    )


def compare(a: Sketch, b: Sketch, rarity: Rarity) -> Likeness:
    """Return how alike two items are, with what spoke for and against it. The order of the two does not matter."""
    pair = _Pair(a, b, rarity)
    found = _what_is_shared(pair) | _what_differs(pair)
    across = a.language != b.language
    parts = {name: value * _TABLE[name][across] for name, value in found.items() if value}
    odds = _TABLE["start"][across] + sum(parts.values())
    differs = found["no number shared"] or found["no day shared"] or found["next in a series"]
    if odds < SURE and not differs and found["title told"] >= 0.6 and nearly_same_title(a.words, b.words):
        odds, parts = SURE, {"nearly the same title": SURE}
    told = sorted(parts.items(), key=lambda part: -abs(part[1]))[:4]
    return Likeness(odds, ", ".join(f"{name} {value:+.1f}" for name, value in told))


def _what_is_shared(pair: _Pair) -> dict[str, float]:
    total_a, total_b = pair.weight(pair.a.clues), pair.weight(pair.b.clues)
    hours = pair.gap.total_seconds() / 3_600
    return {
        "names": pair.damped(pair.shared & pair.names),
        "numbers": _numbers_shared(pair),
        "meanings": min(pair.shared_of("c") + pair.shared_of("r"), _MEANING_MOST),
        "countries": min(pair.shared_of("@"), _COUNTRY_MOST),
        "copied": resemblance(pair.a.signature, pair.b.signature),
        "covered": pair.weight(pair.shared) / max(8.0, min(total_a, total_b)),
        "title told": max(_told(pair, pair.a, pair.all_b), _told(pair, pair.b, pair.all_a)),
        "at one time": math.exp(-hours / 12),
        "days apart": min(hours / 72, 2.0),
    }


def _numbers_shared(pair: _Pair) -> float:
    """Return the weight of shared numbers; less where each item has many, for tables share some by chance."""
    shared = _of(pair.shared, "#")
    fewer = min(len(numbers) for numbers in _both(pair, "#"))
    return pair.damped(shared) * math.sqrt(len(shared) / fewer) if shared else 0.0


def _told(pair: _Pair, teller: Sketch, clues: Set[str]) -> float:
    # A title of a word or two is told by half the items there are.
    fullness = min(1.0, len(teller.title) / _CLUES_OF_A_TITLE)
    return fullness * pair.weight(teller.title & clues) / max(6.0, pair.weight(teller.title))


def _what_differs(pair: _Pair) -> dict[str, float]:
    a, b = pair.a, pair.b
    numbers, title_numbers = _both(pair, "#"), (_of(a.title, "#"), _of(b.title, "#"))
    other_numbers = bool(title_numbers[0]) and bool(title_numbers[1]) and not title_numbers[0] & title_numbers[1]
    missing = bool(title_numbers[0] - numbers[1] or title_numbers[1] - numbers[0])
    # A toll that grows has other numbers and is one event all the same, where the place is the same.
    toll = bool(a.title & _TOLL) and bool(b.title & _TOLL) and pair.names_shared >= 3.5
    other_names = _other_names_in_titles(pair)
    alone = min(len(pair.alone[0]), len(pair.alone[1]), 3) / 3
    countries = _both(pair, "@")
    like = pair.title_likeness
    repeated = like >= 0.8 and len(a.title) > 1 and resemblance(a.signature, b.signature) < 0.9
    return {
        "no number shared": float(_apart(numbers)),
        "no day shared": float(_apart(_both(pair, "d"))),
        "no country shared": float(_apart(countries)),
        "other countries in the titles": float(
            bool(_of(a.title, "@") - countries[1]) and bool(_of(b.title, "@") - countries[0])
        ),
        "other names in the titles": float(other_names),
        "the same title with other names": float(other_names and like >= 0.5),
        "the same title with other numbers": float(other_numbers and missing and like >= 0.5 and not toll),
        "next in a series": float(pair.gap >= _SERIES and (other_numbers or repeated)),
        "other names": alone,
        "texts apart": float(_texts_apart(pair)),
    }


def _of(clues: Iterable[str], kind: str) -> frozenset[str]:
    return frozenset(clue for clue in clues if clue[0] == kind)


def _both(pair: _Pair, kind: str) -> tuple[frozenset[str], frozenset[str]]:
    return _of(pair.all_a, kind), _of(pair.all_b, kind)


def _apart(both: tuple[frozenset[str], frozenset[str]]) -> bool:
    return bool(both[0]) and bool(both[1]) and not both[0] & both[1]


def _other_names_in_titles(pair: _Pair) -> bool:
    """Say whether each title names people or places, and none of them stands anywhere in the other item."""
    named_a, named_b = (
        frozenset(clue for clue in each.title if clue in each.names or clue[0] == "@") for each in (pair.a, pair.b)
    )
    return (
        bool(named_a)
        and bool(named_b)
        and len(_unlike(named_a, pair.all_b)) == len(named_a)
        and len(_unlike(named_b, pair.all_a)) == len(named_b)
    )


def _texts_apart(pair: _Pair) -> bool:
    """Say whether nearly nothing of what the shorter text says beyond its title is in the other item."""
    texts = (
        (frozenset(pair.a.clues) - pair.a.title, pair.all_b),
        (frozenset(pair.b.clues) - pair.b.title, pair.all_a),
    )
    weighed = sorted((pair.weight(own), pair.weight(own & other)) for own, other in texts)
    total, shared = weighed[0]
    return total >= 12 and shared < 0.12 * total

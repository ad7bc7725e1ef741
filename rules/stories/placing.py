"""Which story an item belongs to, and which stories prove to be one.

An item joins where it is surely like one of the story's items and not unlike its core: the first item, and the one most
like all others. So a story does not grow from item to item until its ends have nothing in common.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rules.stories.likeness import Likeness, Rarity, compare
from rules.stories.sketch import Sketch

JOINS = 0.5  # mean log-odds of the likest item and of the likest core
CORE_AT_LEAST = -1.5
MEAN_AT_LEAST = -1.5  # of all items of the story that are compared
MERGES = 3.0  # two stories are made one only on better evidence than an item asks for: it can't be undone
# So much may the cores of two stories differ that one item proves to be one: more speaks for it than against it, but
# not yet enough. Those of two events that a survey of the day's news tells together are further apart.
CORES_AT_LEAST = -4.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """An item that the new one may belong to. `core`: the first item of its story, or the one most like the others."""

    item_id: int
    story_id: int
    core: bool
    sketch: Sketch


@dataclass(frozen=True, slots=True)
class Placing:
    """Where an item belongs: `story_id` (None: a story of its own), `merges` the stories that prove to be the same one,
    with `reason` for a person."""

    story_id: int | None
    merges: tuple[int, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class _Fit:
    story_id: int
    odds: float
    core: float
    mean: float
    reason: str


def place(item: Sketch, candidates: Sequence[Candidate], rarity: Rarity, standing: int | None = None) -> Placing:
    """Return the story that an item belongs to. `standing`: the story that it is in already (by an exact key, or by an
    earlier text), which it never leaves; others may prove to be the same."""
    by_story: dict[int, list[tuple[Candidate, Likeness]]] = {}
    for each in candidates:
        by_story.setdefault(each.story_id, []).append((each, compare(item, each.sketch, rarity)))
    fits = sorted((_fit(story, found) for story, found in by_story.items()), key=lambda fit: (-fit.odds, fit.story_id))
    joined = [fit for fit in fits if fit.odds >= JOINS and fit.core >= CORE_AT_LEAST and fit.mean >= MEAN_AT_LEAST]
    best = standing if standing is not None else (joined[0].story_id if joined else None)
    if best is None:
        return Placing(None, (), fits[0].reason if fits else "nothing like it")
    certain = standing is not None or joined[0].odds >= MERGES
    surely = [fit.story_id for fit in joined if certain and fit.story_id != best and fit.odds >= MERGES]
    merges = tuple(story for story in surely if _cores_agree(best, story, by_story, rarity))
    reason = next((fit.reason for fit in fits if fit.story_id == best), "an exact key")
    return Placing(best, merges, reason)


def _fit(story_id: int, found: Sequence[tuple[Candidate, Likeness]]) -> _Fit:
    best = max(found, key=lambda pair: pair[1].odds)
    cores = [likeness.odds for candidate, likeness in found if candidate.core]
    core = max(cores) if cores else best[1].odds
    mean = sum(likeness.odds for _, likeness in found) / len(found)
    return _Fit(story_id, (best[1].odds + core) / 2, core, mean, best[1].reason)


def _cores_agree(one: int, other: int, by_story: dict[int, list[tuple[Candidate, Likeness]]], rarity: Rarity) -> bool:
    cores = [[candidate.sketch for candidate, _ in by_story.get(story, ()) if candidate.core] for story in (one, other)]
    odds = [compare(a, b, rarity).odds for a in cores[0] for b in cores[1]]
    return bool(odds) and max(odds) >= CORES_AT_LEAST


def medoid(sketches: Sequence[Sketch], rarity: Rarity) -> int:
    """Return the place in the sequence of the item most like all others; the first of equals. Asks for at least one."""
    sums = [0.0] * len(sketches)
    for at, one in enumerate(sketches):
        for beyond, other in enumerate(sketches[at + 1 :], at + 1):
            odds = compare(one, other, rarity).odds
            sums[at] += odds
            sums[beyond] += odds
    return max(range(len(sums)), key=lambda at: (sums[at], -at))

"""Puts a decision into words: which places told it, and the one line of an alert. `misses` says what was lacking."""

from __future__ import annotations

from collections.abc import Sequence

from rules.engine.misses import missing, plainly
from rules.engine.quoting import short
from rules.model import Field, Hit, Reach

__all__ = ["SHOWN_HITS", "because", "missing", "plainly", "telling"]

SHOWN_HITS = 40
_REACHES = tuple(Reach)


def telling(weighted: Sequence[tuple[int, Hit]]) -> tuple[Hit, ...]:
    """Return the hits, the most telling first: of the highest points line, in the title, surest reading, earliest.

    A place is told once per concept; a place inside a longer one of the same concept is not told.
    """
    ordered = sorted(weighted, key=lambda pair: (-pair[0], *_rank(pair[1])))
    kept: list[Hit] = []
    for _, hit in ordered:
        if len(kept) == SHOWN_HITS:
            break
        if not any(_inside(hit, other) for other in kept):
            kept = [other for other in kept if not _inside(other, hit)]
            kept.append(hit)
    return tuple(kept)


def _rank(hit: Hit) -> tuple[bool, int, int, int]:
    return (hit.field is not Field.TITLE, _REACHES.index(hit.reach), hit.start, -hit.end)


def _inside(hit: Hit, other: Hit) -> bool:
    same = hit.field is other.field and hit.concept == other.concept
    return same and other.start <= hit.start and hit.end <= other.end


def because(hits: Sequence[Hit], points: int, at_least: int | None) -> str:
    """Return one line for a person: which words, read as what, where, and the score if the rule has one."""
    score = "" if at_least is None else f": {points} of {at_least} points"
    if not hits:
        return f"nothing that the rule excludes is in it{score}"
    best = hits[0]
    partners = [hit for hit in hits[1:] if hit.clause == best.clause and hit.field is best.field]
    others = (hit for hit in partners if hit.concept != best.concept)
    partner = min(others, key=lambda hit: abs(hit.start - best.start), default=None)
    where = f"in the {best.field}"
    if partner is None:
        return f"“{short(best.quoted)}” ({best.concept}) {where}{score}"
    first, second = sorted((best, partner), key=lambda hit: hit.start)
    said = f"“{short(first.quoted)}” ({first.concept}) near “{short(second.quoted)}” ({second.concept})"
    return f"{said} {where}{score}"

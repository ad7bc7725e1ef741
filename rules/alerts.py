"""Who is told: one verdict with its reason for each subscriber, story and item.

The order of the questions is the order of `decide`: what was never to be told, what was told, what the subscriber asked
for, then when.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from enum import StrEnum

# Once for each five-fold growth of the number of sources: 1, 5, 25.
SPREAD = 5


class How(StrEnum):
    """How a subscriber wants a topic told."""

    AT_ONCE = "at once"
    DIGEST = "in the digest"
    BOTH = "at once and in the digest"


class Verdict(StrEnum):
    """What is done about one item for one subscriber. The values are the reasons, as people read them."""

    SEND = "first alert about this story"
    EDIT = "joins a story already told"
    RING = "its story spread five-fold since its message rang"
    HOLD = "quiet hours: waits until they end"
    DIGEST = "digest only, by choice"
    FLOOD = "too many at once: gathered into a digest"
    TOLD = "already told"
    MUTED = "muted by the subscriber"
    PAUSED = "the subscriber paused"
    SUSPENDED = "the chat no longer takes our messages"
    BASELINE = "the source's first poll: nothing old is alerted"
    STALE = "published too long ago to alert"


@dataclass(frozen=True, slots=True)
class Situation:
    """All that a verdict depends on.

    `told_item`: this item was already counted for this subscriber; `told_story`: an alert of its story was queued or
    sent.
    `queue_length`: alerts not yet sent to this subscriber; at `flood_limit` new stories go to the digest (0: no limit).
    `how` BOTH alerts like AT_ONCE; that its items are put down for the digest too is not a verdict's matter.
    `quiet` is [from, to) on the subscriber's own clock, `local_time`; None for no quiet hours; an `urgent` topic breaks
    through them. `held`: the story waits for the end of quiet hours; `put_down`: it waits for a digest.
    `spread`: the story told has five times the sources that it rang with, and the subscriber wants to hear of that.
    `stale`: published longer ago than alerts are sent for.
    """

    how: How = How.AT_ONCE
    paused: bool = False
    suspended: bool = False
    muted: bool = False
    baseline: bool = False
    stale: bool = False
    told_item: bool = False
    told_story: bool = False
    spread: bool = False
    held: bool = False
    put_down: bool = False
    urgent: bool = False
    queue_length: int = 0
    flood_limit: int = 0
    quiet: tuple[time, time] | None = None
    local_time: time = time(12)


def is_quiet(quiet: tuple[time, time] | None, local_time: time) -> bool:
    """Say whether `local_time` lies in quiet hours [from, to), which may span midnight; from = to is none."""
    if quiet is None:
        return False
    start, end = quiet
    if start <= end:
        return start <= local_time < end
    return local_time >= start or local_time < end


def has_spread(sources: int, rung_sources: int) -> bool:
    """Say whether a story that rang with `rung_sources` and has `sources` now has grown enough to ring again."""
    return sources >= SPREAD * max(rung_sources, 1)


def decide(situation: Situation) -> Verdict:
    """Return the one verdict for a situation; the first reason that applies, in the order of this page."""
    silent = is_quiet(situation.quiet, situation.local_time) and not situation.urgent
    flooded = 0 < situation.flood_limit <= situation.queue_length
    may_ring = not silent and not flooded and situation.how is not How.DIGEST
    reasons = (
        (situation.baseline, Verdict.BASELINE),
        (situation.suspended, Verdict.SUSPENDED),
        (situation.told_item, Verdict.TOLD),
        (situation.paused, Verdict.PAUSED),
        (situation.muted, Verdict.MUTED),
        (situation.stale, Verdict.STALE),
        (situation.told_story and situation.spread and may_ring, Verdict.RING),
        (situation.told_story, Verdict.EDIT),
        (situation.how is How.DIGEST, Verdict.DIGEST),
        # What waits for a digest already is told there, once.
        (situation.put_down, Verdict.FLOOD),
        (silent, Verdict.HOLD),
        (situation.held and not situation.urgent, Verdict.HOLD),
        (flooded, Verdict.FLOOD),
    )
    return next((verdict for applies, verdict in reasons if applies), Verdict.SEND)

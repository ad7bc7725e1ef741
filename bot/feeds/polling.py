"""When to ask a source again, and what to make of how it answered. Decisions only: nothing is fetched here."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random
from statistics import median
from typing import Final

from bot.feeds.model import FetchFault

DAY: Final = timedelta(days=1)
JITTER: Final = 0.1
ARRIVALS_WEIGHED: Final = 30
POLLS_PER_GAP: Final = 2
"""Polls for each usual gap between arrivals. What we see arrive can't be closer together than our polls: asking twice
as often as news seems to come lets the interval find its way down to the source's true pace."""

QUIET_SHARE: Final = 20
"""A source silent for long is asked after a twentieth of its silence: 24 minutes after a night, an hour after a day."""

GAP_SPEEDUP: Final = 4
FULL_FETCH_EVERY: Final = timedelta(hours=20)
MOVE_POLLS: Final = 5
MOVE_SPAN: Final = timedelta(hours=24)
OWN_FAULT_HOSTS: Final = 5
OWN_FAULT_SHARE: Final = 0.8

CONNECTION_FAULTS: Final = frozenset(
    {FetchFault.UNREACHABLE, FetchFault.NAME, FetchFault.TIMEOUT, FetchFault.TLS, FetchFault.OUR_NETWORK}
)
"""Faults that our own line, name server or clock can cause for everybody at once."""


@dataclass(frozen=True, slots=True)
class PollLimits:
    """The operator's bounds for the interval between two polls of a source, in seconds."""

    min_s: float
    max_s: float

    def clamp(self, seconds: float) -> float:
        """Return `seconds` within the bounds; where they contradict each other the lower one wins."""
        return max(self.min_s, min(self.max_s, seconds))


@dataclass(frozen=True, slots=True)
class Poll:
    """How a poll went, and what is known of the source's pace.

    `arrivals` are the times (UTC seconds) when its recent items were first seen (of a baseline: when they were
    published), in any order. `fault` is None where the poll brought an answer, changed or not; `failures` counts failed
    polls in a row, this one included. `gap` says that no known entry was left in the document, so that some may have
    been missed.
    `ours` says that our own network failed (FetchFault.OUR_NETWORK says so too), `held` that no request was made
    because the host asked all of its sources to stay away (FetchFault.RATE_LIMITED without a status). `retry_after`,
    `max_age` and `ttl` are what the source asked for.
    """

    arrivals: Sequence[float] = ()
    fault: FetchFault | None = None
    failures: int = 0
    gap: bool = False
    ours: bool = False
    held: bool = False
    retry_after: timedelta | None = None
    max_age: timedelta | None = None
    ttl: timedelta | None = None


@dataclass(frozen=True, slots=True)
class NextPoll:
    """When to ask again, and why then. `paused`: a person must look first (`next_at` is then only a date to hold).

    `blamed` says whether the poll counts as the source's failure. `interval` is the time from now to `next_at`.
    """

    next_at: datetime
    interval: timedelta
    reason: str
    paused: bool = False
    blamed: bool = False


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a source deserves to be asked, in seconds, before jitter and requests of the source."""

    interval_s: float
    reason: str


def pace(arrivals: Iterable[float], limits: PollLimits, now: datetime) -> Pace:
    """Return a source's own pace from when its items arrived (UTC seconds), within the operator's limits.

    Half the usual (median) gap between arrivals; what came with one poll counts as one arrival. A source that fell
    silent is asked less and less; of a source without a history the middle (geometric) of the limits is taken.
    """
    now_s = now.timestamp()
    times = sorted({at for at in arrivals if at <= now_s})[-ARRIVALS_WEIGHED:]
    if len(times) < 2:
        silent_s = (now_s - times[0]) / QUIET_SHARE if times else 0.0
        middle_s = math.sqrt(max(limits.min_s, 0.001) * max(limits.max_s, 0.001))
        return Pace(limits.clamp(max(middle_s, silent_s)), "its pace is not known yet")
    gap_s = median(later - earlier for earlier, later in pairwise(times))
    silent_s = (now_s - times[-1]) / QUIET_SHARE
    if silent_s > gap_s / POLLS_PER_GAP:
        return Pace(limits.clamp(silent_s), f"silent for {_spoken(now_s - times[-1])}")
    return Pace(limits.clamp(gap_s / POLLS_PER_GAP), f"news every {_spoken(gap_s)}")


def next_poll(poll: Poll, limits: PollLimits, *, now: datetime, rng: Random) -> NextPoll:
    """Return when to ask a source again.

    Within the limits, give or take a tenth, unless the source asked for more (Retry-After: at most a day; max-age and
    ttl: at most the upper limit) or keeps failing (doubling to at most a day, never giving up). 410 pauses it.
    """
    own = pace(poll.arrivals, limits, now)
    if poll.fault is FetchFault.GONE:
        return NextPoll(now + DAY, DAY, "gone for good (410): paused until a person looks", paused=True, blamed=True)
    asked_s, asked_reason = _asked(poll, limits)
    ours = poll.ours or poll.fault is FetchFault.OUR_NETWORK
    if poll.fault is None:
        interval_s, reason, ceiling_s = own.interval_s, own.reason, limits.clamp(limits.max_s)
        if poll.gap:
            interval_s, reason = limits.clamp(interval_s / GAP_SPEEDUP), "items may have been missed: sooner"
    elif ours:
        interval_s, reason, ceiling_s = own.interval_s, "our own network failed", limits.clamp(limits.max_s)
    elif poll.held:
        interval_s, reason, ceiling_s = own.interval_s, "its host asked us to stay away", limits.clamp(limits.max_s)
    else:
        interval_s, reason = _backed_off(own.interval_s, poll.failures), f"failed {_times(poll.failures)}: {poll.fault}"
        ceiling_s = max(DAY.total_seconds(), limits.min_s)
    wait_s = max(limits.min_s, min(ceiling_s, interval_s * (1 + rng.uniform(-JITTER, JITTER))))
    if asked_s > wait_s:
        # Never earlier than asked; spread a little, because many were asked to come back at the same moment.
        wait_s = min(asked_s * (1 + rng.uniform(0, JITTER)), max(asked_s, DAY.total_seconds()))
        reason = asked_reason
    interval = timedelta(seconds=wait_s)
    blamed = poll.fault is not None and not (ours or poll.held)
    return NextPoll(now + interval, interval, reason, blamed=blamed)


def _asked(poll: Poll, limits: PollLimits) -> tuple[float, str]:
    """Return the seconds that the source asked us to wait at least, and where it said so; 0 where it didn't."""
    wishes = [
        (_bounded(poll.retry_after, DAY.total_seconds()), "the source asked to come back later"),
        (_bounded(poll.max_age, limits.max_s), "the answer stays fresh (max-age)"),
        (_bounded(poll.ttl, limits.max_s), "the feed names its own pace (ttl)"),
    ]
    return max(wishes, key=lambda wish: wish[0])


def _bounded(wish: timedelta | None, most_s: float) -> float:
    return 0.0 if wish is None else max(0.0, min(wish.total_seconds(), most_s))


def _backed_off(interval_s: float, failures: int) -> float:
    """Return the interval doubled for each failure, at most a day (bounded before doubling: counts may be huge)."""
    return min(interval_s * 2.0 ** min(max(failures, 0), 40), DAY.total_seconds())


def _times(failures: int) -> str:
    return "once" if failures <= 1 else f"{failures} times"


def _spoken(seconds: float) -> str:
    """Return a length of time as a person says it: "40 s", "12 min", "3 h", "5 days"."""
    seconds = max(0.0, seconds)
    if seconds < 100:
        return f"{seconds:.0f} s"
    if seconds < 100 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.0f} h" if seconds < 72 * 3600 else f"{seconds / 86400:.0f} days"


@dataclass(frozen=True, slots=True)
class FullFetch:
    """Whether the next poll must ask without validators."""

    due: bool
    reason: str


def unconditional_due(last_full_at: datetime | None, now: datetime) -> FullFetch:
    """Say whether a source is due to be fetched in full: at least daily, for servers that say "unchanged" for ever.

    A little before the day is over, because the poll that comes after it may be hours later.
    """
    if last_full_at is None:
        return FullFetch(True, "never fetched in full")
    since = now - last_full_at
    if since < timedelta(0):
        return FullFetch(True, "the clock went back")
    due = since >= FULL_FETCH_EVERY
    return FullFetch(due, f"fetched in full {_spoken(since.total_seconds())} ago")


@dataclass(frozen=True, slots=True)
class MoveTrial:
    """An address that a source says (301) it has moved to, on trial since `since_at`: `polls` of it went well."""

    url: str
    since_at: datetime
    polls: int


@dataclass(frozen=True, slots=True)
class MoveDecision:
    """Whether to adopt a source's new address; `trial` is to be kept for the next poll (None: no trial runs)."""

    adopt: bool
    trial: MoveTrial | None
    reason: str


def adopt_move(trial: MoveTrial | None, permanent_url: str, served_known: bool, now: datetime) -> MoveDecision:
    """Say whether to adopt the address that a source moved to for good.

    Only after it served items that we know at five polls over 24 hours: a hijacked or parked name redirects "for good"
    as well. `permanent_url` is what this poll was told ("" for nothing), `served_known` whether known items came (or
    "not modified" did).
    """
    if not permanent_url:
        return MoveDecision(False, None, "it has not moved" if trial is None else "it no longer says that it moved")
    if not served_known:
        return MoveDecision(False, None, "the new address shows nothing that we know")
    if trial is None or trial.url != permanent_url or trial.since_at > now:
        trial = MoveTrial(permanent_url, now, 0)
    trial = MoveTrial(trial.url, trial.since_at, trial.polls + 1)
    if trial.polls >= MOVE_POLLS and now - trial.since_at >= MOVE_SPAN:
        return MoveDecision(True, None, f"the new address served known items {trial.polls} times")
    tried_s = (now - trial.since_at).total_seconds()
    return MoveDecision(False, trial, f"on trial: {trial.polls} polls since {_spoken(tried_s)}")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one request of a batch ended: the host (with port) it went to, and its fault, None where it was answered."""

    host: str
    fault: FetchFault | None


@dataclass(frozen=True, slots=True)
class OwnFault:
    """Whether a batch failed because of us; then no source is to be blamed."""

    ours: bool
    reason: str


def own_fault(outcomes: Sequence[Outcome]) -> OwnFault:
    """Say whether most hosts of a batch failed at once, which is our network's doing and not theirs.

    At least four fifths of at least five hosts, by faults of connection. A host that answered anything counts as
    reached.
    """
    reached: dict[str, bool] = {}
    for outcome in outcomes:
        answered = outcome.fault not in CONNECTION_FAULTS
        reached[outcome.host] = reached.get(outcome.host, False) or answered
    failed = sum(not answered for answered in reached.values())
    ours = len(reached) >= OWN_FAULT_HOSTS and failed >= OWN_FAULT_SHARE * len(reached)
    return OwnFault(ours, f"{failed} of {len(reached)} hosts could not be reached")

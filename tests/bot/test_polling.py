"""When a source is asked again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.feeds.model import FetchFault
from bot.feeds.polling import (
    CONNECTION_FAULTS,
    DAY,
    MOVE_POLLS,
    MOVE_SPAN,
    MoveTrial,
    Outcome,
    Poll,
    PollLimits,
    adopt_move,
    next_poll,
    own_fault,
    pace,
    unconditional_due,
)

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
LIMITS = PollLimits(min_s=60, max_s=3600)
MINUTE = timedelta(minutes=1)

waits = st.none() | st.timedeltas(min_value=timedelta(days=-400), max_value=timedelta(days=4000))
limits = st.builds(
    lambda low, more: PollLimits(low, low + more),
    st.floats(min_value=1, max_value=7200),
    st.floats(min_value=0, max_value=80_000),
)
polls = st.builds(
    Poll,
    arrivals=st.lists(
        st.timedeltas(timedelta(days=-1000), timedelta(days=10)).map(lambda ago: (NOON + ago).timestamp()), max_size=40
    ),
    fault=st.none() | st.sampled_from(FetchFault),
    failures=st.integers(min_value=0, max_value=10**9),
    gap=st.booleans(),
    ours=st.booleans(),
    held=st.booleans(),
    retry_after=waits,
    max_age=waits,
    ttl=waits,
)


def every(gap: timedelta, count: int = 10, until: datetime = NOON) -> list[float]:
    return [(until - gap * number).timestamp() for number in range(count)]


def wait_of(poll: Poll, seed: int = 1) -> timedelta:
    return next_poll(poll, LIMITS, now=NOON, rng=Random(seed)).interval


@given(polls, limits, st.integers())
def test_the_next_poll_is_never_too_soon_and_never_more_than_a_day_away(
    poll: Poll, bounds: PollLimits, seed: int
) -> None:
    decision = next_poll(poll, bounds, now=NOON, rng=Random(seed))
    seconds = decision.interval.total_seconds()
    assert decision.next_at == NOON + decision.interval
    assert decision.reason
    assert seconds >= min(bounds.min_s, DAY.total_seconds()) - 0.001
    assert seconds <= max(DAY.total_seconds(), bounds.max_s) + 0.001
    if poll.fault is None and poll.retry_after is None:
        assert seconds <= bounds.max_s * 1.1 + 0.001
    if poll.retry_after is not None and not decision.paused:
        assert seconds >= min(poll.retry_after, DAY).total_seconds() - 0.001


@given(polls, limits, st.integers())
def test_the_same_dice_give_the_same_poll(poll: Poll, bounds: PollLimits, seed: int) -> None:
    first, second = (next_poll(poll, bounds, now=NOON, rng=Random(seed)) for _ in range(2))
    assert first == second


@given(
    st.lists(st.datetimes(), max_size=50).map(lambda times: [at.replace(tzinfo=UTC).timestamp() for at in times]),
    limits,
)
def test_a_pace_stays_within_the_limits(arrivals: list[float], bounds: PollLimits) -> None:
    assert bounds.min_s <= pace(arrivals, bounds, NOON).interval_s <= bounds.max_s


@pytest.mark.parametrize(
    ("gap", "expected_s"),
    [
        (timedelta(seconds=1), 60),
        (timedelta(minutes=10), 300),
        (timedelta(hours=1), 1800),
        (timedelta(days=1), 3600),
    ],
)
def test_a_source_is_asked_twice_in_its_usual_gap(gap: timedelta, expected_s: float) -> None:
    assert pace(every(gap), LIMITS, NOON).interval_s == expected_s


def test_what_came_with_one_poll_is_one_arrival() -> None:
    batches = [at for at in every(timedelta(minutes=40), 5) for _ in range(30)]
    assert pace(batches, LIMITS, NOON).interval_s == 1200


def test_a_single_pause_does_not_change_the_pace() -> None:
    arrivals = every(timedelta(minutes=10), 10) + every(timedelta(minutes=10), 10, NOON - timedelta(hours=9))
    assert pace(arrivals, LIMITS, NOON).interval_s == 300


def test_a_source_that_fell_silent_is_asked_less_and_less() -> None:
    after = [pace(every(10 * MINUTE), LIMITS, NOON + timedelta(hours=hours)).interval_s for hours in (0, 4, 8, 48)]
    assert after == [300, 720, 1440, 3600]


def test_a_source_without_history_gets_the_middle_of_the_limits() -> None:
    assert 60 < pace([], LIMITS, NOON).interval_s < 3600


def test_times_in_the_future_do_not_count() -> None:
    arrivals = [*every(10 * MINUTE), *((NOON + timedelta(days=number)).timestamp() for number in range(1, 30))]
    assert pace(arrivals, LIMITS, NOON).interval_s == 300


def test_polls_are_spread_by_a_tenth() -> None:
    seconds = [wait_of(Poll(every(10 * MINUTE)), seed).total_seconds() for seed in range(200)]
    assert 270 <= min(seconds) < 280
    assert 320 < max(seconds) <= 330


def test_failures_double_the_wait_up_to_a_day_and_never_end() -> None:
    known = every(10 * MINUTE)
    expected = [600, 1200, 2400, 4800, 9600, 19200, 38400, 76800, 86400, 86400]
    for failures, seconds in enumerate(expected, start=1):
        poll = next_poll(Poll(known, FetchFault.HTTP, failures), LIMITS, now=NOON, rng=Random(3))
        assert seconds * 0.9 <= poll.interval.total_seconds() <= min(86400, seconds * 1.1)
        assert poll.blamed
        assert not poll.paused
    assert wait_of(Poll(known, FetchFault.HTTP, 10**9)) <= DAY


def test_our_own_fault_is_nobodys_failure() -> None:
    poll = next_poll(
        Poll(every(10 * MINUTE), FetchFault.UNREACHABLE, failures=7, ours=True), LIMITS, now=NOON, rng=Random(1)
    )
    assert poll.interval <= timedelta(seconds=330)
    assert not poll.blamed


def test_our_own_line_being_down_is_nobodys_failure_either() -> None:
    poll = Poll(every(10 * MINUTE), FetchFault.OUR_NETWORK, failures=7)
    assert not next_poll(poll, LIMITS, now=NOON, rng=Random(1)).blamed


def test_a_source_whose_host_is_held_waits_without_blame() -> None:
    poll = Poll(every(10 * MINUTE), FetchFault.RATE_LIMITED, held=True, retry_after=timedelta(hours=2))
    decision = next_poll(poll, LIMITS, now=NOON, rng=Random(1))
    assert timedelta(hours=2) <= decision.interval <= timedelta(hours=2.2)
    assert not decision.blamed


def test_gone_pauses_with_a_note() -> None:
    decision = next_poll(Poll(fault=FetchFault.GONE, failures=1), LIMITS, now=NOON, rng=Random(1))
    assert decision.paused
    assert "410" in decision.reason


def test_what_the_server_asks_for_is_a_lower_bound() -> None:
    known = every(10 * MINUTE)
    assert wait_of(Poll(known, retry_after=timedelta(hours=5))) >= timedelta(hours=5)
    assert wait_of(Poll(known, FetchFault.HTTP, 1, retry_after=timedelta(hours=5))) >= timedelta(hours=5)
    assert wait_of(Poll(known, retry_after=timedelta(days=900))) == DAY
    assert wait_of(Poll(known, max_age=timedelta(minutes=30))) >= timedelta(minutes=30)
    assert wait_of(Poll(known, ttl=timedelta(minutes=40))) >= timedelta(minutes=40)
    assert wait_of(Poll(known, max_age=timedelta(days=300), ttl=timedelta(days=30))) <= timedelta(seconds=3960)
    assert wait_of(Poll(known, max_age=timedelta(seconds=5))) <= timedelta(seconds=330)


def test_a_gap_makes_the_next_poll_sooner() -> None:
    known = every(timedelta(hours=1))
    assert wait_of(Poll(known, gap=True)) < wait_of(Poll(known)) / 3


def test_a_source_is_fetched_in_full_at_least_daily() -> None:
    assert unconditional_due(None, NOON).due
    assert unconditional_due(NOON - timedelta(hours=21), NOON).due
    assert unconditional_due(NOON + timedelta(hours=1), NOON).due
    assert not unconditional_due(NOON - timedelta(hours=2), NOON).due
    assert not unconditional_due(NOON, NOON).due


def polled(times: int, apart: timedelta, url: str = "https://new.example/feed") -> tuple[bool, MoveTrial | None]:
    trial: MoveTrial | None = None
    decision = None
    for number in range(times):
        decision = adopt_move(trial, url, True, NOON + apart * number)
        trial = decision.trial
    assert decision is not None
    return decision.adopt, trial


def test_a_move_is_adopted_after_five_polls_over_a_day() -> None:
    assert polled(MOVE_POLLS, MOVE_SPAN / (MOVE_POLLS - 1))[0]
    assert not polled(MOVE_POLLS - 1, MOVE_SPAN)[0]
    assert not polled(200, timedelta(minutes=5))[0]


def test_a_move_starts_over_when_its_target_changes_or_shows_strangers() -> None:
    _, trial = polled(4, timedelta(hours=10))
    assert trial is not None
    late = NOON + timedelta(days=3)
    assert adopt_move(trial, trial.url, True, late).adopt
    elsewhere = adopt_move(trial, "https://parked.example/", True, late)
    assert not elsewhere.adopt
    assert elsewhere.trial == MoveTrial("https://parked.example/", late, 1)
    assert adopt_move(trial, trial.url, False, late).trial is None
    assert adopt_move(trial, "", True, late).trial is None


def test_a_clock_that_went_back_starts_the_trial_over() -> None:
    future = MoveTrial("https://new.example/feed", NOON + timedelta(days=2), 50)
    decision = adopt_move(future, future.url, True, NOON)
    assert not decision.adopt
    assert decision.trial == MoveTrial(future.url, NOON, 1)


def outcomes(failed: int, reached: int, fault: FetchFault = FetchFault.UNREACHABLE) -> list[Outcome]:
    bad = [Outcome(f"bad{number}:80", fault) for number in range(failed)]
    return bad + [Outcome(f"good{number}:80", None) for number in range(reached)]


@pytest.mark.parametrize("fault", sorted(CONNECTION_FAULTS))
def test_when_most_hosts_fail_at_once_the_fault_is_ours(fault: FetchFault) -> None:
    assert own_fault(outcomes(8, 2, fault)).ours
    assert own_fault(outcomes(5, 0, fault)).ours
    assert not own_fault(outcomes(7, 3, fault)).ours
    assert not own_fault(outcomes(4, 0, fault)).ours


@pytest.mark.parametrize("fault", sorted(set(FetchFault) - CONNECTION_FAULTS))
def test_an_answer_however_bad_means_that_our_line_works(fault: FetchFault) -> None:
    assert not own_fault(outcomes(20, 0, fault)).ours


def test_many_sources_of_one_host_are_one_host() -> None:
    assert not own_fault([Outcome("a:80", FetchFault.TIMEOUT)] * 50).ours
    assert not own_fault([*outcomes(5, 0), *(Outcome(f"bad{number}:80", None) for number in range(2))]).ours
    assert not own_fault([]).ours

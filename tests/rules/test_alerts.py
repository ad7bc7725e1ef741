"""One subscriber, one item, one verdict, and the right one where reasons meet."""

from __future__ import annotations

from datetime import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.alerts import How, Situation, Verdict, decide, is_quiet

TIMES = st.times()
SITUATIONS = st.builds(
    Situation,
    how=st.sampled_from(How),
    paused=st.booleans(),
    suspended=st.booleans(),
    muted=st.booleans(),
    baseline=st.booleans(),
    stale=st.booleans(),
    told_item=st.booleans(),
    told_story=st.booleans(),
    queue_length=st.integers(0, 50),
    flood_limit=st.integers(0, 30),
    quiet=st.none() | st.tuples(TIMES, TIMES),
    local_time=TIMES,
)
NIGHT = (time(22), time(7))


@pytest.mark.parametrize(
    ("situation", "verdict"),
    [
        (Situation(), Verdict.SEND),
        (Situation(how=How.BOTH), Verdict.SEND),
        (Situation(how=How.DIGEST), Verdict.DIGEST),
        (Situation(told_story=True), Verdict.EDIT),
        (Situation(told_story=True, quiet=NIGHT, local_time=time(23)), Verdict.EDIT),
        (Situation(told_item=True, told_story=True), Verdict.TOLD),
        (Situation(quiet=NIGHT, local_time=time(23)), Verdict.HOLD),
        (Situation(quiet=NIGHT, local_time=time(7)), Verdict.SEND),
        (Situation(queue_length=30, flood_limit=30), Verdict.FLOOD),
        (Situation(queue_length=29, flood_limit=30), Verdict.SEND),
        (Situation(queue_length=1_000, flood_limit=0), Verdict.SEND),
        (Situation(queue_length=1_000, flood_limit=30, told_story=True), Verdict.EDIT),
        (Situation(muted=True, told_story=True), Verdict.MUTED),
        (Situation(paused=True, muted=True), Verdict.PAUSED),
        (Situation(suspended=True, paused=True), Verdict.SUSPENDED),
        (Situation(stale=True), Verdict.STALE),
        (Situation(baseline=True, told_story=True), Verdict.BASELINE),
    ],
)
def test_where_reasons_meet_the_stronger_one_is_given(situation: Situation, verdict: Verdict) -> None:
    assert decide(situation) is verdict


@settings(deadline=None)
@given(SITUATIONS)
def test_nothing_rings_that_a_reason_speaks_against(situation: Situation) -> None:
    verdict = decide(situation)
    silent = situation.paused or situation.suspended or situation.muted or situation.stale
    if verdict in (Verdict.SEND, Verdict.EDIT):
        assert not silent
        assert not situation.baseline
        assert not situation.told_item
    if verdict is Verdict.SEND:
        assert situation.how is not How.DIGEST
        assert not situation.told_story
        assert not is_quiet(situation.quiet, situation.local_time)
        assert situation.flood_limit == 0 or situation.queue_length < situation.flood_limit


@settings(deadline=None)
@given(SITUATIONS)
def test_a_baseline_never_sends_and_is_always_said(situation: Situation) -> None:
    assert (decide(situation) is Verdict.BASELINE) == situation.baseline


@settings(deadline=None)
@given(SITUATIONS)
def test_a_story_already_told_never_rings_again(situation: Situation) -> None:
    if situation.told_story:
        assert decide(situation) not in (Verdict.SEND, Verdict.HOLD, Verdict.FLOOD)


@settings(deadline=None)
@given(TIMES, TIMES, TIMES)
def test_a_day_is_split_into_quiet_hours_and_the_rest(start: time, end: time, local: time) -> None:
    quiet, rest = is_quiet((start, end), local), is_quiet((end, start), local)
    assert (quiet != rest) if start != end else (not quiet and not rest)


@pytest.mark.parametrize(
    ("local", "quiet"),
    [(time(22), True), (time(0), True), (time(6, 59, 59), True), (time(7), False), (time(21, 59), False)],
)
def test_quiet_hours_span_midnight_and_end_before_their_end(local: time, quiet: bool) -> None:
    assert is_quiet(NIGHT, local) is quiet


def test_reasons_read_as_sentences_and_differ() -> None:
    assert len({verdict.value for verdict in Verdict}) == len(Verdict)
    assert all(len(verdict.value.split()) >= 2 for verdict in Verdict)

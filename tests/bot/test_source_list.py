"""The list of sources on the terminal."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from bot.cli.sources import as_a_person_sorts, state_in_words
from storage.tables import SourceRow


def test_numbers_in_names_sort_as_numbers() -> None:
    names = ["Desk 10", "desk 9", "Радио 2", "Desk", "10 minutes", "9 minutes"]
    assert sorted(names, key=as_a_person_sorts) == ["9 minutes", "10 minutes", "Desk", "desk 9", "Desk 10", "Радио 2"]


@given(st.lists(st.text()))
def test_any_names_can_be_sorted(names: list[str]) -> None:
    ordered = [as_a_person_sorts(name) for name in sorted(names, key=as_a_person_sorts)]
    assert all(one <= other for one, other in pairwise(ordered))


def test_a_failing_source_says_since_when_on_the_operators_clock() -> None:
    since = datetime(2026, 11, 23, 22, 30, tzinfo=UTC)
    row = SourceRow(state="active", failures=3, failing_since=since, fault="took too long")
    assert state_in_words(row, ZoneInfo("Europe/Minsk")) == "failing since 24.11. 01:30: took too long"

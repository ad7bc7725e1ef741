"""Identity: which entries are new, through a site's changes of guid, scheme, host and title."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.feeds.identity import (
    IdentityMode,
    Keyed,
    choose_mode,
    entry_key,
    fingerprint,
    gap,
    keys_to_look_up,
    sort_known,
)
from bot.feeds.model import Entry

MORNING = datetime(2026, 11, 23, 8, tzinfo=UTC)
GUID, LINK, TITLE_DAY = IdentityMode.GUID, IdentityMode.LINK, IdentityMode.TITLE_DAY


def entry(number: int, **changes: object) -> Entry:
    made = Entry(
        guid=f"https://paper.example/?p={number}",
        link=f"https://paper.example/news/{number}-report",
        title=f"Report number {number} on the harvest in the north",
        text=f"The harvest report number {number}.",
        published_at=MORNING + timedelta(minutes=number),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


TEN = tuple(entry(number) for number in range(10))


def stored(entries: Iterable[Entry], mode: IdentityMode = GUID) -> dict[str, str]:
    """What storage would hold after these entries: every key and alias with the fingerprint."""
    return {
        key: each.fingerprint for each in sort_known(tuple(entries), mode, {}).new for key in (each.key, *each.aliases)
    }


def titles(keyed: Iterable[Keyed]) -> list[str]:
    return [each.entry.title for each in keyed]


def test_a_first_document_is_all_new_and_a_second_look_all_known() -> None:
    assert len(sort_known(TEN, GUID, {}).new) == 10
    again = sort_known(TEN, GUID, stored(TEN))
    assert (len(again.new), len(again.known), len(again.changed)) == (0, 10, 0)


def test_one_new_entry_among_known_ones_is_found() -> None:
    outcome = sort_known((entry(99), *TEN), GUID, stored(TEN))
    assert titles(outcome.new) == [entry(99).title]


@pytest.mark.parametrize(
    "edit",
    [
        {"title": "Report number 3 on the harvest in the north, corrected"},
        {"text": "A different text."},
        {"title": "Something else altogether", "link": "https://paper.example/news/3-elsewhere"},
    ],
)
def test_an_edit_is_a_change_of_the_known_item(edit: dict[str, object]) -> None:
    outcome = sort_known((entry(3, **edit),), GUID, stored(TEN))
    assert not outcome.new
    assert [each.found_by for each in outcome.changed] == [entry_key(entry(3), GUID)]


def test_regenerated_guids_make_nothing_new() -> None:
    regenerated = tuple(replace(each, guid=f"tag:new,{number}") for number, each in enumerate(TEN))
    assert not sort_known(regenerated, GUID, stored(TEN)).new


def test_one_guid_that_changes_with_its_title_makes_nothing_new() -> None:
    outcome = sort_known((entry(3, guid="another", title="A corrected headline"), *TEN[4:]), GUID, stored(TEN))
    assert not outcome.new
    assert titles(outcome.changed) == ["A corrected headline"]


@pytest.mark.parametrize("guids_too", [False, True])
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("https://paper.example", "http://paper.example"),
        ("https://paper.example", "https://www.paper.example"),
        ("-report", "-report?utm_source=rss"),
    ],
)
@pytest.mark.parametrize("mode", [GUID, LINK])
def test_a_change_of_scheme_or_www_makes_nothing_new(
    mode: IdentityMode, before: str, after: str, guids_too: bool
) -> None:
    moved = tuple(
        replace(
            each,
            link=each.link.replace(before, after),
            guid=each.guid.replace(before, after) if guids_too else each.guid,
        )
        for each in TEN
    )
    assert not sort_known(moved, mode, stored(TEN, mode)).new


def test_a_site_that_moves_to_a_new_domain_makes_nothing_new() -> None:
    moved = tuple(
        replace(each, guid=f"https://new.example/{n}", link=f"https://new.example/{n}.html")
        for n, each in enumerate(TEN)
    )
    outcome = sort_known((entry(99), *moved), GUID, stored(TEN))
    assert titles(outcome.new) == [entry(99).title]


def test_a_moved_site_in_another_time_zone_makes_nothing_new() -> None:
    moved = tuple(
        replace(each, guid=f"n{n}", link=f"https://new.example/{n}.html", published_at=MORNING - timedelta(hours=9))
        for n, each in enumerate(TEN)
    )
    assert not sort_known(moved, GUID, stored(TEN)).new


def test_two_bulletins_with_the_same_name_on_one_day_are_two() -> None:
    bulletins = tuple(entry(number, title="Новости") for number in range(6))
    assert len(sort_known(bulletins, GUID, {}).new) == 6
    outcome = sort_known((entry(50, title="Новости"), *bulletins), GUID, stored(bulletins))
    assert [each.entry.guid for each in outcome.new] == [entry(50).guid]


def test_a_whole_document_of_bulletins_with_new_addresses_is_new() -> None:
    old = tuple(entry(number, title="Новости") for number in range(6))
    new = tuple(entry(number, title="Новости") for number in range(10, 16))
    assert len(sort_known(new, GUID, stored(old)).new) == 6


def test_unique_guids_keep_their_mode() -> None:
    assert choose_mode(TEN, GUID) is GUID


def test_guids_that_are_all_alike_fall_back_to_links_and_stay_there() -> None:
    alike = tuple(replace(each, guid="1") for each in TEN)
    mode = choose_mode(alike, GUID)
    assert mode is LINK
    assert choose_mode(TEN, mode) is LINK
    assert len(sort_known(alike, mode, {}).new) == 10


def test_links_that_are_all_alike_fall_on_to_titles() -> None:
    alike = tuple(replace(each, guid="", link="https://paper.example/app") for each in TEN)
    mode = choose_mode(alike, GUID)
    assert mode is TITLE_DAY
    assert len(sort_known(alike, mode, {}).new) == 10
    assert choose_mode(TEN, mode) is TITLE_DAY


def test_guids_and_links_that_are_all_alike_fall_through_at_once() -> None:
    alike = tuple(replace(each, guid="1", link="https://paper.example/app") for each in TEN)
    different = tuple(
        replace(each, title=title) for each, title in zip(alike, ("Flood", "Storm", "Peace talks"), strict=False)
    )
    assert choose_mode(different, GUID) is TITLE_DAY


def test_links_to_the_front_page_tell_nothing_apart() -> None:
    first = entry(1, guid="", link="https://paper.example/", title="Flood in the north of the country")
    second = entry(2, guid="", link="https://paper.example/", title="Storm in the south of the country")
    mode = choose_mode((first,), GUID)
    assert titles(sort_known((second,), mode, stored((first,), mode)).new) == [second.title]


@pytest.mark.parametrize("mode", list(IdentityMode))
def test_an_entry_listed_twice_is_one(mode: IdentityMode) -> None:
    assert choose_mode((*TEN, TEN[0]), mode) is mode
    assert len(sort_known((*TEN, TEN[0]), mode, {}).new) == 10


def test_a_reworded_version_with_the_same_guid_is_no_clash() -> None:
    assert choose_mode((entry(1, title="Report number 1 on the harvest in the north, updated"), *TEN), GUID) is GUID


def test_falling_back_makes_nothing_new_that_was_known_by_guid() -> None:
    assert not sort_known(TEN, LINK, stored(TEN, GUID)).new
    assert not sort_known(TEN, TITLE_DAY, stored(TEN, GUID)).new


def test_one_link_shared_by_two_guids_is_two_items() -> None:
    first = entry(1, link="https://paper.example/live")
    second = entry(2, link="https://paper.example/live", title="Another event entirely, elsewhere")
    assert titles(sort_known((second, first), GUID, stored((first,))).new) == [second.title]


def test_a_document_without_any_known_entry_is_a_gap() -> None:
    assert gap(tuple(entry(number) for number in range(50, 60)), GUID, stored(TEN))


@pytest.mark.parametrize(
    ("entries", "known"),
    [((), stored(TEN)), (TEN, {}), ((entry(50), *TEN[:1]), stored(TEN)), ((entry(3, title="Edited"),), stored(TEN))],
)
def test_no_gap_where_something_is_known_or_nothing_was(entries: tuple[Entry, ...], known: dict[str, str]) -> None:
    assert not gap(entries, GUID, known)


def test_keys_are_short_and_say_their_kind() -> None:
    assert [entry_key(entry(1), mode)[0] for mode in IdentityMode] == ["g", "l", "t"]
    assert {len(entry_key(entry(1), mode)) for mode in IdentityMode} == {33}


def test_keys_stay_as_they_are_in_every_release() -> None:
    assert entry_key(entry(1), GUID) == "g05258a3f76944ff3042f42aba1f98698"


def test_every_key_that_may_be_asked_for_is_named() -> None:
    known = stored(TEN)
    asked = keys_to_look_up(TEN, GUID)
    assert set(known) <= asked


texts = st.text(max_size=40)


@given(
    st.lists(
        st.builds(
            Entry,
            guid=texts,
            link=texts,
            title=texts,
            text=texts,
            published_at=st.none() | st.datetimes(timezones=st.just(UTC)),
        ),
        max_size=8,
    ),
    st.sampled_from(IdentityMode),
)
def test_whatever_a_document_lists_is_known_the_second_time(entries: list[Entry], mode: IdentityMode) -> None:
    chosen = choose_mode(entries, mode)
    first = sort_known(entries, chosen, {})
    known = {key: each.fingerprint for each in first.new for key in (each.key, *each.aliases)}
    again = sort_known(entries, chosen, known)
    assert not again.new
    assert not again.changed or len({fingerprint(each) for each in entries}) > 1

"""What a digest looks like: grouped, folded, counted, split between stories, in the reader's language."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.delivery.digest_message import ENTITIES, DigestPage, DigestStory, DigestTopic, digest, entities
from bot.delivery.model import Snippet
from bot.delivery.week_message import WeekPage, WeekTopic, trend, week
from rules.ranking import weight
from tests.fakes.telegram_html import read, units

STORY = DigestStory(
    title="Нафта цячэ",
    link="https://news.example/1?a=1&b=2",
    source_name="Agency",
    published_at=datetime(2026, 11, 23, 21, 5, tzinfo=UTC),
    because="oil near Kazakhstan",
    snippet=Snippet("Kazakh oil flows again.", ((0, 6), (7, 10))),
    also=("Herald", "Times"),
    sources=7,
    languages=3,
    reports=9,
)
HOSTILE = st.text(
    st.one_of(st.sampled_from("<>&\"'\x00\u202e\u2066\ue000\ue001\ud800\U0001f600ab \n\t;#x"), st.characters())
)


def page(*topics: DigestTopic, **values: object) -> DigestPage:
    return DigestPage(topics, **values)  # type: ignore[arg-type]


def test_a_digest_names_day_counts_topics_and_what_there_is_to_each_story() -> None:
    told = page(
        DigestTopic("Oil", (STORY, replace(STORY, title="Second", told=True))),
        DigestTopic("Gas", (DigestStory("Third"),)),
        zone="Europe/Minsk",
        day=date(2026, 11, 24),
    )
    [message] = digest(told)
    assert read(message).splitlines() == [
        "Digest · Tuesday, 24 November",
        "3 stories · 19 reports · 2 topics",
        "",
        "Oil · 2",
        "• Нафта цячэ",
        "Agency · 24 November 2026, 00:05 · 7 sources · 3 languages",
        "Kazakh oil flows again.",
        "also: Herald, Times",
        "why: oil near Kazakhstan",
        "• Second",
        "Agency · 24 November 2026, 00:05 · 7 sources · 3 languages · already told",
        "Kazakh oil flows again.",
        "also: Herald, Times",
        "why: oil near Kazakhstan",
        "",
        "Gas",
        "• Third",
    ]
    assert message.count("<blockquote expandable>") == 2
    assert '<a href="https://news.example/1?a=1&amp;b=2">Нафта цячэ</a>\n<blockquote expandable>Agency' in message
    assert "<b>Kazakh</b> <b>oil</b> flows" in message


def test_without_stories_it_is_one_short_message() -> None:
    assert digest(page(DigestTopic("Oil", ()))) == ["<b>Digest</b>\nNothing new since the last digest."]


def test_a_late_digest_and_skipped_ones_are_named() -> None:
    due = datetime(2026, 11, 23, 6, tzinfo=UTC)
    [one] = digest(page(DigestTopic("T", (STORY,)), late_since=due, zone="Europe/Minsk", skipped=(due,)))
    assert "Late: it was due at 09:00." in read(one)
    assert "the digest of 23 November 2026, 09:00" in read(one)
    several = tuple(due + timedelta(days=n) for n in range(3))
    [many] = digest(page(DigestTopic("T", (STORY,)), skipped=several))
    assert "3 digests from 23 November 2026, 06:00 to 25 November 2026, 06:00" in read(many)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 90), st.integers(1, 4), HOSTILE)
def test_it_is_split_only_between_stories_and_within_telegrams_limits(stories: int, topics: int, words: str) -> None:
    hostile = replace(
        STORY, because=words, also=(words,) * 20, snippet=Snippet(words * 20, ((0, 3), (2, 9), (-1, 999)))
    )
    mine = tuple(replace(hostile, title=f"story {number} ends {words}") for number in range(stories))
    messages = digest(page(*(DigestTopic(f"Topic {number}", mine) for number in range(topics))))
    shown = [read(message) for message in messages]
    assert all(units(message) <= 4_096 for message in messages)
    assert all(entities(message) <= ENTITIES for message in messages)
    assert len(re.findall(r"story \d+ ends", "\n".join(shown))) == stories * topics
    assert all(text.startswith(("Digest", "Topic")) for text in shown)


def test_a_topic_that_goes_on_says_so_and_many_stories_become_lines() -> None:
    mine = tuple(replace(STORY, title=f"story {number}") for number in range(100))
    messages = digest(page(DigestTopic("Oil", mine)))
    assert all(message.startswith("<b>Oil (continued)</b>\n") for message in messages[1:])
    assert "".join(messages).count("<blockquote") == 10


def test_short_stories_do_not_outgrow_the_hundred_entities_of_a_message() -> None:
    marked = replace(
        STORY, snippet=Snippet("a b c d e f", tuple((n, n + 1) for n in range(0, 11, 2))), title="t", link=""
    )
    messages = digest(page(DigestTopic("T", (replace(marked, also=(), because="x", source_name="s"),) * 60)))
    assert len(messages) > 2
    assert all(entities(message) <= 100 for message in messages)


@pytest.mark.parametrize("title", ["", "\x00\u202e", "\ud800"])
def test_an_untitled_story_has_a_name(title: str) -> None:
    assert "(no title)" in digest(page(DigestTopic("T", (DigestStory(title),))))[0]


def test_a_week_says_how_much_there_was_against_the_week_before() -> None:
    best = (replace(STORY, title="Most <told>"), replace(STORY, title="Second"))
    told = WeekPage(
        date(2026, 11, 16),
        date(2026, 11, 22),
        (
            WeekTopic("Oil", 34, 28, (date(2026, 11, 18), 12), best),
            WeekTopic("Gas", 0, 3),
            WeekTopic("Never", 0, 0),
        ),
    )
    [message] = week(told)
    lines = read(message).splitlines()
    assert lines[0] == "The week of 16 November – 22 November"
    assert "▲ 34 stories, 21 % more than the week before" in lines
    assert "most on Wednesday, 18 November (12)" in lines
    assert "1. Most <told> · Agency · 7 sources · 3 languages" in lines
    assert "▼ none; 3 the week before" in lines
    assert "Never" not in read(message)


@pytest.mark.parametrize(
    ("stories", "before", "said"),
    [
        (1, 0, "1 story, none the week before"),
        (2, 2, "2 stories, as many as the week before"),
        (1, 4, "1 story, 75 % less than the week before"),
        (9, 3, "9 stories, 200 % more than the week before"),
    ],
)
def test_a_trend_reads_as_a_sentence(stories: int, before: int, said: str) -> None:
    assert trend(stories, before, "en") == said


def test_a_quiet_week_says_so() -> None:
    assert read(week(WeekPage(date(2026, 11, 16), date(2026, 11, 22), ()))[0]).endswith("this week.")


def test_score_breadth_and_novelty_each_lift_a_story() -> None:
    fresh = timedelta(hours=1)
    plain = weight(0, 1, 1, fresh)
    assert weight(30, 1, 1, fresh) > plain
    assert weight(0, 3, 1, fresh) > plain
    assert weight(0, 3, 2, fresh) > weight(0, 3, 1, fresh)
    assert weight(0, 1, 1, timedelta(days=2)) < plain
    assert weight(0, 1, 1, fresh, told=True) < plain
    assert weight(-50, 0, 0, timedelta(days=-1)) == 1
    assert weight(0, 1, 1, timedelta(days=900)) == weight(0, 1, 1, timedelta(days=30)) > 0

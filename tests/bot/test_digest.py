"""Digests: at their hour, once, with all that was put down for them."""

from __future__ import annotations

import random
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, SQLModel, select

from bot.actions import choose, subscribe
from bot.database import Database
from bot.pipeline.digest import prepare_due
from bot.pipeline.edition import Edition
from bot.pipeline.gathering import gather_floods
from rules.alerts import Verdict
from storage import digests, subscribers
from storage.engine import open_engine
from storage.slots import zone_of
from storage.tables import (
    DigestRow,
    ItemRow,
    OutboxRow,
    ScheduleRow,
    SourceRow,
    StoryRow,
    SubscriberRow,
    TopicRow,
    VerdictRow,
)
from tests.fakes.telegram_html import read, units

NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@dataclass
class Desk:
    """A database with people, topics and stories that wait, on a clock that only the test moves."""

    db: Database
    now_at: datetime = NINE - timedelta(hours=1)
    count: int = 0

    async def person(self, *hours: int, chat_id: int = 1, zone: str = "UTC") -> int:
        def add(tx: Session) -> int:
            row = subscribers.find_or_add(
                tx, chat_id, kind="private", language="en", zone=zone, now=self.now_at, thread_id=0
            )
            digests.set_hours(tx, row.id or 0, [hour * 60 for hour in hours], zone_of(zone), self.now_at)
            return row.id or 0

        return await self.db.write(add)

    async def story(
        self,
        who: int,
        verdict: Verdict = Verdict.DIGEST,
        *,
        title: str = "",
        link: str = "",
        topic: str = "Oil",
        story_id: int | None = None,
        source: str = "Source",
    ) -> int:
        """Put a story (or another item of one) down for a person's digest."""
        self.count += 1
        number = self.count

        def add(tx: Session) -> int:
            kept = tx.exec(select(TopicRow).where(TopicRow.slug == topic)).first() or TopicRow(
                slug=topic, titles={"en": topic}
            )
            outlet = SourceRow(name=source, imported_url=f"https://s.example/{number}", added_at=NINE)
            opened = (
                StoryRow(title=title, opened_at=NINE, last_at=NINE) if story_id is None else tx.get(StoryRow, story_id)
            )
            tx.add_all([kept, outlet, opened])
            tx.flush()
            assert opened
            item = ItemRow(
                source_id=outlet.id, key="k", title=title or f"Story {number}",
                link=link or f"https://n.example/{number}", first_seen_at=NINE, language=f"l{number}",
                story_id=opened.id,
            )  # fmt: skip
            tx.add(item)
            tx.flush()
            tx.add(
                VerdictRow(
                    subscriber_id=who, item_id=item.id, story_id=opened.id, topic_id=kept.id,
                    verdict=verdict.value, decided_at=self.now_at, waits=True,
                )
            )  # fmt: skip
            return opened.id or 0

        return await self.db.write(add)

    async def prepare(self, **later: float) -> int:
        self.now_at += timedelta(**later)
        return await prepare_due(self.db, self.now_at)

    async def gather(self, **later: float) -> int:
        self.now_at += timedelta(**later)
        return await gather_floods(self.db, self.now_at)

    async def rows(self, table: type[Any]) -> list[Any]:
        return await self.db.read(lambda tx: list(tx.exec(select(table).order_by(*table.__table__.primary_key))))

    async def told(self) -> list[str]:
        """Return the digest messages as people read them."""
        rows = [row for row in await self.rows(OutboxRow) if row.kind == "digest"]
        assert all(units(read(row.text)) <= 4096 for row in rows)
        return [read(row.text) for row in rows]

    async def change(self, **values: object) -> None:
        def change(tx: Session) -> None:
            for row in tx.exec(select(SubscriberRow)):
                for name, value in values.items():
                    setattr(row, name, value)

        await self.db.write(change)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    engine = open_engine(f"sqlite:///{tmp_path / 'desk.sqlite3'}")
    SQLModel.metadata.create_all(engine)
    db = Database(engine)
    yield Desk(db)
    db.close()


async def test_a_digest_comes_at_its_hour_with_all_that_waits_and_once(desk: Desk) -> None:
    who = await desk.person(9)
    await desk.story(who, title="Flood in Aktobe <1>")
    await desk.story(who, Verdict.HOLD, title="Oil & gas", topic="Gas")
    assert await desk.prepare() == 0
    assert await desk.prepare(hours=1) == 1
    [said] = await desk.told()
    assert "Flood in Aktobe <1>" in said
    assert "Oil & gas" in said
    assert await desk.prepare(seconds=2) == 0
    assert await desk.prepare(hours=24) == 0
    assert len(await desk.told()) == 1
    assert {row.waits for row in await desk.rows(VerdictRow)} == {False}
    assert {row.digest_id for row in await desk.rows(VerdictRow)} == {1}


async def test_with_nothing_to_say_it_is_quiet_and_the_slot_is_served(desk: Desk) -> None:
    await desk.person(9)
    assert await desk.prepare(hours=1) == 0
    assert await desk.told() == []
    assert [(row.stories, row.local_date) for row in await desk.rows(DigestRow)] == [(0, NINE.date())]
    [slot] = await desk.rows(ScheduleRow)
    assert slot.next_due_at == NINE + timedelta(days=1)


async def test_a_story_is_named_once_with_how_far_it_spread(desk: Desk) -> None:
    who = await desk.person(9)
    story = await desk.story(who, title="First words")
    await desk.story(who, title="Second words", story_id=story)
    lead = await desk.story(who, title="Alone")

    def merge(tx: Session) -> None:
        row = tx.get(StoryRow, lead)
        assert row
        row.merged_into = story

    await desk.db.write(merge)
    await desk.prepare(hours=1)
    [said] = await desk.told()
    assert said.count("words") + said.count("Alone") == 1
    assert "First words" in said
    assert "2 sources" in said
    assert {row.waits for row in await desk.rows(VerdictRow)} == {False}


async def test_two_thousand_stories_become_messages_that_name_each(desk: Desk) -> None:
    who = await desk.person(9)

    def fill(tx: Session) -> None:
        tx.add(SourceRow(name="S & <s>", imported_url="https://s.example/", added_at=NINE))
        tx.add(TopicRow(slug="t", titles={"en": "T"}))
        tx.add_all(StoryRow(id=n + 1, title="", opened_at=NINE, last_at=NINE) for n in range(2_000))
        tx.flush()
        for n in range(2_000):
            tx.add(
                ItemRow(id=n + 1, source_id=1, key=str(n), title=f"&<Story> {n}.", link=f"https://n.example/{n}?a=1&b",
                        first_seen_at=NINE, story_id=n + 1)
            )  # fmt: skip
        tx.flush()
        for n in range(2_000):
            tx.add(VerdictRow(subscriber_id=who, item_id=n + 1, story_id=n + 1, topic_id=1, verdict=Verdict.FLOOD.value,
                              decided_at=NINE, waits=True))  # fmt: skip

    await desk.db.write(fill)
    assert await desk.prepare(hours=1) == 1
    told = await desk.told()
    assert len(told) > 10
    named = [int(n) for text in told for n in re.findall(r"&<Story> (\d+)\.", text)]
    assert sorted(named) == list(range(2_000))
    assert all("https://n.example/" in row.text for row in await desk.rows(OutboxRow))


@pytest.mark.parametrize(("late_hours", "comes"), [(0, True), (5.9, True), (6.1, False)])
async def test_after_downtime_a_digest_comes_late_up_to_six_hours(desk: Desk, late_hours: float, comes: bool) -> None:
    who = await desk.person(9)
    await desk.story(who)
    desk.now_at = NINE
    assert await desk.prepare(hours=late_hours) == comes
    [slot] = await desk.rows(ScheduleRow)
    assert slot.next_due_at == NINE + timedelta(days=1)
    if not comes:
        assert await desk.prepare(hours=18) == 1
    assert len(await desk.told()) == 1


async def test_after_a_week_of_downtime_one_digest_comes_for_all_slots_together(desk: Desk) -> None:
    who = await desk.person(7, 8, 9)
    await desk.story(who)
    assert await desk.prepare(days=7, hours=2) == 1
    assert len(await desk.told()) == 1


async def test_a_moved_hour_and_zone_give_no_second_digest_on_a_date(desk: Desk) -> None:
    who = await desk.person(9)
    await desk.story(who)
    await desk.prepare(hours=1)

    def move(tx: Session) -> None:
        person = tx.get(SubscriberRow, who)
        assert person
        choose.set_slots(tx, person, [(18 * 60, 127)], desk.now_at)
        subscribe.set_zone(tx, person, "America/New_York", desk.now_at)

    await desk.db.write(move)
    await desk.story(who)
    for _ in range(40):
        await desk.prepare(hours=1)
    dates = [row.local_date for row in await desk.rows(DigestRow)]
    assert len(dates) == len(set(dates)) == 2
    assert len(await desk.told()) == 2


async def test_a_pause_silences_digests_and_the_first_one_after_it_has_all(desk: Desk) -> None:
    who = await desk.person(9)
    await desk.change(paused_until=NINE + timedelta(days=2))
    await desk.story(who, Verdict.PAUSED, title="Meanwhile")
    await desk.story(who, Verdict.FLOOD, title="Much")
    for _ in range(2):
        assert await desk.prepare(days=1) == 0
        assert await desk.gather() == 0
    desk.now_at = NINE + timedelta(days=2)
    assert await desk.prepare() == 1
    [said] = await desk.told()
    assert "Meanwhile" in said
    assert "Much" in said


@pytest.mark.parametrize("state", ["stopped", "suspended"])
async def test_who_is_not_written_to_gets_no_digest_and_loses_none(desk: Desk, state: str) -> None:
    who = await desk.person(9)
    await desk.story(who, Verdict.FLOOD)
    await desk.change(state=state)
    assert await desk.prepare(hours=1) + await desk.gather() == 0
    await desk.change(state="active")
    assert await desk.prepare(days=1) == 1


async def test_a_flood_is_gathered_once_nothing_else_waits_for_the_chat(desk: Desk) -> None:
    who = await desk.person()

    def alert(tx: Session) -> None:
        tx.add(OutboxRow(subscriber_id=who, chat_id=1, kind="alert", text="news", created_at=NINE, due_at=NINE))

    await desk.db.write(alert)
    for _ in range(3):
        await desk.story(who, Verdict.FLOOD)
    assert await desk.gather() == 0
    await desk.db.write(lambda tx: [setattr(row, "state", "sent") for row in tx.exec(select(OutboxRow))])
    assert await desk.gather(seconds=2) == 1
    [said] = await desk.told()
    assert said.count("Story") == 3
    assert [(row.schedule_id, row.stories) for row in await desk.rows(DigestRow)] == [(0, 3)]
    await desk.story(who, Verdict.FLOOD)
    assert await desk.gather(seconds=2) == 0
    await desk.db.write(lambda tx: [setattr(row, "state", "sent") for row in tx.exec(select(OutboxRow))])
    assert await desk.gather(seconds=2) == 1


async def test_a_flood_takes_nothing_that_waits_for_a_set_hour(desk: Desk) -> None:
    who = await desk.person(9)
    await desk.story(who, Verdict.DIGEST, title="Later")
    await desk.story(who, Verdict.SEND, title="Again")
    assert await desk.gather() == 0
    await desk.story(who, Verdict.FLOOD, title="Now")
    assert await desk.gather() == 1
    assert await desk.prepare(hours=1) == 1
    now, later = await desk.told()
    assert ("Now" in now, "Later" in now, "Again" in now) == (True, False, False)
    assert ("Now" in later, "Later" in later, "Again" in later) == (False, True, True)


async def test_nothing_waits_for_an_hour_that_does_not_exist(desk: Desk) -> None:
    who = await desk.person()
    await desk.change(quiet_from=7 * 60, quiet_to=9 * 60)
    await desk.story(who, Verdict.DIGEST, title="Told")
    assert await desk.gather() == 0
    await desk.change(quiet_from=None, quiet_to=None)
    await desk.story(who, Verdict.EDIT, title="Grown")
    await desk.story(who, Verdict.HOLD, title="Quiet")
    await desk.story(who, Verdict.SEND, title="Known")
    await desk.story(who, Verdict.PAUSED, title="Missed")
    assert await desk.gather() == 1
    [said] = await desk.told()
    assert {word for word in ("Told", "Grown", "Quiet", "Known", "Missed") if word in said} == {
        "Told",
        "Grown",
        "Quiet",
    }
    assert [row.verdict for row in await desk.rows(VerdictRow) if row.waits] == []


async def test_what_quiet_hours_held_comes_together_when_they_end(desk: Desk) -> None:
    who = await desk.person()
    await desk.change(quiet_from=23 * 60, quiet_to=9 * 60)
    for title in ("In the evening", "In the night"):
        await desk.story(who, Verdict.HOLD, title=title)
    await desk.story(who, Verdict.FLOOD, title="Late and much")
    assert await desk.gather() == 0
    assert await desk.gather(minutes=59) == 0
    assert await desk.gather(minutes=1) == 1
    [said] = await desk.told()
    assert all(words in said for words in ("In the evening", "In the night", "Late and much"))


async def test_who_has_a_digest_hour_finds_there_what_quiet_hours_held(desk: Desk) -> None:
    who = await desk.person(9)
    await desk.story(who, Verdict.HOLD, title="In the night")
    assert await desk.gather() == 0
    assert await desk.prepare(hours=1) == 1


async def test_one_digest_that_fails_costs_no_other(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    bad, good = await desk.person(9, chat_id=1), await desk.person(9, chat_id=2)
    await desk.story(bad, title="bad")
    await desk.story(good, title="good")
    compose = Edition.topics

    def broken(edition: Edition, tx: Session, rows: Any, language: str) -> Any:
        topics = compose(edition, tx, rows, language)
        if any(story.title == "bad" for topic in topics for story in topic.stories):
            raise ValueError("cannot be shown")
        return topics

    monkeypatch.setattr(Edition, "topics", broken)
    assert await desk.prepare(hours=1) == 1
    assert "good" in (await desk.told())[0]
    monkeypatch.undo()
    assert await desk.prepare(seconds=2) == 1
    assert "bad" in (await desk.told())[1]


@pytest.mark.parametrize("zone", ["Europe/Kyiv", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"])
async def test_over_weeks_with_clock_changes_and_restarts_each_date_is_served_once(desk: Desk, zone: str) -> None:
    rng = random.Random(zone)
    desk.now_at = datetime(2026, 3, 1, tzinfo=UTC)
    await desk.person(0, 2, 23, zone=zone)
    end = desk.now_at + timedelta(days=40)
    while desk.now_at < end:
        await desk.prepare(minutes=rng.choice((1, 20, 60, 300)))
    rows = await desk.rows(DigestRow)
    served = [(row.schedule_id, row.local_date) for row in rows]
    assert len(served) == len(set(served))
    by_slot = [sum(1 for slot, _ in served if slot == number) for number in (1, 2, 3)]
    assert all(39 <= number <= 41 for number in by_slot), by_slot

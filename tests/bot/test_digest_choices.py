"""What readers choose of digests: a line when there is nothing, weekdays, the week's trends, a chart, mutes; and what
they are told after a downtime."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, SQLModel, select

from bot.database import Database
from bot.pipeline.digest import prepare_due
from bot.pipeline.mentions import ChartOrder, drawn_by, is_dark
from bot.workers import Fault, WorkerFault
from rules.alerts import Verdict
from storage import digests, mutes
from storage.engine import open_engine
from storage.mutes import Muted
from storage.slots import zone_of
from storage.tables import (
    DigestRow,
    DigestState,
    ItemRow,
    MatchRow,
    OutboxRow,
    ScheduleRow,
    SubscriptionRow,
    VerdictRow,
)
from tests.bot.test_digest import NINE, Desk
from tests.fakes.telegram_html import read

MONDAY = NINE


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    engine = open_engine(f"sqlite:///{tmp_path / 'desk.sqlite3'}")
    SQLModel.metadata.create_all(engine)
    db = Database(engine)
    yield Desk(db)
    db.close()


async def matched(desk: Desk, *days_ago: float) -> None:
    """Let every item match its topic, the n-th first seen so many days before the desk's time; its reader follows."""

    def change(tx: Session) -> None:
        for item, ago in zip(tx.exec(select(ItemRow).order_by(ItemRow.id)), days_ago, strict=True):  # type: ignore[arg-type]
            item.first_seen_at = MONDAY - timedelta(days=ago)
            verdict = tx.exec(select(VerdictRow).where(VerdictRow.item_id == item.id)).one()
            tx.add(MatchRow(item_id=item.id, topic_id=verdict.topic_id, because="x", matched_at=item.first_seen_at))
            tx.merge(
                SubscriptionRow(
                    subscriber_id=verdict.subscriber_id, topic_id=verdict.topic_id, how="digest", since_at=MONDAY
                )
            )

    await desk.db.write(change)


class Drawing:
    """Draws nothing, and remembers what it was asked to."""

    def __init__(self) -> None:
        self.orders: list[ChartOrder] = []

    async def __call__(self, order: ChartOrder) -> bytes | None:
        self.orders.append(order)
        return b"picture"


async def test_with_nothing_to_say_one_line_comes_to_who_wants_it(desk: Desk) -> None:
    await desk.person(9)
    await desk.change(nothing_note=True)
    assert await desk.prepare(hours=1) == 1
    [said] = await desk.told()
    assert said.splitlines() == ["Digest · Monday, 23 November", "Nothing new since the last digest."]


async def test_after_a_downtime_of_hours_the_line_comes_once_for_all_slots(desk: Desk) -> None:
    desk.now_at = NINE - timedelta(hours=6)
    await desk.person(*range(4, 9))
    await desk.change(nothing_note=True)
    assert await desk.prepare() == 0
    assert await desk.prepare(hours=6) == 1
    [said] = await desk.told()
    assert "Late: it was due at 08:00." in said


async def test_digests_skipped_in_a_downtime_are_named_once_in_the_next_one(desk: Desk) -> None:
    who = await desk.person(9)
    await desk.story(who, title="Waited")
    desk.now_at = NINE + timedelta(days=2, hours=10)
    assert await desk.prepare() == 0
    states = [(row.local_date.day, row.state) for row in await desk.rows(DigestRow)]
    assert states == [(23, "skipped"), (24, "skipped"), (25, "skipped")]
    assert await desk.prepare(hours=14) == 1
    [said] = await desk.told()
    assert "3 digests from 23 November 2026, 09:00 to 25 November 2026, 09:00" in said
    assert "Waited" in said
    await desk.story(who, title="Later")
    assert await desk.prepare(days=1) == 1
    assert "Skipped" not in (await desk.told())[1]
    assert [row.state for row in await desk.rows(DigestRow)].count(DigestState.NAMED.value) == 3


async def test_an_hour_skipped_and_moved_to_later_that_day_has_its_digest(desk: Desk) -> None:
    who = await desk.person(9)
    await desk.story(who, title="Waited")
    await desk.prepare(hours=8)

    def move(tx: Session) -> None:
        digests.set_hours(tx, who, [18 * 60], zone_of("UTC"), desk.now_at)

    await desk.db.write(move)
    assert await desk.prepare(hours=2) == 1
    assert [(row.local_date.day, row.state) for row in await desk.rows(DigestRow)] == [(23, "prepared")]


async def test_a_pause_is_no_downtime(desk: Desk) -> None:
    who = await desk.person(9)
    await desk.change(paused_until=NINE + timedelta(days=2))
    await desk.story(who)
    desk.now_at = NINE + timedelta(days=1, hours=20)
    assert await desk.prepare() == 0
    assert await desk.prepare(hours=4) == 1
    assert "Skipped" not in (await desk.told())[0]


async def test_each_slot_has_its_own_weekdays(desk: Desk) -> None:
    who = await desk.person()
    await desk.change(nothing_note=True)

    def choose(tx: Session) -> None:
        digests.set_slots(tx, who, [(9 * 60, 0b0011111), (11 * 60, 0b1100000)], zone_of("UTC"), desk.now_at)

    await desk.db.write(choose)
    for _ in range(7 * 24):
        await desk.prepare(hours=1)
    rows = await desk.rows(OutboxRow)
    assert [(row.created_at.weekday(), row.created_at.hour) for row in rows] == [
        *((day, 9) for day in range(5)),
        (5, 11),
        (6, 11),
    ]


async def test_changed_weekdays_keep_the_slot_and_its_dates(desk: Desk) -> None:
    who = await desk.person(9)
    await desk.story(who)
    await desk.prepare(hours=1)

    def choose(tx: Session) -> None:
        digests.set_slots(tx, who, [(9 * 60, 0b0000001), (9 * 60, 0b0000010)], zone_of("UTC"), desk.now_at)

    await desk.db.write(choose)
    [slot] = await desk.rows(ScheduleRow)
    assert (slot.id, slot.weekdays) == (1, 0b0000011)
    assert slot.next_due_at == NINE + timedelta(days=1)


async def test_the_week_comes_with_mondays_first_digest_and_only_then(desk: Desk) -> None:
    who = await desk.person(9, 18)
    await desk.change(weekly=True)
    for n in range(4):
        await desk.story(who, title=f"Story {n}")
    await matched(desk, 2, 3, 5, 9)
    assert await desk.prepare(hours=1) == 1
    digest, week = await desk.told()
    assert digest.startswith("Digest")
    assert week.startswith("The week of 16 November – 22 November")
    assert "▲ 3 stories, 200 % more than the week before" in week
    assert "1. Story" in week
    assert await desk.prepare(hours=9) + await desk.prepare(days=1) == 0
    assert len(await desk.told()) == 2


async def test_a_week_whose_monday_was_missed_comes_with_the_next_digest(desk: Desk) -> None:
    await desk.person(9)
    await desk.change(weekly=True)
    assert await desk.prepare(hours=1) == 1
    desk.now_at = NINE + timedelta(days=8)
    assert await desk.prepare() == 1
    assert await desk.prepare(days=1) == 0
    assert len(await desk.told()) == 2


async def test_a_chart_comes_after_the_digest_where_wanted_and_is_drawn_once_for_all(desk: Desk) -> None:
    for chat_id in (1, 2, 3):
        who = await desk.person(9, chat_id=chat_id)
        await desk.story(who)
    await matched(desk, 0.1, 3, 40)
    await desk.change(chart=True)
    drawing = Drawing()
    assert await prepare_due(desk.db, NINE, drawing) == 3
    rows = await desk.rows(OutboxRow)
    assert [bool(row.attachment) for row in rows] == [False, True] * 3
    assert rows[1].attachment_name == "mentions.png"
    assert read(rows[1].text) == "Mentions a day, 10 November – 23 November"
    [order] = drawing.orders
    assert order.days[-1] == NINE.date()
    assert sum(order.counts[0][1]) == 2


async def test_a_chart_that_can_not_be_drawn_keeps_no_digest_back(desk: Desk) -> None:
    class Broken:
        async def run(self, *_: object, **__: object) -> bytes:
            raise WorkerFault(Fault.MEMORY, "chart")

    who = await desk.person(9)
    await desk.story(who)
    await matched(desk, 0.1)
    await desk.change(chart=True)
    assert await prepare_due(desk.db, NINE, drawn_by(Broken())) == 1  # type: ignore[arg-type]
    assert [row.attachment for row in await desk.rows(OutboxRow)] == [None]


@pytest.mark.parametrize("kind", list(Muted))
async def test_what_was_muted_meanwhile_is_left_out_for_good(desk: Desk, kind: Muted) -> None:
    who = await desk.person(9)
    muted = await desk.story(who, title="Muted", topic="One")
    await desk.story(who, title="Wanted", topic="Two")

    def mute(tx: Session) -> None:
        row = tx.exec(select(VerdictRow).where(VerdictRow.story_id == muted)).one()
        source = tx.get_one(ItemRow, row.item_id).source_id
        target = {Muted.STORY: muted, Muted.TOPIC: row.topic_id, Muted.SOURCE: source}[kind]
        mutes.mute(tx, who, kind, target, desk.now_at)

    await desk.db.write(mute)
    assert await desk.prepare(hours=1) == 1
    [said] = await desk.told()
    assert "Wanted" in said
    assert "Muted" not in said
    assert [(row.waits, row.digest_id) for row in await desk.rows(VerdictRow)] == [(False, None), (False, 1)]


async def test_the_best_stands_first_and_what_was_told_at_once_last(desk: Desk) -> None:
    who = await desk.person(9)
    await desk.story(who, Verdict.SEND, title="Known")
    await desk.story(who, title="Plain")
    wide = await desk.story(who, title="Wide")
    await desk.story(who, title="Wide again", story_id=wide)
    await matched(desk, 0.1, 0.1, 0.1, 0.1)
    await desk.prepare(hours=1)
    [said] = await desk.told()
    assert said.index("Wide") < said.index("Plain") < said.index("Known")
    assert "already told" in said


def test_pictures_are_dark_when_phones_are() -> None:
    minsk = zone_of("Europe/Minsk")
    shown = [hour for hour in range(24) if is_dark(datetime(2026, 11, 23, hour, tzinfo=UTC), minsk)]
    assert shown == [0, 1, 2, 3, *range(18, 24)]

"""The admins' daily report: its sums, its hour, what it asks to label, and what votes propose."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, select

from bot.near_misses import near_misses
from bot.pipeline.notices import Line
from bot.pipeline.source_health import silent_since
from bot.proposing import changed, propose
from rules.engine.evaluate import compile_rules
from rules.model import Document, RuleText
from rules.reading.rule import read_rule
from storage import admins, rulebook
from storage.tables import (
    AlertRow,
    DraftRow,
    ItemRow,
    LabelSheetRow,
    MatchRow,
    OutboxRow,
    ProposalRow,
    ReportRow,
    SourceRow,
    StoryRow,
    SubscriberRow,
    TextRow,
    VerdictRow,
    VoteRow,
)
from storage.tally import Tally, tally
from tests.admin_house import ADA, BEGIN, BEN, House, follow, open_house

SCORED = """
topic: oil
title: {en: Oil}
concepts:
  oil: {en: [oil ~0], ru: [нефть ~0]}

# The editor's own words stay.
when: |
  oil
points: |
  +3 oil
at_least: 3
examples:
  match: [Oil prices rise]
  ignore: [Sun in Aktobe]
"""


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as opened:
        yield opened


class Desk:
    """Writes items as the pipeline leaves them."""

    def __init__(self, tx: Session, now: datetime) -> None:
        self.tx, self.now = tx, now
        self.source = SourceRow(
            name="Paper", url="https://p.example/f", imported_url="https://p.example/f", added_at=now, last_ok_at=now,
            last_polled_at=now,
        )  # fmt: skip
        tx.add(self.source)
        tx.flush()
        topic = rulebook.topic(tx, "floods")
        assert topic is not None
        self.topic = topic
        self.count = 0

    def item(self, title: str = "Sun in Aktobe", *, matched: bool = False, ago: float = 1, **values: object) -> ItemRow:
        self.count += 1
        at = self.now - timedelta(hours=ago)
        row = ItemRow(
            source_id=self.source.id or 0, key=f"k{self.count}", title=title, first_seen_at=at, matched=matched,
            analyse_due=False, text_hash="h", language="en", link=f"https://p.example/{self.count}",
        )  # fmt: skip
        for name, value in values.items():
            setattr(row, name, value)
        self.tx.add(row)
        self.tx.flush()
        self.tx.add(TextRow(item_id=row.id or 0, hash="h", text="", stored_at=at))
        if matched:
            story = StoryRow(title=title, opened_at=at, last_at=at)
            self.tx.add(story)
            self.tx.flush()
            row.story_id = story.id
            self.tx.add(MatchRow(item_id=row.id or 0, topic_id=self.topic.topic_id, matched_at=at))
            self.tx.flush()
        return row

    def verdict(self, item: ItemRow, who: int, verdict: str, *, waits: bool = False) -> None:
        self.tx.add(
            VerdictRow(
                subscriber_id=who, item_id=item.id or 0, story_id=item.story_id or 0, topic_id=self.topic.topic_id,
                verdict=verdict, decided_at=item.first_seen_at, waits=waits,
            )
        )  # fmt: skip

    def alert(self, item: ItemRow, who: int, state: str) -> None:
        self.verdict(item, who, "first alert about this story")
        alert = AlertRow(
            subscriber_id=who, story_id=item.story_id or 0, topic_id=self.topic.topic_id, item_id=item.id or 0,
            decided_at=item.first_seen_at,
        )  # fmt: skip
        self.tx.add(alert)
        self.tx.flush()
        self.tx.add(
            OutboxRow(
                subscriber_id=who, chat_id=1, kind="alert", alert_id=alert.id, text="x", state=state,
                created_at=item.first_seen_at, due_at=self.now + timedelta(hours=9),
            )
        )  # fmt: skip


def a_day(tx: Session, now: datetime) -> None:
    """Write one item of every kind of end."""
    who = follow(tx, 900, now - timedelta(days=3))
    desk = Desk(tx, now)
    for state in ("sent", "sent", "failed", "waiting", "dropped"):
        desk.alert(desk.item("Flood", matched=True), who, state)
    for verdict, waits in (
        ("joins a story already told", False), ("quiet hours: waits until they end", True),
        ("muted by the subscriber", False), ("published too long ago to alert", False),
    ):  # fmt: skip
        desk.verdict(desk.item("Flood", matched=True), who, verdict, waits=waits)
    desk.item("Flood", matched=True, baseline=True)
    desk.item("Sun in Aktobe")
    desk.item("Rain", analyse_due=True)
    desk.item("Older", ago=48)


def numbers(line: str) -> list[int]:
    return [int(found) for found in re.findall(r"\d+", line)]


async def test_the_report_adds_up(house: House) -> None:
    await house.change(lambda tx: a_day(tx, BEGIN))
    said = await house.report()
    lines = {line.split(":")[0].strip(): line for line in said.splitlines() if ":" in line}
    assert "12 seen = 10 matched + 1 not matched + 1 not yet read" in lines["Items"]
    matched = "10 = 2 sent + 1 merged + 2 held + 4 suppressed + 1 failed"
    assert matched in lines["Matched"]
    for line in (lines["Items"], lines["Matched"], lines["Messages"], lines["Sources"]):
        whole, *parts = numbers(line)
        assert whole == sum(parts), line
    reasons = [line.strip() for line in said.splitlines() if line.strip().startswith("suppressed:")]
    assert reasons == [
        "suppressed: 1 × muted by the subscriber",
        "suppressed: 1 × published too long ago",
        "suppressed: 1 × the chat stopped or refuses us",
        "suppressed: 1 × the source's first poll",
    ]
    assert "⚠" not in said


async def test_no_item_is_in_two_reports_and_none_is_left_out(house: House) -> None:
    await house.change(lambda tx: a_day(tx, BEGIN))
    assert "12 seen" in await house.report()
    house.later(hours=2)
    assert "0 seen = 0 matched + 0 not matched" in await house.report()


async def test_a_matched_item_without_a_decision_is_told_as_our_error(house: House) -> None:
    def lose_one(tx: Session) -> int:
        follow(tx, 900, BEGIN - timedelta(days=3))
        return Desk(tx, BEGIN).item("Flood", matched=True).id or 0

    lost = await house.change(lose_one)
    said = await house.report()
    assert f"1 matched items have no decision although somebody follows their topic: items {lost}." in said
    assert "The sum of “matched” does not come out: 1 in all, 0 in its parts." in said


async def test_an_item_that_nobody_follows_is_suppressed_with_that_reason(house: House) -> None:
    await house.change(lambda tx: Desk(tx, BEGIN).item("Flood", matched=True) and None)
    assert "suppressed: 1 × nobody follows its topic" in await house.report()


async def test_what_matched_only_when_its_page_came_is_named_apart(house: House) -> None:
    def late(tx: Session) -> None:
        desk = Desk(tx, BEGIN)
        item = desk.item("Flood", matched=True, ago=30)
        row = tx.exec(select(MatchRow).where(MatchRow.item_id == item.id)).one()
        row.matched_at = BEGIN - timedelta(hours=1)

    await house.change(late)
    assert "Besides, 1 older items matched only now (their page came): 1 suppressed" in await house.report()


@pytest.mark.parametrize(
    ("whole", "parts", "name"),
    [(Tally(seen=3, matched=1, not_matched=1), 2, "seen"), (Tally(seen=1, matched=1), 0, "matched")],
)
def test_a_sum_that_does_not_come_out_is_seen(whole: Tally, parts: int, name: str) -> None:
    assert (name, parts) in [(one[0], one[2]) for one in whole.differences()]


async def test_the_report_comes_once_a_day_at_its_hour_on_the_admins_clock(house: House) -> None:
    comes = []
    for _ in range(4 * 24 * 3):
        house.later(minutes=15)
        if await house.reporter.tick(house.clock.at):
            comes.append(house.clock.at)
    assert [at.strftime("%d %H:%M") for at in comes] == ["24 06:00", "25 06:00", "26 06:00"]


async def test_a_moved_clock_moves_the_report(house: House) -> None:
    def move(tx: Session) -> None:
        tx.get_one(SubscriberRow, 1).zone = "Asia/Almaty"

    await house.change(move)
    await house.reporter.tick(BEGIN)
    assert [row.next_due_at for row in await house.rows(ReportRow)] == [BEGIN.replace(day=24, hour=4, minute=0)]


async def test_after_a_downtime_one_report_covers_it_all(house: House) -> None:
    house.later(days=5)
    await house.change(lambda tx: Desk(tx, BEGIN + timedelta(days=2)).item() and None)
    assert await house.reporter.tick(house.clock.at) == 1
    await house.send()
    assert "1 seen = 0 matched + 1 not matched" in house.texts()
    assert await house.reporter.tick(house.clock.at) == 0


async def test_an_admin_who_stopped_gets_no_report(house: House) -> None:
    await house.say("/start")
    await house.say("/stop")
    house.later(days=1)
    before = house.texts()
    assert await house.reporter.tick(house.clock.at) == 0
    await house.send()
    assert house.texts() == before


async def test_failed_and_suspended_chats_are_named_by_local_numbers(house: House) -> None:
    def refuse(tx: Session) -> None:
        who = follow(tx, 987_654, BEGIN, state="suspended", state_note="Forbidden: bot was <blocked>")
        tx.add(
            OutboxRow(
                subscriber_id=who, chat_id=987_654, kind="alert", text="x", state="failed", note="Bad Request: <x>",
                created_at=BEGIN - timedelta(hours=1), due_at=BEGIN,
            )
        )  # fmt: skip

    await house.change(refuse)
    said = await house.report()
    assert "failed for number 2: Bad Request: <x>" in said
    assert "Suspended chats, 1 in all: number 2 (Forbidden: bot was <blocked>)" in said
    assert "987654" not in said.replace(",", "")


async def test_near_misses_and_a_sample_are_labelled_by_buttons(house: House) -> None:
    await house.change(lambda tx: rulebook.offer_file(tx, "oil", {"en": "Oil"}, NEAR_OIL, BEGIN) and None)

    def write(tx: Session) -> None:
        desk = Desk(tx, BEGIN)
        desk.item("Oil for the salad")
        desk.item("Sun <in> Aktobe")

    await house.change(write)
    said = await house.report()
    assert "1. Oil: Oil for the salad" in said
    assert "nearly matched" in said
    assert "Sun <in> Aktobe" in said
    shown = house.last()
    assert await house.press(shown, "1 ✗") == "Noted: not about the topic. Labels weigh drafts and make proposals."
    assert "✗ not about it" in shown.text
    await house.press(shown, "1 ✓")
    assert "✓ about it" in shown.text
    [vote] = await house.rows(VoteRow)
    assert (vote.relevant, vote.subscriber_id) == (True, 1)
    house.telegram.press(BEN, shown.message_id, "A:l:1:0:n")
    await house.door.poll_once()
    assert [vote.relevant for vote in await house.rows(VoteRow)] == [True]
    assert len(await house.rows(LabelSheetRow)) == 1


NEAR_OIL = """
topic: oil
title: {en: Oil}
concepts:
  oil: {en: [oil ~0]}
  trade: {en: [price ~0, export ~0]}
when: |
  oil NEAR/3 trade
"""


def test_words_that_stand_too_far_apart_are_nearer_than_one_alone() -> None:
    rules = (RuleText("oil", NEAR_OIL, "1", "oil"),)
    far = "Oil is what this long sentence speaks of before it comes to a price"
    documents = [Document(words, "", "en") for words in ("Sun in Aktobe", "Oil for the salad", far, "Oil price")]
    assert [miss.place for miss in near_misses(rules, documents, 5)] == [2, 1]


def votes_on_football(tx: Session) -> None:
    """Twelve rejected items, nine of them of football, and eight relevant ones."""
    rulebook.offer_file(tx, "oil", {"en": "Oil"}, SCORED, BEGIN)
    desk = Desk(tx, BEGIN)
    topic = rulebook.topic(tx, "oil")
    assert topic is not None
    who = follow(tx, 900, BEGIN)
    titles = [(f"Нефть и футбол: матч {n}", False) for n in range(9)]
    titles += [(f"Нефть для салата {n}", False) for n in range(3)] + [(f"Нефть подорожала {n}", True) for n in range(8)]
    for title, relevant in titles:
        item = desk.item(title, language="ru")
        tx.add(
            VoteRow(item_id=item.id or 0, topic_id=topic.topic_id, subscriber_id=who, relevant=relevant, voted_at=BEGIN)
        )


async def test_votes_make_a_proposal_with_its_back_test_that_becomes_a_draft(house: House) -> None:
    await house.change(votes_on_football)
    said = await house.report()
    assert "Oil: 9 of 12 rejected items contain “футбол” (0 of 8 relevant ones do)" in said
    assert "−20 points would lift precision 40 % → 73 %, recall unchanged." in said.replace("\u00a0", " ")
    assert "In the archive: 0 items more, 9 fewer, of 20." in said
    shown = house.last()
    assert "Accepted" in await house.press(shown, "Accept into a draft: футбол")
    assert shown.text.startswith("Accepted. The draft of oil has it now")
    [draft] = await house.rows(DraftRow)
    assert "# The editor's own words stay." in draft.text
    ruleset = compile_rules([RuleText("oil", draft.text, "1", "oil")], examples=True)
    assert not ruleset.match(Document("Нефть на футболе", "", "ru"))
    assert ruleset.match(Document("Нефть подорожала", "", "ru"))
    house.telegram.press(ADA, shown.message_id, "A:p:1:n")
    await house.door.poll_once()
    assert [row.state for row in await house.rows(ProposalRow)] == ["accepted"]


async def test_a_declined_word_is_not_proposed_again(house: House) -> None:
    await house.change(votes_on_football)
    await house.report()
    assert "Declined" in await house.press(house.last(), "Decline: футбол")
    house.later(hours=1)

    def one_more(tx: Session) -> None:
        vote = tx.exec(select(VoteRow)).first()
        assert vote is not None
        vote.voted_at = BEGIN + timedelta(minutes=30)

    await house.change(one_more)
    await house.report()
    assert "футбол" not in [row.figures["word"] for row in await house.rows(ProposalRow) if row.state == "open"]


@pytest.mark.parametrize(
    "text",
    [
        SCORED,
        NEAR_OIL,
        "topic: a\nconcepts:\n    oil: {en: [oil ~0]}\nwhen: oil\n",
        "topic: a\nwhen: |\n\n    oil OR\n      gas\nconcepts:\n oil: {en: [oil]}\n gas: {en: [gas]}\n",
    ],
)
def test_a_rule_keeps_its_text_where_a_word_is_counted_against_it(text: str) -> None:
    rule, _ = read_rule(RuleText("a", text))
    assert rule is not None
    made = changed(text, rule, "en", "salad", 20 if rule.points else 0)
    ruleset = compile_rules([RuleText("a", made)])
    assert ruleset.match(Document("The price of oil", "", "en"))
    assert not ruleset.match(Document("The price of oil, a salad", "", "en"))
    assert all(line in made for line in text.splitlines() if line.strip().startswith(("topic", "#", "oil:", "example")))


def test_no_word_is_proposed_where_it_would_cost_what_is_relevant() -> None:
    rule = RuleText("oil", SCORED, "1", "oil")
    documents = [Document(f"Нефть и футбол {n}", "", "ru") for n in range(20)]
    assert propose(rule, documents, [n % 2 == 0 for n in range(20)], ()) is None


def sick(tx: Session, now: datetime, *, matched: bool = True) -> int:
    desk = Desk(tx, now)
    desk.source.failing_since = now - timedelta(hours=2, minutes=59)
    desk.source.fault, desk.source.failures = "took too long", 4
    desk.item("Flood", matched=matched, ago=24 * 10)
    return desk.source.id or 0


async def test_a_source_of_note_that_fails_for_hours_is_told_once_and_when_it_is_over(house: House) -> None:
    number = await house.change(lambda tx: sick(tx, BEGIN))

    def polled(tx: Session) -> None:
        tx.get_one(SourceRow, number).last_polled_at = house.clock.at

    assert await house.watch.tick(house.clock.at) == 0
    for _ in range(20):
        house.later(minutes=1)
        await house.change(polled)
        await house.watch.tick(house.clock.at)
    await house.send()
    assert house.telegram.texts(ADA) == [
        "Please look\n• Paper (1): failing since 23 November 2026, 09:31: took too long",
    ]
    assert "Not over yet:" in await house.say("/health")

    def mend(tx: Session) -> None:
        row = tx.get_one(SourceRow, number)
        row.failing_since, row.fault, row.failures = None, "", 0

    await house.change(mend)
    await house.watch.tick(house.clock.at)
    await house.watch.tick(house.clock.at)
    await house.send()
    assert house.telegram.texts(ADA)[-1] == "Over\n• Paper (1): answers again; it failed since 23 November 2026, 09:31"


async def test_a_source_that_brought_nothing_rings_nobody(house: House) -> None:
    await house.change(lambda tx: sick(tx, BEGIN - timedelta(hours=3), matched=False))
    assert await house.watch.tick(BEGIN + timedelta(minutes=1)) == 0


async def test_polling_that_stands_still_is_told(house: House) -> None:
    def due(tx: Session) -> None:
        source = Desk(tx, BEGIN).source
        source.interval_s, source.next_poll_at = 600, BEGIN + timedelta(minutes=10)

    await house.change(due)
    assert await house.watch.tick(BEGIN + timedelta(minutes=39)) == 0
    house.later(minutes=40)
    assert await house.watch.tick(house.clock.at) == 1
    await house.send()
    assert "nothing was polled since 23 November 2026, 12:30" in house.texts()


async def test_a_start_after_a_long_downtime_is_no_alarm(house: House) -> None:
    def long_ago(tx: Session) -> None:
        source = Desk(tx, BEGIN - timedelta(days=9)).source
        source.interval_s, source.next_poll_at = 600, BEGIN - timedelta(days=9)

    await house.change(long_ago)
    assert await house.watch.tick(BEGIN + timedelta(minutes=5)) == 0


async def test_telegram_that_refuses_us_is_a_metric_then_and_a_word_afterwards(house: House) -> None:
    house.line = Line(down_since=BEGIN, reason="Unauthorized", refused=True)
    assert await house.watch.tick(BEGIN + timedelta(seconds=30)) == 0
    assert b'mediawatch_open_notices{cause="telegram"} 1.0' in house.metrics.text()
    house.line = Line()
    house.later(minutes=12)
    assert await house.watch.tick(house.clock.at) == 1
    await house.send()
    said = "Telegram took none of our messages from 23 November 2026, 12:30 to 23 November 2026, 12:42 (Unauthorized)"
    assert said in house.texts()
    assert b'mediawatch_open_notices{cause="telegram"} 0.0' in house.metrics.text()


async def test_another_program_on_our_token_is_told_while_it_lasts(house: House) -> None:
    house.line = Line(updates="another program takes this bot's updates: only one may run with this token")
    for _ in range(4):
        await house.watch.tick(house.clock.at)
        house.later(minutes=1)
    await house.send()
    assert house.texts().count("no commands and presses reach us since") == 1


async def test_an_admin_invited_later_is_told_of_what_lasts(house: House) -> None:
    house.watch.chat_ids = ()
    await house.change(lambda tx: sick(tx, BEGIN - timedelta(minutes=2)))
    assert await house.watch.tick(BEGIN) == 0
    house.watch.chat_ids = (ADA,)
    assert await house.watch.tick(BEGIN) == 1


def test_a_weekend_is_no_silence_and_a_dead_source_is() -> None:
    friday = datetime.fromisoformat("2026-11-20T18:00:00+00:00")
    week = [int((friday - timedelta(days=day, hours=hour)).timestamp()) for day in (0, 1, 2, 7, 8) for hour in range(8)]
    assert silent_since(week, friday + timedelta(days=2, hours=15)) is None
    assert silent_since(week[:8], friday + timedelta(days=2, hours=15)) == friday
    assert silent_since(week[:3], friday + timedelta(days=60)) is None


async def test_a_tally_of_a_time_without_items_is_empty(house: House) -> None:
    empty = await house.db.read(lambda tx: tally(tx, BEGIN, BEGIN))
    assert empty.differences() == []
    assert await house.db.read(lambda tx: admins.due(tx, BEGIN)) == []

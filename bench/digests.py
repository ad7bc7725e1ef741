"""A digest hour: 5,000 readers whose digests fall due at once, prepared, and then sent at Telegram's full pace.

Prepared: real rows in a fresh SQLite file, `prepare_due` as the service calls it. Sent: the real deliverer with its
limits, in real time, to a stand-in that keeps Telegram's limits by its own clock and answers "too many" where they are
broken.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import tempfile
import time
from collections import deque
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog
from rich.console import Console
from rich.table import Table
from sqlalchemy import func, insert
from sqlmodel import Session, select

from bench.measure import cpu_s, peak_mb
from bot.database import Database
from bot.delivery.limits import Limits
from bot.delivery.model import Outcome, Outgoing, RetryAt, Sent
from bot.pipeline.deliver import Deliverer
from bot.pipeline.digest import prepare_due
from rules.alerts import Verdict
from storage.engine import open_engine
from storage.migrate import upgrade
from storage.tables import (
    ItemRow,
    MatchRow,
    OutboxRow,
    ScheduleRow,
    SourceRow,
    StoryRow,
    SubscriberRow,
    SubscriptionRow,
    TextRow,
    TopicRow,
    VerdictRow,
)

NINE = datetime(2026, 11, 23, 9, tzinfo=UTC)
TOPICS, STORIES, ITEMS_A_STORY, SOURCES = 200, 3_000, 3, 60
TOPICS_A_READER, STORIES_A_READER = 20, 20
IN_ALL_A_SECOND = 30


@dataclass(frozen=True, slots=True)
class Hour:
    """What a digest hour took; `sent_a_second` over the whole sending, `refused` answers "too many"."""

    digests: int
    stories: int
    messages: int
    prepared_s: float
    prepared_cpu_s: float
    peak_mb: float
    sent: int
    sent_a_second: float
    refused: int


class StrictTelegram:
    """Takes messages within Telegram's limits, by its own clock, after an answer's time of 40 to 200 ms."""

    def __init__(self) -> None:
        self._rng = random.Random(5)
        self._all: deque[float] = deque()
        self._chats: dict[int, float] = {}
        self.sent = 0
        self.refused = 0

    async def send(self, message: Outgoing) -> Outcome:
        """Take a message, or say how long to wait."""
        way_s = self._rng.uniform(0.02, 0.1)
        await asyncio.sleep(way_s)
        now_s = time.monotonic()
        while self._all and self._all[0] <= now_s - 1:
            self._all.popleft()
        if len(self._all) >= IN_ALL_A_SECOND or now_s - self._chats.get(message.chat_id, -1.0) < 1:
            self.refused += 1
            return RetryAt(1)
        self._all.append(now_s)
        self._chats[message.chat_id] = now_s
        self.sent += 1
        await asyncio.sleep(way_s)
        return Sent(self.sent)

    async def edit(self, message: Outgoing) -> Outcome:
        """Take an edit as a message."""
        return await self.send(message)

    async def probe(self) -> Outcome:
        """Answer."""
        return Sent(0)


def fill(tx: Session, readers: int) -> None:
    """Put topics, stories, readers and what waits for them into the database."""
    rng = random.Random(11)
    at = NINE - timedelta(hours=5)
    tx.execute(
        insert(TopicRow), [_plain(TopicRow(id=n, slug=f"t{n}", titles={"en": f"Topic {n}"})) for n in _to(TOPICS)]
    )
    sources = [SourceRow(id=n, name=f"Source {n}", imported_url=f"u{n}", added_at=NINE) for n in _to(SOURCES)]
    tx.execute(insert(SourceRow), [_plain(row) for row in sources])
    stories = [StoryRow(id=n, title="", opened_at=at, last_at=at, first_item_id=n) for n in _to(STORIES)]
    tx.execute(insert(StoryRow), [_plain(row) for row in stories])
    sentence = "Exports of Kazakh oil through the pipeline grew in October, the ministry said on Monday. "
    items, texts, matches = [], [], []
    for number in _to(STORIES * ITEMS_A_STORY):
        story, topic = (number - 1) % STORIES + 1, (number - 1) % STORIES % TOPICS + 1
        items.append(
            ItemRow(id=number, source_id=rng.randint(1, SOURCES), key=str(number), title=f"Exports of oil, {number}",
                    link=f"https://news.example/{number}", language=rng.choice(("en", "ru", "be")), first_seen_at=at,
                    story_id=story, text_hash=f"h{number}", matched=True, analyse_due=False)
        )  # fmt: skip
        texts.append(TextRow(item_id=number, hash=f"h{number}", text=sentence * 20, stored_at=at))
        hit = {"field": "text", "start": 11, "end": 21, "quoted": "Kazakh oil", "concept": "oil"}
        matches.append(MatchRow(item_id=number, topic_id=topic, points=rng.randint(0, 40), because="oil",
                                evidence=[hit], matched_at=at))  # fmt: skip
    for table, rows in ((ItemRow, items), (TextRow, texts), (MatchRow, matches)):
        tx.execute(insert(table), [_plain(row) for row in rows])
    _fill_readers(tx, readers, rng)


def _fill_readers(tx: Session, readers: int, rng: random.Random) -> None:
    at = NINE - timedelta(hours=5)
    people = [SubscriberRow(id=n, chat_id=1_000 + n, zone="Europe/Minsk", joined_at=at) for n in _to(readers)]
    tx.execute(insert(SubscriberRow), [_plain(row) for row in people])
    slots = [ScheduleRow(id=n, subscriber_id=n, minute=12 * 60, next_due_at=NINE) for n in _to(readers)]
    tx.execute(insert(ScheduleRow), [_plain(row) for row in slots])
    for first in range(1, readers + 1, 500):
        follows, verdicts = [], []
        for number in range(first, min(first + 500, readers + 1)):
            mine = rng.sample(range(1, TOPICS + 1), TOPICS_A_READER)
            follows += [
                SubscriptionRow(subscriber_id=number, topic_id=topic, how="digest", since_at=at) for topic in mine
            ]
            for topic in mine[:STORIES_A_READER]:
                story = rng.randrange(topic, STORIES + 1, TOPICS)
                verdicts.append(
                    VerdictRow(subscriber_id=number, item_id=story, story_id=story, topic_id=topic,
                               verdict=Verdict.DIGEST.value, decided_at=at, waits=True)
                )  # fmt: skip
        tx.execute(insert(SubscriptionRow), [_plain(row) for row in follows])
        tx.execute(insert(VerdictRow), [_plain(row) for row in verdicts])


def _to(number: int) -> range:
    return range(1, number + 1)


def _plain(row: object) -> dict[str, object]:
    values = row.model_dump()  # type: ignore[attr-defined]
    return {name: value for name, value in values.items() if value is not None}


async def hour(readers: int, send_for_s: float) -> Hour:
    """Return what a digest hour of so many readers took; the sending is watched for so many seconds."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        engine = open_engine(f"sqlite:///{Path(folder) / 'digests.sqlite3'}")
        upgrade(engine)
        db = Database(engine)
        await db.write(lambda tx: fill(tx, readers))
        began_s, began_cpu_s = time.perf_counter(), cpu_s()
        prepared = await prepare_due(db, NINE + timedelta(seconds=1))
        prepared_s, prepared_cpu_s = time.perf_counter() - began_s, cpu_s() - began_cpu_s
        peak = peak_mb()
        messages = await db.read(lambda tx: int(tx.exec(select(func.count()).select_from(OutboxRow)).one()))
        telegram, lasted_s = StrictTelegram(), 1.0
        if send_for_s:
            lasted_s = await _send(db, telegram, send_for_s)
        db.close()
    return Hour(
        prepared, readers * STORIES_A_READER, messages, round(prepared_s, 1), round(prepared_cpu_s, 1), round(peak, 1),
        telegram.sent, round(telegram.sent / lasted_s, 1), telegram.refused,
    )  # fmt: skip


async def _send(db: Database, telegram: StrictTelegram, for_s: float) -> float:
    deliverer = Deliverer(db, telegram, Limits(), now=lambda: datetime.now(UTC))
    began_s = time.monotonic()
    idle = 0
    while time.monotonic() < began_s + for_s and idle < 50:
        idle = 0 if await deliverer.tick() or deliverer.under_way else idle + 1
        await asyncio.sleep(0.05)
    await deliverer.stop()
    return time.monotonic() - began_s


def show(found: Hour, console: Console) -> None:
    """Print the table."""
    table = Table("what", "figure", title="A digest hour", title_justify="left")
    for name, value in asdict(found).items():
        table.add_row(name.replace("_", " "), str(value))
    console.print(table)


def main() -> None:
    """Measure a digest hour alone."""
    parser = argparse.ArgumentParser(prog="python -m bench.digests", description=__doc__)
    parser.add_argument("--readers", type=int, default=5_000)
    parser.add_argument("--send-for", type=float, default=60.0, help="seconds to watch the sending")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    found = asyncio.run(hour(chosen.readers, chosen.send_for))
    if chosen.json:
        print(json.dumps(asdict(found)))
    else:
        show(found, Console())


if __name__ == "__main__":
    main()

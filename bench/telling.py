"""Deciding for 10,000 subscribers of 20 topics each who is told of an item: verdicts alone, then with all rows written.

Each subscriber follows 20 of 200 topics; one topic more is followed by all. A tenth have quiet hours, mutes stand for
every twentieth. The database is a fresh SQLite file of our own tables; the clock is the wall's, the best and the median
of the rounds are given.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table
from sqlmodel import Session, select

from bot.pipeline.telling import News, Teller
from rules.model import Field, Hit, Match, Reach
from storage import stories
from storage.engine import Engine, open_engine, reading, writing
from storage.items import Unread
from storage.migrate import upgrade
from storage.mutes import Muted, mute
from storage.rulebook import Topic
from storage.tables import (
    How,
    ItemRow,
    SourceRow,
    SubscriberRow,
    SubscriptionRow,
    TextRow,
    TopicRow,
)

NOW = datetime(2026, 11, 23, 20, tzinfo=UTC)
SUBSCRIBERS, TOPICS, EACH = 10_000, 200, 20
ZONES = ("Europe/Minsk", "Asia/Almaty", "Europe/Warsaw", "Europe/Kyiv", "America/New_York")
AIM_MS = 50.0


@dataclass(frozen=True, slots=True)
class Telling:
    """What one item cost, in milliseconds: deciding alone, and deciding with the writing of every row."""

    case: str
    listeners: int
    deciding_ms: float
    deciding_best_ms: float
    writing_ms: float


def _fill(tx: Session, rng: random.Random) -> None:
    tx.add(SourceRow(name="Wire", url="u", imported_url="u", added_at=NOW))
    tx.add(SourceRow(name="Herald", url="v", imported_url="v", added_at=NOW))
    tx.add_all(TopicRow(slug=f"topic-{n}", titles={"en": f"Topic {n}", "ru": f"Тема {n}"}) for n in range(TOPICS + 1))
    tx.flush()
    for number in range(1, SUBSCRIBERS + 1):
        quiet = (23 * 60, 7 * 60) if number % 10 == 0 else (None, None)
        tx.add(
            SubscriberRow(
                chat_id=1_000 + number, language=rng.choice(("en", "ru", "be")), zone=rng.choice(ZONES), joined_at=NOW,
                quiet_from=quiet[0], quiet_to=quiet[1],
            )
        )  # fmt: skip
    tx.flush()
    ways = [how.value for how in How]
    for number in range(1, SUBSCRIBERS + 1):
        chosen = [TOPICS + 1, *rng.sample(range(1, TOPICS + 1), EACH - 1)]
        tx.add_all(
            SubscriptionRow(
                subscriber_id=number, topic_id=topic, how=ways[0 if number % 4 else topic % 3], since_at=NOW
            )
            for topic in chosen
        )
        if number % 20 == 0:
            mute(tx, number, Muted.SOURCE, 1, NOW)
    tx.flush()


def _news(tx: Session, topics: tuple[int, ...], story_id: int | None, source_id: int) -> News:
    text = "The pipeline from Tengiz was shut for repairs on Monday, the operator said."
    item = ItemRow(
        source_id=source_id, key=str(time.monotonic_ns()), title="Oil flow halted", link="https://wire.example/1",
        first_seen_at=NOW, published_at=NOW, language="en", text_hash="h",
    )  # fmt: skip
    tx.add(item)
    tx.flush()
    number = item.id or 0
    tx.add(TextRow(item_id=number, hash="h", text=text, stored_at=NOW))
    item.story_id = story_id or stories.open_story(tx, number, item.title, NOW)
    tx.flush()
    unread = Unread(
        item_id=number, source_id=source_id, source_name="Wire", source_language="en", title=item.title, text=text,
        language="en", link=item.link, published_at=NOW, first_seen_at=NOW, baseline=False, content_hash="h",
        story_id=item.story_id, failures=0,
    )  # fmt: skip
    hit = Hit(Field.TEXT, 4, 12, "pipeline", "pipeline", Reach.AS_WRITTEN, "pipe", "when")
    match = Match("topic", "1", 0, "“pipeline”", (hit,))
    named = tuple((Topic(n, f"topic-{n}", {"en": f"Topic {n}", "ru": f"Тема {n}"}, 1), match) for n in topics)
    return News(unread, item.story_id or 0, named)


def _one(engine: Engine, case: str, rounds: int, make: Callable[[Session], News]) -> Telling:
    teller, deciding, whole, listeners = Teller(flood_limit=20), [], [], 0
    for number in range(rounds):
        with writing(engine) as tx:
            news = make(tx)
        with reading(engine) as tx:
            began_s = time.perf_counter()
            made, _, _ = teller.verdicts(tx, news, NOW + timedelta(minutes=number))
            deciding.append((time.perf_counter() - began_s) * 1e3)
            listeners = len(made)
        began_s = time.perf_counter()
        with writing(engine) as tx:
            teller.tell(tx, news, NOW + timedelta(minutes=number))
        whole.append((time.perf_counter() - began_s) * 1e3)
    return Telling(case, listeners, round(median(deciding), 1), round(min(deciding), 1), round(median(whole), 1))


def measure(rounds: int) -> list[Telling]:
    """Return what an item cost in three cases: two common topics, the topic of all, and growth of a story told."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        engine = open_engine(f"sqlite:///{Path(folder) / 'telling.sqlite3'}")
        upgrade(engine)
        with writing(engine) as tx:
            _fill(tx, random.Random(4))
        everyones = (TOPICS + 1,)
        found = [
            _one(engine, "two of 200 topics, a new story", rounds, lambda tx: _news(tx, (3, 7), None, 1)),
            _one(engine, "the topic that all follow, a new story", rounds, lambda tx: _news(tx, everyones, None, 1)),
        ]
        with reading(engine) as tx:
            last = tx.exec(select(ItemRow.story_id).order_by(ItemRow.id.desc())).first()  # type: ignore[union-attr]
        found.append(_one(engine, "the same, growth of a story told", rounds, lambda tx: _news(tx, everyones, last, 2)))
        engine.dispose()
    return found


def show(results: list[Telling], console: Console) -> None:
    """Print the table."""
    title = f"Telling {SUBSCRIBERS:,} subscribers × {EACH} topics of one item (aim: deciding ≤ {AIM_MS:.0f} ms)"
    table = Table(title=title, title_justify="left")
    for heading in ("item", "listeners", "deciding, ms", "best", "with all rows, ms"):
        table.add_column(heading, justify="left" if heading == "item" else "right")
    for each in results:
        table.add_row(
            each.case, f"{each.listeners:,}", f"{each.deciding_ms}", f"{each.deciding_best_ms}", f"{each.writing_ms}"
        )
    console.print(table)


def main() -> None:
    """Measure telling alone."""
    parser = argparse.ArgumentParser(prog="python -m bench.telling", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    results = measure(chosen.rounds)
    if chosen.json:
        print(json.dumps([asdict(each) for each in results]))
    else:
        show(results, Console())


if __name__ == "__main__":
    main()

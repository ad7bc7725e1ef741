"""Deciding for 10,000 subscribers of 20 topics each who is told of an item: verdicts alone, then with all rows written.

Each subscriber follows 20 of 200 topics; one topic more is followed by all. A tenth have quiet hours, mutes stand for
every twentieth. The database is a fresh SQLite file of our own tables. Deciding is given in milliseconds of processor
time (the machine is shared) and by the wall's clock; the garbage collector is spared what stays, as the service does.
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

from bot.machine import spare_what_stays
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
    """What one item cost, in milliseconds: deciding alone (processor time, and the wall's clock), and deciding with the
    writing of every row (processor time). Medians of the rounds; `best` is the least."""

    case: str
    listeners: int
    deciding_ms: float
    best_ms: float
    wall_ms: float
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
    teller = Teller(flood_limit=20)
    deciding, wall, whole, listeners = [], [], [], 0
    for number in range(rounds):
        with writing(engine) as tx:
            news = make(tx)
        with reading(engine) as tx:
            began_s, began_cpu_s = time.perf_counter(), time.process_time()
            made, _, _ = teller.verdicts(tx, news, NOW + timedelta(minutes=number))
            deciding.append((time.process_time() - began_cpu_s) * 1e3)
            wall.append((time.perf_counter() - began_s) * 1e3)
            listeners = len(made)
        began_cpu_s = time.process_time()
        with writing(engine) as tx:
            teller.tell(tx, news, NOW + timedelta(minutes=number))
        whole.append((time.process_time() - began_cpu_s) * 1e3)
    medians = (median(deciding), min(deciding), median(wall), median(whole))
    return Telling(case, listeners, *(round(each, 1) for each in medians))


def measure(rounds: int) -> list[Telling]:
    """Return what an item cost in three cases: two common topics, the topic of all, and growth of a story told."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        engine = open_engine(f"sqlite:///{Path(folder) / 'telling.sqlite3'}")
        upgrade(engine)
        with writing(engine) as tx:
            _fill(tx, random.Random(4))
        everyones = (TOPICS + 1,)
        spare_what_stays()
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
    for heading in ("item", "listeners", "deciding, CPU ms", "best", "by the wall, ms", "with all rows, CPU ms"):
        table.add_column(heading, justify="left" if heading == "item" else "right")
    for each in results:
        figures = (each.deciding_ms, each.best_ms, each.wall_ms, each.writing_ms)
        table.add_row(each.case, f"{each.listeners:,}", *map(str, figures))
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

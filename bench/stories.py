"""Which items find their story: the labelled set streamed in time order through the service's own placing, on SQLite.

Pairs of items of one event are the truth. Precision: of the pairs that stand in one story, how many are of one event.
Recall: of the pairs of one event, how many stand in one story. The weights were fitted on events with even numbers, so
the odd ones tell how it fares with what it has not seen.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlmodel import select

from bench.measure import cpu_s
from bot.pipeline import placing
from rules.model import Match
from storage import items, sources
from storage.engine import Engine, Session, open_engine, writing
from storage.items import NewItem, Unread
from storage.migrate import upgrade
from storage.tables import ItemRow, SourceRow

GOLD = Path(__file__).parent.parent / "tests" / "rules" / "gold" / "stories.jsonl"
NEAR = timedelta(hours=72)


@dataclass(frozen=True, slots=True)
class Labelled:
    """One item of the labelled set."""

    id: str
    event: str
    family: str
    language: str
    source: str
    title: str
    text: str
    published_at: datetime

    @property
    def odd(self) -> bool:
        """Whether its event was held out when the weights were fitted."""
        return int(self.event[1:]) % 2 == 1


@dataclass(frozen=True, slots=True)
class Score:
    """Pairs: truly one event and in one story, wrongly in one story, and of one event in two stories."""

    what: str
    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        """The share of pairs in one story that are of one event."""
        return self.right / max(1, self.right + self.wrong)

    @property
    def recall(self) -> float:
        """The share of pairs of one event that are in one story."""
        return self.right / max(1, self.right + self.missed)


@dataclass(frozen=True, slots=True)
class Placings:
    """What became of the labelled items: the story of each by its id, and what placing one cost."""

    stories: dict[str, int]
    ms_per_item: float


def labelled(path: Path = GOLD) -> list[Labelled]:
    """Return the labelled items in the order in which they were published."""
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        one = json.loads(line)
        at = datetime.fromisoformat(one["published_at"].replace("Z", "+00:00")).astimezone(UTC)
        found.append(
            Labelled(one["id"], one["event"], one["family"], one["lang"], one["source"], one["title"], one["text"], at)
        )
    return sorted(found, key=lambda item: (item.published_at, item.id))


def stream(gold: Sequence[Labelled], engine: Engine) -> Placings:
    """Place each item as the service would when it reads it, and return where they stand in the end."""
    upgrade(engine)
    numbers: dict[str, int] = {}
    with writing(engine) as tx:
        ids = {
            name: sources.add(tx, SourceRow(name=name, url=name, imported_url=name, added_at=gold[0].published_at))
            for name in sorted({item.source for item in gold})
        }
        source_ids = {name: (row.id if row else None) or 0 for name, row in ids.items()}
    spent_s = 0.0
    for item in gold:
        with writing(engine) as tx:
            numbers[item.id], placing_s = put(tx, item, source_ids[item.source])
        spent_s += placing_s
    with writing(engine) as tx:
        found = {row.id: row.story_id for row in tx.exec(select(ItemRow))}
    return Placings({name: found[number] or 0 for name, number in numbers.items()}, spent_s / len(gold) * 1_000)


def put(tx: Session, item: Labelled, source_id: int, found: Sequence[Match] = ()) -> tuple[int, float]:
    """Keep an item and place it; return its number, and the seconds of processor time that the placing took."""
    link = f"https://{item.source}.example/{item.id}"
    new = NewItem((item.id,), item.id, link, link, item.title, item.text, item.language, item.published_at, item.id)
    item_id = items.keep_new(tx, source_id, [new], baseline=False, now=item.published_at)[item.id]
    unread = Unread(
        item_id, source_id, item.source, item.language, item.title, item.text, item.language, link,
        item.published_at, item.published_at, False, item.id, 0, None,
    )  # fmt: skip
    began_s = cpu_s()
    placed = placing.settle(tx, unread, found, item.published_at)
    placing_s = cpu_s() - began_s
    items.mark_read(
        tx,
        [
            {
                "id": item_id,
                "language": item.language,
                "matched": True,
                "story_id": placed.story_id,
                "text_hash": item.id,
            }
        ],
    )
    tx.flush()
    began_s = cpu_s()
    placing.renew_core(tx, placed.story_id)
    return item_id, placing_s + cpu_s() - began_s


def scores(gold: Sequence[Labelled], stories: dict[str, int]) -> list[Score]:
    """Return the figures: in one language, across languages, on the events held out, and for look-alikes alone."""
    kinds: tuple[tuple[str, Callable[[Labelled, Labelled], bool]], ...] = (
        ("in one language", lambda a, b: a.language == b.language),
        ("across languages", lambda a, b: a.language != b.language),
        ("in one language, events held out", lambda a, b: a.language == b.language and a.odd and b.odd),
        ("across languages, events held out", lambda a, b: a.language != b.language and a.odd and b.odd),
        ("look-alikes within 72 h", lambda a, b: a.family == b.family and abs(a.published_at - b.published_at) <= NEAR),
    )
    pairs = list(combinations(gold, 2))
    return [_score(name, (p for p in pairs if wanted(*p)), stories) for name, wanted in kinds]


def _score(name: str, pairs: Iterable[tuple[Labelled, Labelled]], stories: dict[str, int]) -> Score:
    right = wrong = missed = 0
    for a, b in pairs:
        together = stories[a.id] == stories[b.id]
        right += together and a.event == b.event
        wrong += together and a.event != b.event
        missed += not together and a.event == b.event
    return Score(name, right, wrong, missed)


def whole_events(gold: Sequence[Labelled], stories: dict[str, int]) -> tuple[int, int, int]:
    """Return how many events of two items or more there are, how many stand in one story, and how many in a story that
    holds nothing else."""
    events: dict[str, set[int]] = {}
    sizes: dict[str, int] = {}
    for item in gold:
        events.setdefault(item.event, set()).add(stories[item.id])
        sizes[item.event] = sizes.get(item.event, 0) + 1
    held: dict[int, set[str]] = {}
    for item in gold:
        held.setdefault(stories[item.id], set()).add(item.event)
    several = [event for event, size in sizes.items() if size > 1]
    whole = [event for event in several if len(events[event]) == 1]
    return len(several), len(whole), sum(len(held[next(iter(events[event]))]) == 1 for event in whole)


def crowd(gold: Sequence[Labelled], engine: Engine, others: int) -> float:
    """Return the milliseconds that placing an item takes when `others` items stand in the window."""
    at = gold[0].published_at
    upgrade(engine)
    with writing(engine) as tx:
        row = sources.add(tx, SourceRow(name="Crowd", url="c", imported_url="c", added_at=at))
        source_id = (row.id if row else None) or 0
    spent_s = 0.0
    last = 200
    for number in range(others + last):
        one = gold[number % len(gold)]
        # Other figures and other names: a crowd of look-alikes, not of copies.
        told = Labelled(
            f"c{number}", one.event, one.family, one.language, one.source, f"{one.title} {number:,}",
            f"{one.text} Samplename{number % 1_000}ov {number * 7 % 9_973}", at + timedelta(seconds=40 * number),
        )  # fmt: skip
        with writing(engine) as tx:
            _, placing_s = put(tx, told, source_id)
        spent_s += placing_s * (number >= others)
    return spent_s / last * 1_000


def measure(others: int = 5_000) -> dict[str, Any]:
    """Return all figures."""
    gold = labelled()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        engine = open_engine(f"sqlite:///{Path(folder) / 'stories.sqlite3'}")
        placed = stream(gold, engine)
        engine.dispose()
        busy = open_engine(f"sqlite:///{Path(folder) / 'crowd.sqlite3'}")
        crowded = crowd(gold, busy, others) if others else 0.0
        busy.dispose()
    found = scores(gold, placed.stories)
    several, whole, pure = whole_events(gold, placed.stories)
    return {
        "items": len(gold),
        "scores": [asdict(s) | {"precision": round(s.precision, 4), "recall": round(s.recall, 4)} for s in found],
        "events": {"of two items or more": several, "in one story": whole, "and alone there": pure},
        "ms_per_item": round(placed.ms_per_item, 2),
        "ms_per_item_in_a_crowd": round(crowded, 2),
        "wrong": wrong_pairs(gold, placed.stories),
    }


def wrong_pairs(gold: Sequence[Labelled], stories: dict[str, int]) -> list[list[str]]:
    """Return the stories that hold several events, as the events that each holds."""
    held: dict[int, set[str]] = {}
    for item in gold:
        held.setdefault(stories[item.id], set()).add(item.event)
    return sorted(sorted(events) for events in held.values() if len(events) > 1)


def show(found: dict[str, Any], console: Console) -> None:
    """Print the tables."""
    table = Table(title=f"Stories: {found['items']} labelled items", title_justify="left")
    for heading in ("pairs", "precision", "recall", "right", "wrong", "missed"):
        table.add_column(heading, justify="left" if heading == "pairs" else "right")
    for score in found["scores"]:
        table.add_row(
            score["what"], f"{score['precision']:.3f}", f"{score['recall']:.3f}",
            str(score["right"]), str(score["wrong"]), str(score["missed"]),
        )  # fmt: skip
    console.print(table)
    console.print("events: " + ", ".join(f"{number} {what}" for what, number in found["events"].items()))
    console.print("stories of several events: " + "; ".join("+".join(events) for events in found["wrong"]))
    console.print(
        f"placing an item: {found['ms_per_item']} ms; in a crowd: {found['ms_per_item_in_a_crowd']} ms", highlight=False
    )


def main() -> None:
    """Measure the stories alone."""
    parser = argparse.ArgumentParser(prog="python -m bench.stories", description=__doc__)
    parser.add_argument("--others", type=int, default=5_000, help="items in the window when the time is taken; 0: not")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    found = measure(chosen.others)
    if chosen.json:
        print(json.dumps(found))
    else:
        show(found, Console())


if __name__ == "__main__":
    main()

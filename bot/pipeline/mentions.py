"""The chart in a digest: what it shows for whom, and who draws it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import structlog

from bot.delivery.digest_texts import PHRASES
from bot.pipeline.edition import Edition
from bot.texts import figures
from bot.workers import Fault, WorkerFault, Workers
from storage import trends
from storage.engine import Session
from storage.slots import first_moment
from storage.tables import SubscriberRow

log = structlog.get_logger()

DAYS = 14
DAYS_WITH_WEEK = 28
# Phones turn dark in the evening; so do our pictures.
DARK_FROM, DARK_TO = 21, 7
DRAWING_S = 60.0
DRAWING_CPU_S = 30.0


@dataclass(frozen=True, slots=True)
class ChartOrder:
    """A chart to be drawn: numbers by topic for each day. Equal orders are drawn once a round."""

    days: tuple[date, ...]
    counts: tuple[tuple[str, tuple[int, ...]], ...]
    dark: bool
    language: str

    def caption(self) -> str:
        """Return what stands under the picture."""
        first, last = figures.day(self.days[0], self.language), figures.day(self.days[-1], self.language)
        return PHRASES.say("chart caption", self.language).format(first=first, last=last)


Draw = Callable[[ChartOrder], Awaitable[bytes | None]]


def order(
    tx: Session, edition: Edition, person: SubscriberRow, zone: ZoneInfo, *, days: int = DAYS
) -> ChartOrder | None:
    """Return the chart of the topics that a reader follows, on the reader's own days; None where nothing was said of
    them."""
    return order_of(tx, edition, trends.followed_topics(tx, person.id or 0), zone, person.language, days=days)


def order_of(
    tx: Session, edition: Edition, topic_ids: Collection[int], zone: ZoneInfo, language: str, *, days: int = DAYS
) -> ChartOrder | None:
    """Return the chart of these topics up to the edition's day; None where nothing was said of them."""
    today = edition.now.astimezone(zone).date()
    shown = tuple(today - timedelta(days=days - 1 - number) for number in range(days))
    place = {day: number for number, day in enumerate(shown)}
    since, until = first_moment(shown[0], 0, zone), first_moment(today + timedelta(days=1), 0, zone)
    counts = {topic: [0] * days for topic in topic_ids}
    for mention in edition.mentions(tx, list(topic_ids), since, until):
        day = mention.seen_at.astimezone(zone).date()
        counts[mention.topic_id][place[day]] += 1
    named = edition.titles(tx, counts, language)
    said = {topic: tuple(values) for topic, values in counts.items() if any(values) and topic in named}
    if not said:
        return None
    dark = is_dark(edition.now, zone)
    return ChartOrder(shown, tuple((named[topic], values) for topic, values in said.items()), dark, language)


def is_dark(at: datetime, zone: ZoneInfo) -> bool:
    """Say whether a picture sent at that time should be dark."""
    hour = at.astimezone(zone).hour
    return hour >= DARK_FROM or hour < DARK_TO


def drawn_by(workers: Workers) -> Draw:
    """Return what draws charts in a worker process; None for one that can't be drawn: its digest goes without."""

    async def draw(wanted: ChartOrder) -> bytes | None:
        try:
            picture: bytes = await workers.run(
                "bot.delivery.charts:mentions_chart",
                PHRASES.say("chart title", wanted.language),
                wanted.days,
                _distinct(wanted.counts),
                wanted.dark,
                wanted.language,
                PHRASES.say("others", wanted.language),
                timeout_s=DRAWING_S,
                cpu_s=DRAWING_CPU_S,
            )
        except WorkerFault as error:
            if error.fault is Fault.STOPPED:
                raise
            log.error("chart not drawn", reason=str(error.fault), detail=error.detail)
            return None
        return picture

    return draw


def _distinct(counts: tuple[tuple[str, tuple[int, ...]], ...]) -> dict[str, tuple[int, ...]]:
    """Return the numbers by name; of two topics of one name, the second is told apart by a mark."""
    named: dict[str, tuple[int, ...]] = {}
    for name, values in counts:
        while name in named:
            name += "′"
        named[name] = values
    return named

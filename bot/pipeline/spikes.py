"""Spikes: a topic that is in the news unusually much is told of once, with a small chart; then it must calm down first.

The pictures are drawn before the commit that decides, so that no transaction waits for a worker.
"""

from __future__ import annotations

import html
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

import structlog

from bot.database import Database
from bot.delivery import wording
from bot.delivery.text import clean, cut, link, plain, units
from bot.pipeline.deciding import quiet_hours
from bot.pipeline.edition import Edition
from bot.pipeline.mentions import ChartOrder, Draw, order_of
from bot.texts import figures
from rules.alerts import is_quiet
from rules.spikes import HOUR, LOOK_BACK_HOURS, STORIES_LEAST, WINDOW_HOURS, Loudness, loudness
from storage import digests, listeners, mutes, outbox, spikes
from storage.engine import Session
from storage.listeners import Addressee, Wish
from storage.rulebook import Topic
from storage.slots import zone_of
from storage.tables import OutboxKind, SubscriberState

log = structlog.get_logger()

# A topic that flickers is not told of more often than this.
REST = timedelta(hours=24)
CAPTION_MOST = 1_000
TITLES = 3
TITLE = 140
NAME = 60
# Each message carries its own copy of the picture until it is sent: beyond so many readers, the words must do.
PICTURED_AT_MOST = 1_000
PICTURE = "mentions.png"


class Listener(NamedTuple):
    """Who hears of a spike, and from when on it may ring."""

    to: Addressee
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Spike:
    """A topic that is loud now, who is to hear of it, and its charts by (language, zone)."""

    topic: Topic
    loudness: Loudness
    latest: tuple[tuple[str, str, str], ...]
    readers: tuple[Listener, ...]
    orders: dict[tuple[str, str], ChartOrder]


async def tell_spikes(db: Database, now: datetime, draw: Draw) -> int:
    """Tell of the topics that have become loud, and end the spikes that have calmed down; return how many were told.

    Looks at whole hours: what it says of an hour is the same for as long as the hour lasts.
    """
    found = await db.read(partial(_look, now=now))
    told = 0
    for spike in found:
        pictures = {place: await draw(order) for place, order in spike.orders.items()}
        told += await db.write(partial(_tell, spike=spike, pictures=pictures, now=now))
    await db.write(partial(_end_calm, now=now))
    return told


def _look(tx: Session, now: datetime) -> list[Spike]:
    known = spikes.open_spikes(tx)
    since = now - WINDOW_HOURS * HOUR
    found = []
    for topic_id in spikes.busy_topics(tx, since, STORIES_LEAST):
        if topic_id in known or spikes.ended_since(tx, topic_id, now - REST):
            continue
        heard = measured(tx, topic_id, now)
        if heard is not None and heard.loud:
            found += _spike(tx, topic_id, heard, now)
    return found


def measured(tx: Session, topic_id: int, now: datetime) -> Loudness | None:
    """Return how loud a topic is in the hours that end now; None where too little of it is known."""
    began = now - LOOK_BACK_HOURS * HOUR
    counts = [0] * LOOK_BACK_HOURS
    for at in spikes.story_times(tx, topic_id, began):
        # The window ends now, not at the full hour: what breaks at five past is told at ten past.
        place = LOOK_BACK_HOURS - 1 - int((now - at) / HOUR)
        if 0 <= place < LOOK_BACK_HOURS:
            counts[place] += 1
    watched = spikes.watched_since(tx, topic_id)
    return loudness(counts, now, int((now - watched) / HOUR)) if watched is not None else None


def _spike(tx: Session, topic_id: int, heard: Loudness, now: datetime) -> list[Spike]:
    topic = digests.topics_by_id(tx, [topic_id]).get(topic_id)
    if topic is None:
        return []
    readers = _readers(tx, topic_id, now)
    edition = Edition(now)
    orders: dict[tuple[str, str], ChartOrder] = {}
    if len(readers) <= PICTURED_AT_MOST:
        for language, zone in dict.fromkeys((each.to.language, each.to.zone) for each in readers):
            order = order_of(tx, edition, [topic_id], zone_of(zone), language)
            if order is not None:
                orders[language, zone] = order
    latest = spikes.latest_items(tx, topic_id, heard.began_at, TITLES)
    return [Spike(topic, heard, tuple(latest), tuple(readers), orders)]


def _readers(tx: Session, topic_id: int, now: datetime) -> list[Listener]:
    """Return who hears of a topic at once, and may be written to by their own choices."""
    muted = mutes.topics(tx, [topic_id], now)
    wishes = [
        wish
        for wish in listeners.of_topics(tx, [topic_id], now)
        if wish.state == SubscriberState.ACTIVE.value
        and wish.how != "digest"
        and not wish.paused
        and (wish.subscriber_id, topic_id) not in muted
    ]
    people = listeners.addressees(tx, [wish.subscriber_id for wish in wishes])
    woken: dict[tuple[object, ...], datetime] = {}
    found = []
    for wish in wishes:
        sleep = (wish.urgent, wish.quiet_from, wish.quiet_to, wish.zone)
        if sleep not in woken:
            woken[sleep] = wakes_at(wish, now)
        found.append(Listener(people[wish.subscriber_id], woken[sleep]))
    return found


def _tell(tx: Session, spike: Spike, pictures: dict[tuple[str, str], bytes | None], now: datetime) -> bool:
    if spike.topic.topic_id in spikes.open_spikes(tx):
        return False
    heard = spike.loudness
    spikes.open_spike(tx, spike.topic.topic_id, heard.stories, heard.expected, heard.began_at, now)
    said: dict[str, str] = {}
    for to, due_at in spike.readers:
        picture = pictures.get((to.language, to.zone))
        if to.language not in said:
            said[to.language] = caption(spike, to.language)
        outbox.put(
            tx, chat_id=to.chat_id, kind=OutboxKind.ALERT, text=said[to.language], now=now,
            subscriber_id=to.subscriber_id, thread_id=to.thread_id, silent=to.silent,
            due_at=due_at, attachment=picture, attachment_name=PICTURE if picture else "",
        )  # fmt: skip
    log.info("spike told", topic=spike.topic.topic_id, stories=heard.stories, expected=heard.expected,
             subscribers=len(spike.readers))  # fmt: skip
    return True


def wakes_at(wish: Wish, now: datetime) -> datetime:
    """Return the first moment from now on at which a reader may be rung: the end of quiet hours, now outside them."""
    quiet = None if wish.urgent else quiet_hours(wish.quiet_from, wish.quiet_to)
    if quiet is None:
        return now
    zone = zone_of(wish.zone)
    at = now
    # By the minute of the reader's own clock, which may jump.
    for _ in range(25 * 60):
        if not is_quiet(quiet, at.astimezone(zone).time()):
            return at
        at += timedelta(minutes=1)
    return at


def caption(spike: Spike, language: str) -> str:
    """Return what a spike's message says, short enough to stand under a picture."""
    heard = spike.loudness
    said = wording.say(
        "spike",
        language,
        topic=_bare(spike.topic.title(language), NAME),
        stories=wording.count("spike stories", language, heard.stories),
        hours=wording.count("spike hours", language, WINDOW_HOURS),
        expected=figures.number(max(1, round(heard.expected)), language),
    )
    lines = [said]
    for title, address, name in spike.latest:
        line = f"• {_linked(title, address)} · {_bare(name, NAME)}"
        head = [] if len(lines) > 1 else ["", wording.say("spike latest", language)]
        if units(plain("\n".join([*lines, *head, line]))) > CAPTION_MOST:
            break
        lines += [*head, line]
    return "\n".join(lines)


def _end_calm(tx: Session, now: datetime) -> int:
    ended = 0
    for topic_id, row in spikes.open_spikes(tx).items():
        heard = measured(tx, topic_id, now)
        if heard is None or heard.calm:
            row.ended_at = now
            ended += 1
        elif heard.loud:
            row.last_at, row.stories = now, max(row.stories, heard.stories)
        tx.add(row)
    return ended


def _linked(title: str, address: str) -> str:
    shown, usable = _bare(title, TITLE), link(address)
    return f'<a href="{html.escape(usable)}">{shown}</a>' if usable and shown else shown


def _bare(words: str, limit: int) -> str:
    return html.escape(cut(clean(words), limit), quote=False)

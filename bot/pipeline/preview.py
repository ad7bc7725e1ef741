"""A digest as it would read, made of the archive and for nobody: for the operator's eyes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.delivery import digest_message
from bot.delivery.digest_message import DigestPage
from bot.pipeline import mentions
from bot.pipeline.edition import Edition
from bot.pipeline.mentions import ChartOrder
from rules.alerts import Verdict
from storage import rulebook, trends
from storage.engine import Session
from storage.rulebook import Topic
from storage.slots import zone_of
from storage.waiting import Waiting


@dataclass(frozen=True, slots=True)
class Preview:
    """A digest's messages, how many stories it has, and the chart that would go with it (None: nothing to draw)."""

    messages: tuple[str, ...]
    stories: int
    chart: ChartOrder | None


def preview(
    tx: Session, slugs: Collection[str], since: timedelta, now: datetime, *, zone: str, language: str
) -> Preview:
    """Return the digest of the house's topics (of those named, or all) over the time up to `now`.

    Raises KeyError with the first name that no topic has.
    """
    topics = named_topics(tx, slugs)
    edition = Edition(now)
    found = trends.mentions(tx, topics.keys(), now - since, now + timedelta(seconds=1))
    rows = [Waiting(0, one.story_id, one.topic_id, one.item_id, Verdict.DIGEST.value) for one in found if one.story_id]
    composed = edition.topics(tx, rows, language)
    clock = zone_of(zone)
    page = DigestPage(composed, language=language, zone=zone, day=now.astimezone(clock).date())
    chart = mentions.order_of(tx, edition, sorted(topics), clock, language)
    return Preview(tuple(digest_message.digest(page)), sum(len(topic.stories) for topic in composed), chart)


def named_topics(tx: Session, slugs: Collection[str]) -> dict[int, Topic]:
    """Return the house's topics of these names, or all; KeyError with the first name that there is not."""
    known = {topic.slug: topic for topic in rulebook.topics(tx)}
    for slug in slugs:
        if slug not in known:
            raise KeyError(slug)
    return {topic.topic_id: topic for slug, topic in known.items() if not slugs or slug in slugs}

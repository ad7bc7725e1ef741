"""A sheet of items to label: chosen among what the rules left out, and shown with a pair of buttons for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

import structlog

from bot.database import Database
from bot.delivery.report_words import say
from bot.delivery.text import cut, link
from bot.workers import Fault, WorkerFault, Workers
from rules.model import Document, RuleText
from storage import digests, items, labels, rulebook, votes
from storage.engine import Session
from storage.items import Unread
from storage.tables import LabelSheetRow, SubscriberRow

if TYPE_CHECKING:
    from datetime import datetime

    from bot.near_misses import NearMiss

log = structlog.get_logger()

NEAR, RANDOM = 4, 2
# So many pairs of item and topic are looked into: some ten seconds of a worker at most.
LOOKS = 3_000
ITEMS_MOST, ITEMS_LEAST = 300, 30
TIMEOUT_S = 120.0
TITLE = 200
WHY = 220

Buttons = tuple[tuple[tuple[str, str], ...], ...]


@dataclass(frozen=True, slots=True)
class Span:
    """The time from which items are taken."""

    since: datetime
    until: datetime


async def choose(db: Database, judges: Workers, span: Span, rng: Random) -> list[dict[str, Any]]:
    """Return entries for a sheet: the nearest misses of a sample, then some of the sample taken at random, each with
    the topic that is asked about. Empty where there is nothing, or the worker gave nothing."""
    rules = await db.read(rulebook.in_force)
    if not rules:
        return []
    number = max(ITEMS_LEAST, min(ITEMS_MOST, LOOKS // len(rules)))
    sample = await db.read(lambda tx: _sample(tx, span, number, rng))
    if not sample:
        return []
    topics = {topic.slug: topic.topic_id for topic in await db.read(rulebook.topics)}
    near = await _near(judges, rules, sample)
    entries = [
        {"item": sample[miss.place].item_id, "topic": topics[miss.topic], "why": cut(miss.why, WHY)}
        for miss in near
        if miss.topic in topics
    ]
    taken = {entry["item"] for entry in entries}
    rest = [item.item_id for item in sample if item.item_id not in taken]
    asked = sorted(topics.values())
    entries += [{"item": item_id, "topic": rng.choice(asked), "why": ""} for item_id in rest[:RANDOM] if asked]
    return entries


def _sample(tx: Session, span: Span, number: int, rng: Random) -> list[Unread]:
    ids = labels.unmatched(tx, span.since, span.until, number, rng)
    found = {item.item_id: item for item in items.unread(tx, number, ids=ids)}
    return [found[item_id] for item_id in ids if item_id in found]


async def _near(judges: Workers, rules: tuple[RuleText, ...], sample: Sequence[Unread]) -> list[NearMiss]:
    documents = [Document(i.title, i.text, i.language or i.source_language, i.source_name) for i in sample]
    try:
        found: list[NearMiss] = await judges.run(
            "bot.near_misses:near_misses", rules, documents, NEAR, timeout_s=TIMEOUT_S, cpu_s=TIMEOUT_S
        )
    except WorkerFault as fault:
        if fault.fault is Fault.STOPPED:
            raise
        log.warning("no near misses", reason=str(fault))
        return []
    return found


def shown(tx: Session, sheet: LabelSheetRow, person: SubscriberRow) -> tuple[str, Buttons]:
    """Return a sheet as an admin sees it, with what they said so far, and its buttons."""
    language = person.language
    facts = labels.shown(tx, [int(entry["item"]) for entry in sheet.entries])
    topics = digests.topics_by_id(tx, {int(entry["topic"]) for entry in sheet.entries})
    said, rows = [f"<b>{say('sheet', language)}</b>"], []
    for place, entry in enumerate(sheet.entries):
        item, topic = facts.get(int(entry["item"])), topics.get(int(entry["topic"]))
        if item is None or topic is None:
            said.append(f"<b>{place + 1}.</b> {say('sheet gone', language)}")
            continue
        title = say("sheet entry", language, place=place + 1, topic=topic.title(language), title=cut(item.title, TITLE))
        said.append(title)
        kind = say("sheet near" if entry["why"] else "sheet random", language)
        address = link(item.link)
        source = say("sheet source", language, source=item.source, kind=kind)
        said.append(f'   <a href="{_attribute(address)}">{source}</a>' if address else f"   {source}")
        said += [say("sheet why", language, why=entry["why"])] if entry["why"] else []
        before = votes.of_subscriber(tx, item.item_id, topic.topic_id, person.id or 0)
        said += [] if before is None else [say("sheet yes" if before else "sheet no", language)]
        rows.append(
            tuple((say(f"button {word}", language, place=place + 1), f"A:l:{sheet.id}:{place}:{word[0]}")
                  for word in ("yes", "no"))
        )  # fmt: skip
    return "\n".join(said), tuple(rows)


def _attribute(address: str) -> str:
    return address.replace("&", "&amp;").replace('"', "&quot;")

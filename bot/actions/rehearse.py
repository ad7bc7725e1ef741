"""Trying a person's own topic on the last week before it is saved: the very code that judges the news."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from bot.database import Database
from bot.workers import Fault, WorkerFault, Workers
from rules.model import PRIVATE, Document, RuleError, RuleText
from storage import archive
from storage.archive import Archived

if TYPE_CHECKING:
    from bot.back_test import Compared

WEEK = timedelta(days=7)
CHUNK = 250
SECONDS_AT_MOST = 8.0
CHUNK_TIMEOUT_S = 20.0
TITLES_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """How many of the week's items were tried, how many would have come, and the newest of these.

    `whole`: all of the week's items were tried. `broken`: the rules can't use the words; `untried`: nothing could be
    tried just now.
    """

    items: int = 0
    found: int = 0
    titles: tuple[Archived, ...] = ()
    whole: bool = True
    broken: bool = False
    untried: bool = False


async def rehearse(
    db: Database, judges: Workers, topic_id: int, text: str, now: datetime, seconds: Callable[[], float]
) -> Rehearsal:
    """Return what a topic's text finds among the items of the last week, the newest first, in some eight seconds.

    `seconds` is a clock that never goes back. The judge takes its turns with the news: a chunk at a time.
    """
    rule = RuleText(f"{PRIVATE}{topic_id}", text, version="draft", file="own topic")
    began_s, since = seconds(), now - WEEK
    upto = (await db.read(partial(archive.extent, since_at=since))).newest_id
    items, found = 0, list[Archived]()
    count, more = 0, True
    while more and seconds() - began_s < SECONDS_AT_MOST:
        chunk = await db.read(partial(archive.chunk, upto_id=upto, limit=CHUNK, since_at=since))
        more, upto = len(chunk) == CHUNK, chunk[-1].item_id - 1 if chunk else 0
        try:
            hit = await _found(judges, rule, chunk)
        except RuleError:
            return Rehearsal(broken=True)
        except WorkerFault as fault:
            if fault.fault is Fault.STOPPED:
                raise asyncio.CancelledError from fault
            return Rehearsal(items, count, tuple(found), whole=False, untried=not items)
        items, count = items + len(chunk), count + len(hit)
        found += hit[: TITLES_SHOWN - len(found)]
    return Rehearsal(items, count, tuple(found), whole=not more)


async def _found(judges: Workers, rule: RuleText, chunk: Sequence[Archived]) -> list[Archived]:
    documents = [Document(item.title, item.text, item.language, item.source) for item in chunk]
    judged: list[Compared] = await judges.run(
        "bot.back_test:compare", (), rule.topic, rule, documents, timeout_s=CHUNK_TIMEOUT_S, cpu_s=CHUNK_TIMEOUT_S
    )
    return [item for item, one in zip(chunk, judged, strict=True) if one.after]

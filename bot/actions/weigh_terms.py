"""Trying a rule's terms on the newest stored items, for the warnings that only an archive can give."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

from bot.database import Database
from bot.workers import Workers
from rules.model import Document, RuleText
from storage import archive

if TYPE_CHECKING:
    from rules.reading.rule import Problem
    from rules.tuning.rewrite import TermKey

SAMPLE = 3_000
CHUNK = 500
TIMEOUT_S = 120.0


async def archive_doubts(db: Database, judges: Workers, text: RuleText) -> list[Problem]:
    """Return what the newest items make doubtful in a rule without errors.

    At most SAMPLE items are read; a few hundred say nothing yet (`rules.tuning.weigh` has the thresholds).
    """
    upto = (await db.read(archive.extent)).newest_id
    hits: Counter[TermKey] = Counter()
    items = 0
    while items < SAMPLE:
        chunk = await db.read(partial(archive.chunk, upto_id=upto, limit=min(CHUNK, SAMPLE - items)))
        if not chunk:
            break
        documents = [Document(item.title, item.text, item.language, item.source) for item in chunk]
        hits.update(await judges.run("bot.rule_desk:hits", text, documents, timeout_s=TIMEOUT_S, cpu_s=TIMEOUT_S))
        items, upto = items + len(chunk), chunk[-1].item_id - 1
    said: list[Problem] = await judges.run(
        "bot.rule_desk:doubts", text, dict(hits), items, timeout_s=TIMEOUT_S, cpu_s=TIMEOUT_S
    )
    return said

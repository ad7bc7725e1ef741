"""Items that the rules have read → their words, folded, as a search looks through them."""

from __future__ import annotations

import asyncio
from functools import partial

import structlog

from bot.database import Database
from bot.workers import Fault, WorkerFault, Workers
from storage import search
from storage.search import Unsearched

log = structlog.get_logger()

BATCH = 200
BATCHES_AT_ONCE = 10
FOLD_TIMEOUT_S = 30.0
FOLD_CPU_S = 20.0


async def fold_words(db: Database, readers: Workers) -> int:
    """Let a search know what it does not know yet, the newest first; return how many items that was.

    Some batches at a time: the archive of an older release takes its turns beside the news.
    """
    known = 0
    for _ in range(BATCHES_AT_ONCE):
        batch = await db.read(lambda tx: search.due(tx, BATCH))
        if not batch:
            break
        folded = await _folded(readers, batch)
        await db.write(partial(search.put, done=folded))
        known += len(batch)
    return known


async def _folded(readers: Workers, batch: list[Unsearched]) -> list[tuple[Unsearched, str]]:
    """Return each item with its words; one that breaks the reader is found by its title alone, or not at all."""
    try:
        words: list[str] = await readers.run(
            "bot.search_words:folded_each",
            [(item.title, item.text) for item in batch],
            timeout_s=FOLD_TIMEOUT_S,
            cpu_s=FOLD_CPU_S,
        )
    except WorkerFault as fault:
        if fault.fault is Fault.STOPPED:
            raise asyncio.CancelledError from fault
        if len(batch) > 1:
            half = len(batch) // 2
            return [*await _folded(readers, batch[:half]), *await _folded(readers, batch[half:])]
        log.error("item not searchable", item=batch[0].item_id, reason=str(fault))
        return [(batch[0], "")]
    return list(zip(batch, words, strict=True))

"""Ending what is past its time, in steps so short that no other writer waits."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from bot.database import Database
from bot.settings import Settings
from storage import retention
from storage.retention import Keep, Swept

log = structlog.get_logger()

STEPS_AT_MOST = 200


def keep_of(settings: Settings) -> Keep:
    """Return for how long the operator keeps what."""
    return Keep(
        unmatched_text=timedelta(days=settings.keep_unmatched_text_days),
        matched_text=timedelta(days=settings.keep_matched_text_days),
        deliveries=timedelta(days=settings.keep_deliveries_days),
        entries=timedelta(days=settings.keep_entries_days),
    )


async def clean_up(db: Database, keep: Keep, now: datetime) -> Swept:
    """Delete what is past its time; return the sum."""
    texts = deliveries = entries = messages = sketches = 0
    for _ in range(STEPS_AT_MOST):
        step = await db.write(lambda tx: retention.sweep(tx, keep, now))
        texts += step.texts
        deliveries += step.deliveries
        entries += step.entries
        messages += step.messages
        sketches += step.sketches
        if not step.more:
            break
    total = Swept(texts, deliveries, entries, messages, sketches)
    if any((texts, deliveries, entries, messages, sketches)):
        log.info(
            "cleaned up", texts=texts, deliveries=deliveries, entries=entries, messages=messages, sketches=sketches
        )
    return total

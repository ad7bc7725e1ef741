"""The ticker: asks "what is due?" and keeps nothing itself. When something is due stands in rows.

APScheduler's shutdown cancels running coroutines even with wait=True; so to stop, the ticker is paused first, the
running work ends by itself, and only then the scheduler is shut down.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.metrics import Metrics

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Job:
    """Something to be asked every `every_s` seconds. It returns soon or bounds its own time."""

    name: str
    every_s: float
    tick: Callable[[], Awaitable[object]]


class Ticker:
    """Ticks jobs until stopped. A job that is still busy is not ticked again meanwhile."""

    def __init__(self, jobs: tuple[Job, ...], metrics: Metrics) -> None:
        self._metrics = metrics
        self._ending = False
        self._scheduler = AsyncIOScheduler(
            timezone=UTC,
            job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1},
        )
        for job in jobs:
            self._scheduler.add_job(self._guarded, "interval", args=[job], seconds=job.every_s, id=job.name)

    def start(self) -> None:
        """Begin to tick."""
        self._scheduler.start()

    def pause(self) -> None:
        """Tick no more; what runs goes on."""
        self._ending = True
        if self._scheduler.running:
            self._scheduler.pause()

    def shut_down(self) -> None:
        """End the scheduler, cancelling what still runs."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    async def _guarded(self, job: Job) -> None:
        try:
            await job.tick()
        except asyncio.CancelledError:
            # The scheduler would log a job that we ourselves ended as an error.
            if not self._ending:
                raise
        except Exception:
            self._metrics.job_failures.labels(job.name).inc()
            log.exception("job failed", job=job.name)

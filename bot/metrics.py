"""What the service counts, and the pulse by which it shows that its loops are alive."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

READY_WITHIN = timedelta(seconds=90)


class Metrics:
    """The service's counters, in a registry of their own. docs/operations.md lists them."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()

        def counter(name: str, says: str, *labels: str) -> Counter:
            return Counter(f"mediawatch_{name}", says, labels, registry=self.registry)

        self.polls = counter("polls", "Polls of sources by outcome", "outcome")
        self.items = counter("items", "New items kept")
        self.analysed = counter("analysed", "Items read by the rules")
        self.matches = counter("matches", "New matches by topic", "topic")
        self.stories = counter("stories", "Stories opened")
        self.verdicts = counter("verdicts", "Verdicts by kind", "verdict")
        self.pages = counter("pages", "Article pages fetched by outcome", "outcome")
        self.deliveries = counter("deliveries", "Attempts to send by outcome", "outcome")
        self.digests = counter("digests", "Digests prepared")
        self.job_failures = counter("job_failures", "Ticks of a job that ended in an unexpected error", "job")
        self.notices = Gauge(
            "mediawatch_open_notices", "What admins must look at, by cause", ("cause",), registry=self.registry
        )
        self.pulse_at = Gauge(
            "mediawatch_pulse_timestamp_seconds", "When a loop last got on", ("loop",), registry=self.registry
        )

    def text(self) -> bytes:
        """Return all metrics in the Prometheus text format."""
        return generate_latest(self.registry)


class Pulse:
    """When each loop of the service last got on. A loop that is expected and silent for READY_WITHIN is a red light."""

    def __init__(self, now: Callable[[], datetime], metrics: Metrics) -> None:
        self._now = now
        self._metrics = metrics
        self._last: dict[str, datetime] = {}

    def expect(self, loop: str) -> None:
        """From now on this loop must beat."""
        self._last[loop] = self._now()

    def beat(self, loop: str, at: datetime | None = None) -> None:
        """Say that a loop got on, now or at `at`."""
        at = at or self._now()
        self._last[loop] = at
        self._metrics.pulse_at.labels(loop).set(at.timestamp())

    def silent(self) -> dict[str, float]:
        """Return the loops that stopped, with the seconds since their last beat; empty where all is well."""
        now = self._now()
        return {loop: (now - at).total_seconds() for loop, at in self._last.items() if now - at > READY_WITHIN}

"""A draft measured on a longer range than the desk holds: it runs behind the page, which asks how far it is."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.actions.measure_change import Asked, Effect, measured
from bot.database import Database
from bot.workers import WorkerFault, Workers
from rules.model import RuleError

AT_ONCE = 4


@dataclass(slots=True)
class Measuring:
    """One measuring: `done` of `of` items so far; its effect once it is finished, or what was wrong."""

    asked: Asked
    done: int = 0
    of: int = 0
    effect: Effect | None = None
    problem: str = ""
    task: asyncio.Task[None] | None = None

    @property
    def running(self) -> bool:
        """Whether it still goes on."""
        return self.effect is None and not self.problem


class Measurings:
    """The measurings of all people, one each; a new one ends the former."""

    def __init__(self, db: Database, judges: Workers, now: Callable[[], datetime]) -> None:
        self._db = db
        self._judges = judges
        self._now = now
        self._of: dict[str, Measuring] = {}

    def of(self, who: str) -> Measuring | None:
        """Return a person's measuring, None where there is none."""
        return self._of.get(who)

    def begin(self, who: str, asked: Asked) -> Measuring | None:
        """Begin a measuring for somebody; None where too many go on already."""
        self.end(who)
        if sum(one.running for one in self._of.values()) >= AT_ONCE:
            return None
        self._of = {name: one for name, one in self._of.items() if one.running}
        made = self._of[who] = Measuring(asked)
        made.task = asyncio.create_task(self._run(made), name="measuring")
        return made

    def end(self, who: str) -> None:
        """End a person's measuring."""
        former = self._of.pop(who, None)
        if former is not None and former.task is not None:
            former.task.cancel()

    async def stop(self) -> None:
        """End all measurings."""
        tasks = [one.task for one in self._of.values() if one.task is not None]
        for task in tasks:
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, one: Measuring) -> None:
        def tell(done: int, of: int) -> None:
            one.done, one.of = done, of

        try:
            one.effect = await measured(self._db, self._judges, one.asked, self._now(), tell)
        except (RuleError, WorkerFault) as error:
            one.problem = str(error)

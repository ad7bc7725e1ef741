"""Shows the owners of topics that wait what these would have found. What is due is in rows: a restart loses none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

import structlog

from bot.actions.rehearse import Rehearsal, rehearse
from bot.chat import saying, watch
from bot.database import Database
from bot.workers import Workers
from storage import watches
from storage.engine import Session
from storage.watches import Waiting

log = structlog.get_logger()

AT_ONCE = 5


class Rehearsals:
    """Tries waiting topics, one after the other. `seconds` is a clock that never goes back; `wake` sends at once."""

    def __init__(
        self,
        db: Database,
        judges: Workers,
        now: Callable[[], datetime],
        seconds: Callable[[], float],
        wake: Callable[[], object],
    ) -> None:
        self._db = db
        self._judges = judges
        self._now = now
        self._seconds = seconds
        self._wake = wake

    async def tick(self) -> int:
        """Try what waits and put the previews down; return how many topics that was."""
        due = await self._db.read(partial(watches.due, now=self._now(), limit=AT_ONCE))
        for waiting in due:
            began_s = self._seconds()
            tried = await rehearse(
                self._db, self._judges, waiting.topic_id, waiting.text, self._now(), self._seconds
            )  # fmt: skip
            await self._db.write(partial(self._show, waiting=waiting, tried=tried))
            self._wake()
            seconds = round(self._seconds() - began_s, 3)
            log.info("own topic tried", topic=waiting.topic_id, items=tried.items, found=tried.found, seconds=seconds)
        return len(due)

    def _show(self, tx: Session, waiting: Waiting, tried: Rehearsal) -> None:
        person = watches.shown(tx, waiting)
        if person is None:
            return
        shown = watch.preview(waiting, person, tried)
        saying.put_reply(tx, shown, person.chat_id, person.thread_id, person.id, self._now())

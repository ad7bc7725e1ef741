"""The console as a whole: the parts of the machine that its pages ask, and the routes made of the table of pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from bot.database import Database
from bot.feeds.fetch import Fetcher
from bot.pipeline.collect import Collector
from bot.settings import Settings
from bot.web.looks import Looks
from bot.web.measurings import Measurings
from bot.web.previews import Desk
from bot.web.tries import Tries
from bot.workers import Workers

Wake = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Console:
    """What pages ask. `open_here` lets whoever sits at this machine in without a link, as the demo does; `url` is the
    address at which people reach the console; `desk` judges drafts while somebody types."""

    settings: Settings
    now: Callable[[], datetime]
    db: Database
    judges: Workers
    readers: Workers
    fetcher: Fetcher
    collector: Collector
    desk: Desk
    looks: Looks
    measurings: Measurings
    wake: Wake
    url: str
    open_here: bool = False
    tries: Tries = field(default_factory=Tries)

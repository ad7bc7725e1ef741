"""Opens the console on a running machine, and closes what it started."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable

from starlette.types import ASGIApp

from bot.machine import Machine
from bot.web import (
    digests,
    editor,
    editor_aids,
    guide,
    handing_out,
    items,
    machine_room,
    rules,
    sign_in,
    sources,
    static_files,
    today,
)
from bot.web.application import application, fenced
from bot.web.console import Console
from bot.web.door import routes
from bot.web.looks import Looks
from bot.web.measurings import Measurings
from bot.web.operations import operations
from bot.web.previews import Desk
from bot.web.roles import Page

PAGES: tuple[Page, ...] = (
    *static_files.PAGES,
    *sign_in.PAGES,
    *today.PAGES,
    *editor.PAGES,
    *editor_aids.PAGES,
    *guide.PAGES,
    *rules.PAGES,
    *handing_out.PAGES,
    *items.PAGES,
    *sources.PAGES,
    *digests.PAGES,
    *machine_room.PAGES,
)


@contextlib.asynccontextmanager
async def console_opened(
    machine: Machine, wake: Callable[[], object], *, open_here: bool = False
) -> AsyncIterator[ASGIApp]:
    """Open the console with the routes for machines beside it; yield what answers. On leaving, end what it started."""
    settings = machine.settings
    desk = Desk(machine.db, machine.now)
    measurings = Measurings(machine.db, machine.judges, machine.now)
    console = Console(
        settings=settings, now=machine.now, db=machine.db, judges=machine.judges, readers=machine.readers,
        fetcher=machine.fetcher, collector=machine.collector, desk=desk, wake=wake,
        looks=Looks(machine.judges), measurings=measurings,
        url=settings.console_url, open_here=open_here,
    )  # fmt: skip
    token = settings.http_token.get_secret_value() if settings.http_token else ""
    web = application(operations(machine.metrics, machine.pulse, token), routes(console, PAGES))
    try:
        yield fenced(web, settings)
    finally:
        await measurings.stop()
        await desk.stop()

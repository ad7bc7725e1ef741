"""A console in one test: the real routes, fence and database of a newsroom; a browser is a client with cookies."""

from __future__ import annotations

import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from bot.feeds.fetch import Fetcher
from bot.settings import Settings, read_settings
from bot.web.application import application, fenced
from bot.web.console import Console
from bot.web.door import routes
from bot.web.looks import Looks
from bot.web.measurings import Measurings
from bot.web.opening import PAGES
from bot.web.previews import Desk
from storage import sessions
from storage.sessions import Person
from tests.newsroom import InlineWorkers, Newsroom

HOST = "http://127.0.0.1:8787"


class House:
    """A newsroom with its console. `browser()` is somebody who has not signed in."""

    def __init__(self, room: Newsroom, *, open_here: bool = False, **settings: Any) -> None:
        self.room = room
        self.db = room.db
        self.workers: Any = InlineWorkers()
        self.settings: Settings = read_settings(
            **{"database_url": str(room.db.engine.url), "telegram_token": None, "http_url": "", "zone": "Europe/Minsk"}
            | settings
        )
        web: Any = room.web
        desk = Desk(room.db, room.now, items=500)
        desk._workers = self.workers
        fetcher: Fetcher = web
        self.console = Console(
            settings=self.settings, now=room.now, db=room.db, judges=self.workers, readers=self.workers,
            fetcher=fetcher, collector=room.collector, desk=desk, looks=Looks(self.workers),
            measurings=Measurings(room.db, self.workers, room.now), wake=lambda: None, url=HOST, open_here=open_here,
        )  # fmt: skip
        self.web = application(routes(self.console, PAGES))
        self.answers = fenced(self.web, self.settings)

    def browser(self, *, address: str = "127.0.0.1", host: str = HOST) -> httpx.AsyncClient:
        """Return a browser that knows nothing yet."""
        transport = httpx.ASGITransport(app=self.answers, client=(address, 50_000), raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url=host, headers={"accept-language": "en"})

    async def link(self, role: str = "admin", name: str = "anna", subscriber_id: int | None = None) -> str:
        """Return the token of a link that signs somebody in."""
        token = secrets.token_urlsafe(16)
        person = Person(name, role, subscriber_id)
        await self.db.write(lambda tx: sessions.put_link(tx, token, person, self.room.now()))
        return token

    async def signed_in(self, role: str = "admin", name: str = "anna", subscriber_id: int | None = None) -> Visitor:
        """Return a browser in which somebody is signed in."""
        visitor = Visitor(self.browser())
        answer = await visitor.browser.post("/sign-in", data={"token": await self.link(role, name, subscriber_id)})
        assert answer.status_code == 303, answer.text
        return visitor


class Visitor:
    """Somebody signed in, with the word that goes with every change."""

    def __init__(self, browser: httpx.AsyncClient) -> None:
        self.browser = browser

    async def get(self, path: str, **values: Any) -> httpx.Response:
        """Open a page."""
        return await self.browser.get(path, **values)

    async def post(self, path: str, **fields: str | int) -> httpx.Response:
        """Send a form, as a page of ours does."""
        page = await self.browser.get("/me")
        found = re.search(r'name="csrf" content="([0-9a-f]+)"', page.text)
        assert found is not None
        return await self.browser.post(path, data={**{k: str(v) for k, v in fields.items()}, "csrf": found[1]})


@asynccontextmanager
async def open_house(room: Newsroom, folder: Path, **values: Any) -> AsyncIterator[House]:
    """Open a console on a newsroom."""
    house = House(room, **values)
    try:
        yield house
    finally:
        await house.console.measurings.stop()

"""The desk on which drafts are tried while somebody types: the newest items laid out in a worker process of its own.

What a draft adds and drops is told against the text in force, which is tried on the same items.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from secrets import token_hex
from typing import Any

from bot.database import Database
from bot.previewed import Found, Tried
from bot.workers import Workers
from rules.model import Account, Document, FormRow, RuleText
from storage import archive
from storage.archive import Archived

DESK_MODULES = ("bot.preview_desk",)
HEADROOM_MB = 900
ITEMS = 10_000
CHUNK = 1_000
STALE_AFTER = timedelta(minutes=5)
BUDGET_S = 0.4
TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True)
class Laid:
    """What lies on the desk, the newest first; an item's place in the row is its place on the worker's shelf."""

    edition: str
    items: tuple[Archived, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Changed:
    """An item that a draft judges otherwise than the text in force: `found` by the one that matches it."""

    item: Archived
    place: int
    found: Found


@dataclass(frozen=True, slots=True)
class Preview:
    """A draft tried beside the text in force. `done` is False where more items than time allowed are left."""

    draft: Tried
    laid: Laid | None = None
    added: tuple[Changed, ...] = ()
    dropped: tuple[Changed, ...] = ()
    kept: tuple[Changed, ...] = ()
    before: int = 0

    @property
    def done(self) -> bool:
        """Whether all items were looked at."""
        return self.draft.judged == self.draft.shelved

    def languages(self) -> dict[str, tuple[int, int]]:
        """Return by language how many items are added and dropped."""
        found: dict[str, tuple[int, int]] = {}
        for changes, up, down in ((self.added, 1, 0), (self.dropped, 0, 1)):
            for change in changes:
                plus, minus = found.get(change.item.language, (0, 0))
                found[change.item.language] = (plus + up, minus + down)
        return dict(sorted(found.items()))


@dataclass(slots=True)
class Desk:
    """One worker with the newest items on its shelf, started when somebody first types. Tries come one after the
    other; of those that one person asked for only the latest still counts."""

    db: Database
    now: Callable[[], datetime]
    items: int = ITEMS
    name: str = field(default_factory=lambda: token_hex(4))
    _workers: Workers | None = None
    _laid: Laid | None = None
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _latest: dict[str, int] = field(default_factory=dict)
    _standing: dict[tuple[str, RuleText], Tried] = field(default_factory=dict)

    async def stop(self) -> None:
        """End the worker."""
        if self._workers is not None:
            await self._workers.stop()

    async def preview(self, who: str, text: RuleText, standing: RuleText | None, *, budget_s: float) -> Preview | None:
        """Return what a draft does against the text in force; None where the same person asked anew meanwhile."""
        number = self._latest[who] = self._latest.get(who, 0) + 1
        async with self._turn:
            if self._latest[who] != number:
                return None
            laid = await self._lay()
            before = await self._before(laid, standing)
            draft = await self._attempt(laid, text, budget_s)
        return _compared(laid, draft, before)

    async def accounts(self, laid: Laid, text: RuleText, places: Sequence[int]) -> list[Account]:
        """Return why a text does or does not match items of the desk."""
        if not places:
            return []
        async with self._turn:
            told: list[Account] = await self._run("accounts", laid.edition, len(laid.items), text, list(places))
        return told

    async def account(self, text: RuleText, document: Document) -> Account:
        """Return why a text does or does not match a document. Raises RuleError where the text can't be used."""
        async with self._turn:
            told: Account = await self._run("account_of", text, document)
        return told

    async def forms(self, text: RuleText, concept: str) -> list[FormRow]:
        """Return the forms of a concept. Raises RuleError where the text can't be used."""
        async with self._turn:
            rows: list[FormRow] = await self._run("forms", text, concept)
        return rows

    async def _before(self, laid: Laid, standing: RuleText | None) -> Tried:
        if standing is None:
            return Tried(judged=len(laid.items), shelved=len(laid.items))
        key = (laid.edition, standing)
        if key not in self._standing:
            self._standing = {one: tried for one, tried in self._standing.items() if one[0] == laid.edition}
            self._standing[key] = await self._attempt(laid, standing, TIMEOUT_S)
        return self._standing[key]

    async def _attempt(self, laid: Laid, text: RuleText, budget_s: float) -> Tried:
        ask = partial(self._run, "attempt", laid.edition, len(laid.items), text, budget_s)
        tried: Tried = await ask()
        if tried.missing:
            await self._fill(laid)
            tried = await ask()
        return tried

    async def _lay(self) -> Laid:
        """Return what lies on the desk, laid anew where it is old and there is news."""
        laid, now = self._laid, self.now()
        if laid is not None and now - laid.at < STALE_AFTER:
            return laid
        newest = (await self.db.read(archive.extent)).newest_id
        edition = f"{self.name} {newest}"
        if laid is not None and laid.edition == edition:
            return laid
        found: list[Archived] = []
        upto = newest
        while len(found) < self.items:
            part = await self.db.read(partial(archive.chunk, upto_id=upto, limit=min(CHUNK, self.items - len(found))))
            found += part
            if not part:
                break
            upto = part[-1].item_id - 1
        self._laid = Laid(edition, tuple(found), now)
        return self._laid

    async def _fill(self, laid: Laid) -> None:
        for begin in range(0, len(laid.items), CHUNK):
            part = [document_of(item) for item in laid.items[begin : begin + CHUNK]]
            await self._run("put", laid.edition, part, begin == 0)

    async def _run(self, name: str, *args: object) -> Any:
        if self._workers is None:
            self._workers = Workers(size=1, preload=DESK_MODULES, headroom_mb=HEADROOM_MB)
            await self._workers.start()
        return await self._workers.run(f"bot.preview_desk:{name}", *args, timeout_s=TIMEOUT_S, cpu_s=TIMEOUT_S)


def document_of(item: Archived) -> Document:
    """Return an item as rules read it."""
    return Document(item.title, item.text, item.language, item.source)


def _compared(laid: Laid, draft: Tried, before: Tried) -> Preview:
    if draft.broken and not draft.found:
        return Preview(draft, laid, before=len(before.found))
    was = {one.place: one for one in before.found if one.place < draft.judged}
    now = {one.place: one for one in draft.found}

    def changed(here: dict[int, Found], there: dict[int, Found]) -> tuple[Changed, ...]:
        return tuple(Changed(laid.items[place], place, found) for place, found in here.items() if place not in there)

    kept = tuple(Changed(laid.items[place], place, found) for place, found in now.items() if place in was)
    return Preview(draft, laid, changed(now, was), changed(was, now), kept, len(was))

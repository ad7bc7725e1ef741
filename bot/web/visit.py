"""One request to the console with all that answering it needs: who asks, in which language, and how to answer."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from types import MappingProxyType
from typing import Any, TypeVar
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot.texts.phrases import reading_language
from bot.web.console import Console
from bot.web.rendering import render
from bot.web.roles import Role
from bot.web.tries import caller_of
from storage import subscribers, terminal
from storage.engine import Session
from storage.sessions import Signed

T = TypeVar("T")
COOKIE = "mediawatch"
NO_FORM: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Visit:
    """A request that was let in. `signed` is the session (None on pages for anybody), `role` what it may do now;
    `form` what was sent with it."""

    console: Console
    request: Request
    role: Role = Role.ANYBODY
    signed: Signed | None = None
    csrf: str = ""
    form: Mapping[str, str] = field(default_factory=lambda: NO_FORM)

    @property
    def now(self) -> datetime:
        """The present moment."""
        return self.console.now()

    @property
    def language(self) -> str:
        """The language of the answer: as chosen, else as the browser asks."""
        chosen = self.signed.language if self.signed else ""
        asked = self.request.headers.get("accept-language", "en").partition(",")[0].partition(";")[0]
        return reading_language(chosen or asked)

    @property
    def zone(self) -> str:
        """The clock on which times are shown."""
        return (self.signed.zone if self.signed else "") or self.console.settings.zone

    @property
    def name(self) -> str:
        """The name under which this person's changes are written down; "" for nobody."""
        return self.signed.person.name if self.signed else ""

    @property
    def who(self) -> str:
        """The person as the audit names them."""
        signed = self.signed
        if signed is not None and signed.person.subscriber_id is not None:
            return f"subscriber {signed.person.subscriber_id}"
        return f"editor {self.name}"

    @property
    def voter(self) -> int:
        """The subscriber in whose name this person votes, 0 where only a vote finds that out."""
        return (self.signed.person.subscriber_id if self.signed else None) or 0

    def voter_in(self, tx: Session) -> int:
        """Return the subscriber in whose name this person votes: who signed in on the machine itself votes as the
        terminal does."""
        if self.voter:
            return self.voter
        row = subscribers.find_or_add(
            tx, terminal.CHAT_ID, kind="terminal", language="en", zone=self.zone, now=self.now
        )
        return row.id or 0

    @property
    def caller(self) -> str:
        """Who asks, as far as the network says it."""
        client = self.request.client
        return caller_of(client.host if client else "", self.request.headers)

    def note_failure(self) -> None:
        """Note that somebody tried a secret that is none."""
        self.console.tries.failed(self.caller, self.now)

    @property
    def is_part(self) -> bool:
        """Whether a page asks for a part of itself, not a person for a page."""
        return self.request.headers.get("hx-request") == "true"

    def asked(self, name: str, default: str = "") -> str:
        """Return a value of the address, without what no text may hold."""
        return self.request.query_params.get(name, default).replace("\x00", "")[:2_000]

    def number(self, name: str, default: int = 0) -> int:
        """Return a whole number of the address or path, `default` where it is none."""
        said = str(self.request.path_params.get(name, self.asked(name)))
        return int(said) if said.isascii() and said.isdigit() and len(said) <= 15 else default

    def path(self, name: str) -> str:
        """Return a part of the path."""
        return str(self.request.path_params[name])

    async def read(self, query: Callable[[Session], T]) -> T:
        """Ask the database."""
        return await self.console.db.read(query)

    async def write(self, change: Callable[[Session], T]) -> T:
        """Change the database; a person at a page does not wait for minutes."""
        return await self.console.db.write(change, patience_s=10.0)

    def page(self, template: str, status: int = 200, **values: Any) -> Response:
        """Return a page, or a part of one, made of a template."""
        return HTMLResponse(render(self, template, values), status)

    def go(self, path: str, note: str = "", **values: str | int) -> Response:
        """Send the browser to another page, where it reads `note`."""
        values = {**values, "note": note} if note else values
        return RedirectResponse(f"{path}?{urlencode(values)}" if values else path, 303)


def csrf_of(token: str) -> str:
    """Return the word that a session's own pages send with every change: nobody else can know it."""
    return hmac.new(token.encode(), b"a form of ours", sha256).hexdigest()

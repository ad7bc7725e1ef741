"""The admin's pages: messages and subscribers, changes, settings, a backup to take along."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from bot.settings import PREFIX, Settings
from bot.web.door import Refused
from bot.web.roles import Page, Role, role_named
from bot.web.visit import Visit
from storage import audit, backups, machine_room, sessions
from storage.engine import Session, StorageError, database_file, shown_address
from storage.machine_room import Numbered
from storage.sessions import Person
from storage.tables import AuditRow, OutboxRow, SubscriberRow

ROWS = 40
PAGE = 100
PART = 1 << 18


@dataclass(frozen=True, slots=True)
class Room:
    """What the first of the admin's pages shows."""

    waiting: int
    open: list[OutboxRow]
    failed: list[OutboxRow]
    outcomes: list[tuple[str, int]]
    states: dict[str, int]
    suspended: list[Numbered]
    items: int


async def room(visit: Visit) -> Response:
    """Show how sending goes and who can't be reached."""
    since = visit.now - timedelta(days=1)

    def read(tx: Session) -> Room:
        waiting, rows = machine_room.open_messages(tx, ROWS)
        return Room(
            waiting, rows, machine_room.failed_messages(tx, ROWS), machine_room.deliveries(tx, since),
            machine_room.subscriber_counts(tx), machine_room.subscribers(tx, ROWS, state="suspended"),
            machine_room.newest_item(tx),
        )  # fmt: skip

    return visit.page("operations.html", room=await visit.read(read))


async def people(visit: Visit) -> Response:
    """Show subscribers by their local numbers."""
    state, beyond = visit.asked("state")[:20], visit.number("beyond")
    rows = await visit.read(lambda tx: machine_room.subscribers(tx, PAGE, state=state, beyond=beyond))
    return visit.page(
        "people.html", rows=rows, state=state, more=rows[-1].number if len(rows) == PAGE else 0, revealed={}
    )


async def change_person(visit: Visit) -> Response:
    """Give a subscriber a role, take it away, or reveal a chat id; each leaves its trace."""
    number, what, now = visit.number("number"), visit.form.get("what", ""), visit.now

    def change(tx: Session) -> int | None:
        row = tx.get(SubscriberRow, number)
        if row is None:
            raise Refused(404, "There is nothing here.")
        if what == "reveal":
            audit.record(tx, who=visit.who, action="reveal chat", subject=f"subscriber {number}", now=now)
            return row.chat_id
        role = visit.form.get("role", "")
        if role and role_named(role) is Role.ANYBODY:
            raise Refused(422, "You may not do this.")
        before, row.role = row.role, role
        audit.record(
            tx, who=visit.who, action="change role", subject=f"subscriber {number}", before={"role": before},
            after={"role": role}, now=now,
        )  # fmt: skip
        if not role:
            sessions.end(tx, Person("", "", number), now)
        return None

    chat = await visit.write(change)
    rows = await visit.read(lambda tx: machine_room.subscribers(tx, 1, beyond=number - 1))
    return visit.page("person.html", one=rows[0], revealed={number: chat} if chat is not None else {})


async def trail(visit: Visit) -> Response:
    """Show what people changed."""
    below = visit.number("below")
    rows: list[AuditRow] = await visit.read(lambda tx: machine_room.changes(tx, PAGE, below=below))
    return visit.page("trail.html", rows=rows, more=rows[-1].id if len(rows) == PAGE else 0)


async def settings(visit: Visit) -> Response:
    """Show the settings in force, secrets masked."""
    return visit.page("settings.html", values=masked(visit.console.settings))


def masked(values: Settings) -> list[tuple[str, str, bool]]:
    """Return each setting by its variable: its value in words, whether it was set; of secrets no more."""
    found = []
    for name, field in type(values).model_fields.items():
        value: Any = getattr(values, name)
        variable = str(field.validation_alias or PREFIX + name.upper())
        found.append((variable, _in_words(name, value), name in values.model_fields_set))
    return found


def _in_words(name: str, value: Any) -> str:
    if isinstance(value, SecretStr):
        return "••••••" if value.get_secret_value() else ""
    if name == "admins":
        return f"{len(value)} ••••" if value else ""
    if name == "database_url":
        return shown_address(str(value))
    if isinstance(value, frozenset):
        return ", ".join(sorted(map(str, value)))
    return "" if value is None else str(value)


async def backup(visit: Visit) -> Response:
    """Return a copy of the database as it stands."""
    file = database_file(visit.console.settings.database_url)
    if file is None:
        raise Refused(409, "A server's database is backed up with its own tools.")
    folder = tempfile.TemporaryDirectory(prefix="mediawatch-backup-")
    target = Path(folder.name) / "mediawatch.sqlite3"
    try:
        size = await run_in_threadpool(partial(backups.copy_database, file, target))
    except StorageError as error:
        folder.cleanup()
        raise Refused(503, "The backup could not be made.") from error
    await visit.write(
        lambda tx: audit.record(tx, who=visit.who, action="take backup", subject="database", now=visit.now)
    )

    async def parts() -> AsyncIterator[bytes]:
        with folder, target.open("rb") as copy:
            while part := await run_in_threadpool(partial(copy.read, PART)):
                yield part

    name = f"mediawatch-{visit.now:%Y-%m-%d-%H%M}.sqlite3"
    headers = {"content-disposition": f'attachment; filename="{name}"', "content-length": str(size)}
    return StreamingResponse(parts(), media_type="application/vnd.sqlite3", headers=headers)


PAGES: tuple[Page, ...] = (
    Page("GET", "/operations", Role.ADMIN, room),
    Page("GET", "/operations/subscribers", Role.ADMIN, people),
    Page("POST", "/operations/subscribers/{number:int}", Role.ADMIN, change_person),
    Page("GET", "/operations/trail", Role.ADMIN, trail),
    Page("GET", "/operations/settings", Role.ADMIN, settings),
    Page("POST", "/operations/backup", Role.ADMIN, backup),
)

"""`mediawatch web-link`: a link that signs somebody in to the console, for where there is no Telegram."""

from __future__ import annotations

import secrets

import typer

from bot.actions.publish_rules import known_author
from bot.cli.terminal import completed, fail, say
from bot.machine import database_opened, utc_now
from bot.settings import read_settings
from bot.web.roles import Role, role_named
from bot.web.sign_in import TOKEN_BYTES, link_of
from storage import audit, sessions
from storage.engine import Session
from storage.sessions import Person

ROLES = tuple(role.word for role in Role if role is not Role.ANYBODY)


def web_link(
    role: str = typer.Option("admin", help="What it lets one do: reader, editor or admin."),
    name: str = typer.Option("operator", "--as", help="Your name, as the history of rules shows it."),
) -> None:
    """Print a link that signs you in to the console, once, within ten minutes."""
    if role_named(role) is Role.ANYBODY:
        fail(f"there is no role {role!r}; there are: {', '.join(ROLES)}", 2)

    async def work() -> str:
        settings, token, now = read_settings(), secrets.token_urlsafe(TOKEN_BYTES), utc_now()
        person = Person(known_author(name), role)

        def change(tx: Session) -> None:
            sessions.put_link(tx, token, person, now)
            audit.record(tx, who="command", action="make link", subject="console", after={"role": role}, now=now)

        async with database_opened(settings) as db:
            await db.write(change)
        return link_of(settings.console_url, token)

    # The link alone on standard output, so that a script can take it.
    typer.echo(completed(work))
    say("it works once, for ten minutes, while `mediawatch run` is up")

"""`mediawatch rules publish` and `rollback`: putting a text in force, with its measured effect."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import typer

from bot.actions.publish_rules import Order, Published, roll_back, topic_of
from bot.actions.publish_rules import publish as published
from bot.cli.rules.desk import Desk, author_or_login, is_file, read_text, since, teller, with_rulebook
from bot.cli.rules.drafting import AUTHOR_HELP
from bot.cli.rules.effect import SINCE_HELP, draft_of, show
from bot.cli.terminal import as_json, progress, say
from bot.machine import utc_now
from rules.model import RuleText
from storage import drafts
from storage.engine import Session

REASON_HELP = "Why, in a few words; it stands in the history."


def publish(
    named: str = typer.Argument(metavar="TOPIC|FILE", help="A topic whose draft is meant, or a rule file."),
    reason: str = typer.Option(..., "--reason", help=REASON_HELP),
    author: str = typer.Option("", "--as", help=AUTHOR_HELP),
    based_on: int | None = typer.Option(None, "--based-on", min=0, help="The version that a file was made from."),
    anyway: bool = typer.Option(False, "--anyway", help="Knowingly over what others published meanwhile."),
    since_said: str = typer.Option("30d", "--since", help="What the effect is measured on. " + SINCE_HELP),
    json: bool = typer.Option(False, "--json", help="The version and its figures as one JSON object."),
) -> None:
    """Put a draft or a file in force as a new version. Refused while an error stands or an example fails."""
    since_at = since(since_said, utc_now())

    async def work(desk: Desk, tell: Callable[[int, int], None]) -> Published:
        if is_file(named):
            text, base, revision = read_text(Path(named)), based_on, 0
        else:
            text, base, revision = await desk.db.read(_draft)
        order = Order(text, author_or_login(author), reason, base, revision, anyway, since_at)
        return await published(desk.db, desk.judges, order, utc_now, tell)

    def _draft(tx: Session) -> tuple[RuleText, int, int]:
        text = draft_of(tx, named)
        kept = drafts.find(tx, topic_of(tx, named).id or 0)
        assert kept is not None
        return text, kept.based_on if based_on is None else based_on, kept.revision

    _run(work, json=json)


def rollback(
    topic: str = typer.Argument(help="The topic's short name, like kazakh-oil."),
    to: int | None = typer.Option(None, "--to", min=1, help="The version to go back to; default: the one before."),
    reason: str = typer.Option(..., "--reason", help=REASON_HELP),
    author: str = typer.Option("", "--as", help=AUTHOR_HELP),
    since_said: str = typer.Option("30d", "--since", help="What the effect is measured on. " + SINCE_HELP),
    json: bool = typer.Option(False, "--json", help="The version and its figures as one JSON object."),
) -> None:
    """Publish an older version's text anew. Nothing is deleted: going back is a version of its own."""
    since_at = since(since_said, utc_now())

    async def work(desk: Desk, tell: Callable[[int, int], None]) -> Published:
        order = Order(RuleText(topic, ""), author_or_login(author), reason, since_at=since_at)
        return await roll_back(desk.db, desk.judges, topic, to, order, utc_now, tell)

    _run(work, json=json)


def _run(work: Callable[[Desk, Callable[[int, int], None]], Awaitable[Published]], *, json: bool) -> None:
    async def run(desk: Desk) -> None:
        with progress(quiet=json) as bar:
            done = await work(desk, teller(bar, bar.add_task("comparing", total=None)))
        if json:
            as_json(_plain(done))
            return
        for line in done.warnings:
            say(line)
        show(done.effect)
        say(f"{done.topic}: version {done.version.number} is in force, by {done.version.author}")

    with_rulebook(run)


def _plain(done: Published) -> dict[str, Any]:
    version = done.version
    return {
        "topic": done.topic,
        "version": version.number,
        "author": version.author,
        "reason": version.reason,
        "based_on": version.based_on,
        "published_at": version.published_at.isoformat(),
        "figures": dict(version.figures),
        "warnings": list(done.warnings),
    }

"""`mediawatch rules draft` and `edit`: a topic's text in the making, kept where other editors see it."""

from __future__ import annotations

import asyncio
import shlex
import subprocess
from functools import partial
from pathlib import Path
from tempfile import NamedTemporaryFile

import typer

from bot.actions.edit_rules import RulesError
from bot.actions.publish_rules import drop_draft, look_at, save_draft, topic_of
from bot.cli.rules.desk import Desk, author_or_login, read_text, with_rulebook
from bot.cli.terminal import as_json, out, say
from bot.machine import utc_now
from rules.model import RuleText
from storage import drafts, versions
from storage.engine import Session
from storage.tables import DraftRow

AUTHOR_HELP = "Who you are to the other editors; default: your login name."


def draft(
    topic: str = typer.Argument(help="The topic's short name, like kazakh-oil; a new one begins a topic."),
    file: Path | None = typer.Option(None, "--file", help="Save this text as the draft."),  # noqa: B008
    revision: int | None = typer.Option(
        None, "--revision", min=0, help="The draft's revision that you saw (0: none); default: your own last one."
    ),
    drop: bool = typer.Option(False, "--drop", help="Throw the draft away."),
    author: str = typer.Option("", "--as", help=AUTHOR_HELP),
    json: bool = typer.Option(False, "--json", help="As one JSON object."),
) -> None:
    """Show a topic's draft, or save one. A draft that another editor saved meanwhile is never overwritten."""
    if drop and file is not None:
        raise typer.BadParameter("--drop and --file exclude each other")

    async def work(desk: Desk) -> None:
        name = author_or_login(author)
        if drop:
            gone = await drop_draft(desk.db, topic, name, utc_now())
            say(f"{topic}: the draft is gone" if gone else f"{topic} has no draft")
        elif file is not None:
            kept = await _save(desk, topic, read_text(file), name, revision)
            if json:
                as_json(_plain(topic, kept) | {"text": None})
        else:
            await _show(desk, topic, json=json)

    with_rulebook(work)


def edit(
    topic: str = typer.Argument(help="The topic's short name, like kazakh-oil."),
    author: str = typer.Option("", "--as", help=AUTHOR_HELP),
) -> None:
    """Open a topic's draft (without one: the text in force) in your editor, then save it as the draft."""

    async def work(desk: Desk) -> None:
        text, seen = await desk.db.read(partial(_begun, slug=topic))
        with NamedTemporaryFile("w", prefix=f"{topic}-", suffix=".yaml", delete=False, encoding="utf-8") as kept:
            kept.write(text)
        path = Path(kept.name)
        await asyncio.to_thread(_opened, desk.settings.editor, path)
        written = read_text(path)
        if written.text == text:
            say("nothing changed, nothing saved")
        else:
            say(f"your text is in {path} until it is saved")
            await _save(desk, topic, written, author_or_login(author), seen)
        await asyncio.to_thread(path.unlink)

    with_rulebook(work)


def _opened(editor: str, path: Path) -> None:
    """Return when the editor has ended. Raises RulesError where it can't be run or failed."""
    try:
        subprocess.run([*shlex.split(editor), str(path)], check=True)
    except (OSError, ValueError, subprocess.CalledProcessError) as error:
        raise RulesError(f"the editor {editor!r} failed ({error}); set EDITOR to a command that can be run") from error


async def _save(desk: Desk, slug: str, text: RuleText, author: str, seen: int | None) -> DraftRow:
    looked = await look_at(desk.judges, text)
    if looked.topic and looked.topic != slug:
        raise RulesError(f'{text.file}: its topic is "{looked.topic}", not "{slug}"')
    kept = await save_draft(desk.db, looked, text.text, author, seen=seen, now=utc_now())
    for line in (*looked.errors, *looked.warnings):
        say(line)
    say(f"{slug}: draft saved, revision {kept.revision}, {_base(kept)}")
    say(f"what it would do: mediawatch rules diff {slug} --draft")
    return kept


def _base(kept: DraftRow) -> str:
    return f"based on version {kept.based_on}" if kept.based_on else "a new topic"


def _begun(tx: Session, slug: str) -> tuple[str, int]:
    """Return the text to edit and the draft's revision that it is, 0 for the text in force."""
    topic = topic_of(tx, slug)
    standing = drafts.find(tx, topic.id or 0)
    if standing is not None:
        return standing.text, standing.revision
    current = versions.in_force(tx, topic)
    return (current.text if current else f"topic: {slug}\n"), 0


async def _show(desk: Desk, slug: str, *, json: bool) -> None:
    def find(tx: Session) -> DraftRow | None:
        return drafts.find(tx, topic_of(tx, slug).id or 0)

    standing = await desk.db.read(find)
    if standing is None:
        raise RulesError(f"{slug} has no draft; save one with --file FILE")
    if json:
        as_json(_plain(slug, standing))
        return
    told = f"revision {standing.revision}, by {standing.author}, {standing.saved_at:%Y-%m-%d %H:%M} UTC"
    say(f"{slug}: draft, {told}, {_base(standing)}")
    out().file.write(standing.text if standing.text.endswith("\n") else standing.text + "\n")


def _plain(slug: str, kept: DraftRow) -> dict[str, object]:
    return {
        "topic": slug,
        "revision": kept.revision,
        "author": kept.author,
        "based_on": kept.based_on,
        "saved_at": kept.saved_at.isoformat(),
        "text": kept.text,
    }

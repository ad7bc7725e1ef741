"""What the commands on rules share: workers, the rulebook, and how an editor names a text, a time or a person."""

from __future__ import annotations

import getpass
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import typer
from rich.progress import Progress, TaskID

from bot.actions.edit_rules import LARGEST_FILE, RulesError, read_folder, take_files
from bot.cli.terminal import completed, say
from bot.database import Database
from bot.machine import JUDGE_HEADROOM_MB, JUDGE_MODULES, database_opened, utc_now
from bot.settings import Settings, read_settings
from bot.workers import Workers
from rules.model import RuleText
from storage import rulebook
from storage.engine import database_file

_UNITS = (("h", timedelta(hours=1)), ("d", timedelta(days=1)), ("w", timedelta(weeks=1)))
NOBODY = "editor"


@dataclass(frozen=True, slots=True)
class Desk:
    """The rulebook opened, with workers that read rules."""

    settings: Settings
    db: Database
    judges: Workers


def with_judges(work: Callable[[Workers], Awaitable[None]], size: int = 2) -> None:
    """Run a command's work with workers that read rules; errors that a person can mend end it in a line."""

    async def run() -> None:
        judges = Workers(size=size, preload=JUDGE_MODULES, headroom_mb=JUDGE_HEADROOM_MB)
        await judges.start()
        try:
            await work(judges)
        finally:
            await judges.stop()

    completed(run)


def with_rulebook(work: Callable[[Desk], Awaitable[None]]) -> None:
    """Run a command's work on the rulebook. One without topics takes the rule files first, as the service does."""

    async def run() -> None:
        settings = read_settings()
        judges = Workers(size=settings.workers, preload=JUDGE_MODULES, headroom_mb=JUDGE_HEADROOM_MB)
        async with database_opened(settings) as db:
            await judges.start()
            try:
                if not await db.read(rulebook.known_file_hashes):
                    await _take_files(db, judges, settings)
                await work(Desk(settings, db, judges))
            finally:
                await judges.stop()

    completed(run)


async def _take_files(db: Database, judges: Workers, settings: Settings) -> None:
    for outcome in await take_files(db, judges, read_folder(settings.rules), utc_now()):
        if outcome.problem:
            say(f"not taken: {outcome.problem}")


def has_database(settings: Settings) -> bool:
    """Say whether there is a database to ask, without making one."""
    path = database_file(settings.database_url)
    return path is None or path.exists()


async def rules_in_use(settings: Settings, db: Database | None) -> tuple[RuleText, ...]:
    """Return the rules in force, where a database has any; else the rule files."""
    standing = await db.read(rulebook.in_force) if db is not None else ()
    return standing or tuple(read_folder(settings.rules))


async def rules_to_try(settings: Settings) -> tuple[RuleText, ...]:
    """Return the rules in use, for a command that needs nothing else of the database; say so where they are its."""
    if not has_database(settings):
        return tuple(read_folder(settings.rules))
    async with database_opened(settings) as db:
        standing = await db.read(rulebook.in_force)
    if standing:
        say(f"by the rules in force: {', '.join(rule.file for rule in standing)}")
    return standing or tuple(read_folder(settings.rules))


async def rules_to_check(settings: Settings, db: Database | None) -> tuple[RuleText, ...]:
    """Return the rules in use, and after them those files of a folder of one's own that say something else."""
    standing = await rules_in_use(settings, db)
    if settings.rules is None:
        return standing
    known = {rule.text for rule in standing}
    return (*standing, *(file for file in read_folder(settings.rules) if file.text not in known))


def read_text(path: Path) -> RuleText:
    """Return a rule file's text; its topic is the one that it names. Raises RulesError where it can't be read."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise RulesError(f"{path}: larger than {LARGEST_FILE:,} bytes; is this a rule?")
        return RuleText("", path.read_text(encoding="utf-8-sig"), file=str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise RulesError(f"{path}: can't be read ({error}); give a rule as a file of UTF-8 text") from error


def is_file(named: str) -> bool:
    """Say whether an editor means a file and not a topic."""
    return "/" in named or named.endswith((".yaml", ".yml")) or Path(named).is_file()


def no_topic(named: str, rules: Sequence[RuleText]) -> str:
    """Return the line for a topic that the rules do not have: which there are, or how a file is named instead."""
    if is_file(named):
        return f"{named!r} is a file: give --rule {named} and the topic's name"
    return f"no topic {named!r}; there are: {', '.join(one.topic for one in rules if one.topic)}"


def author_or_login(name: str) -> str:
    """Return the name given, else the login name on this machine."""
    if name.strip():
        return name
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return NOBODY


def since(said: str, now: datetime) -> datetime | None:
    """Return the moment that `30d`, `12h`, `2w` ago or `2026-01-31` means; None for `all`."""
    if said == "all":
        return None
    ago = re.fullmatch(r"(\d{1,5})\s*([hdw])", said.strip())
    if ago is not None:
        unit = next(length for letter, length in _UNITS if letter == ago[2])
        return now - int(ago[1]) * unit
    try:
        day = datetime.fromisoformat(said.strip())
    except ValueError:
        raise typer.BadParameter(f"expected a time like 30d, 12h, 2w, 2026-01-31 or all, not {said!r}") from None
    return day.replace(tzinfo=UTC) if day.tzinfo is None else day.astimezone(UTC)


def teller(bar: Progress, task: TaskID) -> Callable[[int, int], None]:
    """Return what moves a progress bar to so many of so many."""
    return lambda done, total: bar.update(task, completed=done, total=total)

"""Well-set output for people, JSON for machines, and one way for a command to end in an error."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Coroutine
from typing import Any, NoReturn, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from bot.actions.edit_rules import RulesError
from bot.actions.manage_sources import SourceError
from bot.instance import InstanceTaken
from bot.settings import SettingsError
from bot.web.application import WebError
from bot.workers import WorkerFault
from rules.model import RuleError
from storage.engine import DatabaseFault, StorageError

T = TypeVar("T")

WIDE = 240
EXPECTED = (
    SettingsError,
    StorageError,
    InstanceTaken,
    SourceError,
    RulesError,
    RuleError,
    WebError,
    WorkerFault,
)


def out() -> Console:
    """Return the console of standard output; where that is a file or a pipe, tables are wide and lines stay whole."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)


def say(message: str) -> None:
    """Print a line for a person on standard error, so that output for machines stays clean."""
    Console(stderr=True, highlight=False).print(Text(message), soft_wrap=True)


def fail(message: str, code: int = 1) -> NoReturn:
    """End the command with a clear error."""
    for line in message.splitlines() or ["failed"]:
        Console(stderr=True, highlight=False).print(Text.assemble(("error: ", "bold red"), line), soft_wrap=True)
    raise typer.Exit(code)


def as_json(value: Any) -> None:
    """Print one line of JSON; letters that the output can't hold are escaped."""
    line = json.dumps(value, ensure_ascii=False, default=str)
    try:
        line.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        line = json.dumps(value, default=str)
    sys.stdout.write(line + "\n")


def completed(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a command's work; an error that a person can mend becomes one line, not a traceback."""
    try:
        return asyncio.run(work())
    except DatabaseFault as error:
        fail(f"the database can't be used: {error.orig}")
    except EXPECTED as error:
        fail(str(error))
    except KeyboardInterrupt:
        fail("stopped", 130)


def progress(*, quiet: bool = False) -> Progress:
    """Return a progress bar on standard error; nothing where nobody watches a terminal."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console, transient=True, disable=quiet or not console.is_terminal)

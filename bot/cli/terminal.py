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
    """Return the console of standard output."""
    return Console(highlight=False, soft_wrap=False)


def say(message: str) -> None:
    """Print a line for a person on standard error, so that output for machines stays clean."""
    Console(stderr=True, highlight=False).print(Text(message))


def fail(message: str, code: int = 1) -> NoReturn:
    """End the command with a clear error."""
    for line in message.splitlines() or ["failed"]:
        Console(stderr=True, highlight=False).print(Text.assemble(("error: ", "bold red"), line))
    raise typer.Exit(code)


def as_json(value: Any) -> None:
    """Print one line of JSON."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, default=str) + "\n")


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

"""`mediawatch rules check`: what is wrong and what is doubtful in rules, each with its place."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import typer

from bot.actions.edit_rules import RulesError
from bot.actions.weigh_terms import archive_doubts
from bot.cli.rules.desk import has_database, read_text, rules_to_check, with_judges
from bot.cli.terminal import as_json, say
from bot.database import Database
from bot.machine import database_opened
from bot.settings import read_settings
from bot.workers import Workers
from rules.model import RuleText
from rules.reading.rule import Problem, Severity
from storage.engine import StorageError


def check(
    files: list[Path] | None = typer.Argument(None, help="Rule files; default: the rules in use."),  # noqa: B008
    archive: bool = typer.Option(
        True, "--archive/--no-archive", help="Weigh the terms on stored items too, where there is a database."
    ),
    json: bool = typer.Option(False, "--json", help="One JSON object a problem."),
) -> None:
    """Check rules, their examples included; errors and warnings name file, line and column. Ends with 1 on an error.

    Without a file: the rules in force in the database, and the files of MEDIAWATCH_RULES that differ from them. The
    newest stored items show which terms hit too many of them and which hit none; with less than a few hundred items
    nothing is said.
    """
    sound: list[bool] = []

    async def work(judges: Workers) -> None:
        settings = read_settings()
        async with contextlib.AsyncExitStack() as stack:
            db: Database | None = None
            if (archive or not files) and has_database(settings):
                try:
                    db = await stack.enter_async_context(database_opened(settings))
                except StorageError as error:
                    say(f"warning: without the database: {error}")
            texts = _readable(files, sound) if files else await rules_to_check(settings, db)
            weighed = db if archive else None
            sound.extend([await _check(judges, weighed, text, json=json) for text in texts])

    with_judges(work)
    if not all(sound):
        raise typer.Exit(1)


async def _check(judges: Workers, db: Database | None, text: RuleText, *, json: bool) -> bool:
    """Tell a rule's problems; say whether it can be published."""
    problems: list[Problem] = await judges.run("bot.rule_desk:problems", text, timeout_s=60, cpu_s=60)
    sound = not any(problem.severity is Severity.ERROR for problem in problems)
    if db is not None and sound:
        problems = [*problems, *await archive_doubts(db, judges, text)]
    for problem in problems:
        if json:
            as_json(_plain(problem))
        else:
            say(str(problem))
    if not problems and not json:
        say(f"{text.file}: fine, examples pass")
    return sound


def _plain(problem: Problem) -> dict[str, object]:
    place = problem.place
    return {
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "severity": str(problem.severity),
        "message": problem.message,
    }


def _readable(files: Sequence[Path], sound: list[bool]) -> Iterator[RuleText]:
    """Yield the texts of the files; one that can't be read is told of, is not `sound`, and keeps none of the others."""
    for path in files:
        try:
            text = read_text(path)
        except RulesError as error:
            say(f"error: {error}")
            sound.append(False)
        else:
            yield RuleText(path.stem, text.text, version=path.stem, file=str(path))

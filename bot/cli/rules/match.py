"""`mediawatch rules match`: items in, their topics out, line by line and never all at once."""

from __future__ import annotations

import asyncio
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Self

import typer

from bot.actions.edit_rules import RulesError, read_folder
from bot.cli.rules.desk import with_judges
from bot.cli.terminal import as_json, fail, progress, say
from bot.settings import read_settings
from bot.workers import Workers
from rules.model import Document, RuleText

if TYPE_CHECKING:
    from bot.judge import Checked, Reading

BATCH = 200
AHEAD = 4


class InputError(Exception):
    """The input can't be read."""


class _Running:
    """Batches under way, each with its rows; on leaving, those not waited for are ended."""

    def __init__(self) -> None:
        self.tasks: list[tuple[list[dict[str, object]], asyncio.Task[Reading]]] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for _rows_of, reading in self.tasks:
            reading.cancel()
        await asyncio.gather(*(reading for _rows_of, reading in self.tasks), return_exceptions=True)


def match(
    file: Path = typer.Argument(help="JSON lines {id, title, text, lang?}; - reads standard input."),  # noqa: B008
) -> None:
    """Match texts against the rules: JSON lines in, JSON lines {id, topics, why} out, in the same order."""

    async def work(judges: Workers) -> None:
        rules = tuple(read_folder(read_settings().rules))
        await _refuse_broken(judges, rules)
        async with _Running() as running:
            await _match_all(judges, rules, _batches(file, bad), running)

    bad: list[str] = []
    try:
        with_judges(work)
    except InputError as error:
        fail(str(error))
    if bad:
        fail(f"{len(bad)} lines could not be used; the others are matched")


async def _match_all(
    judges: Workers,
    rules: tuple[RuleText, ...],
    batches: Iterator[list[dict[str, object]]],
    running: _Running,
) -> None:
    """Judge the batches, a few at a time, and print them in their order; `running` holds those under way."""
    with progress(quiet=sys.stdout.isatty()) as bar:
        task = bar.add_task("matching", total=None)
        for batch in batches:
            running.tasks.append((batch, asyncio.create_task(_judge(judges, rules, batch))))
            if len(running.tasks) >= AHEAD:
                bar.advance(task, _print(running.tasks[0][0], await running.tasks.pop(0)[1]))
        for rows, reading in running.tasks:
            bar.advance(task, _print(rows, await reading))


async def _refuse_broken(judges: Workers, rules: tuple[RuleText, ...]) -> None:
    for rule in rules:
        checked: Checked = await judges.run("bot.judge:check_file", rule, timeout_s=60, cpu_s=60)
        if checked.problem:
            raise RulesError(checked.problem)


async def _judge(judges: Workers, rules: tuple[RuleText, ...], batch: list[dict[str, object]]) -> Reading:
    documents = [
        Document(str(row.get("title") or ""), str(row.get("text") or ""), str(row.get("lang") or "")) for row in batch
    ]
    reading: Reading = await judges.run("bot.judge:judge", rules, documents, True, timeout_s=300, cpu_s=240)
    return reading


def _print(batch: list[dict[str, object]], reading: Reading) -> int:
    for row, judged in zip(batch, reading.judged, strict=True):
        why = {found.topic: found.because for found in judged.matches}
        as_json({"id": row.get("id"), "topics": list(why), "why": why})
    return len(batch)


def _batches(file: Path, bad: list[str]) -> Iterator[list[dict[str, object]]]:
    batch: list[dict[str, object]] = []
    for row in _rows(file, bad):
        batch.append(row)
        if len(batch) >= BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _rows(file: Path, bad: list[str]) -> Iterator[dict[str, object]]:
    """Yield the usable rows; name each other one on standard error, and in `bad`, and go on."""
    try:
        stream = sys.stdin.buffer if str(file) == "-" else file.open("rb")
    except OSError as error:
        raise InputError(f"{file}: can't be read ({error.strerror})") from error
    with io.TextIOWrapper(stream, encoding="utf-8-sig", errors="replace") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except (ValueError, RecursionError) as error:
                bad.append(f"{file}:{number}: not JSON ({error}); give one object a line")
                say(bad[-1])
                continue
            if not isinstance(row, dict):
                bad.append(f"{file}:{number}: expected an object {{id, title, text, lang?}}")
                say(bad[-1])
                continue
            yield row

"""`mediawatch rules match`: items in, their topics out, line by line and never all at once."""

from __future__ import annotations

import asyncio
import io
import json
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Self

import typer

from bot.actions.edit_rules import RulesError
from bot.cli.rules.desk import rules_to_try, with_judges
from bot.cli.terminal import as_json, fail, progress, say
from bot.settings import read_settings
from bot.workers import Workers
from rules.model import Document, RuleText

if TYPE_CHECKING:
    from bot.judge import Checked, Reading

BATCH = 200
AHEAD = 4
# Of a file that is something else, twenty lines of complaint are enough.
TOLD = 20


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
    """Match texts against the rules: JSON lines in, JSON lines {id, topics, why} out, in the same order.

    Where there is a database, the rules are those in force there, else the rule files.
    """

    async def work(judges: Workers) -> None:
        rules = await rules_to_try(read_settings())
        await _refuse_broken(judges, rules)
        async with _Running() as running:
            await _match_all(judges, rules, _batches(lines), running)

    lines = _Lines(file)
    try:
        with_judges(work)
    except InputError as error:
        fail(str(error))
    if lines.empty:
        say(f"warning: {lines.empty:,} lines have neither title nor text; the keys are id, title, text, lang")
    if lines.bad:
        fail(f"{lines.bad:,} lines could not be used; the others are matched")


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
        Document(str(row.get("title") or ""), str(row.get("text") or ""), _language(row.get("lang"))) for row in batch
    ]
    reading: Reading = await judges.run("bot.judge:judge", rules, documents, True, timeout_s=300, cpu_s=240)
    return reading


def _print(batch: list[dict[str, object]], reading: Reading) -> int:
    for row, judged in zip(batch, reading.judged, strict=True):
        why = {found.topic: found.because for found in judged.matches}
        as_json({"id": row.get("id"), "topics": list(why), "why": why})
    return len(batch)


def _language(said: object) -> str:
    """Return the two letters of a language, also of codes such as uk-UA or uk_UA; "" for what names none."""
    code = re.split(r"[-_]", str(said or "").strip().casefold(), maxsplit=1)[0]
    return code if re.fullmatch("[a-z]{2}", code) else ""


def _batches(rows: Iterable[dict[str, object]]) -> Iterator[list[dict[str, object]]]:
    batch: list[dict[str, object]] = []
    for row in rows:
        batch.append(row)
        if len(batch) >= BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


class _Lines:
    """The usable rows of a file, read as they are asked for.

    Each other line is named on standard error, the first TOLD of them; `bad` and `empty` count those that can't be used
    and those without words.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self.bad = 0
        self.empty = 0

    def __iter__(self) -> Iterator[dict[str, object]]:
        try:
            stream = sys.stdin.buffer if str(self.file) == "-" else self.file.open("rb")
        except OSError as error:
            raise InputError(f"{self.file}: can't be read ({error.strerror})") from error
        with io.TextIOWrapper(stream, encoding="utf-8-sig", errors="replace") as lines:
            for number, line in enumerate(lines, 1):
                row = self._row(number, line) if line.strip() else None
                if row is not None:
                    self.empty += not (row.get("title") or row.get("text"))
                    yield row

    def _row(self, number: int, line: str) -> dict[str, object] | None:
        try:
            row = json.loads(line.removeprefix("\ufeff"))
        except (ValueError, RecursionError) as error:
            self._tell(number, f"not JSON ({error}); give one object a line")
            return None
        if not isinstance(row, dict):
            self._tell(number, "expected an object {id, title, text, lang?}")
            return None
        return row

    def _tell(self, number: int, problem: str) -> None:
        self.bad += 1
        if self.bad <= TOLD:
            say(f"{self.file}:{number}: {problem}")
        elif self.bad == TOLD + 1:
            say(f"{self.file}:{number}: and more such lines; they are only counted from here on")

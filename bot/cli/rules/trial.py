"""`mediawatch rules test`: why each topic matches a text, or does not."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

import typer
from rich.table import Table
from rich.text import Text

from bot.actions.edit_rules import RulesError
from bot.cli.rules.desk import has_database, no_topic, read_text, rules_in_use, with_judges
from bot.cli.terminal import as_json, out
from bot.database import Database
from bot.machine import database_opened
from bot.settings import read_settings
from bot.workers import Workers
from rules.model import Account, Document, Hit
from storage import archive

LARGEST_TEXT = 20_000_000
# A gate of fifty alternatives is a page; what it was opened by stands below it.
LONGEST_CLAUSE = 240


def try_text(
    text: str = typer.Argument("", help="A title, or any text."),
    file: Path | None = typer.Option(None, "--file", help="Read the text from a file; its first line is the title."),  # noqa: B008
    item: int | None = typer.Option(None, "--item", help="A stored item, by its number."),
    topic: str = typer.Option("", "--topic", help="Only this topic; default: all."),
    rule: Path | None = typer.Option(None, "--rule", help="Try this rule file instead of the rules in use."),  # noqa: B008
    language: str = typer.Option("", "--lang", help="The text's language, where you know it."),
    json: bool = typer.Option(False, "--json", help="One JSON object a topic."),
) -> None:
    """Try a text against the topics: which words were read as what, line by line, and what was missing.

    Where there is a database, the rules are those in force there, else the rule files.
    """
    if [bool(text), file is not None, item is not None].count(True) != 1:
        raise typer.BadParameter("give a TEXT, or --file FILE, or --item NUMBER")

    async def work(judges: Workers) -> None:
        settings = read_settings()
        async with AsyncExitStack() as stack:
            db = await stack.enter_async_context(database_opened(settings)) if has_database(settings) else None
            rules = (read_text(rule),) if rule is not None else await rules_in_use(settings, db)
            document = await _document(text, file, item, language, db)
        told: tuple[Account, ...] = await judges.run(
            "bot.judge:account", rules, document, topic, timeout_s=120, cpu_s=120
        )
        if not told:
            raise RulesError(no_topic(topic, rules))
        names = {one.topic: one.file for one in rules}
        for account in told:
            if json:
                as_json(_plain(account, names.get(account.topic, "")))
            else:
                show(account, names.get(account.topic, rules[0].file))

    with_judges(work, size=1)


async def _document(text: str, file: Path | None, item: int | None, language: str, db: Database | None) -> Document:
    if file is not None:
        try:
            whole = await asyncio.to_thread(_read, file)
        except OSError as error:
            raise RulesError(f"{file}: can't be read ({error.strerror})") from error
        title, _, rest = whole.lstrip().partition("\n")
        return Document(title.strip(), rest.strip(), language)
    if item is None:
        return Document(text, "", language)
    found = await db.read(lambda tx: archive.one(tx, item)) if db is not None else None
    if found is None:
        raise RulesError(f"there is no item {item}; `mediawatch items export` lists what is kept")
    return Document(found.title, found.text, language or found.language, found.source)


def _read(file: Path) -> str:
    with file.open("rb") as stream:
        return stream.read(LARGEST_TEXT).decode("utf-8-sig", "replace")


def show(account: Account, rule: str) -> None:
    """Print one topic's account: the decision, its lines, the words with their places, what was missing."""
    said = "matches" if account.matched else "no match"
    sum_ = f", {account.points} of {account.at_least} points" if any(line.points for line in account.lines) else ""
    head = Text.assemble(
        (f"{account.topic}: {said}", "bold green" if account.matched else "bold"), sum_, (f"  – {rule}", "dim")
    )
    out().print(head)
    for line in account.lines:
        mark = Text("✓", "green") if line.held else Text("✗", "red")
        points = f" {line.points:+d} " if line.points else " "
        out().print(Text.assemble("  ", mark, points, _short(line.clause)), soft_wrap=True)
    long = any(len(line.clause) > LONGEST_CLAUSE for line in account.lines)
    for clause in dict.fromkeys(hit.clause for hit in account.hits if long and account.matched):
        out().print(Text.assemble("    ", ("by: ", "green"), _short(clause)), soft_wrap=True)
    if account.hits:
        table = Table("where", "words", "read as", "how", "form", box=None, show_header=False, padding=(0, 2, 0, 2))
        for hit in account.hits:
            table.add_row(*_cells(hit))
        out().print(table)
    for reason in account.missing[:5]:
        out().print(Text.assemble("  ", ("missing: ", "yellow"), reason), soft_wrap=True)
    for reason in account.excluded[:10]:
        out().print(Text.assemble("  ", ("set aside: ", "cyan"), reason), soft_wrap=True)


def _short(clause: str) -> str:
    return clause if len(clause) <= LONGEST_CLAUSE else f"{clause[:LONGEST_CLAUSE]} …"


def _cells(hit: Hit) -> Iterator[Text]:
    yield Text(f"{hit.field} {hit.start}–{hit.end}", "dim")
    yield Text(f"“{' '.join(hit.quoted.split())}”", "bold")
    yield Text(hit.concept)
    yield Text(str(hit.reach))
    yield Text(hit.form, "dim")


def _plain(account: Account, rule: str) -> dict[str, Any]:
    whole = asdict(account)
    return {"rule": rule, **{name: whole[name] for name in whole if name not in ("plain", "version")}}

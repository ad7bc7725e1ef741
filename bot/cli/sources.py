"""`mediawatch sources …`: the list of sources, and whether each one answers."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import typer
from rich.markup import escape
from rich.table import Table

from bot.actions.manage_sources import (
    Became,
    Outcome,
    SourceError,
    add_all,
    as_entries,
    change_state,
    read_list,
    unlisted,
)
from bot.actions.probe_source import Probe, probe
from bot.cli.terminal import as_json, completed, fail, out, progress, say
from bot.feeds.fetch import Fetcher
from bot.feeds.sourcelist import write_opml, write_yaml
from bot.feeds.sourcerow import SourceEntry
from bot.machine import READER_MODULES, database_opened, fetch_limits, utc_now
from bot.settings import Settings, read_settings
from bot.workers import Workers
from storage import sources
from storage.tables import SourceRow, SourceState

app = typer.Typer(no_args_is_help=True)
WHO = "command"


@app.command("add")
def add(
    url: str = typer.Argument(help="A feed's address, or a home page that names its feed."),
    name: str = typer.Option("", help="How messages name the source; default: the feed's own title."),
    language: str = typer.Option("", help="The language it mostly writes in, like ru."),
    check: bool = typer.Option(True, help="Fetch it first; --no-check adds it unseen."),
) -> None:
    """Add a source. A home page is followed to its feed."""

    async def work() -> None:
        settings = read_settings()
        entry = SourceEntry(url=url, name=name, language=language)
        if check:
            (found,) = await _probe_all(settings, [url], quiet=True)
            if found.problem:
                raise SourceError(f"{url}: {found.problem}. Add it unseen with --no-check")
            entry = SourceEntry(url=found.url, name=name or found.title, language=language or found.language)
            say(f"{found.title or found.url}: {found.entries} entries, for example “{found.example}”")
        async with database_opened(settings) as db:
            (outcome,) = await add_all(db, [unlisted(entry)], who=WHO, now=utc_now())
        say(f"{outcome.became.value}: {entry.name or entry.url}" + (f" ({outcome.detail})" if outcome.detail else ""))

    completed(work)


@app.command("list")
def list_all(json: bool = typer.Option(False, "--json", help="One JSON object a line.")) -> None:
    """Show every source with its state."""

    async def work() -> tuple[list[SourceRow], ZoneInfo]:
        settings = read_settings()
        async with database_opened(settings) as db:
            return sorted(await db.read(sources.listed), key=lambda row: as_a_person_sorts(row.name)), ZoneInfo(
                settings.zone
            )

    rows, zone = completed(work)
    if json:
        for row in rows:
            as_json(_as_plain(row))
        return
    if not rows:
        say("no sources yet: `mediawatch sources add ADDRESS`, or `mediawatch sources import FILE`")
        return
    table = Table("no.", "name", "lang", "state", "last new item", "address", box=None, header_style="bold")
    for row in rows:
        seen = _on_the_clock(row.last_new_at, zone) if row.last_new_at else "–"
        state = state_in_words(row, zone)
        table.add_row(str(row.id), escape(row.name), row.language, escape(state), seen, escape(row.url))
    out().print(table)
    say(f"times are those of {zone.key} (MEDIAWATCH_ZONE)")


def as_a_person_sorts(name: str) -> list[tuple[int, str]]:
    """Return a key that puts "Desk 9" before "Desk 10"."""
    return [(int(part), "") if part.isdecimal() else (0, part) for part in re.split(r"(\d{1,9})", name.casefold())]


def _on_the_clock(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%d.%m. %H:%M}"


def state_in_words(row: SourceRow, zone: ZoneInfo) -> str:
    """Return how a source is, as an admin would say it, on the clock of `zone`."""
    if row.state != SourceState.ACTIVE.value:
        return f"{row.state}: {row.state_note}" if row.state_note else row.state
    if row.failures and row.failing_since:
        return f"failing since {_on_the_clock(row.failing_since, zone)}: {row.fault}"
    if row.fault and row.failures == 0 and row.last_ok_at is None:
        return row.fault
    if not row.baseline_done:
        return "not polled yet"
    return "fine"


def _as_plain(row: SourceRow) -> dict[str, object]:
    return {
        "id": row.id,
        "name": row.name,
        "url": row.url,
        "imported_url": row.imported_url,
        "language": row.language,
        "state": row.state,
        "note": row.state_note,
        "failures": row.failures,
        "fault": row.fault,
        "detail": row.fault_detail,
        "last_polled_at": row.last_polled_at,
        "last_new_at": row.last_new_at,
        "next_poll_at": row.next_poll_at,
        "gaps": row.gaps,
    }


@app.command("check")
def check(
    urls: list[str] | None = typer.Argument(None, help="Addresses; default: every source."),  # noqa: B008
    json: bool = typer.Option(False, "--json", help="One JSON object a line."),
) -> None:
    """Fetch sources once and tell which answer. Changes nothing; ends with 1 if any does not answer."""

    async def work() -> list[Probe]:
        settings = read_settings()
        wanted = list(urls or [])
        if not wanted:
            async with database_opened(settings) as db:
                rows = await db.read(sources.listed)
            wanted = [row.url for row in rows]
        if not wanted and settings.sources.exists():
            wanted = [row.entry.url for row in read_list(settings.sources)[0] if row.entry]
        if not wanted:
            raise SourceError("nothing to check: give an address, or add sources first")
        return await _probe_all(settings, wanted, quiet=json)

    found = completed(work)
    _show_probes(found, json=json)
    if any(each.problem for each in found):
        raise typer.Exit(1)


def _show_probes(found: Sequence[Probe], *, json: bool) -> None:
    table = Table("", "address", "what came", box=None, header_style="bold")
    for each in found:
        if json:
            as_json({"url": each.asked, "feed": each.url, "entries": each.entries, "problem": each.problem})
            continue
        moved = f"  → {each.url}" if each.url not in ("", each.asked) else ""
        came = each.problem or f"{each.entries} entries{moved}"
        table.add_row("[red]✗[/]" if each.problem else "[green]✓[/]", escape(each.asked), escape(came))
    if not json:
        out().print(table)
        good = sum(not each.problem for each in found)
        say(f"{good} of {len(found)} answer")


async def _probe_all(settings: Settings, urls: Sequence[str], *, quiet: bool) -> list[Probe]:
    readers = Workers(size=settings.workers, preload=READER_MODULES)
    await readers.start()
    try:
        async with Fetcher(fetch_limits(settings), now=utc_now) as fetcher:
            with progress(quiet=quiet) as bar:
                task = bar.add_task("checking", total=len(urls))

                async def one(url: str) -> Probe:
                    found = await probe(fetcher, readers, url)
                    bar.advance(task)
                    return found

                return list(await asyncio.gather(*(one(url) for url in urls)))
    finally:
        await readers.stop()


@app.command("import")
def import_list(
    file: Path = typer.Argument(help="A YAML or OPML file."),  # noqa: B008
    json: bool = typer.Option(False, "--json", help="One JSON object a line."),
) -> None:
    """Add the sources of a file. One bad row stops nothing; each row's outcome is told."""

    async def work() -> list[Outcome]:
        rows, bad = read_list(file)
        async with database_opened(read_settings()) as db:
            added = await add_all(db, rows, who=WHO, now=utc_now())
            return sorted(bad + added, key=lambda outcome: outcome.line)

    outcomes = completed(work)
    for outcome in outcomes:
        if json:
            as_json(
                {"line": outcome.line, "url": outcome.url, "outcome": outcome.became.value, "detail": outcome.detail}
            )
        elif outcome.became is not Became.ADDED or outcome.detail:
            place = f"{file}:{outcome.line}: " if outcome.line else ""
            say(f"{place}{outcome.url} {outcome.became.value}" + (f": {outcome.detail}" if outcome.detail else ""))
    tally = {became: sum(o.became is became for o in outcomes) for became in Became}
    say(", ".join(f"{number} {became.value}" for became, number in tally.items() if number) or "the file lists nothing")
    if outcomes and tally[Became.BAD] == len(outcomes):
        raise typer.Exit(1)


@app.command("export")
def export(
    file: Path | None = typer.Argument(None, help="Where to; .opml writes OPML, else YAML. Default: standard output."),  # noqa: B008
    opml: bool = typer.Option(False, "--opml", help="Write OPML."),
) -> None:
    """Write all sources as a list that `import` reads."""

    async def work() -> list[SourceEntry]:
        async with database_opened(read_settings()) as db:
            return as_entries(await db.read(sources.listed))

    entries = completed(work)
    as_opml = opml or (file is not None and file.suffix.lower() == ".opml")
    text = write_opml(entries).decode() if as_opml else write_yaml(entries)
    if file is None:
        typer.echo(text, nl=False)
        return
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        fail(f"{file}: can't be written ({error.strerror})")
    say(f"{len(entries)} sources written to {file}")


def _change(wanted: str, state: SourceState, note: str, told: str) -> None:
    async def work() -> str:
        async with database_opened(read_settings()) as db:
            return await change_state(db, wanted, state, who=WHO, note=note, now=utc_now())

    say(f"{completed(work)}: {told}")


@app.command("pause")
def pause(source: str = typer.Argument(help="Number, name or address.")) -> None:
    """Stop polling a source; nothing of it is forgotten."""
    _change(source, SourceState.PAUSED, "paused by a person", "paused")


@app.command("resume")
def resume(source: str = typer.Argument(help="Number, name or address.")) -> None:
    """Poll a paused source again, at once."""
    _change(source, SourceState.ACTIVE, "", "polled again")


@app.command("remove")
def remove(source: str = typer.Argument(help="Number, name or address.")) -> None:
    """Remove a source from the list. Its items stay; adding it again alerts nothing old."""
    _change(source, SourceState.REMOVED, "removed by a person", "removed")

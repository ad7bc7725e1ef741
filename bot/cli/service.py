"""The commands that run the machine: the service itself, one round of it, the demo, and the doctor."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass

import typer
from rich.table import Table

from bot.app import serve
from bot.cli.demo import run_demo
from bot.cli.doctor import Finding, examine
from bot.cli.terminal import as_json, completed, fail, out, progress, say
from bot.delivery.console import ConsoleSender
from bot.instance import only_instance
from bot.logs import set_up_logs
from bot.machine import load_rules, load_sources, opened
from bot.settings import Settings, SettingsError, read_settings
from storage import sources


def _settings(level: str | None = None) -> Settings:
    try:
        settings = read_settings()
    except SettingsError as error:
        fail(str(error), 2)
    secrets = (settings.token, settings.http_token.get_secret_value() if settings.http_token else "")
    set_up_logs(level or settings.log_level, settings.log_format, secrets=secrets)
    return settings


def run() -> None:
    """Run the service until Ctrl-C or SIGTERM. Settings come from MEDIAWATCH_… variables (docs/settings.md)."""
    settings = _settings()
    if not settings.token:
        say("no MEDIAWATCH_TELEGRAM_TOKEN: messages go to this terminal")
    say(f"console: {settings.console_url} (`mediawatch web-link` signs you in)")
    completed(lambda: serve(settings, ConsoleSender()))


@dataclass(slots=True)
class _Round:
    polled: int = 0
    new: int = 0
    failed: int = 0
    unchanged: int = 0
    gaps: int = 0
    matched: int = 0
    stories: int = 0


def poll(
    every: bool = typer.Option(False, "--all", help="Every source, due or not."),
    json: bool = typer.Option(False, "--json", help="The summary as one JSON object."),
) -> None:
    """Collect and analyse once, now. Refused while a service runs on the same database."""
    settings = _settings("error" if json else "warning")

    async def work() -> _Round:
        async with only_instance(settings.database_url, "mediawatch poll"), opened(settings) as machine:
            for outcome in await load_rules(machine):
                if outcome.problem:
                    say(outcome.problem)
            if "sources" in settings.model_fields_set or not await machine.db.read(sources.listed):
                await load_sources(machine)
            now = machine.now()
            rows = await machine.db.read(sources.active if every else lambda tx: sources.due(tx, now, 100_000))
            with progress(quiet=json) as bar:
                task = bar.add_task("polling", total=len(rows))
                collected = await machine.collector.poll_each(rows, lambda _: bar.advance(task))
                bar.update(task, description="analysing")
                analysed = await machine.analyst.tick()
        return _Round(
            polled=collected.polled, new=collected.new, failed=collected.failed, unchanged=collected.unchanged,
            gaps=collected.gaps, matched=analysed.matched, stories=analysed.stories,
        )  # fmt: skip

    done = completed(work)
    summary = {name: getattr(done, name) for name in _Round.__slots__}
    if json:
        as_json(summary)
        return
    table = Table(*summary, box=None, header_style="bold")
    table.add_row(*(f"{number:,}" for number in summary.values()))
    out().print(table)


def demo(
    json: bool = typer.Option(False, "--json", help="End with the summary as one JSON line."),
    keep: bool = typer.Option(False, "--keep", help="Leave the console open afterwards, to look at and to try."),
) -> None:
    """Show the whole walk on a sample newswire: no token, no network, under a minute."""
    set_up_logs("error", "auto")
    summary = completed(lambda: run_demo(quiet=json, keep=keep))
    if json:
        as_json(summary)


def doctor(json: bool = typer.Option(False, "--json", help="One JSON object a line.")) -> None:
    """Check database, settings, token, rules, sources and clock; ends with 1 if something is wrong."""
    settings = _settings("error")
    findings: Sequence[Finding] = completed(lambda: examine(settings))
    table = Table("", "what", "how it is", box=None, header_style="bold")
    for finding in findings:
        if json:
            as_json({"what": finding.what, "ok": finding.ok, "detail": finding.detail})
        table.add_row("[green]✓[/]" if finding.ok else "[red]✗[/]", finding.what, finding.detail)
    if not json:
        out().print(table)
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)


def health() -> None:
    """Ask the running service whether it is ready (for container health checks); ends with 1 if not."""
    settings = _settings("error")
    host, _, port = settings.http_bind.rpartition(":")
    host = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]", "": "127.0.0.1"}.get(host, host)
    try:
        with urllib.request.urlopen(f"http://{host}:{port}/readyz", timeout=5) as answer:
            say(answer.read(500).decode())
    except urllib.error.HTTPError as error:
        fail(error.read(500).decode("utf-8", "replace") or str(error))
    except OSError as error:
        fail(f"nothing answers at {settings.http_bind} ({error}); is `mediawatch run` up?")

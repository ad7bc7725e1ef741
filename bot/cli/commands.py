"""The command line: which commands there are. What each does stands in the modules beside this one."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

import typer

from bot.cli import backup, digest, items, rules, service, sources, web

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Watch the news for topics, and tell subscribers once per story.",
)
app.add_typer(sources.app, name="sources", help="The places news comes from.")
app.add_typer(rules.app, name="rules", help="How topics are recognised.")
app.add_typer(items.app, name="items", help="The entries kept.")
app.add_typer(digest.app, name="digest", help="Digests, before anybody gets them.")
app.command("run")(service.run)
app.command("demo")(service.demo)
app.command("poll")(service.poll)
app.command("doctor")(service.doctor)
app.command("health")(service.health)
app.command("web-link")(web.web_link)
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)


def _version(wanted: bool) -> None:
    if wanted:
        try:
            typer.echo(f"mediawatch {version('mediawatch')}")
        except PackageNotFoundError:
            typer.echo("mediawatch (from a checkout)")
        raise typer.Exit


@app.callback()
def _options(
    version_wanted: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Say which version this is."
    ),
) -> None:
    """Watch the news for topics, and tell subscribers once per story."""

"""`mediawatch rules history` and `export`: which versions a rule has had, and their texts."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
from rich.table import Table
from rich.text import Text

from bot.actions.edit_rules import RulesError
from bot.actions.publish_rules import topic_of, version_of
from bot.cli.rules.desk import Desk, with_rulebook
from bot.cli.terminal import as_json, out, say
from rules.model import RuleText
from storage import rulebook, versions
from storage.engine import Session
from storage.versions import Version


def history(
    topic: str = typer.Argument(help="The topic's short name, like kazakh-oil."),
    diff: tuple[int, int] | None = typer.Option(None, "--diff", metavar="N M", help="How version M differs from N."),
    json: bool = typer.Option(False, "--json", help="One JSON object a version, the newest first."),
) -> None:
    """List a rule's versions: number, when, who, why, and what each did to the archive."""

    async def work(desk: Desk) -> None:
        if diff is not None:
            for line in await desk.db.read(lambda tx: list(_differences(tx, topic, *diff))):
                out().print(line, soft_wrap=True)
            return
        kept = await desk.db.read(lambda tx: versions.history(tx, topic_of(tx, topic)))
        for version in kept if json else ():
            as_json(_plain(version))
        if not json:
            _show(kept)

    with_rulebook(work)


def _show(kept: list[Version]) -> None:
    table = Table("", "published (UTC)", "who", "why", "effect", box=None, header_style="bold", pad_edge=False)
    for version in kept:
        table.add_row(
            f"{version.number}{' ←' if version.in_force else ''}",
            f"{version.published_at:%Y-%m-%d %H:%M}",
            Text(version.author),
            Text(version.reason),
            _effect(version),
        )
    out().print(table)
    if kept:
        say("← is in force; compare two: --diff N M")


def _effect(version: Version) -> str:
    figures = version.figures
    if "items" not in figures:
        return ""
    said = f"+{figures['added']:,} −{figures['dropped']:,} of {figures['items']:,} items"
    votes = (
        ("added_not_relevant", "added though voted not relevant"),
        ("dropped_relevant", "dropped though voted relevant"),
    )
    bad = "".join(f"; {figures[key]:,} {words}" for key, words in votes if figures.get(key))
    return f"{said}, {figures['per_day']:g} a day{bad}"


def _differences(tx: Session, slug: str, old: int, new: int) -> Iterator[Text]:
    topic = topic_of(tx, slug)
    before, after = version_of(tx, topic, old), version_of(tx, topic, new)
    names = [f"{slug} version {one.number} ({one.author}, {one.published_at:%Y-%m-%d})" for one in (before, after)]
    texts = (before.text.splitlines(), after.text.splitlines())
    lines = difflib.unified_diff(*texts, fromfile=names[0], tofile=names[1], lineterm="")
    styles = {"+": "green", "-": "red", "@": "cyan"}
    told = False
    for line in lines:
        told = True
        yield Text(line, styles.get(line[:1], ""))
    if not told:
        yield Text(f"versions {old} and {new} have the same text")


def _plain(version: Version) -> dict[str, Any]:
    return {
        "version": version.number,
        "published_at": version.published_at.isoformat(),
        "author": version.author,
        "reason": version.reason,
        "based_on": version.based_on,
        "in_force": version.in_force,
        "figures": dict(version.figures),
    }


def export(
    topic: str | None = typer.Argument(None, help="The topic's short name, like kazakh-oil."),
    version: int | None = typer.Option(None, "--version", min=1, help="This version, not the one in force."),
    folder: Path | None = typer.Option(  # noqa: B008
        None, "--all", metavar="DIR", help="Write every topic's text in force into this folder."
    ),
) -> None:
    """Write a rule's text as it is in force to standard output, or all of them as files into a folder."""
    if (topic is None) == (folder is None) or (folder is not None and version is not None):
        raise typer.BadParameter("give a TOPIC (and --version N, if you like), or --all DIR")

    async def work(desk: Desk) -> None:
        if folder is not None:
            _write_all(folder, await desk.db.read(rulebook.in_force))
            return
        out().file.write(await desk.db.read(lambda tx: _text(tx, topic or "", version)))

    with_rulebook(work)


def _text(tx: Session, slug: str, number: int | None) -> str:
    row = topic_of(tx, slug)
    if number is not None:
        return version_of(tx, row, number).text
    current = versions.in_force(tx, row)
    if current is None:
        raise RulesError(f"{row.slug} has no version in force; its draft: mediawatch rules draft {row.slug}")
    return current.text


def _write_all(folder: Path, rules: tuple[RuleText, ...]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for rule in rules:
            (folder / f"{rule.topic}.yaml").write_text(rule.text, encoding="utf-8")
    except OSError as error:
        raise RulesError(f"{folder}: can't be written ({error.strerror})") from error
    say(f"{len(rules)} rules written to {folder}")

"""`mediawatch rules diff`: what a rule's new text would have done to the archive."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import typer
from rich.table import Table
from rich.text import Text

from bot.actions.edit_rules import RulesError
from bot.actions.measure_change import Asked, Change, Effect, measured
from bot.actions.publish_rules import look_at, topic_of
from bot.cli.rules.desk import Desk, is_file, read_text, since, teller, with_rulebook
from bot.cli.terminal import as_json, out, progress, say
from bot.machine import utc_now
from rules.model import RuleText
from storage import drafts
from storage.engine import Session

SINCE_HELP = "Which items: 30d, 12h, 2w, a date, or all."


def diff(
    named: str = typer.Argument(metavar="FILE|TOPIC", help="A rule file, or a topic whose draft is meant."),
    _draft: bool = typer.Option(False, "--draft", help="The topic's saved draft (what a topic's name means anyway)."),
    since_said: str = typer.Option("30d", "--since", help=SINCE_HELP),
    limit: int = typer.Option(
        20, "--limit", min=0, help="How many of the items added, and dropped, are shown; 0: all."
    ),
    json: bool = typer.Option(False, "--json", help="One JSON object with the figures and the items."),
) -> None:
    """Show which stored items a new text would add and drop, with evidence and votes, before anybody relies on it."""
    began_at = utc_now()
    since_at = since(since_said, began_at)

    async def work(desk: Desk) -> None:
        text = read_text(Path(named)) if is_file(named) else await desk.db.read(partial(draft_of, slug=named))
        looked = await look_at(desk.judges, text)
        if looked.errors and not looked.titles:
            raise RulesError("\n".join(looked.errors))
        for line in looked.errors:
            say(line)
        text = RuleText(looked.topic, text.text, version="draft", file=text.file)
        with progress(quiet=json) as bar:
            asked = Asked(looked.topic, text, since_at, limit)
            task = bar.add_task("comparing", total=None)
            effect = await measured(desk.db, desk.judges, asked, began_at, teller(bar, task))
        if json:
            as_json({"topic": effect.topic, **effect.figures(), "changes": [_plain(one) for one in effect.changes]})
        else:
            show(effect)

    with_rulebook(work)


def draft_of(tx: Session, slug: str) -> RuleText:
    """Return a topic's saved draft. Raises RulesError where it has none."""
    topic = topic_of(tx, slug)
    draft = drafts.find(tx, topic.id or 0)
    if draft is None:
        raise RulesError(f"{topic.slug} has no draft; save one: mediawatch rules draft {topic.slug} --file FILE")
    return RuleText("", draft.text, version="draft", file=f"{topic.slug} (draft)")


def show(effect: Effect) -> None:
    """Print what changes: the items, then the figures."""
    if effect.changes:
        table = Table("", "seen", "source", "title", "why", "votes", box=None, header_style="bold", pad_edge=False)
        for change in sorted(effect.changes, key=lambda one: (not one.added, -one.item.item_id)):
            table.add_row(
                Text("+", "green") if change.added else Text("−", "red"),
                f"{change.item.first_seen_at:%Y-%m-%d}",
                Text(change.item.source),
                Text(change.item.title),
                Text(change.why + (" (title only: the text is past its retention)" if change.title_only else "")),
                _voted(change),
            )
        out().print(table)
    for line in summary(effect):
        out().print(Text(line))


def _voted(change: Change) -> str:
    said = ((change.votes.relevant, "relevant"), (change.votes.not_relevant, "not relevant"))
    return ", ".join(f"{number} {words}" for number, words in said if number)


def summary(effect: Effect) -> list[str]:
    """Return the figures in words."""
    if not effect.items and not effect.unreadable:
        return [f"{effect.topic}: no items are kept from that time, so there is nothing to measure on"]
    since_at = f"since {effect.since_at:%Y-%m-%d %H:%M} UTC" if effect.since_at else "of the whole archive"
    lines = [f"{effect.topic}: {effect.items:,} items {since_at}, {effect.before:,} matched, now {effect.after:,}"]
    for name, side in (("added", effect.added), ("dropped", effect.dropped)):
        voted = f" (voted relevant: {side.relevant:,}, not relevant: {side.not_relevant:,})" if side.items else ""
        lines.append(f"{name}: {side.items:,}{voted}")
    lines.append(f"expected a day: {effect.daily_after:g} (now {effect.daily_before:g})")
    if effect.languages:
        changed = sorted(effect.languages.items(), key=lambda pair: -sum(pair[1]))
        lines.append("by language: " + ", ".join(f"{code or '?'} +{up:,} −{down:,}" for code, (up, down) in changed))
    if effect.title_only:
        lines.append(f"{effect.title_only:,} items were judged by their title: their text is past its retention")
    if effect.unreadable:
        lines.append(f"{effect.unreadable:,} items could not be read by the rules")
    return lines


def _plain(change: Change) -> dict[str, Any]:
    return {
        "change": "added" if change.added else "dropped",
        "item": change.item.item_id,
        "title": change.item.title,
        "source": change.item.source,
        "lang": change.item.language,
        "first_seen_at": change.item.first_seen_at.isoformat(),
        "link": change.item.link,
        "why": change.why,
        "title_only": change.title_only,
        "relevant": change.votes.relevant,
        "not_relevant": change.votes.not_relevant,
    }

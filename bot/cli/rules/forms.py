"""`mediawatch rules forms`: every spelling that a rule reads, by term, with its origin and when it last hit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.text import Text

from bot.actions.edit_rules import RulesError
from bot.cli.rules.desk import has_database, no_topic, read_text, rules_in_use, with_judges
from bot.cli.terminal import as_json, out, say
from bot.database import Database
from bot.machine import database_opened, utc_now
from bot.settings import read_settings
from bot.workers import Workers
from storage import evidence, rulebook
from storage.engine import Session
from storage.evidence import FormHits

if TYPE_CHECKING:
    from rules.model import FormRow

Hits = Mapping[tuple[str, str], FormHits]


def forms(
    topic: str = typer.Argument(help="The topic's short name, like kazakh-oil."),
    rule: Path | None = typer.Option(None, "--rule", help="Show this rule file instead of the rules in use."),  # noqa: B008
    concept: str = typer.Option("", "--concept", help="Only this concept."),
    json: bool = typer.Option(False, "--json", help="One JSON object a form."),
) -> None:
    """List every form of every term of a topic: where it comes from, what is off, and when it last hit.

    Where there is a database, the rules are those in force there, and the counts are of its newest matches.
    """

    async def work(judges: Workers) -> None:
        settings = read_settings()
        async with AsyncExitStack() as stack:
            db = await stack.enter_async_context(database_opened(settings)) if has_database(settings) else None
            rules = (read_text(rule),) if rule is not None else await rules_in_use(settings, db)
            hits = await _hits(db, topic)
        rows: list[FormRow] | None = await judges.run("bot.rule_desk:forms", rules, topic, timeout_s=60, cpu_s=60)
        if rows is None:
            raise RulesError(no_topic(topic, rules))
        wanted = [row for row in rows if not concept or row.concept == concept]
        if not wanted:
            known = ", ".join(dict.fromkeys(row.concept for row in rows))
            raise RulesError(f"{topic} has no concept {concept!r}; there are: {known}")
        if json:
            for row in wanted:
                as_json(_plain(row, hits.get((row.concept, row.written))))
        else:
            _show(wanted, hits, utc_now())

    with_judges(work, size=1)


async def _hits(db: Database | None, slug: str) -> Hits:
    def read(tx: Session) -> Hits:
        topic = rulebook.find_topic(tx, slug)
        return evidence.form_hits(tx, topic.id or 0) if topic is not None else {}

    return await db.read(read) if db is not None else {}


def _show(rows: Sequence[FormRow], hits: Hits, now: datetime) -> None:
    for name, of_concept in groupby(rows, key=lambda row: row.concept):
        listed = list(of_concept)
        out().print(Text(name, "bold"))
        never = list(dict.fromkeys(row.written for row in listed if row.off == "never"))
        for (term, language), of_term in groupby(listed, key=lambda row: (row.term, row.language)):
            _show_term(name, f"{term} ({language})" if language else term, list(of_term), hits, now)
        if never:
            out().print(Text.assemble("  ", ("never: ", "cyan"), ", ".join(never)), soft_wrap=True)
    say(f"{len(rows)} forms, {sum(1 for row in rows if row.off)} of them off")


def _show_term(concept: str, term: str, rows: Sequence[FormRow], hits: Hits, now: datetime) -> None:
    out().print(Text.assemble("  ", (term, "bold green"), f"  {_last(concept, rows, hits, now)}"), soft_wrap=True)
    on = [row for row in rows if not row.off]
    for origin in dict.fromkeys(row.origin for row in on):
        made = [row.written for row in on if row.origin == origin]
        number = f"{len(made)} " if len(made) > 1 else ""
        out().print(Text.assemble("    ", (f"{number}{origin}: ", "dim"), " ".join(made)), soft_wrap=True)
    off = list(dict.fromkeys(row.written for row in rows if row.off == "without"))
    if off:
        out().print(Text.assemble("    ", ("off: ", "yellow"), " ".join(off)), soft_wrap=True)


def _last(concept: str, rows: Sequence[FormRow], hits: Hits, now: datetime) -> str:
    """Return when a term last hit and by which words most; "" where the matches kept have nothing of it."""
    written = {row.written for row in rows}
    # The form of a term of several words is theirs, side by side.
    found = [
        hit for (name, form), hit in hits.items() if name == concept and (form in written or _made_of(form, written))
    ]
    if not found:
        return ""
    last_at = max(hit.last_at for hit in found)
    quoted = max((pair for hit in found for pair in hit.quoted.items()), key=lambda pair: pair[1])
    return f"last hit {_ago(now - last_at)} ago: {quoted[0]} ×{quoted[1]}, ×{sum(hit.count for hit in found)} in all"


def _made_of(form: str, written: set[str]) -> bool:
    words = form.split()
    return len(words) > 1 and all(word in written for word in words)


def _ago(length: timedelta) -> str:
    for unit, name in ((timedelta(days=1), "d"), (timedelta(hours=1), "h")):
        if length >= unit:
            return f"{length // unit} {name}"
    return f"{max(0, length // timedelta(minutes=1))} min"


def _plain(row: FormRow, hit: FormHits | None) -> dict[str, object]:
    return {
        "concept": row.concept,
        "term": row.term,
        "lang": row.language,
        "form": row.written,
        "reach": str(row.reach),
        "from": row.origin,
        "off": row.off,
        "hits": hit.count if hit else 0,
        "last_hit_at": hit.last_at.isoformat() if hit else None,
    }

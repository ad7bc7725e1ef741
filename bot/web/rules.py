"""Rules as a list, and each one's past: versions, what changed between them, going back."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from datetime import timedelta

from starlette.responses import Response

from bot.actions.edit_rules import RulesError
from bot.actions.publish_rules import Order, roll_back, topic_of, version_of
from bot.web.door import Refused
from bot.web.roles import Page, Role
from bot.web.today import by_day
from bot.web.visit import Visit
from rules.model import RuleText
from storage import drafts, newsday, rule_figures, versions
from storage.engine import Session, StorageError
from storage.rule_figures import TopicFigures
from storage.slots import first_moment, zone_of
from storage.tables import DraftRow, TopicRow
from storage.versions import Version
from storage.votes import Votes

CURVE_DAYS = 30
PRECISION_DAYS = timedelta(days=90)
# What a publish from the console measures: the newest items, so that a big archive does not keep an editor waiting.
MEASURED = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Listed:
    """A topic in the list: hits by day, and what people said of its matches lately and before."""

    figures: TopicFigures
    counts: tuple[int, ...]
    lately: Votes
    before: Votes


async def rules(visit: Visit) -> Response:
    """Show all topics of the house."""
    return visit.page("rules.html", topics=await visit.read(lambda tx: _listed(tx, visit)))


def _listed(tx: Session, visit: Visit) -> list[Listed]:
    clock = zone_of(visit.zone)
    last = visit.now.astimezone(clock).date()
    days = [last - timedelta(days=CURVE_DAYS - 1 - number) for number in range(CURVE_DAYS)]
    topics = rule_figures.listed(tx)
    ids = [topic.topic_id for topic in topics]
    hours = newsday.hourly(tx, ids, first_moment(days[0], 0, clock))
    lately = rule_figures.votes_since(tx, ids, visit.now - PRECISION_DAYS / 3)
    whole = rule_figures.votes_since(tx, ids, visit.now - PRECISION_DAYS)
    return [
        Listed(
            one, tuple(by_day(hours.get(one.topic_id, {}), days, clock)), lately.get(one.topic_id, Votes()),
            _less(whole.get(one.topic_id, Votes()), lately.get(one.topic_id, Votes())),
        )
        for one in topics
    ]  # fmt: skip


def _less(whole: Votes, part: Votes) -> Votes:
    return Votes(whole.relevant - part.relevant, whole.not_relevant - part.not_relevant)


async def warnings(visit: Visit) -> Response:
    """Show how many warnings a rule in force has; asked for after the list stands, since looking takes a moment."""
    slug = visit.path("slug")
    topic = await visit.read(lambda tx: house_topic(tx, slug))
    text = await visit.read(lambda tx: standing_text(tx, topic))
    looked = await visit.console.looks.look(text) if text is not None else None
    return visit.page("rule_warnings.html", looked=looked, slug=slug)


def house_topic(tx: Session, slug: str) -> TopicRow:
    """Return a topic of the house. Raises Refused where there is none of this name."""
    try:
        return topic_of(tx, slug)
    except RulesError as error:
        raise Refused(404, "There is nothing here.") from error


def standing_text(tx: Session, topic: TopicRow) -> RuleText | None:
    """Return the text in force of a topic, None where it has none."""
    row = versions.in_force(tx, topic) if topic.removed_at is None else None
    return RuleText(topic.slug, row.text, str(row.id), f"version {row.number}") if row is not None else None


@dataclass(frozen=True, slots=True)
class Past:
    """A topic with its versions, the newest first, its draft, and what people said of each version's matches."""

    topic: TopicRow
    versions: tuple[Version, ...]
    draft: DraftRow | None
    votes: dict[int, Votes]


def _past(tx: Session, slug: str) -> Past:
    topic = house_topic(tx, slug)
    number = topic.id or 0
    votes = rule_figures.precision_by_version(tx, number)
    return Past(topic, tuple(versions.history(tx, topic)), drafts.find(tx, number), votes)


async def history(visit: Visit) -> Response:
    """Show the versions of a topic's rule, and what one of them changed."""
    slug = visit.path("slug")
    past = await visit.read(lambda tx: _past(tx, slug))
    wanted = visit.number("number", past.versions[0].number if past.versions else 0)
    shown = next((one for one in past.versions if one.number == wanted), None)
    if shown is None and past.versions:
        raise Refused(404, "There is nothing here.")
    against = visit.number("against", wanted - 1)
    older = next((one for one in past.versions if one.number == against), None)
    lines = diff(older.text if older else "", shown.text) if shown else ()
    return visit.page("history.html", past=past, shown=shown, against=against, lines=lines, problem="")


@dataclass(frozen=True, slots=True)
class DiffLine:
    """A line of a comparison: "plus", "minus", "same", or "hunk" for lines left out."""

    kind: str
    text: str


def diff(before: str, after: str) -> tuple[DiffLine, ...]:
    """Return what changed from one text to another, with a few lines around it."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=3)
    found = []
    for line in list(lines)[2:]:
        kind = {"+": "plus", "-": "minus", "@": "hunk"}.get(line[:1], "same")
        found.append(DiffLine(kind, "⋯" if kind == "hunk" else line))
    return tuple(found[1:] if found and found[0].kind == "hunk" else found)


async def go_back(visit: Visit) -> Response:
    """Publish an older version's text anew."""
    slug, number = visit.path("slug"), visit.form.get("number", "")
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise Refused(404, "There is nothing here.")
    version = await visit.read(lambda tx: _version(tx, slug, int(number)))
    reason = visit.form.get("reason", "").strip() or f"back to version {version.number}"
    order = Order(
        RuleText(slug, ""), visit.name, reason, anyway=visit.form.get("anyway") == "1", since_at=visit.now - MEASURED
    )
    console = visit.console
    try:
        await roll_back(console.db, console.judges, slug, version.number, order, console.now, _tell_nobody)
    except (RulesError, StorageError) as error:
        past = await visit.read(lambda tx: _past(tx, slug))
        lines = diff(past.versions[0].text, version.text)
        return visit.page(
            "history.html", 409, past=past, shown=version, against=past.versions[0].number, lines=lines,
            problem=str(error),
        )  # fmt: skip
    return visit.go(f"/rules/{slug}/history", "Rolled back.")


def _version(tx: Session, slug: str, number: int) -> Version:
    try:
        return version_of(tx, house_topic(tx, slug), number)
    except RulesError as error:
        raise Refused(404, "There is nothing here.") from error


def _tell_nobody(done: int, of: int) -> None:
    """Nobody waits for the progress of a short measuring."""


PAGES = (
    Page("GET", "/rules", Role.READER, rules),
    Page("GET", "/rules/{slug}/warnings", Role.READER, warnings),
    Page("GET", "/rules/{slug}/history", Role.READER, history),
    Page("POST", "/rules/{slug}/roll-back", Role.EDITOR, go_back),
)

"""The archive: searching it, one item with all that is known of it, votes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup
from starlette.responses import Response

from bot.search_words import stems
from bot.web.door import Refused
from bot.web.marking import marked, snippet, spans_of, spans_of_evidence
from bot.web.roles import Page, Role
from bot.web.searching import Query, as_rule, marked_words, read_query, terms_of
from bot.web.visit import Visit
from bot.workers import WorkerFault
from rules.model import Account, Document, Field, RuleText
from storage import archive, finding, matches, rulebook, saved_searches, stories, votes
from storage.archive import Archived
from storage.engine import Session
from storage.finding import Found, Listed
from storage.rulebook import Topic
from storage.stories import Member
from storage.tables import ItemRow, MatchRow, TopicRow

PAGE = 50
PATIENT_S = 5.0
MEMBERS_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Shown:
    """An item in the list with what was asked for marked in it."""

    item: Listed
    title: Markup
    snippet: Markup
    because: str = ""


@dataclass(frozen=True, slots=True)
class Results:
    """A page of a search: `problem` says what is wrong with one in the language of rules, `judged` how many items it
    was tried on (0: the whole archive was asked)."""

    shown: tuple[Shown, ...] = ()
    found: Found | None = None
    problem: str = ""
    judged: int = 0


async def items(visit: Visit) -> Response:
    """Show the archive, or what a search finds in it."""
    query, below = read_query(visit.request.query_params), visit.number("below")
    topics = {topic.topic_id: topic for topic in await visit.read(rulebook.topics)}
    results = await (_by_rule(visit, query) if query.is_rule else _by_words(visit, query, below))
    if visit.is_part and below:
        return visit.page("items_more.html", query=query, results=results, topics=topics)
    person = visit.signed.person if visit.signed else None
    kept = await visit.read(lambda tx: saved_searches.of_person(tx, person)) if person else []
    keys = await visit.read(lambda tx: saved_searches.keys(tx, person)) if person else {}
    return visit.page("items.html", query=query, results=results, topics=topics, kept=kept, keys=keys, below=below)


async def _by_words(visit: Visit, query: Query, below: int) -> Results:
    def ask(tx: Session) -> Found | None:
        terms = terms_of(tx, query, visit.zone)
        return finding.find(tx, terms, PAGE, below=below, facets=not below) if terms is not None else None

    found = await visit.read(ask)
    wanted = stems(query.words)
    shown = [
        Shown(item, marked_words(item.title, wanted, whole=True), marked_words(item.teaser, wanted, whole=False))
        for item in (found.items if found else ())
    ]
    return Results(tuple(shown), found)


async def _by_rule(visit: Visit, query: Query) -> Results:
    """Search in the language of rules, among the newest items."""
    text = RuleText("search", as_rule(query.words), "search", "the search")
    try:
        preview = await visit.console.desk.preview(f"search {visit.csrf}", text, None, budget_s=PATIENT_S)
    except WorkerFault as fault:
        return Results(problem=str(fault))
    if preview is None:
        return Results()
    errors = [trouble.message for trouble in preview.draft.troubles if trouble.error]
    if errors:
        return Results(problem="; ".join(errors[:3]))
    hits = {change.item.item_id: change for change in preview.added[:PAGE]}
    rows = await visit.read(lambda tx: finding.listed(tx, list(hits)))
    shown = []
    for row in rows:
        change = hits[row.item_id]
        title = marked(change.item.title, spans_of(change.found.hits, Field.TITLE))
        text_part = snippet(change.item.text, spans_of(change.found.hits, Field.TEXT))
        shown.append(Shown(row, title, text_part, change.found.because))
    return Results(tuple(shown), None, judged=preview.draft.judged)


@dataclass(frozen=True, slots=True)
class Known:
    """All that is stored of an item: itself, its matches with their topics, its story, what people said."""

    item: Archived
    row: ItemRow
    matches: tuple[tuple[TopicRow, MatchRow], ...]
    members: tuple[Member, ...]
    said: Mapping[int, bool | None]


async def item(visit: Visit) -> Response:
    """Show an item."""
    known = await visit.read(lambda tx: _known(tx, visit))
    evidence = [hit for _, match in known.matches for hit in match.evidence]
    title = marked(known.item.title, spans_of_evidence(evidence, Field.TITLE, known.item.title))
    text = marked(known.item.text, spans_of_evidence(evidence, Field.TEXT, known.item.text))
    return visit.page("item.html", known=known, title=title, text=text)


def _known(tx: Session, visit: Visit) -> Known:
    number = visit.number("item")
    found, row = archive.one(tx, number), tx.get(ItemRow, number)
    if found is None or row is None:
        raise Refused(404, "There is nothing here.")
    standing = tuple(matches.standing(tx, number))
    members = stories.members(tx, row.story_id)[:MEMBERS_SHOWN] if row.story_id else []
    voter = visit.voter
    said = {
        topic.id or 0: votes.of_subscriber(tx, number, topic.id or 0, voter) if voter else None for topic, _ in standing
    }
    return Known(found, row, standing, tuple(members), said)


async def why(visit: Visit) -> Response:
    """Show for every topic why the item matches or not, near misses included."""
    number = visit.number("item")
    found = await visit.read(lambda tx: archive.one(tx, number))
    if found is None:
        raise Refused(404, "There is nothing here.")
    rules = await visit.read(rulebook.in_force)
    topics = {topic.slug: topic for topic in await visit.read(rulebook.topics)}
    document = Document(found.title, found.text, found.language, found.source)
    try:
        told: tuple[Account, ...] = await visit.console.judges.run(
            "bot.judge:account", rules, document, timeout_s=60, cpu_s=45
        )
    except WorkerFault as fault:
        return visit.page("why.html", told=(), topics=topics, fault=str(fault))
    ordered = sorted(told, key=lambda one: (not one.matched, -len(one.hits)))
    return visit.page("why.html", told=ordered, topics=topics, fault="")


async def vote(visit: Visit) -> Response:
    """Say of an item whether it is about a topic."""
    number, slug = visit.number("item"), visit.form.get("topic", "")
    relevant = visit.form.get("relevant") == "1"

    def change(tx: Session) -> Topic | None:
        topic = rulebook.topic(tx, slug)
        if topic is None or tx.get(ItemRow, number) is None:
            return None
        match = matches.of_items(tx, [number]).get(number, {}).get(topic.topic_id)
        votes.record(
            tx, item_id=number, topic_id=topic.topic_id, rule_id=match.rule_id if match else topic.rule_id,
            subscriber_id=visit.voter_in(tx), relevant=relevant, now=visit.now,
        )  # fmt: skip
        return topic

    topic = await visit.write(change)
    if topic is None:
        raise Refused(404, "There is nothing here.")
    return visit.page("vote.html", item_id=number, slug=slug, said=relevant)


PAGES: tuple[Page, ...] = (
    Page("GET", "/items", Role.READER, items),
    Page("GET", "/items/{item:int}", Role.READER, item),
    Page("GET", "/items/{item:int}/why", Role.READER, why),
    Page("POST", "/items/{item:int}/vote", Role.READER, vote),
)

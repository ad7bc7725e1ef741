"""What helps while a rule is written: forms to switch off, a text to try, a longer range to measure."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import partial
from types import SimpleNamespace

from starlette.responses import JSONResponse, Response

from bot.actions.measure_change import Asked
from bot.feeds.model import FetchError
from bot.web.door import Refused
from bot.web.marking import marked, spans_of
from bot.web.roles import Page, Role
from bot.web.rules import house_topic
from bot.web.switching import switched
from bot.web.visit import Visit
from bot.workers import WorkerFault
from rules.model import Document, Field, FormRow, RuleError, RuleText
from rules.stories import canonical_url
from storage import accounts, archive, evidence, rulebook
from storage.engine import Session

LONGEST_SAMPLE = 60_000
RANGES = ((30, 30), (90, 90), (365, 365), (0, 0))
_LINK = re.compile(r"https?://\S+")


async def forms(visit: Visit) -> Response:
    """Show the forms of the concept in which the cursor stands, and how often the archive has each."""
    slug, concept = visit.path("slug"), visit.form.get("concept", "")[:100]
    try:
        rows = await visit.console.desk.forms(_rule(visit, slug), concept)
    except (RuleError, WorkerFault):
        rows = []
    topic = await visit.read(lambda tx: rulebook.find_topic(tx, slug))
    hits = await visit.read(lambda tx: evidence.form_hits(tx, topic.id or 0)) if topic else {}
    return visit.page("forms.html", concept=concept, terms=_by_term(rows), hits=hits)


def _by_term(rows: list[FormRow]) -> dict[tuple[str, str], list[FormRow]]:
    found: dict[tuple[str, str], list[FormRow]] = {}
    for row in rows:
        found.setdefault((row.term, row.language), []).append(row)
    return found


def _rule(visit: Visit, slug: str) -> RuleText:
    return RuleText(slug, visit.form.get("text", ""), "draft", "the draft")


async def switch(visit: Visit) -> Response:
    """Return the text with a form switched off in a concept, or on again."""
    text = switched(
        visit.form.get("text", ""), visit.form.get("concept", ""), visit.form.get("form", ""),
        off=visit.form.get("off") == "1",
    )  # fmt: skip
    if text is None:
        return JSONResponse({"message": "the text has to be in order first"}, 422)
    return JSONResponse({"text": text})


async def attempt(visit: Visit) -> Response:
    """Show what the draft makes of a pasted text, or of the article behind a link."""
    slug, sample = visit.path("slug"), visit.form.get("sample", "").strip()[:LONGEST_SAMPLE]
    if not sample:
        return visit.page("tried.html", account=None, problem="", document=None)
    try:
        document = await _document(visit, sample)
        account = await visit.console.desk.account(_rule(visit, slug), document)
    except FetchError as error:
        return visit.page("tried.html", account=None, problem=str(error), document=None)
    except (RuleError, WorkerFault) as error:
        return visit.page("tried.html", account=None, problem=str(error), document=None)
    shown = SimpleNamespace(
        title=marked(document.title, spans_of(account.hits, Field.TITLE)),
        text=marked(document.text, spans_of(account.hits, Field.TEXT)),
    )
    return visit.page("tried.html", account=account, problem="", document=shown)


async def _document(visit: Visit, sample: str) -> Document:
    """Return what was pasted: the article of the archive or behind a link, else title and text."""
    if not _LINK.fullmatch(sample):
        title, _, text = sample.partition("\n")
        return Document(title.strip(), text.strip())
    known = await visit.read(partial(_archived, link=sample))
    if known is not None:
        return known
    console = visit.console
    fetched = await console.fetcher.get(sample)
    article = await console.readers.run(
        "bot.feeds.extract:extract_article", fetched.body, fetched.content_type, fetched.url, "", timeout_s=30.0
    )
    return Document(article.title, article.text)


def _archived(tx: Session, link: str) -> Document | None:
    row = accounts.item_by_link_keys(tx, [canonical_url(link)])
    item = archive.one(tx, row.id or 0) if row is not None else None
    return Document(item.title, item.text, item.language, item.source) if item is not None else None


async def measure(visit: Visit) -> Response:
    """Begin to measure the draft on a longer range, behind the page."""
    slug, said = visit.path("slug"), visit.form.get("days", "30")
    await visit.read(lambda tx: house_topic(tx, slug))
    days = int(said) if said in {str(one) for one, _ in RANGES} else 30
    since = visit.now - timedelta(days=days) if days else None
    if visit.form.get("end") == "1":
        visit.console.measurings.end(visit.who)
        return visit.page("measuring.html", one=None, slug=slug, busy=False)
    one = visit.console.measurings.begin(visit.who, Asked(slug, _rule(visit, slug), since))
    return visit.page("measuring.html", one=one, slug=slug, busy=one is None)


async def measured_so_far(visit: Visit) -> Response:
    """Show how far the measuring is, or what it found."""
    slug = visit.path("slug")
    one = visit.console.measurings.of(visit.who)
    if one is not None and one.asked.topic != slug:
        raise Refused(404, "There is nothing here.")
    return visit.page("measuring.html", one=one, slug=slug, busy=False)


PAGES = (
    Page("POST", "/rules/{slug}/forms", Role.EDITOR, forms),
    Page("POST", "/rules/{slug}/switch", Role.EDITOR, switch),
    Page("POST", "/rules/{slug}/try", Role.EDITOR, attempt),
    Page("POST", "/rules/{slug}/measure", Role.EDITOR, measure),
    Page("GET", "/rules/{slug}/measure", Role.EDITOR, measured_so_far),
)

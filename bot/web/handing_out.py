"""The archive for other programs: CSV and JSON lines of a search, Atom feeds by secret addresses, kept searches.

Title, link and at most two sentences of an item leave the house, never its full text.
"""

from __future__ import annotations

import csv
import io
import json
import re
import secrets
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime
from functools import partial
from xml.sax.saxutils import escape, quoteattr

from starlette.responses import Response, StreamingResponse

from bot.delivery.text import clean, cut, link
from bot.web.door import Refused, check_tries
from bot.web.roles import Page, Role
from bot.web.searching import Query, read_query, terms_of
from bot.web.visit import Visit
from storage import finding, rulebook, saved_searches
from storage.engine import Session
from storage.finding import Listed, Terms
from storage.saved_searches import Feed

MOST_EXPORTED = 10_000
BATCH = 500
IN_FEED = 50
LONGEST_SUMMARY = 400
_SENTENCE = re.compile(r"[.!?…]+[\"»”’)]*\s+")
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def two_sentences(text: str) -> str:
    """Return the first two sentences of a text, cut where they are long."""
    ends = [found.end() for found in _SENTENCE.finditer(text[: 2 * LONGEST_SUMMARY])][:2]
    return cut(clean(text[: ends[-1]] if len(ends) == 2 else text[: 2 * LONGEST_SUMMARY]).strip(), LONGEST_SUMMARY)


async def export(visit: Visit) -> Response:
    """Return what a search finds as CSV or JSON lines, at most MOST_EXPORTED items."""
    query = read_query(visit.request.query_params)
    terms = await visit.read(lambda tx: terms_of(tx, query, visit.zone))
    if terms is None:
        raise Refused(404, "There is nothing here.")
    names = {topic.topic_id: topic.slug for topic in await visit.read(rulebook.topics)}
    as_csv = visit.asked("format") != "jsonl"
    rows = _rows(visit, terms)

    async def parts() -> AsyncIterator[str]:
        if as_csv:
            yield "\ufeff" + _csv_line(
                ("id", "seen", "published", "source", "language", "topics", "title", "link", "text")
            )
        async for items in rows:
            for item in items:
                yield _csv_line(_cells(item, names)) if as_csv else _json_line(item, names)

    kind, ending = ("text/csv", "csv") if as_csv else ("application/x-ndjson", "jsonl")
    headers = {"content-disposition": f'attachment; filename="mediawatch.{ending}"'}
    return StreamingResponse(parts(), media_type=f"{kind}; charset=utf-8", headers=headers)


async def _rows(visit: Visit, terms: Terms) -> AsyncIterator[Sequence[Listed]]:
    below = taken = 0
    while taken < MOST_EXPORTED:
        part = await visit.read(partial(finding.find, terms=terms, limit=BATCH, below=below))
        yield part.items
        taken += len(part.items)
        below = part.older
        if not below:
            return


def _cells(item: Listed, names: dict[int, str]) -> tuple[str, ...]:
    return (
        str(item.item_id), item.first_seen_at.isoformat(), item.published_at.isoformat() if item.published_at else "",
        item.source_name, item.language, " ".join(names[topic] for topic in item.topics if topic in names), item.title,
        link(item.link), two_sentences(item.teaser),
    )  # fmt: skip


def _csv_line(cells: Sequence[str]) -> str:
    written = io.StringIO()
    # A cell that begins like a formula would be one to a spreadsheet.
    safe = [f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell for cell in cells]
    csv.writer(written).writerow(safe)
    return written.getvalue()


def _json_line(item: Listed, names: dict[int, str]) -> str:
    values = {
        "id": item.item_id, "first_seen_at": item.first_seen_at.isoformat(),
        "published_at": item.published_at.isoformat() if item.published_at else None, "source": item.source_name,
        "language": item.language, "topics": [names[topic] for topic in item.topics if topic in names],
        "title": item.title, "link": link(item.link), "text": two_sentences(item.teaser),
    }  # fmt: skip
    return json.dumps(values, ensure_ascii=False) + "\n"


async def atom(visit: Visit) -> Response:
    """Return an Atom feed; whoever has its address may read it."""
    token = visit.path("token")[:200]
    check_tries(visit)
    found = await visit.read(lambda tx: _feed(tx, token, visit))
    if found is None:
        visit.note_failure()
        raise Refused(404, "There is nothing here.")
    feed, items = found
    body = "".join(_atom(feed, items, f"{visit.console.url}/atom/{token[:6]}", visit.now))
    return Response(body, media_type="application/atom+xml; charset=utf-8")


def _feed(tx: Session, token: str, visit: Visit) -> tuple[Feed, Sequence[Listed]] | None:
    feed = saved_searches.feed_of(tx, token, visit.language)
    if feed is None:
        return None
    terms = Terms(topic_id=feed.topic_id) if feed.topic_id else terms_of(tx, read_query(feed.terms), visit.zone)
    return feed, finding.find(tx, terms, IN_FEED).items if terms is not None else ()


def _atom(feed: Feed, items: Sequence[Listed], about: str, now: datetime) -> Iterator[str]:
    newest = max((item.first_seen_at for item in items), default=now)
    yield '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">'
    yield f"<id>{escape(about)}</id><title>{_xml(feed.name)}</title><updated>{newest.isoformat()}</updated>"
    yield "<author><name>mediawatch</name></author>"
    for item in items:
        address = link(item.link)
        yield f"<entry><id>urn:mediawatch:item:{item.item_id}</id><title>{_xml(item.title) or '–'}</title>"
        yield f"<updated>{item.first_seen_at.isoformat()}</updated>"
        yield f"<published>{(item.published_at or item.first_seen_at).isoformat()}</published>"
        yield f"<source><title>{_xml(item.source_name)}</title></source>"
        yield f'<link rel="alternate" href={quoteattr(_NOT_XML.sub("", address))}/>' if address else ""
        yield f"<summary>{_xml(two_sentences(item.teaser))}</summary></entry>"
    yield "</feed>\n"


def _xml(words: str) -> str:
    return escape(_NOT_XML.sub("", words))


async def keep_search(visit: Visit) -> Response:
    """Keep a search under a name, or forget one."""
    assert visit.signed is not None
    person, now = visit.signed.person, visit.now
    query = read_query(visit.form)
    name = " ".join(visit.form.get("name", "").split())[:80]
    number = visit.form.get("drop", "")
    if number.isascii() and number.isdigit() and len(number) < 12:
        await visit.write(lambda tx: saved_searches.drop(tx, person, int(number)))
        return visit.go("/items", "Removed.")
    if name and query != Query():
        await visit.write(lambda tx: saved_searches.keep(tx, person, name, query.values(), now))
    return visit.go(query.address())


async def make_feed(visit: Visit) -> Response:
    """Make the secret address of a feed, or a new one in its place."""
    assert visit.signed is not None
    person, kind, said = visit.signed.person, visit.form.get("kind", ""), visit.form.get("target", "")
    if kind not in ("topic", "search") or not (said.isascii() and said.isdigit() and len(said) < 12):
        raise Refused(404, "There is nothing here.")
    token, now = secrets.token_urlsafe(24), visit.now
    made = await visit.write(lambda tx: saved_searches.make_key(tx, person, token, kind, int(said), now))
    if not made:
        raise Refused(404, "There is nothing here.")
    return visit.page("feed_made.html", address=f"{visit.console.url}/atom/{token}")


PAGES = (
    Page("GET", "/items/export", Role.READER, export),
    Page("GET", "/atom/{token}", Role.ANYBODY, atom),
    Page("POST", "/searches", Role.READER, keep_search),
    Page("POST", "/feeds", Role.READER, make_feed),
)

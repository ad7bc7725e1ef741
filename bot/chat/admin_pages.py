"""What admins look at: health, sources, subscribers, and when their report comes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.chat.texts import Html, lines
from bot.chat.times import read_time
from bot.chat.visit import Answer, Buttons, Reply, Visit, says
from bot.delivery.admin_words import bare, count, moment, say
from bot.delivery.text import units
from bot.pipeline.notices import in_a_line
from bot.pipeline.source_health import Ill, Trouble, line, trouble_of, troubles
from storage import admins, audit, notices, state
from storage import health as facts
from storage import sources as listing
from storage.engine import Session
from storage.tables import ReportRow, SourceRow, SourceState, SubscriberRow, SubscriberState

DAY = timedelta(days=1)
SOURCES_A_PAGE = 15
NUMBERS_SHOWN = 60
PAGE_MOST = 3_800
STARTED = "service_started_at"
KINDS = ("private", "group", "channel")
_OFF = frozenset({"off", "none", "no", "never"})
_NOW = frozenset({"now", "at once"})


def health(tx: Session, visit: Visit, person: SubscriberRow) -> Answer:
    """Say in a few lines how the service is."""
    now, language, zone = visit.now, person.language, person.zone
    work = facts.work(tx, now - DAY, now)
    rows = listing.listed(tx)
    ill = troubles(rows, now)
    said = [say("title", language, words=say("health", language))]
    started = state.get(tx, STARTED)
    if started:
        said.append(say("health up", language, at=moment(datetime.fromisoformat(started), zone, language)))
    said.append(_sources_line(rows, ill, work.last_polled_at, person))
    said.append(say("health items", language, items=work.items, matched=work.matched))
    if work.unread:
        since = moment(work.oldest_unread_at, zone, language)
        said.append(say("health unread", language, number=work.unread, since=since))
    since = moment(work.waiting_since, zone, language)
    said.append(say("health waiting", language, number=work.waiting, since=since) if work.waiting else "")
    attempts = ", ".join(f"{outcome} {number}" for outcome, number in sorted(work.attempts.items()))
    said.append(say("health sent" if attempts else "health no sends", language, attempts=attempts))
    refused = len(facts.suspended(tx))
    said.append(count("health suspended", language, refused) if refused else "")
    standing = [notice for notice in notices.standing(tx) if notice.told_at is not None]
    if standing:
        told = [f"• {in_a_line(tx, notice, zone, language)}" for notice in standing[:15]]
        said += [say("health notices", language), *told]
    return _page(said, person)


def _sources_line(rows: list[SourceRow], ill: list[Ill], polled: datetime | None, person: SubscriberRow) -> str:
    def number(*kinds: Trouble) -> int:
        return sum(one.trouble in kinds for one in ill)

    return say(
        "health sources",
        person.language,
        active=sum(row.state == SourceState.ACTIVE.value for row in rows),
        failing=number(Trouble.FAILING, Trouble.HTML, Trouble.OURS, Trouble.NEVER),
        silent=number(Trouble.SILENT),
        paused=sum(row.state == SourceState.PAUSED.value for row in rows),
        polled=moment(polled, person.zone, person.language),
    )


def sources(tx: Session, visit: Visit, person: SubscriberRow) -> Answer:
    """Tell which sources want a look and why; with words, how the sources are whose name or address has them."""
    wanted = " ".join(visit.ask.argument.casefold().split())
    if not wanted:
        return says(_troubled(tx, visit, person, 0), person=person)
    rows = [row for row in listing.listed(tx) if wanted in f"{row.name} {row.url} {row.imported_url}".casefold()]
    if not rows:
        return says(Html(say("sources none", person.language, words=wanted)), person=person)
    said = [say("sources found", person.language, words=wanted, number=len(rows))]
    noted = facts.of_note(tx, visit.now, [row.id or 0 for row in rows[:SOURCES_A_PAGE]])
    said += [_source(row, trouble_of(row, visit.now), person, noted) for row in rows[:SOURCES_A_PAGE]]
    return _page(said, person)


def sources_page(tx: Session, visit: Visit, person: SubscriberRow, found: re.Match[str]) -> Answer:
    """Turn to another page of the sources that want a look."""
    shown = _troubled(tx, visit, person, int(found[1]))
    return Answer(rewritten=shown, about="page turned", subscriber_id=person.id)


def _troubled(tx: Session, visit: Visit, person: SubscriberRow, page: int) -> Reply:
    language = person.language
    rows = listing.listed(tx)
    ill = troubles(rows, visit.now)
    if not ill:
        return Reply(Html(count("sources well", language, len(rows)) if rows else say("sources no", language)))
    pages = -(-len(ill) // SOURCES_A_PAGE)
    page = min(page, pages - 1)
    part = ill[page * SOURCES_A_PAGE : (page + 1) * SOURCES_A_PAGE]
    noted = facts.of_note(tx, visit.now, [one.source.id or 0 for one in part])
    said = [say("title", language, words=say("sources", language, number=len(ill), all=len(rows)))]
    said += [_source(one.source, one, person, noted) for one in part]
    said.append(say("note said", language) if noted else "")
    return Reply(Html(_fitting(said)), _turns(page, pages, language))


def _turns(page: int, pages: int, language: str) -> Buttons:
    turns = [("◀", page - 1)] * (page > 0) + [("▶", page + 1)] * (page < pages - 1)
    row = tuple((bare("page", language, arrow=arrow, page=to + 1), f"A:s:{to}") for arrow, to in turns)
    return (row,) if row else ()


def _source(row: SourceRow, ill: Ill | None, person: SubscriberRow, noted: set[int]) -> str:
    return line(row, ill, person.zone, person.language, noted=row.id in noted)


def subscribers(tx: Session, visit: Visit, person: SubscriberRow) -> Answer:
    """Say how many subscribers there are and what they chose; never who."""
    people, language = facts.people(tx, visit.now), person.language
    said = [say("title", language, words=say("subscribers", language))]
    states = {state.value: people.states.get(state.value, 0) for state in SubscriberState}
    said.append(say("subscribers states", language, all=sum(people.states.values()), **states))
    kinds = [count(f"subscribers {kind}", language, people.kinds.get(kind, 0)) for kind in KINDS]
    said.append(", ".join(kinds) + ".")
    spoken = sorted(people.languages.items(), key=lambda pair: (-pair[1], pair[0]))
    if spoken:
        languages = ", ".join(f"{code} {number}" for code, number in spoken)
        said.append(say("subscribers languages", language, languages=languages))
    said.append(
        say(
            "subscribers choices",
            language,
            digest=people.with_digest,
            paused=people.paused,
            quiet=people.quiet,
            muting=people.muting,
        )
    )
    if people.topics:
        said.append(say("subscribers topics", language))
    for titles, slug, number in people.topics:
        title = titles.get(language) or titles.get("en") or slug
        said.append(say("subscribers topic", language, topic=title, number=number))
    said.append(count("subscribers own", language, people.own) if people.own else "")
    if people.suspended:
        numbers = ", ".join(str(number) for number, _ in people.suspended[:NUMBERS_SHOWN])
        more = " …" if len(people.suspended) > NUMBERS_SHOWN else ""
        said.append(say("subscribers suspended", language, listed=numbers + more))
    return _page(said, person)


def report(tx: Session, visit: Visit, person: SubscriberRow) -> Answer:
    """Show, set or end the hour of this admin's daily report, or ask for one now."""
    words, language = visit.ask.argument.strip().casefold(), person.language
    row = admins.report_of(tx, person, visit.now)
    if not words:
        return says(lines(_hour(row, person), Html(say("report usage", language))), person=person)
    if words in _NOW:
        row.asked_at = visit.now
        tx.add(row)
        return says(Html(say("report now", language)), person=person)
    minute = None if words in _OFF else read_time(words)
    if minute is None and words not in _OFF:
        failed = Html(say("report not a time", language, words=words))
        return says(lines(failed, Html(say("report usage", language))), person=person)
    before = row.minute
    admins.set_minute(tx, row, person, minute, visit.now)
    audit.record(
        tx, who=f"subscriber {person.id}", action="set report hour", subject=f"subscriber {person.id}",
        before={"minute": before}, after={"minute": minute}, now=visit.now,
    )  # fmt: skip
    return says(_hour(row, person), person=person)


def _hour(row: ReportRow, person: SubscriberRow) -> Html:
    language, zone = person.language, person.zone
    if row.minute is None:
        return Html(say("report off", language))
    time = f"{row.minute // 60:02}:{row.minute % 60:02}"
    return Html(say("report set", language, time=time, zone=zone, next=moment(row.next_due_at, zone, language)))


def _page(said: Sequence[str], person: SubscriberRow) -> Answer:
    return says(Html(_fitting(said)), person=person)


def _fitting(said: Sequence[str]) -> str:
    """Return lines of HTML as one message, what would not fit left out and said so."""
    kept: list[str] = []
    left = PAGE_MOST
    for one in said:
        left -= units(one) + 1
        if left < 0:
            return "\n".join([*kept, "…"])
        kept += [one] if one else []
    return "\n".join(kept)

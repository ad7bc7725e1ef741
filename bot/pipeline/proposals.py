"""Proposals: what votes say about a rule becomes a change with its back-test, for an admin to accept into a draft."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import structlog

from bot.database import Database
from bot.delivery.report_words import say
from bot.pipeline.label_sheet import Buttons
from bot.texts import figures
from bot.workers import Fault, WorkerFault, Workers
from rules.model import Document, RuleError, RuleText
from storage import proposals
from storage.engine import Session
from storage.tables import ProposalRow, SubscriberRow, TopicRow

if TYPE_CHECKING:
    from bot.proposing import Found

log = structlog.get_logger()

REJECTED_LEAST = 5
TIMEOUT_S = 120.0

# Tells what a topic's new text would do to the archive: "items" in all, "added" and "dropped" among them.
Measure = Callable[[RuleText], Awaitable[Mapping[str, Any]]]


async def renew(db: Database, judges: Workers, measure: Measure, now: datetime) -> int:
    """Look at the topics whose votes changed and keep what they speak for; return how many new proposals there are."""
    made = 0
    for topic, rule in await db.read(lambda tx: proposals.candidates(tx, REJECTED_LEAST)):
        topic_id, slug, number, text = topic.id or 0, topic.slug, rule.number, rule.text
        mark, refused = await db.read(lambda tx, t=topic_id, n=number: _known(tx, t, n))  # type: ignore[misc]
        if mark:
            continue
        voted = await db.read(lambda tx, t=topic_id: proposals.voted(tx, t))  # type: ignore[misc]
        documents = [Document(each.title, each.text, each.language, each.source) for each in voted]
        relevant = [each.relevant for each in voted]
        standing = RuleText(slug, text, version=str(number), file=slug)
        try:
            found: Found | None = await judges.run(
                "bot.proposing:propose", standing, documents, relevant, refused, timeout_s=TIMEOUT_S, cpu_s=TIMEOUT_S
            )
            if found is None:
                continue
            effect = await measure(RuleText(slug, found.text, version="draft", file=slug))
        except (WorkerFault, RuleError) as fault:
            if isinstance(fault, WorkerFault) and fault.fault is Fault.STOPPED:
                raise
            log.warning("no proposal", topic=slug, reason=str(fault))
            continue
        await db.write(lambda tx, f=found, e=effect, t=topic_id, n=number: _keep(tx, f, e, t, n, now))  # type: ignore[misc]
        made += 1
    return made


def _known(tx: Session, topic_id: int, number: int) -> tuple[bool, tuple[str, ...]]:
    """Return whether the votes are those that an earlier proposal was made from, and the words that were decided on."""
    former = proposals.of_topic(tx, topic_id, number)
    mark = proposals.last_vote(tx, topic_id)
    words = tuple(str(row.figures.get("word", "")) for row in former if row.state != proposals.OPEN)
    return any(row.figures.get("votes") == mark for row in former), words


def _keep(tx: Session, found: Found, effect: Mapping[str, Any], topic_id: int, number: int, now: datetime) -> None:
    votes = proposals.last_vote(tx, topic_id)
    archive = {name: effect[name] for name in ("items", "added", "dropped")}
    values = {**found.figures(), "archive": archive, "votes": votes}
    summary = f"{found.word}: {found.hits} of {found.rejected}"
    proposals.make(tx, topic_id, number, text=found.text, summary=summary, figures=values, now=now)


def messages(tx: Session, person: SubscriberRow) -> list[tuple[str, Buttons]]:
    """Return the open proposals as one message with its buttons, none where there are none."""
    standing = proposals.standing(tx)
    if not standing:
        return []
    language = person.language
    said, rows = [f"<b>{say('proposals', language)}</b>"], []
    for row, topic in standing[:10]:
        said.append(in_words(row, topic, language))
        word = str(row.figures.get("word", ""))
        rows.append(((say("proposal accept", language, word=word), f"A:p:{row.id}:y"),))
        rows.append(((say("proposal decline", language, word=word), f"A:p:{row.id}:n"),))
    return [("\n\n".join(said), tuple(rows))]


def in_words(row: ProposalRow, topic: TopicRow, language: str) -> str:
    """Return a proposal as HTML: what speaks for it and what it would do."""
    told = row.figures
    points = told.get("points")
    change = say("proposal points", language, points=f"−{points}") if points else say("proposal not", language)
    before, after = told["recall_before"], told["recall_after"]
    recall = (
        say("recall unchanged", language)
        if before == after
        else say(
            "recall changed", language, before=figures.share(before, language), after=figures.share(after, language)
        )
    )
    said = say(
        "proposal", language, topic=topic.titles.get(language) or topic.titles.get("en") or topic.slug,
        hits=told["hits"], rejected=told["rejected"], kept=told["kept"], relevant=told["relevant"], word=told["word"],
        change=change, before=figures.share(told["precision_before"], language),
        after=figures.share(told["precision_after"], language), recall=recall,
    )  # fmt: skip
    archive = told["archive"]
    return (
        said
        + "\n"
        + say("proposal archive", language, added=archive["added"], dropped=archive["dropped"], items=archive["items"])
    )

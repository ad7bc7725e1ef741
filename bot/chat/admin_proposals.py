"""What admins do with proposals: look at them, accept one into its topic's draft, or decline it."""

from __future__ import annotations

import re

from bot.chat.texts import Html
from bot.chat.visit import Answer, Reply, Visit, says
from bot.delivery.admin_words import bare
from bot.delivery.report_words import say
from bot.pipeline import proposals as proposing
from storage import audit, drafts, proposals
from storage.engine import Session
from storage.tables import ProposalRow, SubscriberRow, TopicRow


def show(tx: Session, visit: Visit, person: SubscriberRow) -> Answer:
    """Show the open proposals."""
    shown = proposing.messages(tx, person)
    if not shown:
        return says(Html(say("no proposals", person.language, least=proposing.REJECTED_LEAST)), person=person)
    return says(*(Reply(Html(text), buttons) for text, buttons in shown), person=person)


def decide(tx: Session, visit: Visit, person: SubscriberRow, found: re.Match[str]) -> Answer:
    """Accept a proposal into its topic's draft, or decline it; each is decided once."""
    row = tx.get(ProposalRow, int(found[1]))
    topic = tx.get(TopicRow, row.topic_id) if row is not None else None
    if row is None or topic is None:
        return Answer(toast=bare("toast stale", person.language), about="press stale", subscriber_id=person.id)
    if row.state != proposals.OPEN:
        return _done(tx, person, "decided")
    if proposals.number_in_force(tx, topic) != row.based_on:
        proposals.decide(tx, row, proposals.OUTDATED, person.id or 0, visit.now)
        return _done(tx, person, "outdated", shown=True)
    if found[2] == "n":
        return _decided(tx, visit, person, row, topic, proposals.DECLINED)
    standing = drafts.find(tx, topic.id or 0)
    if standing is not None:
        return _done(tx, person, "draft there", topic=topic.slug, author=standing.author)
    drafts.save(tx, topic.id or 0, row.text, f"votes (admin {person.id})", based_on=row.based_on, seen=0, now=visit.now)
    return _decided(tx, visit, person, row, topic, proposals.ACCEPTED)


def _decided(tx: Session, visit: Visit, person: SubscriberRow, row: ProposalRow, topic: TopicRow, state: str) -> Answer:
    proposals.decide(tx, row, state, person.id or 0, visit.now)
    audit.record(
        tx, who=f"subscriber {person.id}", action=f"{state} proposal", subject=topic.slug,
        after={"proposal": row.id, "word": row.figures.get("word", "")}, now=visit.now,
    )  # fmt: skip
    tx.flush()
    return _done(tx, person, state, shown=True, topic=topic.slug)


def _done(tx: Session, person: SubscriberRow, key: str, *, shown: bool = False, **values: str) -> Answer:
    words = say(key, person.language, **values)
    toast = re.sub(r"<[^>]+>", "", words)
    if not shown:
        return Answer(toast=toast, about=key, subscriber_id=person.id)
    left = proposing.messages(tx, person)
    text, buttons = left[0] if left else ("", ())
    rewritten = Reply(Html(f"{words}\n\n{text}".strip()), buttons)
    return Answer(toast=toast, rewritten=rewritten, about=key, subscriber_id=person.id)

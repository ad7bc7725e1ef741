"""What a press under a label sheet does: the admin's vote on an item that the rules left out."""

from __future__ import annotations

import re

from bot.chat.texts import Html
from bot.chat.visit import Answer, Reply, Visit
from bot.delivery.admin_words import bare
from bot.delivery.report_words import say
from bot.pipeline import label_sheet
from storage import labels, votes
from storage.engine import Session
from storage.tables import ItemRow, SubscriberRow, TopicRow


def label(tx: Session, visit: Visit, person: SubscriberRow, found: re.Match[str]) -> Answer:
    """Note whether an item is about the topic; the sheet shows what was said, and a second press changes it."""
    sheet, place, about = labels.sheet(tx, int(found[1])), int(found[2]), found[3] == "y"
    entry = sheet.entries[place] if sheet is not None and place < len(sheet.entries) else None
    item = tx.get(ItemRow, int(entry["item"])) if entry else None
    topic = tx.get(TopicRow, int(entry["topic"])) if entry else None
    if sheet is None or item is None or topic is None:
        return Answer(toast=bare("toast stale", person.language), about="press stale", subscriber_id=person.id)
    number = person.id or 0
    before = votes.of_subscriber(tx, item.id or 0, topic.id or 0, number)
    votes.record(
        tx, item_id=item.id or 0, topic_id=topic.id or 0, rule_id=topic.published_id, subscriber_id=number,
        relevant=about, now=visit.now,
    )  # fmt: skip
    tx.flush()
    toast = say("labelled yes" if about else "labelled no", person.language)
    if before is about:
        return Answer(toast=toast, about="labelled again", subscriber_id=number)
    words, buttons = label_sheet.shown(tx, sheet, person)
    return Answer(toast=toast, rewritten=Reply(Html(words), buttons), about="labelled", subscriber_id=number)

"""A message to all subscribers: the admin sees it first, and a button sends it, once."""

from __future__ import annotations

import html
import re
from datetime import timedelta

from bot.chat.texts import Html, lines
from bot.chat.visit import Answer, Reply, Visit, says
from bot.delivery.admin_words import bare, count, say
from bot.delivery.text import clean, units
from bot.pipeline.release import may_hear
from storage import audit, broadcasts
from storage.broadcasts import SHOWN
from storage.engine import Session
from storage.tables import BroadcastRow, SubscriberRow

TEXT_MOST = 3_500
GOOD_FOR = timedelta(days=1)


def preview(tx: Session, visit: Visit, person: SubscriberRow) -> Answer:
    """Show the message as subscribers will see it, and how many they are; nothing is sent yet."""
    language, words = person.language, clean(visit.ask.argument, keep_lines=True)
    if not words:
        return says(Html(say("broadcast usage", language)), person=person)
    shown = _html(words)
    if units(shown) > TEXT_MOST:
        return says(Html(say("broadcast long", language, number=units(shown), most=TEXT_MOST)), person=person)
    number = len(broadcasts.receivers(tx))
    if not number:
        return says(Html(say("broadcast nobody", language)), person=person)
    row = broadcasts.show(tx, words, person.id or 0, visit.now)
    buttons = (
        ((bare("broadcast yes", language, number=number), f"A:b:{row.id}:y"),),
        ((bare("broadcast no", language), f"A:b:{row.id}:n"),),
    )
    asked = lines(count("broadcast preview", language, number), f"<blockquote>{shown}</blockquote>")
    return says(Reply(asked, buttons), person=person)


def decide(tx: Session, visit: Visit, person: SubscriberRow, found: re.Match[str]) -> Answer:
    """Send the message that was shown, or don't; a second press changes nothing."""
    row = tx.get(BroadcastRow, int(found[1]))
    if row is None:
        return _answered(person, "toast stale")
    if row.made_by != person.id:
        return _answered(person, "broadcast other")
    if row.state != SHOWN:
        return _answered(person, "broadcast done")
    if visit.now - row.made_at > GOOD_FOR:
        broadcasts.drop(tx, row, visit.now)
        return _answered(person, "broadcast old", shown=say("broadcast old", person.language))
    if found[2] == "n":
        broadcasts.drop(tx, row, visit.now)
        return _answered(person, "broadcast dropped", shown=say("broadcast dropped", person.language))
    people = [(one, one.silent or not may_hear(one, visit.now)) for one in broadcasts.receivers(tx)]
    number = broadcasts.put(tx, row, _html(row.text), people, visit.now)
    audit.record(
        tx, who=f"subscriber {person.id}", action="broadcast", subject=f"broadcast {row.id}",
        after={"recipients": number}, now=visit.now,
    )  # fmt: skip
    said = count("broadcast sent", person.language, number)
    shown = lines(said, f"<blockquote>{_html(row.text)}</blockquote>")
    return Answer(toast=said, rewritten=Reply(shown), about="broadcast sent", subscriber_id=person.id)


def _answered(person: SubscriberRow, key: str, shown: str = "") -> Answer:
    rewritten = Reply(Html(shown)) if shown else None
    return Answer(toast=bare(key, person.language), rewritten=rewritten, about=key, subscriber_id=person.id)


def _html(words: str) -> str:
    return html.escape(words, quote=False)

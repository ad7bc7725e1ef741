"""The details behind an alert: what matched and how it was read, and who tells the story, folded."""

from __future__ import annotations

import html
from collections.abc import Sequence

from bot.chat.texts import Html
from bot.delivery import wording
from bot.delivery.text import clean, cut, link, units
from bot.pipeline import cards
from bot.texts import figures
from storage import digests, matches
from storage.engine import Session
from storage.stories import Member
from storage.tables import AlertRow, MatchRow, SubscriberRow

LIMIT = 4_000
WORDS_SHOWN = 8
TOPICS_SHOWN = 5
# Telegram knows at most a hundred links and styles in a message.
MEMBERS_SHOWN = 40
TITLE = 160
NAME = 60


def account(tx: Session, alert: AlertRow, members: Sequence[Member], person: SubscriberRow) -> Html | None:
    """Return all that is known behind an alert, as one message; None where its item is gone."""
    first = next((member for member in members if member.item_id == alert.item_id), None)
    if first is None:
        return None
    language = person.language
    head = [f"<b>{_linked(first)}</b>", *_matched(tx, alert, person)]
    sources = wording.count("sources", language, cards.sources_of(members))
    told = [_line(member, person) for member in members]
    for shown in range(min(len(told), MEMBERS_SHOWN), -1, -1):
        parts = [html.escape(wording.say("more told", language, sources=sources), quote=False), *told[:shown]]
        if shown < len(told):
            parts.append(wording.say("more others", language, count=len(told) - shown))
        said = "\n".join([*head, "", f"<blockquote expandable>{chr(10).join(parts)}</blockquote>"])
        if units(said) <= LIMIT:
            return Html(said)
    return Html(head[0])


def _matched(tx: Session, alert: AlertRow, person: SubscriberRow) -> list[str]:
    """Return what matched topic by topic: the alert's own first, others' private ones never."""
    found = matches.of_items(tx, [alert.item_id]).get(alert.item_id, {})
    standing = {topic_id: row for topic_id, row in found.items() if row.vanished_at is None}
    topics = digests.topics_by_id(tx, standing)
    lines: list[str] = []
    ordered = sorted(standing, key=lambda topic_id: (topic_id != alert.topic_id, topic_id))
    visible = [topic_id for topic_id in ordered if topic_id in topics and topics[topic_id].owner_id in (0, person.id)]
    for topic_id in visible[:TOPICS_SHOWN]:
        lines += _one(topics[topic_id].title(person.language), standing[topic_id], person.language)
    return lines


def _one(title: str, row: MatchRow, language: str) -> list[str]:
    words = cards.Words(row.item_id, cards.quoted(cards.places_of(row.evidence)), None, row.because)
    lines = [
        wording.say("more matched", language, topic=_bare(title, NAME), because=_bare(words.reason(language), 300))
    ]
    seen = dict.fromkeys(
        f"“{_bare(str(hit.get('quoted', '')), NAME)}” ({_reach(str(hit.get('reach', '')), language)})"
        for hit in row.evidence
    )
    if seen:
        lines.append(wording.say("more found", language, words=", ".join(list(seen)[:WORDS_SHOWN])))
    if row.points:
        lines.append(wording.say("more points", language, points=row.points))
    return lines


def _reach(reach: str, language: str) -> str:
    key = f"reach {reach}"
    return wording.say(key, language) if key in wording.PHRASES.keys() else _bare(reach, NAME)  # noqa: SIM118


def _line(member: Member, person: SubscriberRow) -> str:
    at = figures.moment(member.published_at or member.first_seen_at, person.zone, person.language)
    return f"• {_bare(member.source_name, NAME)} · {at}\n{_linked(member)}"


def _linked(member: Member) -> str:
    title = _bare(member.title, TITLE)
    address = link(member.link)
    return f'<a href="{html.escape(address)}">{title}</a>' if address and title else title


def _bare(words: str, limit: int) -> str:
    return html.escape(cut(clean(words), limit), quote=False)

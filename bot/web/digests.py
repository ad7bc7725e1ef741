"""Digests as they were sent, and as one would read before it is due."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import available_timezones

from markupsafe import Markup
from starlette.responses import Response

from bot.pipeline.mentions import drawn_by
from bot.pipeline.preview import Preview, preview
from bot.texts.phrases import LANGUAGES
from bot.web.door import Refused
from bot.web.roles import Page, Role
from bot.web.telegram_shown import shown
from bot.web.visit import Visit
from storage import audit, machine_room, outbox, rulebook
from storage.engine import Session
from storage.tables import DigestRow, OutboxKind, OutboxRow, SubscriberRow

SHOWN = 60
HOURS = (6, 12, 24, 48, 168)


@dataclass(frozen=True, slots=True)
class Choice:
    """A digest to look at: of which topics (none: all), over how many hours, on whose clock, in which language."""

    topics: tuple[str, ...] = ()
    hours: int = 24
    zone: str = ""
    language: str = "en"


async def digests(visit: Visit) -> Response:
    """Show the digests that this person may see, and the form of a preview."""
    rows, topics = await visit.read(lambda tx: (_visible(tx, visit), rulebook.topics(tx)))
    return visit.page("digests.html", rows=rows, topics=topics, choice=_choice(visit), hours=HOURS)


def _visible(tx: Session, visit: Visit) -> list[DigestRow]:
    """Who follows what is nobody's business: all digests are for admins, others see their own."""
    if visit.role >= Role.ADMIN:
        return machine_room.digests(tx, SHOWN)
    return machine_room.digests(tx, SHOWN, subscriber_id=visit.voter) if visit.voter else []


def _choice(visit: Visit) -> Choice:
    hours, zone = visit.number("hours", 24), visit.asked("zone", visit.zone)
    language = visit.asked("language", visit.language)
    return Choice(
        tuple(visit.request.query_params.getlist("topic")[:50]), hours if hours in HOURS else 24,
        zone if zone in available_timezones() else visit.zone, language if language in LANGUAGES else "en",
    )  # fmt: skip


async def one_digest(visit: Visit) -> Response:
    """Show a digest as it was sent."""
    number = visit.number("digest")

    def read(tx: Session) -> tuple[DigestRow | None, Sequence[OutboxRow], bool]:
        row = tx.get(DigestRow, number)
        own = row is not None and row.subscriber_id == visit.voter
        if row is None or not (own or visit.role >= Role.ADMIN):
            return None, (), False
        hidden = not own and machine_room.tells_private(tx, number)
        return row, () if hidden else machine_room.digest_messages(tx, number), hidden

    row, messages, hidden = await visit.read(read)
    if row is None:
        raise Refused(404, "There is nothing here.")
    return visit.page(
        "digest.html", row=row, hidden=hidden, messages=[_message(one.text, one.attachment) for one in messages]
    )


@dataclass(frozen=True, slots=True)
class Bubble:
    """A message as a page shows it; `picture` is the address of its picture, "" for none."""

    text: Markup
    picture: str = ""


def _message(text: str, picture: bytes | None) -> Bubble:
    packed = f"data:image/png;base64,{base64.b64encode(picture).decode()}" if picture else ""
    return Bubble(shown(text), packed if picture and picture.startswith(b"\x89PNG") else "")


async def look(visit: Visit) -> Response:
    """Show a digest as it would read now."""
    made = await _made(visit)
    picture = await drawn_by(visit.console.judges)(made.chart) if made.chart else None
    bubbles = [_message(text, None) for text in made.messages]
    if picture and made.chart:
        bubbles.append(_message(made.chart.caption(), picture))
    return visit.page("digest_preview.html", made=made, bubbles=bubbles)


async def _made(visit: Visit) -> Preview:
    choice, now = _choice(visit), visit.now

    def read(tx: Session) -> Preview:
        return preview(
            tx, choice.topics, timedelta(hours=choice.hours), now, zone=choice.zone, language=choice.language
        )

    try:
        return await visit.read(read)
    except KeyError as error:
        raise Refused(404, "There is nothing here.") from error


async def send(visit: Visit) -> Response:
    """Send a digest of the past to oneself again."""
    number, now = visit.number("digest"), visit.now

    def change(tx: Session) -> bool:
        row, person = tx.get(DigestRow, number), tx.get(SubscriberRow, visit.voter) if visit.voter else None
        if row is None or person is None or (row.subscriber_id != person.id and visit.role < Role.ADMIN):
            return False
        if row.subscriber_id != person.id and machine_room.tells_private(tx, number):
            return False
        for one in machine_room.digest_messages(tx, number):
            outbox.put(
                tx, chat_id=person.chat_id, thread_id=person.thread_id, subscriber_id=person.id,
                kind=OutboxKind.REPLY, text=one.text, attachment=one.attachment, attachment_name=one.attachment_name,
                now=now,
            )  # fmt: skip
        audit.record(tx, who=visit.who, action="resend digest", subject=f"digest {number}", now=now)
        return True

    if not await visit.write(change):
        raise Refused(404, "There is nothing here.")
    visit.console.wake()
    return visit.go(f"/digests/{number}", "Sent to you.")


PAGES: tuple[Page, ...] = (
    Page("GET", "/digests", Role.READER, digests),
    Page("GET", "/digests/preview", Role.READER, look),
    Page("GET", "/digests/{digest:int}", Role.READER, one_digest),
    Page("POST", "/digests/{digest:int}/send", Role.READER, send),
)

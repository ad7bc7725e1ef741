"""`/web`: a link that signs somebody in to the console once. In private chats alone: a group's is for everybody."""

from __future__ import annotations

import html
from collections.abc import Mapping
from types import MappingProxyType

from bot.chat.texts import Html
from bot.chat.updates import Ask, Wish
from bot.chat.visit import Answer, Reply, Visit, find_person, says
from bot.texts.phrases import Phrases
from storage import admins, audit, sessions, subscribers
from storage.engine import Session
from storage.sessions import Person
from storage.tables import SubscriberRow

COMMAND = "web"
ROLES = frozenset({"reader", "editor", "admin"})

_ENGLISH: Mapping[str, str] = MappingProxyType(
    {
        "link": "This link signs you in to the console as {role}, once, within ten minutes. Keep it to yourself.\n"
        "{link}",
        "button": "Open the console",
        "refused": "The console is for those whom an admin lets in. Your number here is {number}: tell it to an admin.",
        "private": "Ask me for this in our private chat: a link that everybody here sees would be everybody's.",
        "reader": "reader",
        "editor": "editor",
        "admin": "admin",
    }
)
PHRASES = Phrases("web link", _ENGLISH)


def concerns(ask: Ask) -> bool:
    """Say whether somebody asks for a link to the console."""
    return ask.wish is Wish.COMMAND and ask.command == COMMAND


def answer(tx: Session, visit: Visit) -> Answer:
    """Make a link for whom an admin let in, and say to others how they may be."""
    ask, person = visit.ask, find_person(tx, visit)
    language = person.language if person else ask.language
    if not ask.private:
        return says(Html(PHRASES.say("private", language)), person=person)
    role = _role(visit, person)
    if not role:
        number = str(person.id) if person else "–"
        return says(Html(PHRASES.say("refused", language).format(number=number)), person=person)
    person = person or subscribers.find_or_add(
        tx, ask.chat_id, kind="private", language=ask.language, zone=visit.zone, now=visit.now
    )
    token = visit.token()
    sessions.put_link(tx, token, Person(f"no. {person.id}", role, person.id), visit.now)
    audit.record(
        tx, who=f"subscriber {person.id}", action="make link", subject="console", after={"role": role}, now=visit.now
    )
    link = f"{visit.console_url}/sign-in?token={token}"
    words = PHRASES.say("link", language).format(role=PHRASES.say(role, language), link=html.escape(link, quote=False))
    # Telegram refuses buttons that lead to a machine of one's own.
    public = link.startswith("https://")
    return says(Reply(Html(words), (((PHRASES.say("button", language), link),),) if public else ()), person=person)


def _role(visit: Visit, person: SubscriberRow | None) -> str:
    if admins.is_admin(person, visit.admins, visit.ask.chat_id):
        return admins.ADMIN
    return person.role if person is not None and person.role in ROLES else ""

"""The admins' commands and buttons. To everybody else they do not exist: they get the usual answer to an unknown
command."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from bot.actions import subscribe
from bot.chat import admin_broadcast, admin_labels, admin_pages, admin_people, admin_proposals
from bot.chat.texts import Html
from bot.chat.updates import Ask, Wish
from bot.chat.visit import Answer, Right, Visit, find_person, says
from bot.delivery.admin_words import bare, say
from storage import admins
from storage.engine import Session
from storage.tables import SubscriberRow

Handler = Callable[[Session, Visit, SubscriberRow], Answer]
Press = Callable[[Session, Visit, SubscriberRow, "re.Match[str]"], Answer]


def concerns(ask: Ask) -> bool:
    """Say whether an ask may be an admin's matter: its command, or a button under a message for admins."""
    if ask.wish is Wish.PRESS:
        return ask.press.startswith("A:")
    return ask.wish is Wish.COMMAND and (ask.command in COMMANDS or admin_people.is_invitation(ask))


def answer(tx: Session, visit: Visit) -> Answer | None:
    """Do what an admin asks for by command or button; None where an ask is none of this, or not by an admin."""
    ask = visit.ask
    if not concerns(ask):
        return None
    if ask.wish is Wish.PRESS:
        return _press(tx, visit)
    if admin_people.is_invitation(ask):
        return admin_people.accept(tx, visit)
    person = find_person(tx, visit)
    if visit.right is not Right.YES or not admins.is_admin(person, visit.admins, ask.chat_id):
        return None
    subscribe.let_back(tx, ask.chat_id, visit.now)
    person = person or admin_people.join(tx, visit)
    if ask.private and not person.language_chosen:
        # The settings know an admin's chat before the admin first writes, and no language.
        person.language = ask.language
    done = COMMANDS[ask.command](tx, visit, person)
    return done if done.about else replace(done, about=ask.command)


def _press(tx: Session, visit: Visit) -> Answer:
    """Do what a button for admins asks for; who is no admin (any more) is told so."""
    person, language = find_person(tx, visit), visit.ask.language
    may = visit.right is Right.YES and admins.is_admin(person, visit.admins, visit.ask.chat_id)
    if person is None or not may:
        return Answer(toast=bare("toast no admin", person.language if person else language), about="press refused")
    for pattern, handler in PRESSES.items():
        found = re.fullmatch(pattern, visit.ask.press, re.ASCII)
        if found is not None:
            return handler(tx, visit, person, found)
    return Answer(toast=bare("toast stale", person.language), about="press unknown", subscriber_id=person.id)


def _help(tx: Session, visit: Visit, person: SubscriberRow) -> Answer:
    return says(Html(say("help", person.language)), person=person)


COMMANDS: Mapping[str, Handler] = MappingProxyType(
    {
        "admin": _help,
        "health": admin_pages.health,
        "sources": admin_pages.sources,
        "subscribers": admin_pages.subscribers,
        "report": admin_pages.report,
        "proposals": admin_proposals.show,
        "broadcast": admin_broadcast.preview,
        "invite": admin_people.invite,
        "admins": admin_people.listed,
    }
)
PRESSES: Mapping[str, Press] = MappingProxyType(
    {
        r"A:s:(\d{1,4})": admin_pages.sources_page,
        r"A:r:(\d{1,12})": admin_people.remove_press,
        r"A:w": admin_people.withdraw,
        r"A:b:(\d{1,12}):([yn])": admin_broadcast.decide,
        r"A:l:(\d{1,12}):(\d{1,2}):([yn])": admin_labels.label,
        r"A:p:(\d{1,12}):([yn])": admin_proposals.decide,
    }
)

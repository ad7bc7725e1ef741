"""What a person may take with them, and how they leave: /export, /stop, /forget."""

from __future__ import annotations

import json
import re

from bot.actions import subscribe
from bot.chat.texts import plain, text
from bot.chat.topics import settings_row
from bot.chat.visit import Answer, Buttons, Reply, Visit, begin_first, find_person, says
from storage import dossiers
from storage.engine import Session
from storage.tables import SubscriberRow

FILE_NAME = "mediawatch-my-data.json"


def stop(tx: Session, visit: Visit) -> Answer:
    """End all messages; choices are kept."""
    person = find_person(tx, visit)
    if person is None:
        return begin_first(visit)
    ended = subscribe.stop(tx, person, visit.now)
    return says(text("stopped" if ended else "already stopped", person.language), person=person)


def export(tx: Session, visit: Visit) -> Answer:
    """Give everything that is stored of this chat, as a file."""
    person = find_person(tx, visit)
    if person is None:
        return says(text("nothing to forget", visit.ask.language))
    return says(_file(tx, person), person=person)


def export_pressed(tx: Session, visit: Visit, person: SubscriberRow, found: re.Match[str]) -> Answer:
    """Give the file by a button."""
    toast = plain("toast exported", person.language)
    return Answer((_file(tx, person),), toast=toast, about="exported", subscriber_id=person.id)


def forget(tx: Session, visit: Visit) -> Answer:
    """Ask whether to delete everything."""
    person = find_person(tx, visit)
    if person is None:
        return says(text("nothing to forget", visit.ask.language))
    return says(question(person), person=person)


def forget_asked(tx: Session, visit: Visit, person: SubscriberRow, found: re.Match[str]) -> Answer:
    """Ask the same by a button."""
    return Answer(rewritten=question(person), about="forget asked", subscriber_id=person.id)


def forget_answered(tx: Session, visit: Visit, person: SubscriberRow, found: re.Match[str]) -> Answer:
    """Delete everything, or not. The number in the button keeps an old question from a new person."""
    language, number = person.language, person.id
    if int(found[1]) != number:
        old = Reply(text("question old", language))
        return Answer(toast=plain("toast stale", language), rewritten=old, about="press stale", subscriber_id=number)
    if found[2] != "1":
        return Answer(rewritten=Reply(text("not forgotten", language)), about="not forgotten", subscriber_id=number)
    subscribe.forget(tx, person, visit.now)
    # No subscriber from here on: the last message goes to the chat alone.
    gone = Reply(text("forgotten", language))
    return Answer((gone,), rewritten=Reply(text("forget agreed", language)), about="forgotten")


def question(person: SubscriberRow) -> Reply:
    """Return the question whether to forget this chat."""
    number, language = subscribe.number(person), person.language
    rows: Buttons = (
        ((plain("forget yes", language), f"forget:{number}:1"),),
        ((plain("forget no", language), f"forget:{number}:0"),),
    )
    return Reply(text("forget ask", language), rows)


def screen(person: SubscriberRow) -> Reply:
    """Return what we keep of a person, with the buttons to have it as a file and to have it deleted."""
    language = person.language
    rows: Buttons = (
        ((plain("export button", language), "x:file"),),
        ((plain("forget button", language), "x:forget"),),
        settings_row(language),
    )
    return Reply(text("mine", language), rows)


def _file(tx: Session, person: SubscriberRow) -> Reply:
    told = json.dumps(dossiers.of_subscriber(tx, person), ensure_ascii=False, indent=1)
    return Reply(text("exported", person.language), document=told.encode(), document_name=FILE_NAME)

"""What each command does, inside the transaction that takes its update. Unknown input gets a helpful answer."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from bot.actions import subscribe
from bot.chat import (
    begin,
    finding,
    hours,
    how,
    languages,
    leaving,
    mutes,
    overview,
    presses,
    quiet,
    topics,
    watch,
    web_link,
    why,
    zones,
)
from bot.chat.texts import lines, text
from bot.chat.updates import Wish
from bot.chat.visit import Answer, Right, Visit, begin_first, find_person, language_of, says
from storage.engine import Session
from storage.tables import SubscriberState

Handler = Callable[[Session, Visit], Answer]

_OPEN_TO_ALL = frozenset({"help", "why", "topics", "search", "latest"})
# To begin is harmless and easily undone: where Telegram does not say who is an admin, a group may still begin.
_OPEN_WHEN_UNSURE = frozenset({"start"})


def answer(tx: Session, visit: Visit) -> Answer:
    """Do what an update asks for and return what is to be said. Never touches the network."""
    ask = visit.ask
    if ask.wish is Wish.PRESS:
        return presses.press(tx, visit)
    if ask.wish is Wish.PRESENCE:
        return _presence(tx, visit)
    if ask.wish is Wish.MOVE:
        subscribe.move(tx, ask.old_chat_id, ask.new_chat_id, visit.now)
        return Answer(about="chat moved")
    if ask.wish is Wish.NOTHING:
        return Answer(about="passed over")
    # Who writes to us lets us write: a suspension is over. Who stopped stays stopped until /start.
    subscribe.let_back(tx, ask.chat_id, visit.now)
    if web_link.concerns(ask):
        return _named(web_link.answer(tx, visit), "web")
    if ask.wish is Wish.PLACE:
        return _named(zones.place(tx, visit), "place")
    return _command(tx, visit) if ask.wish is Wish.COMMAND else _words(tx, visit)


def changes(command: str) -> bool:
    """Say whether a command may change what a chat follows, so that in a group only its admins may send it."""
    return command in COMMANDS and command not in _OPEN_TO_ALL


def _command(tx: Session, visit: Visit) -> Answer:
    command, language = visit.ask.command, language_of(tx, visit)
    handler = COMMANDS.get(command)
    if handler is None:
        return _unknown_command(visit, language)
    unsure_is_enough = visit.right is Right.UNSURE and command in _OPEN_WHEN_UNSURE
    if changes(command) and visit.right is not Right.YES and not unsure_is_enough:
        return says(text("admins only" if visit.right is Right.NO else "admins unsure", language))
    done = handler(tx, visit)
    return done if done.about else _named(done, command)


def _named(done: Answer, about: str) -> Answer:
    return replace(done, about=about)


def _unknown_command(visit: Visit, language: str) -> Answer:
    # In a group a command without our name is most likely another bot's.
    if not visit.ask.addressed:
        return Answer(about="passed over")
    near = difflib.get_close_matches(visit.ask.command, list(COMMANDS), n=1, cutoff=0.5)
    nearest = text("command nearest", language, command=near[0]) if near else ""
    return says(
        lines(text("command unknown", language, command=visit.ask.command), nearest, text("see help", language))
    )


def _words(tx: Session, visit: Visit) -> Answer:
    """Answer what is no command: the link of an article is a question why, a topic's name a wish to follow it."""
    person, language = find_person(tx, visit), language_of(tx, visit)
    if visit.ask.links:
        return why.answer(tx, visit, person, language)
    offered = subscribe.topics_for(tx, subscribe.number(person) if person else 0)
    topic = topics.find_topic(offered, visit.ask.argument)
    if topic is not None:
        shown = text("words topic", language, topic=topic.title(language), slug=topic.slug)
        return says(shown, person=person)
    return says(text("words unknown", language), person=person)


def _show_topics(tx: Session, visit: Visit) -> Answer:
    person = find_person(tx, visit)
    if person is None or person.state == SubscriberState.STOPPED.value:
        # In a group anybody may look, so nobody was asked whether they may begin.
        return begin.start(tx, visit) if visit.ask.private else begin_first(visit)
    return says(topics.reply(tx, person, "topics"), person=person)


def _help(tx: Session, visit: Visit) -> Answer:
    return says(text("help", language_of(tx, visit)), person=find_person(tx, visit))


def _why(tx: Session, visit: Visit) -> Answer:
    return why.answer(tx, visit, find_person(tx, visit), language_of(tx, visit))


def _presence(tx: Session, visit: Visit) -> Answer:
    chat_id = visit.ask.chat_id
    if visit.ask.present:
        subscribe.let_back(tx, chat_id, visit.now)
        return Answer(about="let in")
    subscribe.leave(tx, chat_id, "blocked or removed there", visit.now)
    return Answer(about="shut out")


COMMANDS: Mapping[str, Handler] = MappingProxyType(
    {
        "start": begin.start,
        "topics": _show_topics,
        "watch": watch.command,
        "latest": finding.latest,
        "search": finding.searched,
        "why": _why,
        "settings": overview.command,
        "how": how.command,
        "digest": hours.command,
        "zone": zones.command,
        "quiet": quiet.command,
        "mute": mutes.command,
        "pause": quiet.pause,
        "resume": quiet.resume,
        "language": languages.command,
        "export": leaving.export,
        "stop": leaving.stop,
        "forget": leaving.forget,
        "help": _help,
    }
)

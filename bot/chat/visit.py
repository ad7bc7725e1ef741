"""What a command is given and what it gives back: an ask with all that answering it needs, and the answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from secrets import token_urlsafe

from bot.actions import subscribe
from bot.chat.texts import Html, text
from bot.chat.updates import Ask
from bot.texts.phrases import reading_language
from storage import subscribers
from storage.engine import Session
from storage.search import Page
from storage.tables import SubscriberRow

Buttons = tuple[tuple[tuple[str, str], ...], ...]


class Right(Enum):
    """Whether the one who asks may change what this chat follows. UNSURE: Telegram did not say."""

    YES = auto()
    NO = auto()
    UNSURE = auto()


@dataclass(frozen=True, slots=True)
class Visit:
    """One ask with what was found out before the transaction: the sender's right, for /why the item and the rules'
    account of it, for /search the page of results (None: not asked, or it could not be had). `zone` is the clock given
    to a new subscriber. `admins` are the chats that the settings name; `token` makes what an invitation is known by."""

    ask: Ask
    now: datetime
    zone: str
    right: Right = Right.YES
    item_id: int | None = None
    account: tuple[str, ...] | None = None
    page: Page | None = None
    admins: frozenset[int] = frozenset()
    bot_name: str = ""
    console_url: str = ""
    token: Callable[[], str] = token_urlsafe


@dataclass(frozen=True, slots=True)
class Reply:
    """A message in answer; the buttons are rows of (label, what it carries). A document has the text as its caption."""

    text: Html
    buttons: Buttons = ()
    document: bytes = b""
    document_name: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command says: new messages, a note that follows a press, and what the pressed message becomes (None: it
    stays).

    `about` names what was done, for the log. `subscriber_id` None: the chat is not, or no longer, known to us.
    `menu_language` asks for the list of commands in this language in the chat's menu ("": as it is).
    """

    replies: tuple[Reply, ...] = ()
    toast: str = ""
    rewritten: Reply | None = None
    about: str = ""
    subscriber_id: int | None = None
    taken_before: bool = False
    menu_language: str = ""


def says(*replies: Reply | Html, person: SubscriberRow | None = None) -> Answer:
    """Return an answer of these messages to this subscriber (None: to a chat we don't know)."""
    ready = tuple(reply if isinstance(reply, Reply) else Reply(reply) for reply in replies)
    return Answer(ready, subscriber_id=person.id if person else None)


def find_person(tx: Session, visit: Visit) -> SubscriberRow | None:
    """Return the subscriber of this chat and forum topic, None for one we don't know."""
    return subscribers.find(tx, visit.ask.chat_id, visit.ask.thread_id)


def join(tx: Session, visit: Visit) -> SubscriberRow:
    """Return this chat's subscriber, made or brought back where needed."""
    ask = visit.ask
    return subscribe.join(
        tx,
        ask.chat_id,
        thread_id=ask.thread_id,
        kind=ask.chat_kind,
        language=reading_language(ask.language),
        zone=visit.zone,
        now=visit.now,
    )


def followed(tx: Session, person: SubscriberRow) -> list[int]:
    """Return the ids of the topics this person follows."""
    return [s.topic_id for s in subscribers.subscriptions(tx, subscribe.number(person))]


def language_of(tx: Session, visit: Visit) -> str:
    """Return the language in which this chat is answered."""
    person = find_person(tx, visit)
    return person.language if person else visit.ask.language


def begin_first(visit: Visit) -> Answer:
    """Return the answer to a chat that asks for something before it has begun."""
    return says(text("begin first", visit.ask.language))

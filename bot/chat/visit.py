"""What a command is given and what it gives back: an ask with all that answering it needs, and the answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from bot.actions import subscribe
from bot.chat.texts import Html, lines, text
from bot.chat.topics import Buttons, keyboard
from bot.chat.updates import Ask
from storage import subscribers
from storage.engine import Session
from storage.tables import SubscriberRow


class Right(Enum):
    """Whether the one who asks may change what this chat follows. UNSURE: Telegram did not say."""

    YES = auto()
    NO = auto()
    UNSURE = auto()


@dataclass(frozen=True, slots=True)
class Visit:
    """One ask with what was found out before the transaction: the sender's right, and for /why the item and the rules'
    account of it (None: not asked, or it could not be had). `zone` is the clock given to a new subscriber."""

    ask: Ask
    now: datetime
    zone: str
    right: Right = Right.YES
    item_id: int | None = None
    account: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """A message in answer; the buttons are rows of (label, what it carries)."""

    text: Html
    buttons: Buttons = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command says: new messages, a note that follows a press, and what the pressed message becomes (None: it
    stays).

    `about` names what was done, for the log. `subscriber_id` None: the chat is not, or no longer, known to us.
    """

    replies: tuple[Reply, ...] = ()
    toast: str = ""
    rewritten: Reply | None = None
    about: str = ""
    subscriber_id: int | None = None
    taken_before: bool = False


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
        language=ask.language,
        zone=visit.zone,
        now=visit.now,
    )


def topics_reply(tx: Session, person: SubscriberRow, key: str, *notes: Html, page: int = 0) -> Reply:
    """Return the keyboard message: the words of `key`, after any notes, over one page of topics."""
    topics = subscribe.topics_for(tx, subscribe.number(person))
    if not topics:
        return Reply(lines(*notes, text("no topics", person.language)))
    mine = followed(tx, person)
    words = lines(*notes, text(key, person.language), text("following", person.language, count=len(mine)))
    return Reply(words, keyboard(topics, mine, person.language, page))


def followed(tx: Session, person: SubscriberRow) -> list[int]:
    """Return the ids of the topics this person follows."""
    return [s.topic_id for s in subscribers.subscriptions(tx, subscribe.number(person))]

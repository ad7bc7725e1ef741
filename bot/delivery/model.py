"""The values that pass between the pipeline and the messengers: what to send, what came of it, what a message tells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message as it leaves: finished text, and where it goes.

    `text` is Telegram HTML, or bare text where `plain`. `message_id` is the message to edit (None: a new message);
    `thread_id` 0 is no forum topic. `buttons` are rows of (label, callback or link). `attachment` are the bytes of a
    picture (its name ends in .png) or of a document, of which `text` is the caption; empty for none.
    """

    outbox_id: int
    chat_id: int
    text: str
    thread_id: int = 0
    buttons: tuple[tuple[tuple[str, str], ...], ...] = ()
    silent: bool = False
    plain: bool = False
    message_id: int | None = None
    attachment: bytes = b""
    attachment_name: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """Telegram took it; `message_id` is the message it became (for an edit: the message edited)."""

    message_id: int


@dataclass(frozen=True, slots=True)
class RetryAt:
    """Too many messages: Telegram asks to leave this chat alone for `seconds`."""

    seconds: float


@dataclass(frozen=True, slots=True)
class NotSent:
    """It is certain that nothing was delivered, and trying again may help. `answered`: Telegram itself said so."""

    reason: str
    answered: bool = False


@dataclass(frozen=True, slots=True)
class Lost:
    """The request went out and no usable answer came back: it may have been delivered or not."""

    reason: str


@dataclass(frozen=True, slots=True)
class BadToken:
    """Telegram does not know our token: nothing can be sent until a person acts."""

    reason: str


@dataclass(frozen=True, slots=True)
class Gone:
    """This chat refuses us for good: blocked, kicked, deleted, or without the right to write."""

    reason: str


@dataclass(frozen=True, slots=True)
class Moved:
    """The group became a supergroup with another number."""

    new_chat_id: int


@dataclass(frozen=True, slots=True)
class NoThread:
    """The forum topic is gone or closed; the chat itself may be alive."""

    reason: str


@dataclass(frozen=True, slots=True)
class Malformed:
    """Telegram could not read our HTML."""

    reason: str


@dataclass(frozen=True, slots=True)
class BadButtons:
    """Telegram does not accept the inline keyboard."""

    reason: str


@dataclass(frozen=True, slots=True)
class NoAttachment:
    """Telegram (or this chat) does not take the picture or document; the text alone may pass."""

    reason: str


@dataclass(frozen=True, slots=True)
class TooLong:
    """The text is longer than Telegram takes."""

    reason: str


@dataclass(frozen=True, slots=True)
class NotEditable:
    """The message to edit is gone or too old."""

    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Telegram refused this message for any other reason; trying again can't help."""

    reason: str


Outcome = (
    Sent
    | RetryAt
    | NotSent
    | Lost
    | BadToken
    | Gone
    | Moved
    | NoThread
    | Malformed
    | BadButtons
    | NoAttachment
    | TooLong
    | NotEditable
    | Refused
)


class Sender(Protocol):
    """What delivers a message. Never raises for what the other side does: the outcome says it."""

    async def send(self, message: Outgoing) -> Outcome:
        """Send a new message."""
        ...

    async def edit(self, message: Outgoing) -> Outcome:
        """Let the message `message.message_id` read `message.text`."""
        ...

    async def probe(self) -> Outcome:
        """Say whether the other side answers at all: Sent(0) where it does, else what is wrong."""
        ...


@dataclass(frozen=True, slots=True)
class Snippet:
    """A sentence of the item that matched; `marks` are the matched words as code points of `text`, half-open."""

    text: str
    marks: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class AlertCard:
    """What a message tells of one story. Texts are bare (no HTML), as hostile as they came.

    `because` is one line why; `also` the names of other sources; `sources_count` and `language_count` count all that
    told it. `spread`: the message rings because the story has.
    """

    title: str
    link: str = ""
    source_name: str = ""
    published_at: datetime | None = None
    topic_title: str = ""
    because: str = ""
    snippet: Snippet | None = None
    also: tuple[str, ...] = ()
    sources_count: int = 1
    language_count: int = 1
    spread: bool = False

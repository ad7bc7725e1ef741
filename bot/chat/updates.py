"""What an update of Telegram asks of us, as a plain value. No name, username or text leaves this module but a command's
argument and the links in a message, and neither is ever stored or logged.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto
from types import MappingProxyType

from telegram import (
    CallbackQuery,
    Chat,
    ChatMember,
    ChatMemberAdministrator,
    ChatMemberRestricted,
    ChatMemberUpdated,
    Message,
    Update,
    User,
)
from telegram.constants import ChatMemberStatus, ChatType, MessageEntityType

ALLOWED_UPDATES = ("message", "channel_post", "callback_query", "my_chat_member")
PRESENT = frozenset({ChatMemberStatus.MEMBER, ChatMemberStatus.ADMINISTRATOR, ChatMemberStatus.OWNER})
LINKS_KEPT = 5
LANGUAGE_DEFAULT = "en"
_COMMAND = re.compile(r"/([A-Za-z0-9_]{1,64})(?:@([A-Za-z0-9_]{1,64}))?(?:\s+(.*))?", re.DOTALL)
_LINK = re.compile(r"[a-z][a-z0-9+.-]{1,20}://\S+|(?<![\w@.])(?:[\w-]{1,63}\.){1,8}\w{2,63}(?::\d{1,5})?/\S+", re.I)
_BARE_HOST = re.compile(r"(?<![\w@.])(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,63}(?![\w@.])")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?![a-z])", re.I)
# What people write around a link: quotes, brackets, the full stop of the sentence.
_AROUND = "\"'«»“”„‘’<>,;!?…*_`"
_PAIRS = MappingProxyType({")": "(", "]": "[", "}": "{"})


class Wish(Enum):
    """What kind of thing an update asks for. NOTHING is taken and passed over in silence."""

    COMMAND = auto()
    WORDS = auto()
    PRESS = auto()
    PLACE = auto()
    PRESENCE = auto()
    MOVE = auto()
    NOTHING = auto()


@dataclass(frozen=True, slots=True, repr=False)
class Ask:
    """One update as we read it. It has no repr: it knows chats, and logs must not.

    `addressed` says that it can only be meant for us (a private chat, or a command with our name). `admin` is set for
    anonymous admins of a group. `links` are the links of the message, then those of the message it answers;
    `answers_message_id` is that message where it may be ours. `press` is what the pressed button carries, `press_id`
    its call, `message_id` the message with the button, `heading` the first line of that message, which is our own.
    `latitude` and `longitude` are degrees of a place that was shared. `present`: whether we may now write to the chat.
    """

    update_id: int
    wish: Wish = Wish.NOTHING
    chat_id: int = 0
    chat_kind: str = "private"
    thread_id: int = 0
    sender_id: int = 0
    admin: bool = False
    language: str = LANGUAGE_DEFAULT
    addressed: bool = False
    command: str = ""
    argument: str = ""
    links: tuple[str, ...] = ()
    answers_message_id: int = 0
    press_id: str = ""
    press: str = ""
    message_id: int = 0
    heading: str = ""
    latitude: float = 0.0
    longitude: float = 0.0
    present: bool = False
    old_chat_id: int = 0
    new_chat_id: int = 0

    @property
    def private(self) -> bool:
        """Whether one person speaks to us alone."""
        return self.chat_kind == "private"


def read_update(update: Update, our_name: str) -> Ask:
    """Return what an update asks; `our_name` is the bot's username, by which groups address it."""
    if update.callback_query is not None:
        return _read_press(update.update_id, update.callback_query)
    if update.my_chat_member is not None:
        return _read_presence(update.update_id, update.my_chat_member)
    if update.message is not None:
        return _read_message(update.update_id, update.message, our_name)
    if update.channel_post is not None:
        return _read_post(update.update_id, update.channel_post, our_name)
    return Ask(update.update_id)


def _read_press(update_id: int, query: CallbackQuery) -> Ask:
    message = query.message
    if message is None:
        return Ask(update_id, press_id=query.id)
    words = clean(message.text or "") if isinstance(message, Message) else ""
    thread_id = _thread(message) if isinstance(message, Message) else 0
    if not isinstance(message, Message) and message.chat.type != ChatType.PRIVATE:
        # A message too old to be shown no longer says which forum topic it stood in: whose choice it was is unknown.
        return Ask(update_id, press_id=query.id)
    return Ask(
        update_id,
        Wish.PRESS,
        chat_id=message.chat.id,
        chat_kind=_kind(message.chat),
        thread_id=thread_id,
        sender_id=query.from_user.id,
        language=_language(query.from_user),
        addressed=True,
        press_id=query.id,
        press=query.data or "",
        message_id=message.message_id,
        heading=words.partition("\n")[0],
    )


def _read_post(update_id: int, post: Message, our_name: str) -> Ask:
    """Return the command of a channel's post: only admins post there, so it is an admin's. Everything else is news."""
    moved = post.migrate_to_chat_id or post.migrate_from_chat_id
    words = clean(post.text or "").strip()
    found = _COMMAND.fullmatch(words) if post.forward_origin is None and not moved else None
    if found is None or (found.group(2) or our_name).casefold() != our_name.casefold():
        return Ask(update_id)
    return Ask(
        update_id,
        Wish.COMMAND,
        chat_id=post.chat.id,
        chat_kind=_kind(post.chat),
        admin=True,
        addressed=bool(found.group(2)),
        command=found.group(1).lower(),
        argument=(found.group(3) or "").strip(),
        links=_links(post),
        answers_message_id=post.reply_to_message.message_id if post.reply_to_message else 0,
    )


def _read_presence(update_id: int, change: ChatMemberUpdated) -> Ask:
    return Ask(
        update_id,
        Wish.PRESENCE,
        chat_id=change.chat.id,
        chat_kind=_kind(change.chat),
        present=_is_present(change.new_chat_member, change.chat),
    )


def _is_present(member: ChatMember, chat: Chat) -> bool:
    """Say whether we may write to a chat: in a channel only as an admin who may post."""
    if chat.type == ChatType.CHANNEL:
        return isinstance(member, ChatMemberAdministrator) and bool(member.can_post_messages)
    if isinstance(member, ChatMemberRestricted):
        return bool(member.is_member) and bool(member.can_send_messages)
    return member.status in PRESENT


def _read_message(update_id: int, message: Message, our_name: str) -> Ask:
    chat = message.chat
    if message.migrate_to_chat_id or message.migrate_from_chat_id:
        return Ask(
            update_id,
            Wish.MOVE,
            chat_id=chat.id,
            old_chat_id=message.migrate_from_chat_id or chat.id,
            new_chat_id=message.migrate_to_chat_id or chat.id,
        )
    sender = message.from_user
    anonymous = message.sender_chat is not None and message.sender_chat.id == chat.id
    if chat.type == ChatType.CHANNEL or message.is_automatic_forward or sender is None:
        return Ask(update_id)
    if sender.is_bot and not anonymous:
        return Ask(update_id)
    words = clean(message.text or message.caption or "").strip()
    private = chat.type == ChatType.PRIVATE
    found = _COMMAND.fullmatch(words) if message.forward_origin is None else None
    name = (found.group(2) or "") if found else ""
    for_another = bool(name) and name.casefold() != our_name.casefold()
    if private and message.location is not None and not found:
        return _read_place(update_id, message, sender)
    if for_another or not (found or private) or not (words or _is_content(message)):
        return Ask(update_id)
    return Ask(
        update_id,
        Wish.COMMAND if found else Wish.WORDS,
        chat_id=chat.id,
        chat_kind=_kind(chat),
        thread_id=_thread(message),
        sender_id=0 if message.sender_chat is not None else sender.id,
        admin=anonymous,
        language=_language(sender),
        addressed=private or bool(name),
        command=found.group(1).lower() if found else "",
        argument=(found.group(3) or "").strip() if found else words,
        links=_links(message),
        answers_message_id=message.reply_to_message.message_id if message.reply_to_message else 0,
    )


def _read_place(update_id: int, message: Message, sender: User) -> Ask:
    assert message.location is not None
    return Ask(
        update_id,
        Wish.PLACE,
        chat_id=message.chat.id,
        sender_id=sender.id,
        language=_language(sender),
        addressed=True,
        latitude=message.location.latitude,
        longitude=message.location.longitude,
    )


def clean(words: str) -> str:
    """Return text without the halves of characters and the NULs that no database and no message can hold."""
    return words.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").replace("\0", "")


def links_in(words: str) -> tuple[str, ...]:
    """Return the links written in a text as one would type them into a browser, best first, at most LINKS_KEPT.

    A link may lack its http; brackets, quotes and the sentence's own full stop are not part of it.
    """
    found = [_unwrap(match.group()) for match in _LINK.finditer(words)] or [
        match.group() for match in _BARE_HOST.finditer(words)
    ]
    return tuple(dict.fromkeys(link for link in found if link))[:LINKS_KEPT]


def _unwrap(link: str) -> str:
    link = link.strip(_AROUND)
    while link and (link[-1] in _AROUND + ".:" or _closes_nothing(link)):
        link = link[:-1]
    return link


def _closes_nothing(link: str) -> bool:
    """Say whether a link ends in a bracket that it did not open itself."""
    opening = _PAIRS.get(link[-1])
    return opening is not None and link.count(link[-1]) > link.count(opening)


def _links(message: Message) -> tuple[str, ...]:
    found: list[str] = []
    for part in (message, message.reply_to_message):
        if part is None:
            continue
        entities = [*part.entities, *part.caption_entities]
        found += [clean(e.url) for e in entities if e.type == MessageEntityType.TEXT_LINK and e.url]
        found += links_in(clean(part.text or part.caption or ""))
    return tuple(dict.fromkeys(found))[:LINKS_KEPT]


def _is_content(message: Message) -> bool:
    """Say whether a message without words is something a person sent, not a notice of the chat itself."""
    return message.effective_attachment is not None


def _thread(message: Message) -> int:
    if message.chat.type == ChatType.PRIVATE or not message.is_topic_message:
        return 0
    return message.message_thread_id or 0


def _kind(chat: Chat) -> str:
    if chat.type == ChatType.PRIVATE:
        return "private"
    return "channel" if chat.type == ChatType.CHANNEL else "group"


def _language(sender: User) -> str:
    found = _LANGUAGE.match(sender.language_code or "")
    return found.group().lower() if found else LANGUAGE_DEFAULT

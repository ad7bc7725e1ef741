"""The chats of the stand-in: what stands in them, who refuses us, and how much of it Telegram allows in a second."""

from __future__ import annotations

import itertools
import json
import time
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.telegram_html import UnreadableError, read, units

TEXT_MOST = 4_096
CAPTION_MOST = 1_024
PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")
CALLBACK_MOST = 64


@dataclass(slots=True)
class Call:
    """One request as it arrived. `moment` says how far it came: arrived, accepted (or refused), answered, written
    (or lost)."""

    number: int
    method: str
    params: dict[str, Any]
    at_s: float
    moment: str = "arrived"
    message_id: int = 0
    ended_s: float = 0.0


@dataclass(slots=True)
class Shown:
    """A message as its chat sees it: `text` without tags, `texts` all it has said, the last one last."""

    chat_id: int
    message_id: int
    markup: str
    text: str
    thread_id: int = 0
    silent: bool = False
    buttons: list[list[dict[str, Any]]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    attached: bytes = b""


class RefusedError(Exception):
    """What Telegram answers instead of yes."""

    def __init__(self, code: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.code, self.description, self.parameters = code, description, parameters


class Chats:
    """Everything that is said, and the rules under which it may be."""

    def __init__(self, *, limits: bool = True) -> None:
        self.limits = limits
        self.messages: dict[tuple[int, int], Shown] = {}
        self.blocked: set[int] = set()
        self.without_pictures: set[int] = set()
        self.migrated: dict[int, int] = {}
        self.dead_threads: set[tuple[int, int]] = set()
        self.message_ids = itertools.count(1)
        self._accepted_s: deque[float] = deque()
        self._chat_accepted_s: dict[int, deque[float]] = defaultdict(deque)

    def texts(self, chat_id: int | None = None) -> list[str]:
        """Return what stands in a chat (or in all), oldest message first."""
        return [shown.text for shown in self.messages.values() if chat_id in (None, shown.chat_id)]

    def send(self, call: Call) -> dict[str, Any]:
        """Put a message into a chat. Raises RefusedError."""
        chat_id = int(call.params["chat_id"])
        thread_id = int(call.params.get("message_thread_id", 0) or 0)
        self._admit(chat_id, call.at_s)
        if thread_id and (chat_id, thread_id) in self.dead_threads:
            raise RefusedError(400, "Bad Request: message thread not found")
        text = self._text(call.params)
        buttons = _keyboard(call.params)
        self._count(chat_id, call.at_s)
        shown = Shown(chat_id, next(self.message_ids), call.params["text"], text, thread_id, buttons=buttons)
        shown.silent = str(call.params.get("disable_notification", "false")).lower() == "true"
        shown.texts.append(text)
        call.message_id = shown.message_id
        self.messages[chat_id, shown.message_id] = shown
        return self._as_message(shown)

    def send_attached(self, call: Call) -> dict[str, Any]:
        """Put a picture or a document with its caption into a chat. Raises RefusedError."""
        chat_id = int(call.params["chat_id"])
        if chat_id in self.without_pictures:
            raise RefusedError(400, "Bad Request: not enough rights to send photos to the chat")
        attached = call.params.get("photo" if call.method == "sendPhoto" else "document")
        attached = attached.encode() if isinstance(attached, str) else attached or b""
        if call.method == "sendPhoto" and not attached.startswith(PICTURES):
            raise RefusedError(400, "Bad Request: IMAGE_PROCESS_FAILED")
        thread_id = int(call.params.get("message_thread_id", 0) or 0)
        self._admit(chat_id, call.at_s)
        if thread_id and (chat_id, thread_id) in self.dead_threads:
            raise RefusedError(400, "Bad Request: message thread not found")
        text, buttons = self._caption(call.params), _keyboard(call.params)
        self._count(chat_id, call.at_s)
        markup = call.params.get("caption", "")
        shown = Shown(chat_id, next(self.message_ids), markup, text, thread_id, buttons=buttons, attached=attached)
        shown.silent = str(call.params.get("disable_notification", "false")).lower() == "true"
        shown.texts.append(text)
        call.message_id = shown.message_id
        self.messages[chat_id, shown.message_id] = shown
        return self._as_message(shown)

    def _caption(self, params: dict[str, Any]) -> str:
        if not params.get("caption"):
            return ""
        text = self._text({**params, "text": params["caption"]})
        if units(text) > CAPTION_MOST:
            raise RefusedError(400, "Bad Request: message caption is too long")
        return text

    def edit(self, call: Call) -> dict[str, Any]:
        """Change a message. Raises RefusedError."""
        chat_id, message_id = int(call.params["chat_id"]), int(call.params["message_id"])
        self._admit(chat_id, call.at_s)
        shown = self.messages.get((chat_id, message_id))
        if shown is None:
            raise RefusedError(400, "Bad Request: message to edit not found")
        text, buttons = self._text(call.params), _keyboard(call.params)
        if (shown.markup, shown.buttons) == (call.params["text"], buttons):
            said = "message is not modified: specified new message content and reply markup are exactly the same"
            raise RefusedError(400, f"Bad Request: {said}")
        self._count(chat_id, call.at_s)
        shown.markup, shown.text, shown.buttons = call.params["text"], text, buttons
        shown.texts.append(text)
        call.message_id = message_id
        return self._as_message(shown)

    def _as_message(self, shown: Shown) -> dict[str, Any]:
        kind = "private" if shown.chat_id > 0 else "supergroup"
        chat = {"id": shown.chat_id, "type": kind}
        return {"message_id": shown.message_id, "date": int(time.time()), "chat": chat, "text": shown.text}

    def _admit(self, chat_id: int, at_s: float) -> None:
        if chat_id in self.migrated:
            raise RefusedError(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                migrate_to_chat_id=self.migrated[chat_id],
            )
        if chat_id in self.blocked:
            raise RefusedError(403, "Forbidden: bot was blocked by the user")
        if chat_id == 0:
            raise RefusedError(400, "Bad Request: chat not found")
        if not self.limits:
            return
        counted = self._chat_accepted_s[chat_id]
        rules = [(self._accepted_s, 30, 1.0), (counted, 1, 1.0)]
        rules += [(counted, 20, 60.0)] if chat_id < 0 else []
        for stamps, most, window_s in rules:
            recent = [at for at in stamps if at > at_s - window_s]
            if len(recent) >= most:
                wait = max(1, int(recent[-most] + window_s - at_s + 0.999))
                raise RefusedError(429, f"Too Many Requests: retry after {wait}", retry_after=wait)

    def _count(self, chat_id: int, at_s: float) -> None:
        for stamps, most in ((self._accepted_s, 60), (self._chat_accepted_s[chat_id], 40)):
            stamps.append(at_s)
            if len(stamps) > most:
                stamps.popleft()

    def _text(self, params: dict[str, Any]) -> str:
        markup = str(params["text"])
        if params.get("parse_mode") == "HTML":
            try:
                text = read(markup)
            except UnreadableError as error:
                raise RefusedError(400, f"Bad Request: can't parse entities: {error}") from error
        else:
            text = markup.strip()
        if not text:
            raise RefusedError(400, "Bad Request: message text is empty")
        if units(text) > TEXT_MOST:
            raise RefusedError(400, "Bad Request: message is too long")
        return text


def form_value(name: str, value: Any) -> Any:
    """Return a form's value as JSON would have carried it."""
    if not isinstance(value, str) or name in ("text", "caption", "chat_id", "callback_query_id", "parse_mode"):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _keyboard(params: dict[str, Any]) -> list[list[dict[str, Any]]]:
    markup = form_value("reply_markup", params.get("reply_markup", "{}"))
    buttons: list[list[dict[str, Any]]] = markup.get("inline_keyboard", [])
    for button in itertools.chain.from_iterable(buttons):
        if len(button.get("callback_data", "").encode()) > CALLBACK_MOST:
            raise RefusedError(400, "Bad Request: BUTTON_DATA_INVALID")
        if not button.get("text"):
            raise RefusedError(400, "Bad Request: text buttons are unallowed in the inline keyboard")
    return buttons

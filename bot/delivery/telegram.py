"""Messages to Telegram, and what its answers mean. The only module that sends with python-telegram-bot.

What reaches Telegram, what certainly does not and what may have is told apart here, where the transport's own error is
still at hand (docs/adr/0005).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any

import httpx
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions, Message
from telegram.constants import ParseMode
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)
from telegram.request import HTTPXRequest

from bot.delivery.hush import hush_libraries
from bot.delivery.model import (
    BadToken,
    Gone,
    Lost,
    Moved,
    NotSent,
    Outcome,
    Outgoing,
    RetryAt,
    Sent,
)
from bot.delivery.refusals import attachment_refusal, refusal
from bot.delivery.text import clean, cut, plain, units
from bot.settings import Settings

NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
RETRY_AFTER_UNSAID_S = 5
RETRY_AFTER_MOST_S = 86_400
REASON_CHARS = 300
CAPTION_MOST = 1_024
PICTURE = ".png"
# A server that drips its answer never trips a timeout between two bytes, so the whole call has one too.
PATIENCE = 1.5

_NEVER_LEFT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
)


class NeverLeft(NetworkError):
    """The request did not reach Telegram, or something on the way refused it."""


class ServerFault(NetworkError):
    """Telegram answered that it is out of order (5xx)."""


class TooMany(RetryAfter):
    """Telegram asks us to leave a chat alone for `seconds`."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(seconds)

    @property
    def retry_after(self) -> timedelta:
        """Return how long; PTB's own answer is deprecated as a number and says so each time."""
        return timedelta(seconds=self.seconds)


class Garbled(NetworkError):
    """An answer came that is not one of the Bot API: the request may have been carried out."""


class Request(HTTPXRequest):
    """PTB's transport, told apart: what never left, what Telegram refused, and what only something between us and
    Telegram (a proxy, a captive portal) can have said."""

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        """Return an answer that is certainly the Bot API's. Raises NeverLeft, ServerFault, Garbled, TooMany, or
        what PTB raises for a call without any answer."""
        try:
            code, payload = await super().do_request(*args, **kwargs)
        except UnicodeError as error:
            raise BadRequest("the text can't be encoded") from error
        except (httpx.InvalidURL, RuntimeError) as error:
            raise NeverLeft(
                f"{type(error).__name__}: the address is not valid, or the connections are closed"
            ) from error
        except NetworkError as error:
            if isinstance(error.__cause__, _NEVER_LEFT):
                raise NeverLeft(type(error.__cause__).__name__) from error
            raise
        if code >= 500:
            raise ServerFault(f"HTTP {code}")
        return _checked(code, payload)


def _checked(code: int, payload: bytes) -> tuple[int, bytes]:
    answer = _answer(payload)
    if 200 <= code <= 299:
        if answer is None:
            raise Garbled("an answer that is not the Bot API's")
        if answer.get("ok") is True and "result" in answer:
            return code, payload
        said = answer.get("error_code")
        if answer.get("ok") is not False or not isinstance(said, int) or not 400 <= said <= 599:
            raise Garbled("an answer that is neither yes nor no")
        code = said
        if code >= 500:
            raise ServerFault(f"error {code}")
    if answer is None or (answer.get("ok") is not False and "description" not in answer):
        # A proxy's own "403 Forbidden" page must not suspend anybody.
        raise NeverLeft(f"HTTP {code} from something that is not Telegram")
    parameters = answer.get("parameters")
    parameters = parameters if isinstance(parameters, dict) else {}
    if code == 429:
        raise TooMany(_seconds(parameters.get("retry_after")))
    if isinstance(parameters.get("migrate_to_chat_id"), int):
        raise ChatMigrated(parameters["migrate_to_chat_id"])
    reason = str(answer.get("description") or f"error {code}")
    if code not in (401, 403, 404, 409):
        raise BadRequest("message is too long" if code == 413 else reason)
    return code, json.dumps({"ok": False, "description": reason}).encode()


def _answer(payload: bytes) -> dict[str, Any] | None:
    try:
        answer = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None


def _seconds(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        return RETRY_AFTER_UNSAID_S
    return int(min(max(value, 1), RETRY_AFTER_MOST_S))


class Client(Bot):
    """A Bot that opens without asking Telegram anything: Telegram may be down when we start."""

    async def __aenter__(self) -> Client:
        await self.request.initialize()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.request.shutdown()


def open_bot(settings: Settings) -> Client:
    """Return a client for our token that reaches the configured address; `async with` gives its connections back."""
    hush_libraries()
    timeout_s = settings.telegram_timeout_s
    request = Request(
        connection_pool_size=settings.telegram_parallel + 4,
        connect_timeout=min(timeout_s, 10.0),
        read_timeout=timeout_s,
        write_timeout=timeout_s,
        media_write_timeout=timeout_s,
        pool_timeout=timeout_s,
    )
    return Client(settings.token, base_url=settings.telegram_base_url, request=request, get_updates_request=request)


class TelegramSender:
    """Sends through one Bot; every answer becomes an outcome, nothing is raised for what the other side does."""

    def __init__(self, bot: Bot, *, timeout_s: float) -> None:
        self._bot = bot
        self._whole_s = timeout_s * PATIENCE

    @classmethod
    def open(cls, settings: Settings) -> TelegramSender:
        """Return a sender with its own connections."""
        return cls(open_bot(settings), timeout_s=settings.telegram_timeout_s)

    async def close(self) -> None:
        """Give the connections back."""
        await self._bot.request.shutdown()

    async def send(self, message: Outgoing) -> Outcome:
        """Send a new message, with what is attached to it."""
        if message.attachment and (caption := _caption(message)) is not None:
            return await self._outcome(self._send_attached(message, *caption), message)
        return await self._outcome(
            self._bot.send_message(
                message.chat_id,
                message.text,
                parse_mode=None if message.plain else ParseMode.HTML,
                link_preview_options=NO_PREVIEW,
                disable_notification=message.silent,
                message_thread_id=message.thread_id or None,
                reply_markup=_keyboard(message),
            ),
            message,
        )

    def _send_attached(self, message: Outgoing, caption: str, parse_mode: str | None) -> Coroutine[Any, Any, Message]:
        picture = message.attachment_name.endswith(PICTURE)
        send: Any = self._bot.send_photo if picture else self._bot.send_document
        return send(  # type: ignore[no-any-return]
            message.chat_id,
            message.attachment,
            filename=message.attachment_name or None,
            caption=caption or None,
            parse_mode=parse_mode,
            disable_notification=message.silent,
            message_thread_id=message.thread_id or None,
            reply_markup=_keyboard(message),
        )

    async def edit(self, message: Outgoing) -> Outcome:
        """Let a message we sent read otherwise."""
        return await self._outcome(
            self._bot.edit_message_text(
                message.text,
                chat_id=message.chat_id,
                message_id=message.message_id,
                parse_mode=None if message.plain else ParseMode.HTML,
                link_preview_options=NO_PREVIEW,
                reply_markup=_keyboard(message),
            ),
            message,
        )

    async def probe(self) -> Outcome:
        """Ask Telegram who we are: Sent(0) where it answers."""
        return await self._outcome(self._bot.get_me(), None)

    async def _outcome(self, call: Any, message: Outgoing | None) -> Outcome:
        known_id = (message.message_id or 0) if message else 0
        try:
            async with asyncio.timeout(self._whole_s):
                answer = await call
        except TelegramError as error:
            return self._meaning(error, known_id, attached=message is not None and bool(message.attachment))
        except TimeoutError:
            return Lost("the answer took too long")
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            return Lost(f"an answer that can't be read ({type(error).__name__})")
        return Sent(answer.message_id if isinstance(answer, Message) and not known_id else known_id)

    def _meaning(self, error: TelegramError, known_id: int, *, attached: bool) -> Outcome:
        reason = error.message.replace(self._bot.token, "***")[:REASON_CHARS]
        if isinstance(error, TooMany):
            return RetryAt(float(error.seconds))
        if isinstance(error, ChatMigrated):
            return Moved(error.new_chat_id)
        if attached and isinstance(error, BadRequest | Forbidden) and (without := attachment_refusal(reason)):
            return without
        if isinstance(error, Forbidden):
            return Gone(reason)
        if isinstance(error, InvalidToken):
            return BadToken(reason)
        if isinstance(error, BadRequest):
            return refusal(reason, known_id)
        if isinstance(error, ServerFault):
            return NotSent(reason, answered=True)
        return NotSent(reason) if isinstance(error, NeverLeft) else Lost(reason)


def _caption(message: Outgoing) -> tuple[str, str | None] | None:
    """Return the caption of what is attached and how it is read; None where the text must go alone, without a picture.

    A document is what was asked for, so there the words give way.
    """
    said = message.text if message.plain else plain(message.text)
    if units(said) <= CAPTION_MOST:
        return message.text, None if message.plain else ParseMode.HTML
    if message.attachment_name.endswith(PICTURE):
        return None
    return cut(clean(said, keep_lines=True), CAPTION_MOST), None


def _keyboard(message: Outgoing) -> InlineKeyboardMarkup | None:
    if not message.buttons:
        return None
    return InlineKeyboardMarkup([[_button(label, action) for label, action in line] for line in message.buttons])


def _button(label: str, action: str) -> InlineKeyboardButton:
    if action.startswith(("http://", "https://", "tg://")):
        return InlineKeyboardButton(label, url=action)
    return InlineKeyboardButton(label, callback_data=action)

"""A stand-in for Telegram's Bot API on loopback: as strict as the real one, and as unreliable as a test wants it.

It enforces limits by its own clock of arrivals, reads HTML the way Telegram does, has aiogram's typed methods judge
each call, and keeps all it was told. By hand: `python -m tests.fakes.telegram --port 8081` and
MEDIAWATCH_TELEGRAM_BASE_URL=http://127.0.0.1:8081/bot with any token.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import random
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from aiogram import methods
from pydantic import ValidationError

from tests.fakes.telegram_chats import Call, Chats, RefusedError, form_value
from tests.fakes.telegram_wire import NOTHING, Answer, Wire

TOKEN = "12345:stand-in"
TYPED: dict[str, Any] = {
    "getMe": methods.GetMe,
    "getUpdates": methods.GetUpdates,
    "sendMessage": methods.SendMessage,
    "sendPhoto": methods.SendPhoto,
    "sendDocument": methods.SendDocument,
    "editMessageText": methods.EditMessageText,
    "answerCallbackQuery": methods.AnswerCallbackQuery,
    "setMyCommands": methods.SetMyCommands,
    "deleteWebhook": methods.DeleteWebhook,
    "sendChatAction": methods.SendChatAction,
}


Fault = Callable[[Call], Answer | None]


class FakeTelegram(Chats):
    """The stand-in. Every fault is an argument or a method; `clock` is what limits are counted by.

    `faults` are asked before a call is carried out (an Answer is given instead), `drops` after it (True: the answer
    is never sent). `latency_s` is waited before and after carrying a call out.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        limits: bool = True,
        port: int = 0,
        token: str = TOKEN,
        latency_s: Callable[[], float] | None = None,
    ) -> None:
        super().__init__(limits=limits)
        self.clock = clock
        self.token = token
        self.latency_s = latency_s
        self.calls: list[Call] = []
        self.faults: list[Fault] = []
        self.drops: list[Callable[[Call], bool]] = []
        self.hooks: list[Callable[[Call], None]] = []
        self.complaints: list[str] = []
        self._wire = Wire(self._handle, port=port)
        self._update_ids = itertools.count(1)
        self._updates: deque[dict[str, Any]] = deque()
        self._news = asyncio.Event()

    async def __aenter__(self) -> FakeTelegram:
        await self._wire.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._wire.close()

    @property
    def base_url(self) -> str:
        """Return what MEDIAWATCH_TELEGRAM_BASE_URL should be."""
        return f"http://127.0.0.1:{self._wire.port}/bot"

    @property
    def sends(self) -> list[Call]:
        """Return the calls that put a message or changed one, in order of arrival."""
        telling = ("sendMessage", "sendPhoto", "sendDocument", "editMessageText")
        return [call for call in self.calls if call.method in telling]

    @property
    def lost(self) -> list[Call]:
        """Return the calls that were carried out and never answered by our own fault."""
        return [call for call in self.calls if call.moment == "lost"]

    async def unplug(self) -> None:
        """Be unreachable: the port is closed, connections are cut."""
        await self._wire.close()

    async def plug_in(self) -> None:
        """Be there again, on the same port."""
        await self._wire.open()

    def drop_next(self, count: int = 1) -> None:
        """Carry out the next sends and never answer them."""
        left = iter(range(count))
        self.drops.append(lambda call: call.method == "sendMessage" and next(left, None) is not None)

    def drop_share(self, share: float, rng: random.Random) -> None:
        """Lose this share of the answers to sends."""
        self.drops.append(lambda call: call.method == "sendMessage" and rng.random() < share)

    def answer_next(self, answer: Answer, *, method: str = "sendMessage", count: int = 1) -> None:
        """Give the next calls of a method this answer instead of carrying them out."""
        left = iter(range(count))
        self.faults.append(lambda call: answer if call.method == method and next(left, None) is not None else None)

    def out_of_order(self, status: int = 502) -> Callable[[], None]:
        """Answer everything with a server's error until the returned function is called."""
        fault: Fault = lambda _call: Answer(status, raw=b"<html>Bad Gateway</html>")  # noqa: E731
        self.faults.append(fault)
        return lambda: self.faults.remove(fault)

    def write(self, chat_id: int, text: str, *, kind: str = "private") -> int:
        """Let a person write to the bot; return the update's id."""
        chat = {"id": chat_id, "type": kind, **({"first_name": "P"} if kind == "private" else {"title": "G"})}
        entities = [{"type": "bot_command", "offset": 0, "length": len(text.split()[0])}] if text[:1] == "/" else []
        message = {
            "message_id": next(self.message_ids),
            "date": int(time.time()),
            "chat": chat,
            "from": {"id": abs(chat_id), "is_bot": False, "first_name": "P", "language_code": "en"},
            "text": text,
            "entities": entities,
        }
        return self.update(message=message)

    def press(self, chat_id: int, message_id: int, action: str, *, who: int = 0) -> int:
        """Let a person press a button; return the update's id."""
        shown = self.messages.get((chat_id, message_id))
        kind = "private" if chat_id > 0 else "supergroup"
        message = {"message_id": message_id, "date": int(time.time()), "chat": {"id": chat_id, "type": kind}}
        message["text"] = shown.text if shown else ""
        person = {"id": who or abs(chat_id), "is_bot": False, "first_name": "P"}
        query = {"id": str(next(self._update_ids)), "from": person, "message": message, "chat_instance": "1"}
        return self.update(callback_query={**query, "data": action})

    def update(self, **content: Any) -> int:
        """Queue any update; return its id."""
        number = next(self._update_ids)
        self._updates.append({"update_id": number, **content})
        self._news.set()
        return number

    async def _handle(self, path: str, params: dict[str, Any]) -> Answer:
        token, _, method = path.removeprefix("/bot").rpartition("/")
        call = Call(len(self.calls) + 1, method, params, self.clock())
        self.calls.append(call)
        try:
            answer = await self._carry_out(token, call)
        finally:
            call.ended_s = self.clock()
        if answer.status is None:
            self._reached(call, "lost" if call.moment == "accepted" else call.moment)
            return answer
        return replace(answer, on_written=lambda: self._reached(call, "written"))

    async def _carry_out(self, token: str, call: Call) -> Answer:
        self._reached(call, "arrived")
        await self._dawdle(call)
        for fault in self.faults:
            if (instead := fault(call)) is not None:
                call.moment = "refused"
                return instead
        if token != self.token:
            return Answer(401, {"ok": False, "error_code": 401, "description": "Unauthorized"})
        try:
            result = await self._result(call)
        except RefusedError as no:
            call.moment = "refused"
            body = {"ok": False, "error_code": no.code, "description": no.description}
            return Answer(no.code, {**body, **({"parameters": no.parameters} if no.parameters else {})})
        self._reached(call, "accepted")
        await self._dawdle(call)
        dropped = [drop(call) for drop in self.drops]  # each counts, so each is asked
        if any(dropped):
            return NOTHING
        self._reached(call, "answered")
        return Answer(200, {"ok": True, "result": result})

    def _reached(self, call: Call, moment: str) -> None:
        call.moment = moment
        for hook in list(self.hooks):
            hook(call)

    async def _dawdle(self, call: Call) -> None:
        if self.latency_s is not None and call.method != "getUpdates":
            await asyncio.sleep(self.latency_s() / 2)

    async def _result(self, call: Call) -> Any:
        self._judge(call)
        match call.method:
            case "getMe":
                return {"id": 12345, "is_bot": True, "first_name": "Stand-in", "username": "standin_bot"}
            case "getUpdates":
                return await self._get_updates(call.params)
            case "sendMessage":
                return self.send(call)
            case "sendPhoto" | "sendDocument":
                return self.send_attached(call)
            case "editMessageText":
                return self.edit(call)
            case _:
                return True

    def _judge(self, call: Call) -> None:
        typed = TYPED.get(call.method)
        if typed is None:
            raise RefusedError(404, "Not Found")
        values = {name: form_value(name, value) for name, value in call.params.items()}
        values = {name: "attach://it" if isinstance(value, bytes) else value for name, value in values.items()}
        unknown = values.keys() - typed.model_fields.keys()
        try:
            typed.model_validate(values)
        except ValidationError as error:
            self.complaints.append(f"{call.method}: {error}")
            raise RefusedError(400, f"Bad Request: {error.errors()[0]['msg']}") from error
        if unknown:
            self.complaints.append(f"{call.method} has no {sorted(unknown)}")

    async def _get_updates(self, params: dict[str, Any]) -> list[dict[str, Any]]:
        offset = int(params.get("offset", 0) or 0)
        while self._updates and self._updates[0]["update_id"] < offset:
            self._updates.popleft()
        if not self._updates and (patience_s := float(params.get("timeout", 0) or 0)):
            self._news.clear()
            try:
                async with asyncio.timeout(patience_s):
                    await self._news.wait()
            except TimeoutError:
                return []
        return list(self._updates)[: int(params.get("limit", 100) or 100)]


async def _by_hand(port: int, token: str) -> None:
    async with FakeTelegram(port=port, token=token) as telegram:
        telegram.hooks.append(lambda call: print(call.moment, call.method, call.params, flush=True))  # noqa: T201
        print(telegram.base_url, flush=True)  # noqa: T201
        await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8081)
    parser.add_argument("--token", default=TOKEN)
    chosen = parser.parse_args()
    asyncio.run(_by_hand(chosen.port, chosen.token))

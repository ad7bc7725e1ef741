"""When the next message may go out, inside what Telegram allows: 1/s to a private chat, 20/min to a group, 30/s in all.

Strict also by the clock of the other side, whatever the network does to our timing: a request counts from its launch
until a whole window after its end, because it arrived at some unknown moment between the two. Edits count as sends.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from math import inf

SECOND_S = 1.0
MINUTE_S = 60.0
# Two clocks never run at quite the same pace.
MARGIN_S = 0.02


@dataclass(slots=True)
class _Chat:
    """What one chat has had: how many requests are under way, and when the others ended, oldest first."""

    under_way: int = 0
    ended_s: deque[float] = field(default_factory=deque)


class Limits:
    """The counters of one sender. Every time is seconds on one clock that never goes back.

    `in_all` and `in_group` are messages a second and messages a minute. A chat is forgotten once its last message no
    longer counts, so the memory follows what was sent in the last minute, not how many chats there are.
    """

    def __init__(self, *, in_all: float = 29, in_group: float = 20, chat_gap_s: float = SECOND_S) -> None:
        self.in_all = in_all
        self.in_group = in_group
        self.chat_gap_s = chat_gap_s
        self._chats: dict[int, _Chat] = {}
        self._under_way = 0
        self._ended_s: deque[float] = deque()

    @classmethod
    def none(cls) -> Limits:
        """Return limits that allow everything, as a terminal does."""
        return cls(in_all=inf, in_group=inf, chat_gap_s=0.0)

    def free(self, now_s: float) -> int:
        """Return how many messages may be launched now, to whatever chats."""
        if self.in_all == inf:
            return 1_000
        while self._ended_s and self._ended_s[0] <= now_s - SECOND_S - MARGIN_S:
            self._ended_s.popleft()
        return max(0, int(self.in_all) - self._under_way - len(self._ended_s))

    def resting(self, now_s: float) -> frozenset[int]:
        """Return the chats that may not be sent to now, and forget those whose messages no longer count."""
        for chat_id in [chat_id for chat_id, chat in self._chats.items() if self._spent(chat_id, chat, now_s)]:
            del self._chats[chat_id]
        return frozenset(chat_id for chat_id in self._chats if not self.ready(chat_id, now_s))

    def ready(self, chat_id: int, now_s: float) -> bool:
        """Say whether this chat itself may be sent to now."""
        chat = self._chats.get(chat_id)
        if chat is None or self.chat_gap_s == 0:
            return True
        if chat.under_way or (chat.ended_s and now_s < chat.ended_s[-1] + self.chat_gap_s + MARGIN_S):
            return False
        if chat_id >= 0:
            return True
        return sum(ended > now_s - MINUTE_S - MARGIN_S for ended in chat.ended_s) < self.in_group

    def served(self) -> dict[int, float]:
        """Return when each remembered chat was last served."""
        return {chat_id: chat.ended_s[-1] for chat_id, chat in self._chats.items() if chat.ended_s}

    def launched(self, chat_id: int) -> None:
        """Count a request that goes out now."""
        self._chats.setdefault(chat_id, _Chat()).under_way += 1
        self._under_way += 1

    def ended(self, chat_id: int, now_s: float) -> None:
        """Note that a request came to its end, however it ended."""
        chat = self._chats.setdefault(chat_id, _Chat())
        chat.under_way = max(0, chat.under_way - 1)
        self._under_way = max(0, self._under_way - 1)
        chat.ended_s.append(now_s)
        self._ended_s.append(now_s)
        if chat_id >= 0 and len(chat.ended_s) > 1:
            chat.ended_s.popleft()

    def remember(self, chat_id: int, ended_s: float) -> None:
        """Count a message of a former process; to be called oldest first, before anything is launched."""
        self.launched(chat_id)
        self.ended(chat_id, ended_s)

    def _spent(self, chat_id: int, chat: _Chat, now_s: float) -> bool:
        window_s = MINUTE_S if chat_id < 0 else self.chat_gap_s
        while chat.ended_s and chat.ended_s[0] <= now_s - window_s - MARGIN_S:
            chat.ended_s.popleft()
        return not chat.ended_s and not chat.under_way

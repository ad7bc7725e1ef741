"""What a walk of kills needs: senders that start quickly, a killer timed by the stand-in, and the account of copies."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sqlmodel import SQLModel

from storage import outbox
from storage.engine import Engine, open_engine, reading, writing
from storage.tables import OutboxKind
from tests.fakes.telegram import TOKEN, FakeTelegram
from tests.fakes.telegram_chats import Call

LOST_SHARE = 0.03
MOMENTS = ("arrived", "accepted", "answered", "written")
# An answer on its way when its reader dies was under way too. Of when it was read nothing is known but this: whoever
# has read it may go on to the same chat, so only the last of each chat can be; and while a process takes nothing in it
# begins nothing either, so few requests can have come after it.
TAKING_IN_MOST = 16
DRAIN_S = 0.05
PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True)
class Figures:
    """What a walk of kills came to. `missing` and `unexplained` must be empty."""

    messages: int
    copies: int
    lost: int
    kills: int
    in_request: int
    under_way: int
    peak_mb: float
    missing: list[str]
    unexplained: dict[str, int]
    complaints: list[str]


@dataclass
class Killer:
    """Kills a process at the stand-in's n-th send, at a chosen moment of it, and notes what was under way."""

    telegram: FakeTelegram
    rng: random.Random
    pid: int = 0
    at_number: int = 0
    moment: str = ""
    kills: int = 0
    in_request: int = 0
    known: int = 0
    peak_mb: float = 0.0
    under_way: list[Call] = field(default_factory=list)
    dead: asyncio.Event = field(default_factory=asyncio.Event)

    def aim(self, pid: int) -> None:
        """Choose when this process dies."""
        self.pid = pid
        self.at_number = len(self.telegram.sends) + self.rng.randint(2, 20)
        self.moment = self.rng.choice(MOMENTS)
        self.dead.clear()

    async def kill(self, start: Callable[[], Awaitable[int]]) -> None:
        """Start a process and see it die."""
        self.aim(await start())
        await self.dead.wait()
        await asyncio.sleep(DRAIN_S)
        # What a dead process had written may arrive only after its end.
        self.under_way += self.telegram.sends[self.known :]

    def __call__(self, call: Call) -> None:
        """Strike when the time has come."""
        if not self.pid or call.moment != self.moment or len(self.telegram.sends) < self.at_number:
            return
        if call.method not in ("sendMessage", "editMessageText"):
            return
        self.peak_mb = max(self.peak_mb, megabytes(self.pid))
        os.kill(self.pid, signal.SIGKILL)
        self.pid = 0
        waiting = [one for one in self.telegram.sends if not one.ended_s]
        last_of_chat = {one.params["chat_id"]: one for one in self.telegram.sends[-TAKING_IN_MOST:]}
        self.under_way += {one.number: one for one in [*waiting, *last_of_chat.values()]}.values()
        self.known = len(self.telegram.sends)
        self.kills += 1
        self.in_request += bool(waiting)
        self.dead.set()


def megabytes(pid: int) -> float:
    """Return the most memory that a process has held, and that its children have."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return 0.0
    peak = next((float(line.split()[1]) / 1_024 for line in status.splitlines() if line.startswith("VmHWM")), 0.0)
    return peak + sum(megabytes(int(child)) for child in children)


@asynccontextmanager
async def processes(what: str, environment: dict[str, str], log: Path) -> AsyncIterator[Callable[[], Awaitable[int]]]:
    """Yield a function that starts a "sender" or a "service" and returns its number; all end with the block."""
    root = Path(__file__).parents[2]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("MEDIAWATCH_")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "tests.fakes.forked", what, str(log)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**inherited, **environment, "PYTHONPATH": str(root)},
        cwd=log.parent,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    stdin, stdout = process.stdin, process.stdout

    async def start() -> int:
        stdin.write(b"go\n")
        return int(await stdout.readline())

    try:
        yield start
    finally:
        process.kill()
        await process.wait()


def at_telegram(database_url: str, telegram: FakeTelegram) -> dict[str, str]:
    """Return the settings under which a process speaks to the stand-in."""
    return {
        "MEDIAWATCH_DATABASE_URL": database_url,
        "MEDIAWATCH_TELEGRAM_TOKEN": TOKEN,
        "MEDIAWATCH_TELEGRAM_BASE_URL": telegram.base_url,
        "MEDIAWATCH_TELEGRAM_TIMEOUT_S": "10",
    }


class Feeder:
    """Puts messages down beside the sender, as analyse does: a few at first, then one for each that got through."""

    def __init__(self, engine: Engine, telegram: FakeTelegram) -> None:
        self._engine = engine
        self._wanted: asyncio.Queue[int] = asyncio.Queue()
        self.count = 0
        telegram.hooks.append(self._refill)

    def _refill(self, call: Call) -> None:
        if call.method == "sendMessage" and call.moment in ("written", "lost"):
            self._wanted.put_nowait(1)

    async def run(self, at_first: int) -> None:
        """Feed until cancelled."""
        self._wanted.put_nowait(at_first)
        while True:
            more = await self._wanted.get()
            await asyncio.to_thread(self._put, more)

    def _put(self, more: int) -> None:
        now = datetime.now(UTC)
        with writing(self._engine) as tx:
            for _ in range(more):
                text = f"news {self.count}"
                outbox.put(tx, chat_id=1_000 + self.count, kind=OutboxKind.ALERT, text=text, now=now)
                self.count += 1

    def left(self) -> int:
        """Return how many messages are not through yet."""
        with reading(self._engine) as tx:
            return sum(outbox.open_count_by_chat(tx).values())


async def kill_the_sender(
    folder: Path, kills: int, rng: random.Random, *, latency_s: Callable[[], float], at_first: int = 6
) -> Figures:
    """Kill a sender `kills` times while it works off an outbox that is filled meanwhile; return what came of it."""
    url = f"sqlite:///{folder / 'outbox.sqlite3'}"
    engine = open_engine(url)
    SQLModel.metadata.create_all(engine)
    async with (
        FakeTelegram(latency_s=latency_s) as telegram,
        processes("sender", at_telegram(url, telegram), folder / "log") as start,
    ):
        telegram.drop_share(LOST_SHARE, rng)
        killer, feeder = Killer(telegram, rng), Feeder(engine, telegram)
        telegram.hooks.append(killer)
        feeding = asyncio.create_task(feeder.run(at_first))
        async with asyncio.timeout(PATIENCE_S + 5 * kills):
            for _ in range(kills):
                await killer.kill(start)
            feeding.cancel()
            await asyncio.gather(feeding, return_exceptions=True)
            await start()
            while await asyncio.to_thread(feeder.left):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
    engine.dispose()
    return account(telegram, killer, [f"news {number}" for number in range(feeder.count)])


def account(
    telegram: FakeTelegram,
    killer: Killer,
    wanted: Iterable[str],
    name: Callable[[int, str], str] = lambda _chat, text: text,
) -> Figures:
    """Hold what the chats show against what had to be told; `name` says which message a text is, "" for none."""
    due = list(wanted)
    shown = Counter(name(one.chat_id, one.texts[0]) for one in telegram.messages.values())
    del shown[""]
    calls = {call.number: call for call in [*telegram.lost, *killer.under_way] if call.method == "sendMessage"}
    explained = Counter(name(int(call.params["chat_id"]), call.params["text"]) for call in calls.values())
    return Figures(
        messages=len(due),
        copies=sum(shown.values()) - len(shown),
        lost=len(telegram.lost),
        kills=killer.kills,
        in_request=killer.in_request,
        under_way=len({call.number for call in killer.under_way}),
        peak_mb=killer.peak_mb,
        missing=[one for one in due if not shown[one]],
        unexplained={one: times for one, times in shown.items() if times - 1 > explained[one]},
        complaints=telegram.complaints,
    )

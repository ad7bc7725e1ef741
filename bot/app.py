"""The service: the machine, its ticker and its doors, from a clean start to a clean end."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

import structlog

from bot.actions.edit_rules import RulesError, read_folder
from bot.actions.measure_change import Asked, measured
from bot.chat.application import ChatDoor
from bot.chat.rehearsals import Rehearsals
from bot.delivery.limits import Limits
from bot.delivery.model import Sender
from bot.delivery.telegram import TelegramSender, open_bot
from bot.instance import only_instance
from bot.machine import Machine, load_rules, load_sources, opened, spare_what_stays, utc_now
from bot.notify import notify
from bot.pipeline.admin_digest import Reporter
from bot.pipeline.cleanup import clean_up, keep_of
from bot.pipeline.deliver import Deliverer
from bot.pipeline.digest import prepare_due
from bot.pipeline.fold_words import fold_words
from bot.pipeline.gathering import gather_floods
from bot.pipeline.mentions import drawn_by
from bot.pipeline.notices import Line, Watch
from bot.pipeline.release import release_held
from bot.pipeline.spikes import tell_spikes
from bot.pipeline.telling import growth_to_digest
from bot.schedule import Job, Ticker
from bot.settings import Settings
from bot.web.application import served
from bot.web.opening import console_opened
from rules.model import RuleText
from storage import admins, rulebook, state, terminal

log = structlog.get_logger()

STOP_SENDING_S = 7.0
TICK_S, TICKS_BETWEEN = 0.2, 2
POLLING, SENDING, UPDATES = "polling", "sending", "updates"
STARTED = "service_started_at"
PROPOSALS_LOOK_BACK = timedelta(days=30)
# What Telegram answers where it does not know our token, and how the chat's door says so.
REFUSALS = ("Unauthorized", "Not Found", "Telegram does not know this token")
# How the chat's door says that others take our updates.
TAKEN = ("another program", "a webhook")


@dataclass(frozen=True, slots=True)
class Running:
    """A service that runs: its machine, its deliverer, and the port of its HTTP door."""

    machine: Machine
    deliverer: Deliverer
    port: int


async def serve(settings: Settings, console: Sender) -> None:
    """Run the service until SIGINT or SIGTERM; without a token, messages go to `console`.

    Raises InstanceTaken, StorageError, SettingsError, RulesError or WebError where it can't start.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with only_instance(settings.database_url, "mediawatch run"), running(settings, console) as service:
        spare_what_stays()
        notify(settings.notify_socket, "READY=1")
        log.info("ready", address=settings.http_bind.rpartition(":")[0] + f":{service.port}")
        await stop.wait()
        notify(settings.notify_socket, "STOPPING=1")
        log.info("stopping")


@contextlib.asynccontextmanager
async def running(
    settings: Settings, console: Sender, *, now: Callable[[], datetime] = utc_now, open_here: bool = False
) -> AsyncIterator[Running]:
    """Run the service while the block lasts; `open_here` lets this machine into the console without a link.

    On leaving, running sends come to their end, then all is closed.
    """
    async with contextlib.AsyncExitStack() as stack:
        machine = await stack.enter_async_context(opened(settings, now=now))
        await load_rules(machine)
        await load_sources(machine)
        await machine.db.write(lambda tx: terminal.listen(tx, now(), here=not settings.token))
        await machine.db.write(lambda tx: admins.ensure(tx, settings.admins, settings.zone, now()))
        await machine.db.write(lambda tx: state.put(tx, STARTED, now().isoformat()))
        sender: Sender = console
        if settings.token:
            telegram = TelegramSender.open(settings)
            stack.push_async_callback(telegram.close)
            sender = telegram
        deliverer = Deliverer(
            machine.db, sender, Limits() if settings.token else Limits.none(), now=now,
            parallel=settings.telegram_parallel, only_chat=None if settings.token else terminal.CHAT_ID,
            on_growth=growth_to_digest,
        )  # fmt: skip
        web = await stack.enter_async_context(console_opened(machine, deliverer.wake, open_here=open_here))
        port = await stack.enter_async_context(served(web, settings.http_bind))
        door = await stack.enter_async_context(_chatting(machine, deliverer)) if settings.token else None
        ticker = Ticker(jobs(machine, deliverer, door), machine.metrics)
        stack.push_async_callback(_stop, machine, deliverer, ticker)
        for loop in (POLLING, SENDING):
            machine.pulse.expect(loop)
        ticker.start()
        yield Running(machine, deliverer, port)


async def _stop(machine: Machine, deliverer: Deliverer, ticker: Ticker) -> None:
    """Tick no more, let the running sends finish, leave off polling; what is not done is still due in its row."""
    ticker.pause()
    await asyncio.gather(
        deliverer.stop(STOP_SENDING_S), machine.collector.stop(), machine.pages.stop(), machine.judges.stop()
    )
    ticker.shut_down()


@contextlib.asynccontextmanager
async def _chatting(machine: Machine, deliverer: Deliverer) -> AsyncIterator[ChatDoor]:
    settings = machine.settings
    async with open_bot(settings) as bot:
        door = ChatDoor(machine.db, bot, settings, now=machine.now, wake=deliverer.wake, explain=machine.explain)
        machine.pulse.expect(UPDATES)
        task = asyncio.create_task(door.run(), name="chat")
        try:
            yield door
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def jobs(machine: Machine, deliverer: Deliverer, door: ChatDoor | None) -> tuple[Job, ...]:
    """Return what is asked how often. Short steps: each job finds out by itself whether anything is due."""
    settings, now, db = machine.settings, machine.now, machine.db
    watch = RuleWatch(machine)
    draw = drawn_by(machine.judges)

    async def collect() -> None:
        await machine.collector.tick()
        machine.pulse.beat(POLLING)

    async def deliver() -> None:
        await deliverer.tick()
        # While messages are on their way the limits let the next one go sooner than the next tick comes.
        for _ in range(TICKS_BETWEEN if deliverer.under_way else 0):
            await asyncio.sleep(TICK_S / (TICKS_BETWEEN + 1))
            await deliverer.tick()
        if deliverer.down_since is None:
            machine.pulse.beat(SENDING)
        if door is not None and door.last_update_at is not None:
            machine.pulse.beat(UPDATES, door.last_update_at)

    async def digest() -> None:
        prepared = await prepare_due(db, now(), draw)
        # A few held stories are told one by one, before what is left is gathered.
        await release_held(db, now())
        prepared += await gather_floods(db, now())
        machine.metrics.digests.inc(prepared)

    async def alive() -> None:
        # The event loop ticks, and that is all a restart could mend: a silent Telegram turns /readyz red instead.
        notify(settings.notify_socket, "WATCHDOG=1")

    return (
        Job("collect", 0.5, collect),
        Job("analyse", 0.5, machine.analyst.tick),
        Job("deliver", TICK_S, deliver),
        Job("digest", 2.0, digest),
        Job("spikes", 300.0, lambda: tell_spikes(db, now(), draw)),
        *_rehearsing(machine, deliverer, door),
        *_for_admins(machine, deliverer, door),
        Job("pages", 1.0, machine.pages.tick),
        Job("search", 1.0, lambda: fold_words(db, machine.readers)),
        Job("rules", 15.0, watch.tick),
        Job("clean up", 3_600.0, lambda: clean_up(db, keep_of(settings), now())),
        Job("watchdog", max(1.0, settings.watchdog_usec / 3e6) if settings.watchdog_usec else 20.0, alive),
    )


def _rehearsing(machine: Machine, deliverer: Deliverer, door: ChatDoor | None) -> tuple[Job, ...]:
    """Return what shows subscribers how their own topics would do."""
    if door is None:
        return ()
    rehearsals = Rehearsals(machine.db, machine.judges, machine.now, time.monotonic, deliverer.wake)
    return (Job("watch", 0.5, rehearsals.tick),)


def _for_admins(machine: Machine, deliverer: Deliverer, door: ChatDoor | None) -> tuple[Job, ...]:
    """Return what admins are told by themselves: reports, and notices at once."""
    settings, now, db = machine.settings, machine.now, machine.db

    async def measure(text: RuleText) -> Mapping[str, Any]:
        asked = Asked(text.topic, text, now() - PROPOSALS_LOOK_BACK, 1)
        return (await measured(db, machine.judges, asked, now(), lambda *_: None)).figures()

    reporter = Reporter(db, machine.judges, settings.admins, Random(), measure)
    notices = Watch(
        db, machine.metrics, settings.admins, timedelta(seconds=settings.notice_after_s),
        timedelta(seconds=settings.poll_min_s), now(), lambda: line(deliverer, door), speaks=bool(settings.token),
    )  # fmt: skip
    return (
        Job("notices", 15.0, lambda: notices.tick(now())),
        Job("reports", 3.0, lambda: reporter.tick(now())),
    )


def line(deliverer: Deliverer, door: ChatDoor | None) -> Line:
    """Return how Telegram treats us, by what sending and the chat's door last met."""
    fault = door.fault if door is not None else ""
    said = deliverer.down_reason or fault
    return Line(
        down_since=deliverer.down_since,
        reason=said,
        refused=said.startswith(REFUSALS) or fault.startswith(REFUSALS),
        updates=fault if fault.startswith(TAKEN) else "",
    )


class RuleWatch:
    """Takes changed rule files while the service runs. A file with an error is named once; the old rule stays."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._seen: frozenset[str] = frozenset()

    async def tick(self) -> None:
        """Offer the files that changed since the last look."""
        try:
            texts = await asyncio.to_thread(read_folder, self._machine.settings.rules)
        except RulesError as error:
            texts, problem = [], str(error)
            if problem not in self._seen:
                log.error("rules can't be read", reason=problem)
            self._seen |= {problem}
            return
        hashes = {text.file: rulebook.hash_text(text.text) for text in texts}
        changed = [text for text in texts if hashes[text.file] not in self._seen]
        self._seen = frozenset(hashes.values())
        if changed:
            await self._machine.take_rules(changed)

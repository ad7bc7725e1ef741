"""A process to be killed, started quickly: `python -m tests.fakes.forked sender` (or `service`).

For each line on standard input it forks the sending half of the service, or the whole of it, so that a walk of kills
pays for the imports once; it prints the number of each process it made. Settings come from the environment. The end
of its input ends it and what it made.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import sys
from datetime import UTC, datetime

from bot.app import serve
from bot.database import Database
from bot.delivery.console import ConsoleSender
from bot.delivery.limits import Limits
from bot.delivery.telegram import TelegramSender
from bot.logs import set_up_logs
from bot.pipeline.deliver import Deliverer
from bot.settings import read_settings
from storage.engine import open_engine

TICK_S = 0.02
PR_SET_PDEATHSIG = 1


async def sender() -> None:
    """Send what is due until killed."""
    settings = read_settings()
    db = Database(open_engine(settings.database_url))
    deliverer = Deliverer(db, TelegramSender.open(settings), Limits(), now=lambda: datetime.now(UTC))
    while True:
        await deliverer.tick()
        await asyncio.sleep(TICK_S)


async def service() -> None:
    """Run the whole service until killed or asked to end."""
    settings = read_settings()
    set_up_logs(settings.log_level, "json", secrets=(settings.token,))
    await serve(settings, ConsoleSender())


def main(what: str, log_path: str) -> None:
    """Fork one process for each line of input."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(os.open(log_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND), 1)
            os.dup2(1, 2)
            asyncio.run(service() if what == "service" else sender())
            os._exit(0)
        print(child, flush=True)  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:3])

"""`make chaos`: kill the whole service again and again while a feed publishes and Telegram loses answers.

Prints what was told, copied and lost, and what it took: seconds, and the most megabytes that the service and its
workers held when they were killed. Then another writer holds the database for half a minute. Ends with 1 where a
message is missing or a copy has no reason.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from pathlib import Path

from bench.lock import HELD_S, Held, hold
from tests.walks.killing import Figures, kill_the_sender
from tests.walks.killing_service import kill_the_service

LATENCY_S = (0.04, 0.2)
END_WITHIN_S = 10.0


def main() -> int:
    """Run both walks of kills and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=200, help="of the whole service (default 200)")
    parser.add_argument("--sender-kills", type=int, default=200, help="of its sending half alone (default 200)")
    parser.add_argument("--lock-s", type=float, default=HELD_S, help="seconds of a locked database (default 30)")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    rng = random.Random(chosen.seed)
    with tempfile.TemporaryDirectory(prefix="mediawatch-chaos-") as name:
        return asyncio.run(walks(Path(name), rng, chosen.sender_kills, chosen.kills, chosen.lock_s))


async def walks(folder: Path, rng: random.Random, sender_kills: int, kills: int, lock_s: float) -> int:
    """Walk through the kills of the sender, then of the service, then the lock; return the exit code."""
    good = True
    if sender_kills:
        (folder / "sender").mkdir()
        began_s = time.monotonic()
        figures = await kill_the_sender(folder / "sender", sender_kills, rng, latency_s=lambda: rng.uniform(*LATENCY_S))
        good &= report("the sending half", figures, time.monotonic() - began_s)
    if kills:
        (folder / "service").mkdir()
        began_s = time.monotonic()
        figures, ended_s = await kill_the_service(
            folder / "service", kills, rng, latency_s=lambda: rng.uniform(*LATENCY_S)
        )
        good &= report("the whole service", figures, time.monotonic() - began_s)
        good &= ended_s <= END_WITHIN_S
        print(f"  ended {ended_s:.1f} s after SIGTERM (at most {END_WITHIN_S:g} s)")
    if lock_s:
        (folder / "lock").mkdir()
        good &= report_lock(await hold(folder / "lock", lock_s))
    return 0 if good else 1


def report(what: str, figures: Figures, seconds: float) -> bool:
    """Print what a walk came to; say whether it was as promised."""
    print(f"{what}: {figures.kills} kills in {seconds:.0f} s, {figures.in_request} of them inside a request")
    print(f"  {figures.messages} messages, {len(figures.missing)} missing, {len(figures.complaints)} calls at fault")
    print(
        f"  {figures.copies} copies: {figures.lost} answers were lost, {figures.under_way} requests were under way at "
        f"kills, {len(figures.unexplained)} copies have no reason"
    )
    print(f"  at most {figures.peak_mb:.0f} MB", flush=True)
    return not (figures.missing or figures.unexplained or figures.complaints)


def report_lock(held: Held) -> bool:
    """Print what became of news and health beside a locked database; say whether it was as promised."""
    print(f"the database locked for {held.seconds:g} s: /healthz asked {held.asked} times, {held.unwell} not ok")
    print(f"  slowest answer {held.slowest_ms:.0f} ms")
    print(f"  {held.published} messages, {held.missing} missing, {held.copies} copies")
    print(f"  all told {held.told_after_s:.1f} s after it was released", flush=True)
    return not (held.unwell or held.missing or held.copies)


if __name__ == "__main__":
    sys.exit(main())

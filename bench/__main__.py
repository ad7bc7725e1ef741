"""`make bench`: all that a release is measured with, on two cores in some ten minutes. `--json` for machines."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
from dataclasses import asdict
from importlib.metadata import version

from rich.console import Console

from bench import digests, hostile_rules, matching, polling, storing, telling

LIBRARIES = (
    *("aiohttp", "sqlalchemy", "sqlmodel", "lxml", "feedparser", "reader", "requests"),
    *("numpy", "rapidfuzz", "tantivy", "pyahocorasick"),
)


def machine() -> dict[str, str]:
    """Return what the figures depend on: cores, system, Python and libraries."""
    return {
        "cores": str(os.cpu_count()),
        "machine": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        **{name: version(name) for name in LIBRARIES},
    }


def main() -> None:
    """Measure everything and print it."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    polling.arguments(parser)
    chosen = parser.parse_args()
    waiting, console = Console(stderr=True), Console()
    stored = storing.measure(documents=100, rounds=3, console=waiting)
    polled = polling.measure(chosen.feeds, chosen.entries, chosen.rounds, chosen.runs, waiting)
    matched = matching.measure(matching.RULES, rounds=2, console=waiting)
    harmed = hostile_rules.measure()
    told = telling.measure(rounds=5)
    digested = asyncio.run(digests.hour(readers=5_000, send_for_s=60.0))
    if chosen.json:
        found = {"machine": machine(), "polling": asdict(polled), "storing": [asdict(each) for each in stored]}
        found |= {"matching": asdict(matched), "hostile": [asdict(each) for each in harmed]}
        found |= {"digests": asdict(digested), "telling": [asdict(each) for each in told]}
        print(json.dumps(found))
        return
    console.print("  ".join(f"{name} {value}" for name, value in machine().items()), style="dim")
    polling.show(polled, chosen.feeds, chosen.entries, console)
    storing.show(stored, console)
    matching.show(matched, console)
    hostile_rules.show(harmed, console)
    digests.show(digested, console)
    telling.show(told, console)


if __name__ == "__main__":
    main()

"""`make bench`: all that a release is measured with, in under five minutes on two cores. `--json` for machines."""

from __future__ import annotations

import argparse
import json
import os
import platform
from dataclasses import asdict
from importlib.metadata import version

from rich.console import Console

from bench import polling, storing

LIBRARIES = ("aiohttp", "sqlalchemy", "sqlmodel", "lxml", "feedparser", "reader", "requests")


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
    if chosen.json:
        found = {"machine": machine(), "polling": asdict(polled), "storing": [asdict(each) for each in stored]}
        print(json.dumps(found))
        return
    console.print("  ".join(f"{name} {value}" for name, value in machine().items()), style="dim")
    polling.show(polled, chosen.feeds, chosen.entries, console)
    storing.show(stored, console)


if __name__ == "__main__":
    main()

"""Polling 1,000 feeds of 30 entries: mediawatch beside `reader` and a feedparser loop, each in a process of its own.

`python -m bench.polling --help` tells what can be chosen. BENCH.md holds the figures and says what they mean.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from statistics import median
from types import MappingProxyType
from typing import Any

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

CONTENDERS = MappingProxyType(
    {"mediawatch": "bench.ours", "reader": "bench.reader_library", "feedparser loop": "bench.feedparser_loop"}
)
OURS = "mediawatch"
PHASES = ("cold", "unchanged", "changed")
SAYS = {
    "cold": "cold",
    "unchanged": "unchanged (304)",
    "changed": "5 % changed",
}
AIMS = {"cold": 1.5, "unchanged": 8.0, "changed": 4.0}  # times less CPU than `reader`
MOST_MAIN_MB = 130
LAST = list(CONTENDERS)[-1]
Line = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Polling:
    """What one contender took for one phase: medians over the rounds. The server counted `requests` and 304s."""

    contender: str
    phase: str
    cpu_ms_per_feed: float
    feeds_per_s: float
    requests: int
    not_modified: int
    kept: int


@dataclass(frozen=True, slots=True)
class Footprint:
    """What one contender took besides: its start, and the most memory that its processes ever held."""

    contender: str
    start_cpu_s: float
    main_mb: float
    all_mb: float
    processes: int


@dataclass(frozen=True, slots=True)
class Results:
    """All that was measured in one run."""

    polling: list[Polling]
    footprints: list[Footprint]

    def times_less(self, phase: str, rival: str) -> float:
        """Return how many times less processor time per feed we take than `rival`."""
        spent = {each.contender: each.cpu_ms_per_feed for each in self.polling if each.phase == phase}
        return spent[rival] / spent[OURS]


def measure(feeds: int, entries: int, rounds: int, runs: int, console: Console) -> Results:
    """Return what each contender took: `runs` times from a cold start, with `rounds` warm rounds each."""
    lines: dict[str, list[Line]] = {name: [] for name in CONTENDERS}
    steps = runs * len(CONTENDERS) * (3 + 2 * rounds)
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("polling", total=steps)
        for _ in range(runs):
            for name in CONTENDERS:
                for line in _one_run(name, feeds, entries, rounds):
                    lines[name].append(line)
                    progress.update(task, advance=1, description=f"{name}: {line['phase']}")
    polling = [_polling(name, phase, lines[name]) for phase in PHASES for name in CONTENDERS]
    return Results(polling, [_footprint(name, lines[name]) for name in CONTENDERS])


def _one_run(name: str, feeds: int, entries: int, rounds: int) -> Iterator[Line]:
    """Yield what a contender says about itself, with a fresh server of its own."""
    serving = [sys.executable, "-m", "bench.serve", str(feeds), str(entries)]
    with subprocess.Popen(serving, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            assert server.stdout is not None
            port = server.stdout.readline().strip()
            polling = [sys.executable, "-m", CONTENDERS[name], port, str(feeds), str(rounds)]
            with subprocess.Popen(polling, stdout=subprocess.PIPE, text=True) as contender:
                assert contender.stdout is not None
                for line in contender.stdout:
                    yield json.loads(line)
            if contender.returncode:
                raise SystemExit(f"bench: {name} ended with code {contender.returncode}; what it said stands above")
        finally:
            server.kill()


def _polling(name: str, phase: str, lines: list[Line]) -> Polling:
    found = [line for line in lines if line["phase"] == phase]
    last = found[-1]
    return Polling(
        contender=name,
        phase=phase,
        cpu_ms_per_feed=round(median(line["cpu_ms"] for line in found), 3),
        feeds_per_s=round(median(line["feeds_per_s"] for line in found), 1),
        requests=int(last["requests"]),
        not_modified=int(last["not_modified"]),
        kept=int(last["kept"]),
    )


def _footprint(name: str, lines: list[Line]) -> Footprint:
    starts = [line for line in lines if line["phase"] == "start"]
    memory = [line for line in lines if line["phase"] == "memory"]
    return Footprint(
        contender=name,
        start_cpu_s=round(median(line["cpu_s"] for line in starts), 2),
        main_mb=round(max(line["main_mb"] for line in memory), 1),
        all_mb=round(max(line["all_mb"] for line in memory), 1),
        processes=int(memory[-1]["processes"]),
    )


def show(results: Results, feeds: int, entries: int, console: Console) -> None:
    """Print the tables."""
    table = Table(title=f"Polling {feeds:,} feeds × {entries} entries from loopback", title_justify="left")
    for heading in ("", "who", "CPU ms/feed", "feeds/s", "requests", "304", "ours takes"):
        table.add_column(heading, justify="left" if heading in ("", "who") else "right")
    for phase in PHASES:
        for each in (each for each in results.polling if each.phase == phase):
            ours = each.contender == OURS
            ratio = "" if ours else f"{results.times_less(phase, each.contender):.1f} × less"
            table.add_row(
                SAYS[phase] if ours else "", each.contender, f"{each.cpu_ms_per_feed:.2f}", f"{each.feeds_per_s:,.0f}",
                f"{each.requests:,}", f"{each.not_modified:,}", ratio, end_section=each.contender == LAST,
            )  # fmt: skip
    console.print(table)
    memory = Table(title="Start and peak memory", title_justify="left")
    for heading in ("who", "start, CPU s", "main, MB", "all, MB", "processes"):
        memory.add_column(heading, justify="left" if heading == "who" else "right")
    for found in results.footprints:
        memory.add_row(
            found.contender, f"{found.start_cpu_s:.1f}", f"{found.main_mb:.0f}", f"{found.all_mb:.0f}",
            str(found.processes),
        )  # fmt: skip
    console.print(memory)
    for line in _aims(results):
        console.print(line)


def _aims(results: Results) -> list[str]:
    """Return, as a line for each aim, whether it was met."""
    ratios = [(phase, results.times_less(phase, "reader"), aim) for phase, aim in AIMS.items()]
    lines = [
        f"{'met' if ratio >= aim else 'missed':6} {phase}: {ratio:.1f} × less CPU than reader (aim {aim:g} ×)"
        for phase, ratio, aim in ratios
    ]
    main_mb = results.footprints[0].main_mb
    met = "met" if main_mb <= MOST_MAIN_MB else "missed"
    return [*lines, f"{met:6} main process: {main_mb:.0f} MB (aim {MOST_MAIN_MB} MB)"]


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what can be chosen about polling."""
    parser.add_argument("--feeds", type=int, default=1000)
    parser.add_argument("--entries", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=3, help="warm rounds after each cold start (median)")
    parser.add_argument("--runs", type=int, default=1, help="cold starts of each contender (median)")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of tables")


def main() -> None:
    """Measure polling alone."""
    parser = argparse.ArgumentParser(prog="python -m bench.polling", description=__doc__)
    arguments(parser)
    chosen = parser.parse_args()
    results = measure(chosen.feeds, chosen.entries, chosen.rounds, chosen.runs, Console(stderr=True))
    if chosen.json:
        print(json.dumps(asdict(results)))
    else:
        show(results, chosen.feeds, chosen.entries, Console())


if __name__ == "__main__":
    main()

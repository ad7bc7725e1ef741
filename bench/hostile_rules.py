"""`python -m bench.hostile_rules`: what rules and items that mean harm cost: at most 1 s a check, 100 ms an item.

The cases are those of the tests (tests/rules/hostile.py) and long chains of NEAR over many occurrences. Processor time,
the least of three; the first item of a kind fills the memory of words read, so its time is the one that counts.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from rich.console import Console
from rich.table import Table

from bench.matching_alone import spent_s
from rules.engine.evaluate import compile_rules
from rules.model import Document, RuleText
from rules.tuning.check import check
from tests.rules import hostile

CHECK_S, ITEM_S = 1.0, 0.1
CHAINS = (
    ("5 links of NEAR/9", " NEAR/9 ".join(["a"] * 5)),
    ("20 links of NEAR/500", " NEAR/500 ".join(["a"] * 20)),
    ("NEAR in NEAR", "a THEN/500 (a NEAR/500 (a AFTER/500 a))"),
    ("NOT NEAR", "a NOT NEAR/1 a"),
)
OCCURRENCES = (150, 20_000)


@dataclass(frozen=True, slots=True)
class Harm:
    """What one case cost, and what it may cost."""

    name: str
    seconds: float
    limit_s: float


def measure() -> list[Harm]:
    """Return what every case cost, checks first."""
    ordinary = RuleText("t", hostile.RELEVANT)
    check(ordinary)  # the dictionaries
    found = [Harm(f"check: {case.name}", _check_s(case.text()), CHECK_S) for case in hostile.RULES]
    for case in hostile.ITEMS:
        item = case.document()
        found.append(Harm(f"item: {case.name}", _least(_match_s(ordinary, item) for _ in range(3)), ITEM_S))
    spread, doubled = Document("", "oil " * 20_000), RuleText("t", hostile.doubling(9))
    found.append(Harm("item: arrangements that double, 20,000 hits", _match_s(doubled, spread), ITEM_S))
    for name, when in CHAINS:
        for many in OCCURRENCES:
            item, text = Document("", "oil " * many), RuleText("t", hostile.rule(when))
            found.append(Harm(f"item: {name}, {many:,} hits", _match_s(text, item), ITEM_S))
    return found


def _check_s(text: str) -> float:
    return spent_s(lambda: check(RuleText("t", text)))


def _match_s(text: RuleText, item: Document) -> float:
    compiled = compile_rules([text])  # anew, so that no word was read before
    return spent_s(lambda: compiled.match(item))


def _least(seconds: Iterable[float]) -> float:
    return min(seconds)


def show(found: list[Harm], console: Console) -> None:
    """Print the dearest of each kind, and all that cost too much."""
    table = Table("case", "s", "limit", title="Hostile rules and items")
    dearest = sorted(found, key=lambda harm: -harm.seconds / harm.limit_s)
    for harm in dearest[:16]:
        mark = "too much" if harm.seconds > harm.limit_s else ""
        table.add_row(harm.name, f"{harm.seconds:.3f}", f"{harm.limit_s:g} {mark}")
    console.print(table)
    within = sum(harm.seconds <= harm.limit_s for harm in found)
    console.print(f"{within} of {len(found)} cases within their limits")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.hostile_rules", description=__doc__)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    found = measure()
    if chosen.json:
        print(json.dumps([asdict(harm) for harm in found]))
    else:
        show(found, Console())


if __name__ == "__main__":
    main()

"""`python -m bench.matching`: what matching costs, ours against four alternatives, at 10 to 10,000 rules.

Ours decides with word forms, typos, NEAR and evidence. One process, one core, processor time; the contenders take turns
within a round, each round brings articles that nobody has seen, after a warm-up of 3,000 for ours; the median of the
rounds counts. Slow contenders read fewer articles. Decisions of ours are held against the brute-force oracle of the
tests on a sample. A process of its own says what ours needs in memory, to compile, to change one rule, and one by one.
`--only-ours` leaves the alternatives out, `--plot` writes docs/figures/matching_cost.png, `--json` is for machines.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from random import Random
from types import MappingProxyType

from rich.console import Console
from rich.table import Table

from bench import matching_contenders as contenders
from bench.matching_alone import BATCH, WARM_UP, Alone, in_batches, spent_s
from bench.matching_backtest import BackTest, back_test
from bench.matching_news import Newsroom, Sketch, rule_text
from bench.matching_plot import plot
from rules.engine.evaluate import RuleSet, compile_rules
from tests.rules.oracle import Oracle

OURS = "mediawatch"
RULES = (10, 100, 1_000, 10_000)
AIMS: Mapping[str, tuple[float, ...]] = MappingProxyType(
    {
        "partial_ratio loop": (20, 200, 1_200, 3_500),
        "tantivy, fuzzy": (8, 20, 70, 250),
        "SQLite FTS5, exact": (1, 1, 1, 1),
        "pyahocorasick, exact": (0.5, 0.5, 0.5, 0.5),
    }
)
MAKERS: Mapping[str, Callable[..., contenders.Matcher]] = MappingProxyType(
    {
        "partial_ratio loop": contenders.partial_ratio_loop,
        "partial_ratio loop, cut off": partial(contenders.partial_ratio_loop, cutoff=contenders.SIMILARITY),
        "partial_ratio loop, cut off and lazy": contenders.lazy_partial_ratio_loop,
        "tantivy, fuzzy": partial(contenders.tantivy_queries, batch=BATCH),
        "tantivy, fuzzy, 1,000 at once": partial(contenders.tantivy_queries, batch=1_000),
        "SQLite FTS5, exact": contenders.fts5_queries,
        "pyahocorasick, exact": contenders.ahocorasick_automaton,
    }
)
ARTICLES = 1_000
# Pairs of rule and article that a loop may compare in one round: at 10,000 rules it reads one article.
LOOP_PAIRS = 2_000
SAMPLE = 60
ROOT = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Pace:
    """How many articles a second one contender matches against so many rules; `articles` were read in all rounds."""

    rules: int
    contender: str
    articles_per_s: float
    articles: int
    matched: int


@dataclass(frozen=True, slots=True)
class Matching:
    """All that is measured. `agreed` of `checked` decisions of ours were the oracle's."""

    paces: list[Pace]
    alone: list[Alone]
    back_test: BackTest
    checked: int
    agreed: int

    def ratio(self, rules: int, contender: str) -> float:
        """Return how many times faster ours is; 0 where the contender was not measured."""
        pace = {one.contender: one.articles_per_s for one in self.paces if one.rules == rules}
        return pace[OURS] / pace[contender] if contender in pace else 0.0


def measure(counts: Sequence[int], rounds: int, console: Console, *, only_ours: bool = False) -> Matching:
    """Return all figures. Takes minutes; `console` says what is under way."""
    paces: list[Pace] = []
    checked = agreed = 0
    for rules in counts:
        with console.status(f"{rules:,} rules"):
            newsroom = Newsroom(seed=rules)
            sketches = newsroom.sketches(rules)
            compiled = compile_rules([rule_text(sketch) for sketch in sketches])
            for _ in range(0, WARM_UP, 500):
                in_batches(compiled, newsroom.articles(500))
            others = {} if only_ours else {name: make(sketches) for name, make in MAKERS.items()}
            paces += _paces(rules, rounds, newsroom, {OURS: lambda batch: in_batches(compiled, batch), **others})  # noqa: B023
            one, two = _sample(compiled, newsroom, sketches)
            checked, agreed = checked + one, agreed + two
    alone = [_alone(rules, console) for rules in counts]
    return Matching(paces, alone, back_test(), checked, agreed)


def _paces(rules: int, rounds: int, newsroom: Newsroom, matchers: Mapping[str, contenders.Matcher]) -> list[Pace]:
    """Return each contender's pace: in every round all of them in turn, on articles that are new to all."""
    seconds: dict[str, list[float]] = {name: [] for name in matchers}
    read = dict.fromkeys(matchers, 0)
    matched = dict.fromkeys(matchers, 0)
    for _ in range(rounds):
        unseen = newsroom.articles(ARTICLES)
        for name, matcher in matchers.items():
            batch = unseen[: _affordable(name, rules)]
            found: list[int] = []
            seconds[name].append(spent_s(lambda: found.append(matcher(batch))) / len(batch))  # noqa: B023
            read[name] += len(batch)
            matched[name] += found[0]
    return [Pace(rules, name, 1 / statistics.median(seconds[name]), read[name], matched[name]) for name in matchers]


def _affordable(name: str, rules: int) -> int:
    """Return how many articles a contender reads in one round: seconds, not minutes."""
    if "loop" in name:
        return max(1, min(LOOP_PAIRS // rules, ARTICLES))
    return 2 * BATCH if name == "tantivy, fuzzy" and rules > 1_000 else ARTICLES


def _sample(compiled: RuleSet, newsroom: Newsroom, sketches: Sequence[Sketch]) -> tuple[int, int]:
    """Return how many decisions were compared with the oracle, and how many agreed: matches, and pairs by chance."""
    random, documents = Random(1), newsroom.articles(200)
    found = compiled.match_each(documents)
    pairs = [(number, match.topic) for number, matches in enumerate(found) for match in matches]
    chosen = random.sample(pairs, min(SAMPLE, len(pairs)))
    by_topic = {sketch.topic: sketch for sketch in sketches}
    chosen += [(random.randrange(len(documents)), random.choice(sketches).topic) for _ in range(SAMPLE)]
    agreed = 0
    for number, topic in chosen:
        said = Oracle([rule_text(by_topic[topic])]).decide(topic, documents[number])
        ours = next((match for match in found[number] if match.topic == topic), None)
        places = {(hit.field, hit.start, hit.end) for hit in ours.hits} if ours else set()
        agreed += said.matched is (ours is not None) and (places <= said.places if said.matched else not places)
    return len(chosen), agreed


def _alone(rules: int, console: Console) -> Alone:
    with console.status(f"{rules:,} rules in a process of their own"):
        command = [sys.executable, "-P", "-m", "bench.matching_alone", str(rules)]
        said = subprocess.run(
            command, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=True
        )
    return Alone(**json.loads(said.stdout))


def show(found: Matching, console: Console) -> None:
    """Print the tables of BENCH.md."""
    counts = sorted({pace.rules for pace in found.paces})
    names = list(dict.fromkeys(pace.contender for pace in found.paces))
    pace = {(one.contender, one.rules): one.articles_per_s for one in found.paces}
    table = Table("articles a second", *(f"{rules:,} rules" for rules in counts), title="Matching 400-word articles")
    for name in names:
        table.add_row(name, *(_figure(pace[name, rules]) for rules in counts))
    for name in names[1:]:
        aims = dict(zip(RULES, AIMS.get(name, (0, 0, 0, 0)), strict=True))
        ratios = (
            f"{found.ratio(rules, name):,.1f}{f' (aim {aims[rules]:,})' if aims.get(rules) else ''}" for rules in counts
        )
        table.add_row(f"times {name}", *ratios)
    console.print(table)
    own = Table("in a process of its own", *(f"{one.rules:,} rules" for one in found.alone))
    own.add_row("articles a second, batches of 64", *(_figure(one.articles_per_s) for one in found.alone))
    own.add_row("articles a second, one by one", *(_figure(one.one_by_one_per_s) for one in found.alone))
    own.add_row("matches an article", *(f"{one.matches_an_article:.2f}" for one in found.alone))
    own.add_row("compile, s", *(f"{one.compile_s:.2f}" for one in found.alone))
    own.add_row("one changed rule, ms", *(f"{one.changed_ms:.1f}" for one in found.alone))
    own.add_row("peak memory, MB", *(f"{one.peak_mb:.0f}" for one in found.alone))
    own.add_row("of it libraries and dictionaries", *(f"{one.peak_before_mb:.0f}" for one in found.alone))
    console.print(own)
    test = found.back_test
    console.print(
        f"shipped topics: {_figure(test.items_per_s)} items a second; a draft beside its published version: ", end=""
    )
    console.print(f"{_figure(test.drafts_per_s)}; compile {test.compile_s:.2f} s")
    console.print(f"the oracle agreed with {found.agreed} of {found.checked} decisions")


def _figure(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 else f"{number:.1f}" if number >= 1 else f"{number:.2f}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.matching", description=__doc__)
    parser.add_argument("--rules", type=int, nargs="+", default=list(RULES), help="numbers of rules")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only-ours", action="store_true")
    parser.add_argument("--plot", action="store_true")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    found = measure(chosen.rules, chosen.rounds, Console(stderr=True), only_ours=chosen.only_ours)
    if chosen.plot:
        plot([(pace.contender, pace.rules, pace.articles_per_s) for pace in found.paces], ROOT / "docs" / "figures")
    if chosen.json:
        print(json.dumps(asdict(found)))
    else:
        show(found, Console())


if __name__ == "__main__":
    main()

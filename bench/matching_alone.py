"""Our matching in a process of its own, so that the memory is its own: prints one JSON line.

`python -m bench.matching_alone RULES` compiles so many rules, warms up, and measures unseen articles in batches and one
by one, one changed rule, and the most memory held. Articles are invented as they are needed and not kept.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from bench.matching_news import Newsroom, rule_text
from bench.measure import peak_mb
from rules.engine.evaluate import RuleSet, compile_rules
from rules.model import Document
from rules.words.dictionaries import known_somewhere

BATCH = 64
WARM_UP = 3_000
CHANGES = 9


@dataclass(frozen=True, slots=True)
class Alone:
    """What one process measured. Times are of its processor; `changed_ms` the median of replaced and added rules."""

    rules: int
    compile_s: float
    articles_per_s: float
    one_by_one_per_s: float
    changed_ms: float
    matches_an_article: float
    peak_mb: float
    peak_before_mb: float


def in_batches(compiled: RuleSet, documents: Sequence[Document]) -> int:
    """Match in batches of 64 and return how many (rule, article) pairs matched."""
    batches = (documents[at : at + BATCH] for at in range(0, len(documents), BATCH))
    return sum(len(matches) for batch in batches for matches in compiled.match_each(batch))


def spent_s(work: Callable[[], object]) -> float:
    """Return the processor seconds that some work takes."""
    began_s = time.process_time()
    work()
    return time.process_time() - began_s


def alone(rules: int, articles: int = 2_000) -> Alone:
    """Measure everything about so many rules."""
    newsroom = Newsroom()
    texts = [rule_text(sketch) for sketch in newsroom.sketches(rules + 1)]
    new = texts.pop()
    compile_rules([new])
    for word in ("news", "новости"):
        known_somewhere(word)  # the dictionaries belong to no number of rules
    before_mb = peak_mb()
    began_s = time.process_time()
    compiled = compile_rules(texts)
    compile_s = time.process_time() - began_s
    for _ in range(0, WARM_UP, BATCH):
        compiled.match_each(newsroom.articles(BATCH))
    matched, took_s, alone_s = 0, 0.0, 0.0
    for _ in range(0, articles, 500):
        unseen = newsroom.articles(500)
        began_s = time.process_time()
        matched += in_batches(compiled, unseen)
        took_s += time.process_time() - began_s
        unseen = newsroom.articles(100)
        alone_s += spent_s(lambda: [compiled.match(document) for document in unseen])  # noqa: B023
    changes = [spent_s(lambda: compiled.changed(text)) for text in (*texts[: CHANGES - 1], new)]  # noqa: B023
    return Alone(
        rules,
        compile_s,
        articles / took_s,
        articles / 5 / alone_s,
        statistics.median(changes) * 1000,
        matched / articles,
        peak_mb(),
        before_mb,
    )


if __name__ == "__main__":
    print(json.dumps(asdict(alone(int(sys.argv[1])))))

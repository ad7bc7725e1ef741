"""How fast the shipped topics read an archive of news-sized items, as a back-test of a draft does."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from random import Random

from bench.matching_alone import in_batches
from bench.matching_news import Newsroom
from rules.engine.evaluate import compile_rules
from rules.engine.lexicon import forms_of
from rules.model import Document, RuleText
from rules.reading.rule import read_rule

PACKS = Path(__file__).parent.parent / "rules" / "packs"
ITEM_WORDS = 60
ITEMS = 4_000
# One item in twelve is near the subjects: some words of the topics stand in it.
NEAR_SHARE = 1 / 12


@dataclass(frozen=True, slots=True)
class BackTest:
    """Items a second of one core: three topics at once, and one topic's draft together with its published version."""

    compile_s: float
    items_per_s: float
    drafts_per_s: float
    matched: int


def back_test() -> BackTest:
    """Read an invented archive with the shipped topics."""
    texts = [
        RuleText(path.stem, path.read_text(encoding="utf-8"), "1", path.name) for path in sorted(PACKS.glob("*.yaml"))
    ]
    archive = _archive(texts)
    began_s = time.process_time()
    compiled = compile_rules(texts)
    compile_s = time.process_time() - began_s
    in_batches(compiled, archive[:500])
    began_s = time.process_time()
    matched = in_batches(compiled, archive[500:])
    all_s = time.process_time() - began_s
    published, draft = compile_rules(texts[:1]), compile_rules(texts[:1])
    began_s = time.process_time()
    in_batches(published, archive)
    in_batches(draft, archive)
    both_s = time.process_time() - began_s
    return BackTest(compile_s, (len(archive) - 500) / all_s, len(archive) / both_s, matched)


def _archive(texts: list[RuleText]) -> list[Document]:
    random, newsroom = Random(1), Newsroom()
    rules = [rule for rule, _ in map(read_rule, texts) if rule is not None]
    words = [word for rule in rules for concept in rule.concepts for term in concept.terms for word in term.words]
    items = []
    for item in newsroom.articles(ITEMS, ITEM_WORDS):
        if random.random() < NEAR_SHARE:
            said = " ".join(random.choice(forms_of(random.choice(words))).written for _ in range(6))
            item = Document(item.title, f"{said} {item.text}", item.language, item.source)
        items.append(item)
    return items

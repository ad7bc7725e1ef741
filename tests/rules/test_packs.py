"""The shipped topics: their own examples, attested spellings, and figures on the development corpus."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from rules.check import Severity, check
from rules.evaluate import RuleSet, compile_rules
from rules.model import Document, Field, RuleText

PACKS = Path(__file__).parents[2] / "rules" / "packs"
CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
TOPICS = {"T1": "lukashenka", "T2": "customs-union-duties", "T3": "kazakh-oil"}
LANGUAGES = {"en", "ru", "be", "uk", "kk", "pl", "de"}


def pack(path: Path) -> RuleText:
    return RuleText(path.stem, path.read_text(encoding="utf-8"), "1", path.name)


@pytest.fixture(scope="module")
def shipped() -> RuleSet:
    return compile_rules([pack(path) for path in sorted(PACKS.glob("*.yaml"))])


@pytest.mark.parametrize("path", sorted(PACKS.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_shipped_rule_has_no_problems_and_lives_up_to_its_examples(path: Path) -> None:
    assert [str(problem) for problem in check(pack(path)) if problem.severity is Severity.ERROR] == []
    assert [str(problem) for problem in check(pack(path))] == []


def test_the_three_topics_are_shipped_with_titles_in_five_languages(shipped: RuleSet) -> None:
    assert {topic.slug for topic in shipped.topics} == set(TOPICS.values())
    for topic in shipped.topics:
        assert set(topic.titles) >= {"en", "ru", "be", "uk", "kk"}


@pytest.mark.parametrize("title", ["", "Погода в Бресте", "The cat sat on the mat", "Ауа райы", "\ud800\x00", "1234"])
def test_other_news_match_nothing(shipped: RuleSet, title: str) -> None:
    assert shipped.match(Document(title, title * 3)) == ()


def corpus(name: str) -> Iterator[dict[str, object]]:
    path = CORPUS / name
    if not path.exists():
        pytest.skip(f"the development corpus is not here: {name}")
    with path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def test_attested_spellings_match_and_relatives_do_not(shipped: RuleSet) -> None:
    wrong = []
    for row in corpus("name_variants.jsonl"):
        form = str(row["form"])
        if not any("A" <= letter <= "\u052f" for letter in form):
            continue
        is_he = row["person"] == "Lukashenko"
        if (shipped.match_one("lukashenka", Document(form)) is not None) is not is_he:
            wrong.append(form)
    assert wrong == []


@pytest.mark.parametrize(("label", "least"), [("T1", 0.98), ("T2", 0.85), ("T3", 0.97)])
def test_the_development_corpus_is_read_well(shipped: RuleSet, label: str, least: float) -> None:
    right = false = missed = 0
    for row in corpus("dev.jsonl"):
        labels, borderline = row["labels"], row.get("borderline") or ()
        assert isinstance(labels, list)
        if label in tuple(borderline) or (label in labels and row["lang"] not in LANGUAGES):
            continue
        document = Document(str(row["title"]), str(row["text"]), str(row["lang"]))
        match = shipped.match_one(TOPICS[label], document)
        right += match is not None and label in labels
        false += match is not None and label not in labels
        missed += match is None and label in labels
        for hit in match.hits if match is not None else ():
            original = document.title if hit.field is Field.TITLE else document.text
            assert original[hit.start : hit.end] == hit.quoted
    assert right / (right + false) >= 0.95
    assert 2 * right / (2 * right + false + missed) >= least

"""The engine decides as the oracle does: the same rules match, with the same points, for the same places.

More of it: pytest tests/rules/test_oracle.py --hypothesis-profile=long
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from rules.engine.evaluate import compile_rules
from rules.engine.explain import SHOWN_HITS
from rules.model import Document, Match, RuleText
from rules.reading.rule import read_rule
from rules.words.text import cut
from tests.rules import invented
from tests.rules.oracle import Oracle, Place
from tests.rules.oracle_words import wholes_of, words_of
from tests.rules.test_rule_language import BLOCKS, name

# A hundred, or as many as the chosen profile says.
MANY = settings().max_examples
Case = tuple[list[RuleText], list[Document]]
PACKS = Path(__file__).parents[2] / "rules" / "packs"
CORPUS = Path(__file__).parents[3] / "shared" / "corpus" / "dev.jsonl"


def often(share: float) -> settings:
    """Return the settings of a test that takes a share of the examples: some rules take long to write and to read."""
    return settings(max_examples=int(MANY * share), deadline=None, suppress_health_check=list(HealthCheck))


def places(match: Match) -> set[Place]:
    return {(hit.field, hit.start, hit.end) for hit in match.hits}


def assert_as_the_oracle_says(oracle: Oracle, topic: str, document: Document, match: Match | None) -> None:
    said = oracle.decide(topic, document)
    if not said.settled:
        return
    assert (match is not None) is said.matched, f"matched: {said.matched}, {document!r}"
    if match is None:
        return
    assert match.points == said.points
    if said.exact and len(said.told) <= SHOWN_HITS:
        assert places(match) == said.told
    else:
        assert places(match) <= said.places
        assert bool(match.hits) is bool(said.places)


@st.composite
def company(draw: st.DrawFn) -> list[RuleText]:
    """Rules in two groups, each over its own concepts, some of whose words are the same."""
    texts = draw(invented.rule_texts("t")) + (draw(invented.rule_texts("u")) if draw(st.booleans()) else [])
    found = [text for text in texts if read_rule(text)[0] is not None]
    assume(found)
    return found


@st.composite
def cases(draw: st.DrawFn, most: int = 4) -> Case:
    """Rules, and items about what they are about."""
    texts = draw(company())
    vocabulary = invented.vocabulary(Oracle(texts))
    return texts, draw(st.lists(invented.documents(vocabulary), min_size=1, max_size=most))


def assert_all_as_the_oracle_says(case: Case) -> None:
    texts, items = case
    oracle, compiled = Oracle(texts), compile_rules(texts)
    for document, found in zip(items, compiled.match_each(items), strict=True):
        matches = {match.topic: match for match in found}
        assert [match.topic for match in found] == [topic for topic in oracle.rules if topic in matches]
        for topic in oracle.rules:
            assert_as_the_oracle_says(oracle, topic, document, matches.get(topic))


@often(0.5)
@given(cases())
def test_rules_decide_as_the_oracle_does(case: Case) -> None:
    assert_all_as_the_oracle_says(case)


@often(1.5)
@given(invented.arrangements())
def test_distances_are_those_of_the_oracle(case: Case) -> None:
    assert_all_as_the_oracle_says(case)


@often(1)
@given(invented.readings())
def test_slips_of_the_pen_are_read_as_the_oracle_reads_them(case: Case) -> None:
    assert_all_as_the_oracle_says(case)


@often(5)
@given(invented.TEXTS)
def test_a_field_has_the_words_and_positions_of_the_oracle(text: str) -> None:
    words, expected = cut(text), words_of(text)
    assert [*zip(words.starts, words.ends, words.positions, strict=True)] == [
        (word.start, word.end, word.position) for word in expected
    ]
    assert [*words.wholes] == wholes_of(text, expected)


@often(0.2)
@given(cases(), st.randoms(use_true_random=False))
def test_neither_company_nor_order_nor_the_size_of_a_batch_changes_a_match(case: Case, random: Random) -> None:
    texts, items = case
    compiled = compile_rules(texts)
    found = compiled.match_each(items)
    assert found == [compiled.match(document) for document in items]
    assert compiled.match_each([]) == []
    shuffled = random.sample(range(len(items)), len(items)) * 2
    assert compiled.match_each([items[number] for number in shuffled]) == [found[number] for number in shuffled]
    for text in texts:
        alone = compile_rules([text])
        theirs = [tuple(match for match in matches if match.topic == text.topic) for matches in found]
        assert alone.match_each(items) == theirs
        assert compiled.match_topics([text.topic], items) == theirs
        assert [compiled.match_one(text.topic, document) for document in items] == [
            match[0] if match else None for match in theirs
        ]


@often(0.2)
@given(cases(), st.data())
def test_a_changed_set_is_the_same_as_one_compiled_anew(case: Case, data: st.DataObject) -> None:
    texts, items = case
    new = data.draw(company())
    topics = [text.topic for text in texts]
    changed, expected = compile_rules(texts), {text.topic: text for text in texts}
    before = changed.match_each(items)
    original = changed
    for text in new:
        changed, expected[text.topic] = changed.changed(text), text
        assert changed.match_each(items) == compile_rules(list(expected.values())).match_each(items)
    gone = data.draw(st.sampled_from(topics))
    left = [text for topic, text in expected.items() if topic != gone]
    assert changed.without(gone).match_each(items) == compile_rules(left).match_each(items)
    assert original.match_each(items) == before


@pytest.mark.parametrize("block", [block for block in BLOCKS if not block["said"]], ids=name)
def test_the_oracle_reads_the_language_as_it_is_documented(block: re.Match[str]) -> None:
    assert_lives_up_to_its_examples(RuleText("", block["rule"]))


@pytest.mark.parametrize("path", sorted(PACKS.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_oracle_and_the_engine_agree_on_the_shipped_topics(path: Path) -> None:
    text = RuleText(path.stem, path.read_text(encoding="utf-8"))
    assert_lives_up_to_its_examples(text, every=24)
    oracle, compiled = Oracle([text]), compile_rules([text])
    for document in corpus(every=150):
        assert_as_the_oracle_says(oracle, path.stem, document, compiled.match_one(path.stem, document))


def assert_lives_up_to_its_examples(text: RuleText, every: int = 1) -> None:
    oracle, compiled = Oracle([text]), compile_rules([text])
    (topic,) = oracle.rules
    for example in oracle.rules[topic].examples[::every]:
        document = Document(example.title, example.text, example.language, example.source)
        assert oracle.decide(topic, document).matched is example.matches, document
        assert_as_the_oracle_says(oracle, topic, document, compiled.match_one(topic, document))


def corpus(every: int) -> Iterator[Document]:
    """Yield some titles of the development corpus: the oracle is slow."""
    if not CORPUS.exists():
        pytest.skip("the development corpus is not here")
    for line in CORPUS.read_text(encoding="utf-8").splitlines()[::every]:
        item = json.loads(line)
        yield Document(item["title"], "", item.get("lang", ""))

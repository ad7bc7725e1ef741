"""Expressions: what they mean, against cases and a brute-force oracle, and how errors are told."""

from __future__ import annotations

import itertools
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.engine.evaluate import RuleSet, compile_rules
from rules.engine.spans import MANY, Sighting, Span, relate
from rules.model import Document, Reach
from rules.reading.grammar import ExpressionError, parse
from rules.reading.query import Both, Either, Named, Not, Proximity, Relation, Scoped, holds_without_words
from tests.rules.conftest import rule_text

CASES = tomllib.loads((Path(__file__).parent / "cases" / "proximity.toml").read_text(encoding="utf-8"))["case"]
LETTERS = "a: {en: [aaaa ~0]}\nb: {en: [bbbb ~0]}\nc: {en: [cccc ~0]}"


def rule(when: str) -> RuleSet:
    return compile_rules([rule_text(when, concepts=LETTERS)])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_proximity(case: dict[str, object]) -> None:
    compiled = rule(str(case["when"]))
    for field in ("title", "text"):
        for words, expected in ((case["holds"], True), (case["fails"], False)):
            assert isinstance(words, list)
            for word in words:
                document = Document(**{"title": "", field: word})
                assert bool(compiled.match(document)) is expected, (field, word)


def test_nothing_reaches_from_the_title_into_the_text() -> None:
    split = Document("aaaa", "bbbb")
    assert not rule("a NEAR/9 b").match(split)
    assert not rule('"aaaa bbbb"').match(split)
    assert rule("a AND b").match(split)


def test_a_field_before_a_bracket_holds_for_all_of_it() -> None:
    compiled = rule("title:(a AND b)")
    assert compiled.match(Document("aaaa bbbb"))
    assert not compiled.match(Document("aaaa", "bbbb"))
    assert not compiled.match(Document("", "aaaa bbbb"))


def test_language_and_source_are_conditions_on_the_item() -> None:
    assert rule("a AND lang:ru").match(Document("aaaa", language="ru"))
    assert not rule("a AND lang:ru").match(Document("aaaa", language="be"))
    assert rule("a AND lang:(ru OR be)").match(Document("aaaa", language="be"))
    assert rule("a AND NOT source:belta").match(Document("aaaa", source="bbc"))
    assert not rule("a AND NOT source:belta").match(Document("aaaa", source="Belta"))


def test_binding_is_tight_to_loose() -> None:
    names = {"a", "b", "c"}
    node = parse("NOT a NEAR/2 b AND c", names)
    assert isinstance(node, Both)
    assert isinstance(node.parts[0], Not)
    assert isinstance(node.parts[0].inner, Proximity)
    scoped = parse("title:a THEN/3 b NOT NEAR/4 c", names)
    assert isinstance(scoped, Proximity)
    assert scoped.relation is Relation.NOT_NEAR
    assert isinstance(scoped.left, Proximity)
    assert isinstance(scoped.left.left, Scoped)
    assert isinstance(parse("a OR b OR c", names), Either)
    assert isinstance(parse("((a))", names), Named)


@pytest.mark.parametrize(
    ("expression", "at", "said"),
    [
        ("a AND b OR c", 8, "say which you mean"),
        ("(a OR b) AND c OR a", 15, "say which you mean"),
        ("a b", 2, "expected AND, OR, NEAR/n or THEN/n between a and b"),
        ("a and b", 2, "capitals: AND"),
        ("a NEAR b", 2, "NEAR needs a distance in words, such as NEAR/5"),
        ("a NEAR/x b", 2, "needs a distance"),
        ("a NEAR/0 b", 2, "a distance is from 1"),
        ("a NEAR/99999 b", 2, "a distance is from 1"),
        ("a NEAR/3 (b AND c)", 9, "only concepts, phrases, prefixes and ORs"),
        ("a NEAR/3 lang:ru", 9, "only concepts, phrases, prefixes and ORs"),
        ("lukashenko", 0, 'there is no concept "lukashenko"'),
        ("a AND (b", 8, "ends where ) was expected"),
        ("a AND b)", 7, "this ) closes nothing"),
        ("a AND", 5, "ends where"),
        ("", 0, "found nothing"),
        ('a OR "open', 5, "not closed"),
        ("abc*", 0, "at least 4 letters"),
        ("a & b", 2, "write AND, OR, NOT"),
        ("titel:a", 5, "before a colon stands title, text, lang or source"),
        ("title:lang:ru", 0, "whole item"),
        ("a OR /open", 5, "not closed"),
        ("(" * 60 + "a" + ")" * 60, 40, "deep"),
        ("NOT " * 60 + "a", 160, "deep"),
        (" NEAR/3 ".join(["a"] * 30), 182, "a chain has at most 20 links"),
        (" OR ".join(["a"] * 9_000), 0, "at most 20,000 characters"),
        ('""', 0, "expected words between the quotes"),
    ],
)
def test_errors_say_where_and_what_was_expected(expression: str, at: int, said: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse(expression, {"a", "b", "c"})
    assert said in caught.value.message
    assert caught.value.at == at


def test_an_unknown_concept_is_told_with_a_suggestion() -> None:
    with pytest.raises(ExpressionError, match='did you mean "lukashenka"'):
        parse("lukashenko", {"lukashenka", "belarus"})


@pytest.mark.parametrize(
    ("expression", "silent"), [("NOT a", True), ("NOT (a AND b)", True), ("a OR NOT b", True), ("a AND NOT b", False)]
)
def test_a_rule_that_only_says_not_is_found_out(expression: str, silent: bool) -> None:
    assert holds_without_words(parse(expression, {"a", "b"}), elsewhere=False) is silent


def sighted(numbers: list[int], name: str) -> list[Span]:
    found = []
    for number in sorted(set(numbers)):
        one = Sighting(number, number, name, name, Reach.AS_WRITTEN)
        found.append(Span(number, number, (one,), (one,)))
    return found


def oracle(left: list[Span], right: list[Span], limit: int, relation: Relation) -> set[tuple[int, int]]:
    found = set()
    for one, other in itertools.product(left, right):
        forward, backward = other.first - one.last, one.first - other.last
        near = {
            Relation.THEN: 1 <= forward <= limit,
            Relation.AFTER: 1 <= backward <= limit,
            Relation.NEAR: 1 <= forward <= limit or 1 <= backward <= limit,
        }[relation]
        if near:
            found.add((min(one.first, other.first), max(one.last, other.last)))
    return found


numbers = st.lists(st.integers(0, 60), max_size=25)


@given(numbers, numbers, st.integers(1, 20), st.sampled_from([Relation.NEAR, Relation.THEN, Relation.AFTER]))
def test_proximity_agrees_with_brute_force(a: list[int], b: list[int], limit: int, relation: Relation) -> None:
    left, right = sighted(a, "a"), sighted(b, "b")
    assert {(span.first, span.last) for span in relate(left, right, relation, limit)} == oracle(
        left, right, limit, relation
    )


@given(numbers, numbers, st.integers(1, 20))
def test_not_near_is_what_near_leaves_over(a: list[int], b: list[int], limit: int) -> None:
    left, right = sighted(a, "a"), sighted(b, "b")
    kept = {span.first for span in relate(left, right, Relation.NOT_NEAR, limit)}
    partnered = {span.first for span in left if oracle([span], right, limit, Relation.NEAR)}
    assert kept == {span.first for span in left} - partnered


@given(st.integers(0, 40), st.integers(1, 30), st.sampled_from([Relation.NEAR, Relation.THEN, Relation.AFTER]))
def test_beyond_many_occurrences_a_partner_is_still_found(gap: int, limit: int, relation: Relation) -> None:
    left, right = sighted(list(range(MANY + 50)), "a"), sighted([MANY + 50 + gap], "b")
    assert bool(relate(left, right, relation, limit)) is bool(oracle(left, right, limit, relation))

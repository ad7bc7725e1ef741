"""Rules and items that mean harm: refused with a word and a place, or read to a documented limit; never anything else.

How long each takes is measured by `python -m bench.hostile_rules`.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules.engine.evaluate import RuleSet, compile_rules
from rules.engine.explain import SHOWN_HITS
from rules.model import Document, Field, Hit, RuleError, RuleText
from rules.reading.rule import Severity
from rules.tuning.check import check
from rules.words.text import FIELD_LIMIT
from tests.rules import hostile
from tests.rules.hostile import HostileItem, HostileRule


def errors(text: str) -> list[str]:
    found = check(RuleText("t", text, "1", "t.yaml"))
    assert all(problem.place.line >= 1 and problem.place.column >= 1 for problem in found)
    return [problem.message for problem in found if problem.severity is Severity.ERROR]


@pytest.fixture(scope="module")
def relevant() -> RuleSet:
    return compile_rules([RuleText("t", hostile.RELEVANT)])


def stands(hit: Hit, document: Document) -> bool:
    original = document.title if hit.field is Field.TITLE else document.text
    return 0 <= hit.start < hit.end <= FIELD_LIMIT and original[hit.start : hit.end] == hit.quoted


@pytest.mark.parametrize("case", hostile.RULES, ids=lambda case: case.name)
def test_a_hostile_rule_is_refused_in_words_or_can_be_used(case: HostileRule) -> None:
    said = errors(case.text())
    if case.refused is None:
        return
    assert bool(said) is bool(case.refused), said
    assert not case.refused or any(case.refused in message for message in said), said


@pytest.mark.parametrize("case", hostile.ITEMS, ids=lambda case: case.name)
def test_a_hostile_item_is_matched_for_what_it_begins_with(relevant: RuleSet, case: HostileItem) -> None:
    document = case.document()
    (match,) = relevant.match(document)
    assert 2 <= len(match.hits) <= SHOWN_HITS
    assert all(stands(hit, document) for hit in match.hits)
    assert relevant.account("t", document).matched


@pytest.mark.parametrize("field", ["title", "text"])
def test_what_stands_beyond_the_limit_of_a_field_is_not_read(relevant: RuleSet, field: str) -> None:
    before = "x " * (FIELD_LIMIT // 2 - 20)
    inside, beyond = before + hostile.BEGINNING, before + "x " * 20 + hostile.BEGINNING
    title = field == "title"
    assert relevant.match(Document(inside) if title else Document("", inside))
    assert not relevant.match(Document(beyond) if title else Document("", beyond))


def test_a_hostile_item_changes_nothing_for_its_neighbours(relevant: RuleSet) -> None:
    good, other = Document(hostile.BEGINNING), Document("The weather in Minsk")
    harm = [case.document() for case in hostile.ITEMS[3::3]]
    found = relevant.match_each([good, *harm, other, good])
    assert found[0] == found[-1] == relevant.match(good)
    assert found[-2] == ()
    assert found[1:-2] == [relevant.match(document) for document in harm]


def test_thousands_of_rules_of_one_word_keep_apart() -> None:
    words = hostile.words(2_000)
    texts = [RuleText(f"t{number}", hostile.rule("a", f"a: {{sv: [{word}]}}")) for number, word in enumerate(words)]
    compiled = compile_rules([RuleText(text.topic, text.text.replace("topic: t\n", "")) for text in texts])
    for number in (0, 1, 999, 1_999):
        assert [match.topic for match in compiled.match(Document(f"a {words[number]} b"))] == [f"t{number}"]
    everything = compiled.match(Document("", " ".join(words)))
    assert [match.topic for match in everything] == [f"t{number}" for number in range(len(words))]


def test_of_a_thousand_concepts_each_can_be_the_reason() -> None:
    text = next(case for case in hostile.RULES if case.name == "1,000 concepts").text()
    compiled = compile_rules([RuleText("t", text)])
    words = hostile.words(1_000)
    assert [match.hits[0].concept for match in compiled.match(Document(words[777]))] == ["c777"]
    assert not compiled.match(Document("none of them"))


PIECES = (
    *(
        "topic: t",
        "concepts:",
        "  a: {en: [oil]}",
        "when: |",
        "  a",
        "a NEAR/3 b",
        "points: |",
        "  +1 a",
        "at_least: 1",
    ),
    *("{", "}", "[", "]", ":", "- ", "|", "&x", "*x", "!!", "\t", '"', "'", "#", "~1", "…", "=", "*", "NOT", "(", ")"),
    *("AND", "/a+/", "as:", "never:", "except: [", "also:", "\ud800", "\x00", "\x85", "\u2028", "é", "ж", "%", "@"),
)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.sampled_from(PIECES), st.sampled_from(["", " ", "\n", "\n  ", "\n    "])), max_size=25))
def test_any_text_as_a_rule_is_used_or_refused_with_a_place(parts: list[tuple[str, str]]) -> None:
    text = "".join(piece + space for piece, space in parts)
    said = errors(text)
    if not said:
        assert compile_rules([RuleText("t", text)]).topics
        return
    with pytest.raises(RuleError):
        compile_rules([RuleText("t", text)], examples=True)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_rule_with_one_thing_broken_is_used_or_refused_with_a_place(data: st.DataObject) -> None:
    text = hostile.RELEVANT + "points: |\n  +1 oil\nat_least: 1\nexamples:\n  match: [Kazakhstan sells oil]\n"
    at = data.draw(st.integers(0, len(text) - 1))
    till = data.draw(st.integers(at, min(len(text), at + 12)))
    errors(text[:at] + data.draw(st.sampled_from(["", *PIECES])) + text[till:])


@settings(max_examples=200, deadline=None)
@given(title=st.text(max_size=60), text=st.text(st.characters(), max_size=200))
def test_any_characters_can_be_an_item(relevant: RuleSet, title: str, text: str) -> None:
    document = Document(title, hostile.BEGINNING + text)
    (match,) = relevant.match(document)
    assert all(stands(hit, document) for hit in match.hits)

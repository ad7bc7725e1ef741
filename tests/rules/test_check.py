"""What is refused, and what is doubted, with line and column."""

from __future__ import annotations

import pytest

from rules.engine.evaluate import compile_rules
from rules.model import RuleError, RuleText
from rules.tuning.check import Severity, check

GOOD = """\
topic: oil
title: {en: Oil}
concepts:
  oil:
    en: [oil ~0, crude ~0]
  place: {en: [Kazakhstan]}
when: |
  oil
  AND place
points: |
  +2 oil
  -2 oil THEN/1 place
at_least: 1
examples:
  match: [Kazakhstan sells oil]
  ignore: [Norway sells oil]
"""


def problems(text: str) -> list[tuple[str, int, int, str]]:
    return [(p.severity, p.place.line, p.place.column, p.message) for p in check(RuleText("", text, "1", "oil.yaml"))]


def test_a_good_rule_has_no_problems() -> None:
    assert problems(GOOD) == []


@pytest.mark.parametrize(
    ("old", "new", "line", "column", "said"),
    [
        ("topic: oil", "topic: Oil Field", 1, 8, "topic: is a short name"),
        ("topic: oil", "topc: oil", 1, 1, 'did you mean "topic"?'),
        ("title: {en: Oil}", "title: {eng: Oil}", 2, 9, '"eng" is not a language'),
        ("  AND place", "  AND plaice", 9, 7, 'there is no concept "plaice"; did you mean "place"?'),
        ("  AND place", "  AND place OR oil", 9, 13, "say which you mean"),
        ("  AND place", "  AND place\n  AND lang:russian", 10, 7, '"russian" is not a language'),
        ("  AND place", "  AND place\n  AND NOT lang:(ru OR ukr)", 10, 11, 'did you mean "uk"?'),
        ("  -2 oil THEN/1 place", "  -2 oil AND /(?<!x)a/", 12, 14, "can't be used"),
        ("  oil\n  AND place", "  NOT place", 8, 3, "only says NOT"),
        ("when: |\n  oil\n  AND place", "when: oil AND plaice", 7, 15, "there is no concept"),
        ("when: |\n  oil\n  AND place", 'when: "oil" AND place', 7, 13, "write the key with |"),
        ("when: |\n  oil\n  AND place", "when: title: oil", 7, 12, "write the key with |"),
        ("when: |\n  oil\n  AND place", "when: oil # AND place", 7, 7, "YAML drops everything after #"),
        ("when: |\n  oil\n  AND place", "when: [oil]", 7, 7, "expected an expression after |"),
        ("when: |\n  oil\n  AND place", "when:", 7, 1, "found nothing"),
        ("when: |\n  oil\n  AND place\n", "", 1, 1, "when: is missing"),
        ("  +2 oil", "  2 oil", 11, 3, "signed whole number"),
        ("  +2 oil", "  +2.5 oil", 11, 5, "'.' means nothing here"),
        ("  +2 oil", "  +2 oill", 11, 6, 'did you mean "oil"?'),
        ("at_least: 1\n", "", 10, 9, "needs at_least:"),
        ("points: |\n  +2 oil\n  -2 oil THEN/1 place\n", "", 10, 11, "has no points:"),
        ("at_least: 1", "at_least: 3", 13, 11, "can't be reached"),
        ("at_least: 1", "at_least: many", 13, 11, "whole number"),
        ("at_least: 1", "at_least: 1\nat_least: 1", 14, 1, "stands here twice (first in line 13)"),
        ("  place: {en: [Kazakhstan]}", "  place: {en: []}", 6, 3, 'the concept "place" has no terms'),
        ("[Kazakhstan sells oil]", "[Kazakhstan sells gas]", 15, 11, "is not matched: no form of oil was found"),
        ("[Norway sells oil]", "[Kazakh oil of Kazakhstan]", 16, 12, "should be ignored but matches"),
        ("match: [Kaz", "mach: [Kaz", 15, 3, "neither match nor ignore"),
        ("[Norway sells oil]", "[{titel: x}]", 16, 13, 'did you mean "title"?'),
        ("[Norway sells oil]", "[{title: x, because: who}]", 16, 12, 'there is no "who"'),
        ("    en: [oil ~0, crude ~0]", "    en: *oil", 5, 9, "anchors"),
        ("    en: [oil ~0, crude ~0]", "\ten: [oil]", 5, 1, "indent with spaces"),
        ("    en: [oil ~0, crude ~0]", "    en: [oil ~0, crude ~0", 6, 8, "YAML can't read"),
    ],
)
def test_an_error_is_told_with_its_place(old: str, new: str, line: int, column: int, said: str) -> None:
    assert old in GOOD
    found = [problem for problem in problems(GOOD.replace(old, new, 1)) if problem[0] == Severity.ERROR]
    assert any(said in message for *_, message in found), found
    place = next((problem[1:3] for problem in found if said in problem[3]), None)
    assert place == (line, column), found


def test_several_errors_are_told_at_once() -> None:
    text = GOOD.replace("AND place", "AND plaice").replace("crude ~0", "crude ~7").replace("at_least: 1", "at_least: x")
    assert [problem[1] for problem in problems(text)] == [5, 9, 13]


def test_compiling_refuses_the_first_error_with_file_line_and_column() -> None:
    with pytest.raises(RuleError) as caught:
        compile_rules([RuleText("oil", GOOD.replace("AND place", "AND plaice"), "1", "oil.yaml")])
    assert str(caught.value).startswith('oil.yaml:9:7: there is no concept "plaice"')


def test_compiling_with_examples_refuses_a_failing_one() -> None:
    text = RuleText("oil", GOOD.replace("Norway sells", "Kazakhstan buys"), "1", "oil.yaml")
    compile_rules([text])
    with pytest.raises(RuleError, match=r"oil.yaml:16:12: .*should be ignored but matches"):
        compile_rules([text], examples=True)


def test_an_example_can_demand_its_reason() -> None:
    text = GOOD.replace("[Kazakhstan sells oil]", "[{title: Kazakhstan sells oil, because: place}]")
    assert problems(text) == []
    text = GOOD.replace("oil\n  AND place", "oil OR place").replace(
        "[Kazakhstan sells oil]", "[{title: oil of Norway, because: place}]"
    )
    assert any("but not because of place" in message for *_, message in problems(text))


def test_the_same_topic_twice_is_refused() -> None:
    with pytest.raises(RuleError, match=r"already in oil.yaml"):
        compile_rules([RuleText("oil", GOOD, "1", "oil.yaml"), RuleText("oil", GOOD, "1", "again.yaml")])


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("  place: {en: [Kazakhstan]}", "  place: {en: [Kazakhstan]}\n  idle: {en: [gold]}", '"idle" is used nowhere'),
        ("crude ~0]", "crude ~0, oil ~0]", '"oil ~0" stands twice'),
        ("crude ~0]", "crude ~0, of]", "so short"),
        ("{en: [Kazakhstan]}", "{en: [Kazakhstan], without: [Norway]}", "is no form of any term"),
        ("{en: [Kazakhstan]}", "{en: [Kazakhstan], never: [Kazakhstan]}", "is never read"),
        ("{en: [Kazakhstan]}", "{en: [Kazakhstan], except: [Norwegian fjord]}", "it takes nothing away"),
        ("  AND place", "  AND place AND place", "stands twice in"),
        ("  AND place", "  AND place AND NOT place", "can never hold"),
        ("crude ~0]", "crude ~0, нефть]", '"нефть" stands under en: but is in Cyrillic'),
        (
            "examples:\n  match: [Kazakhstan sells oil]\n  ignore: [Norway sells oil]\n",
            "",
            "items to match and items to ignore",
        ),
        (
            "  oil\n  AND place",
            "  oil AND place OR lang:ru".replace("oil AND place", "(oil AND place)"),
            "every such item",
        ),
    ],
)
def test_doubts_are_warnings(old: str, new: str, said: str) -> None:
    assert old in GOOD
    assert any(
        said in message for severity, *_, message in problems(GOOD.replace(old, new, 1)) if severity == "warning"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the rule is empty"),
        ("# nothing", "the rule is empty"),
        ("- a\n- b", "expected keys"),
        ("just words", "expected keys"),
        ("topic: a\n---\ntopic: b", "one file holds one rule"),
        ("[" * 5000, ""),
        ("a: " + "{b: " * 200, "deep"),
        ("topic: t\nwhen: |\n  " + "(" * 3000, ""),
        ("topic: t\x00", "can't be part of a rule"),
        ("topic: \ud800", "can't be part of a rule"),
        ("a" * 1_000_001, "at most 1,000,000 characters"),
        ("topic: t\nconcepts: {a: {en: [x]}}\nwhen: /(a/", "can't be used"),
        ("topic: t\nconcepts: {a: {en: [x]}}\nwhen: /a*/", "matches nothing at all"),
        ("topic: t\nconcepts: {a: {en: [x]}}\nwhen: /((a{900}){900}){900}/", "can't be used"),
        ("topic: t\nconcepts:\n  a: {as: b}\n  b: {as: a}\nwhen: a", "made of itself"),
        ("topic: t\nconcepts:\n  a: {as: NOT b}\n  b: {en: [x]}\nwhen: a", "as: takes concepts"),
        ("topic: t\nconcepts:\n  a: &x {en: [oil]}\n  b: *x\nwhen: a", "anchors"),
        ("%YAML 9.9\n---\ntopic: t", ""),
    ],
    ids=lambda value: str(value)[:24],
)
def test_hostile_rules_are_refused_in_words(text: str, said: str) -> None:
    found = problems(text)
    assert any(severity == Severity.ERROR and said in message for severity, *_, message in found), found


def test_ten_thousand_terms_are_refused_before_their_forms_are_made() -> None:
    terms = ", ".join(f"term{number}x" for number in range(10_000))
    assert any("at most 3,000 terms" in message for *_, message in problems(GOOD.replace("crude ~0", terms)))

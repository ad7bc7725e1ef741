"""Parts of a rule that decide nothing: each kind is seen with its place, and what is called dead really is."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.engine.evaluate import RuleSet, compile_rules
from rules.model import Document, RuleText
from rules.reading.query import Both, Either, Named, Node, Not, Proximity, Quoted, Scoped
from rules.reading.rule import Rule, read_rule
from rules.tuning.branches import dead_branches
from rules.tuning.check import check

HEAD = """\
topic: parts
concepts:
  oil: {en: [oil ~0]}
  gas: {en: [gas ~0]}
  port: {en: [port ~0]}
  pair:
    as: |
      oil NEAR/3 gas
  loose:
    as: |
      oil NEAR/3 gas
    except: [oil and gas]
when: |
  %s
"""


def read(when: str, points: str = "") -> Rule:
    rule, problems = read_rule(RuleText("", text_of(when, points), file="parts.yaml"))
    assert rule is not None, problems
    return rule


def text_of(when: str, points: str = "") -> str:
    return HEAD % when + (f"points: |\n{points}at_least: 2\n" if points else "")


def dead(when: str, points: str = "") -> list[str]:
    return [one.why for one in dead_branches(read(when, points))]


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ("oil OR oil NEAR/3 gas", "oil NEAR/3 gas decides nothing: oil beside it"),
        ("oil NEAR/3 gas OR oil NEAR/5 gas", "oil NEAR/3 gas decides nothing: oil NEAR/5 gas beside it"),
        ("oil THEN/3 gas OR oil NEAR/3 gas", "oil THEN/3 gas decides nothing"),
        ("gas AFTER/3 oil OR oil THEN/4 gas", "gas AFTER/3 oil decides nothing"),
        ("oil NEAR/3 gas OR gas NEAR/3 oil", "decides nothing"),
        ("pair OR oil NEAR/5 gas", "pair decides nothing"),
        ("title:oil OR oil", "title:oil decides nothing: oil beside it"),
        ("oil AND (gas OR oil)", "gas OR oil decides nothing: it holds wherever oil does"),
        ("oil NEAR/3 gas AND oil", "oil decides nothing: it holds wherever oil NEAR/3 gas does"),
        ("oil AND NOT oil", "no item can ever match: oil AND NOT oil"),
        ("title:(text:oil) OR gas", "can never hold"),
        ("oil AND lang:en AND lang:ru", "no item can ever match"),
        ("oil AND (lang:en OR lang:(en OR ru))", "lang:en decides nothing"),
        ("oil AND NOT (gas AND oil AND NOT oil)", "decides nothing"),
        ("oil OR (gas AND oil)", "gas AND oil decides nothing: oil beside it"),
        ("oil OR (NOT oil AND gas)", "NOT oil decides nothing"),
        ("(oil OR oil) NEAR/3 gas", "oil decides nothing"),
        ("(oil OR oil NEAR/2 port) NEAR/3 gas", ""),
        ("port NEAR/3 (oil NEAR/2 gas OR oil NEAR/4 gas)", "oil NEAR/2 gas decides nothing"),
        ("oil NOT NEAR/5 gas OR oil NOT NEAR/2 gas", "oil NOT NEAR/5 gas decides nothing"),
    ],
)
def test_a_part_that_decides_nothing_is_named_with_the_reason(when: str, said: str) -> None:
    found = dead(when)
    assert len(found) == (1 if said else 0), found
    assert not said or said in found[0]


@pytest.mark.parametrize(
    "when",
    [
        "oil",
        "oil OR gas",
        "oil AND NOT gas",
        "oil NEAR/3 gas OR (oil AND port)",
        "oil THEN/3 gas OR oil NEAR/2 gas",
        "title:oil OR text:oil",
        "loose OR port",
        "loose OR oil NEAR/2 gas",
        "oil AND lang:en AND source:bbc",
        "oil NOT NEAR/3 gas OR gas NOT NEAR/3 oil",
        "(oil AND gas) OR (oil AND port) OR (gas AND port)",
    ],
)
def test_parts_that_matter_are_left_alone(when: str) -> None:
    assert dead(when) == []


@pytest.mark.parametrize(
    ("when", "points", "said"),
    [
        ("oil", "  +2 gas\n  +1 port AND NOT oil\n", "this line can never count"),
        ("oil", "  +2 gas\n  -1 port\n  +1 port\n", "this line decides nothing"),
        ("oil", "  +2 gas\n  +2 port\n  -1 title:oil\n", ""),
        ("oil", "  +2 gas\n  +2 port\n  +1 title:gas\n", "this line decides nothing: with it or without it"),
        ("title:oil", "  +1 oil\n  +1 gas OR (port AND gas)\n", "port AND gas decides nothing"),
        ("oil", "  +3 gas\n  -1 gas\n", "this line decides nothing"),
    ],
)
def test_lines_of_points_that_cannot_count_or_tip_the_sum_are_named(when: str, points: str, said: str) -> None:
    found = dead(when, points)
    assert len(found) == (1 if said else 0), found
    assert not said or said in found[0]


def test_the_warning_stands_where_the_part_does() -> None:
    text = RuleText("", text_of("oil\n  OR (port AND gas) OR\n  oil THEN/2 gas",
                                "  +2 gas\n  +1  port AND NOT oil\n"), file="parts.yaml")  # fmt: skip
    found = {(p.place.line, p.place.column) for p in check(text) if "nothing" in p.message or "never" in p.message}
    assert (16, 3) in found
    gated = RuleText("", text_of("oil", "  +2 gas\n  +1  port AND NOT oil\n"), file="parts.yaml")
    (found_line,) = [p for p in check(gated) if "can never count" in p.message]
    assert (found_line.place.line, found_line.place.column) == (17, 7)


def test_a_huge_rule_is_not_pondered() -> None:
    assert dead(" OR ".join(["(oil AND gas)"] * 500)) == []
    many = "\n".join(f"  +1 oil NEAR/{n} gas" for n in range(1, 100)) + "\n"
    assert isinstance(dead("oil", many), list)


words = st.sampled_from(["oil", "gas", "port"])
operands = st.recursive(
    st.one_of(words, st.just("pair"), st.just("loose")),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["NEAR", "THEN", "AFTER", "NOT NEAR"]), st.integers(1, 4), words).map(
            lambda parts: f"(({parts[0]}) {parts[1]}/{parts[2]} {parts[3]})"
        ),
        st.lists(inner, min_size=2, max_size=2).map(lambda parts: "(" + " OR ".join(parts) + ")"),
    ),
    max_leaves=3,
)
expressions = st.recursive(
    st.one_of(operands, operands.map(lambda inner: f"title:{inner}"), st.just("lang:en"), st.just("lang:(en OR ru)")),
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: "(" + " AND ".join(parts) + ")"),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: "(" + " OR ".join(parts) + ")"),
        inner.map(lambda part: f"(NOT {part})"),
    ),
    max_leaves=6,
)
texts = st.lists(st.sampled_from(["oil", "gas", "port", "and", "x", "."]), max_size=7).map(" ".join)
documents = st.builds(Document, texts, texts, st.sampled_from(["en", "ru", "kk"]))


@given(expressions, st.lists(documents, min_size=1, max_size=8))
@settings(max_examples=120, deadline=None)
def test_what_is_called_dead_can_go_without_any_item_changing(expression: str, items: Sequence[Document]) -> None:
    rule, _ = read_rule(RuleText("", text_of(f"oil OR {expression}" if " OR " in expression else expression)))
    if rule is None:
        return  # says only NOT, or is no operand of NEAR
    found = [one for one in dead_branches(rule) if one.line is None]
    if not found or found[0].why.startswith("no item"):
        ruleset = compile_rules([RuleText("", text_of(rule.when.text))])
        assert not found or not any(ruleset.match(item) for item in items)
        return
    gone = {id(one.node) for one in found}
    left = written(rule.when, gone)
    if left is None or (changed := compiled(left)) is None:
        return
    whole = compile_rules([RuleText("", text_of(rule.when.text))])
    for item in items:
        assert bool(whole.match(item)) is bool(changed.match(item)), (rule.when.text, left, item)


def compiled(expression: str) -> RuleSet | None:
    """Return the rule without its dead parts, None where what is left may not stand alone."""
    text = RuleText("", text_of(expression))
    return compile_rules([text]) if read_rule(text)[0] is not None else None


def written(node: Node, gone: set[int]) -> str | None:
    """Return an expression as text without the nodes in `gone`; None for one that is gone as a whole."""
    if id(node) in gone:
        return None
    if isinstance(node, Both | Either):
        kept = [said for part in node.parts if (said := written(part, gone)) is not None]
        return "(" + (" AND " if isinstance(node, Both) else " OR ").join(kept) + ")" if kept else None
    if isinstance(node, Not):
        inner = written(node.inner, gone)
        return None if inner is None else f"(NOT {inner})"
    if isinstance(node, Scoped):
        inner = written(node.inner, gone)
        return None if inner is None else f"{node.where}:({inner})"
    if isinstance(node, Proximity):
        left, right = written(node.left, gone), written(node.right, gone)
        return None if left is None or right is None else f"(({left}) {node.relation}/{node.limit} ({right}))"
    assert isinstance(node, Named | Quoted) or node.text.startswith("lang:")
    return node.text

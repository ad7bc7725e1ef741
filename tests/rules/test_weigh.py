"""What stored items make doubtful in a rule: terms that hit too many of them, and terms that hit none."""

from __future__ import annotations

from rules.model import RuleText
from rules.tuning.rewrite import TermKey
from rules.tuning.weigh import doubts

RULE = """\
topic: oil
concepts:
  oil: {en: [oil ~0]}
  land: {en: [Kazakhstan ~0]}
when: |
  oil
examples: {match: [oil], ignore: [gas]}
"""
POINTS = "  oil OR land\npoints: |\n  +3 oil\n  +2 land\n  +1 oil NEAR/3 land\nat_least: 3\n"
OIL, LAND = TermKey("oil", "en", "oil ~0"), TermKey("land", "en", "Kazakhstan ~0")


def warnings(text: str, hits: dict[TermKey, int], items: int = 1_000) -> list[str]:
    return [problem.message for problem in doubts(RuleText("", text, "1", "oil.yaml"), hits, items)]


def test_a_term_that_decides_alone_may_hit_two_percent() -> None:
    assert [said[:20] for said in warnings(RULE, {OIL: 21, LAND: 240})] == ['"oil ~0" hits 2.1% o']
    assert warnings(RULE, {OIL: 20, LAND: 250}) == []


def test_with_points_only_a_term_that_earns_the_sum_decides_alone() -> None:
    scored = RULE.replace("  oil\n", POINTS)
    assert [said[:8] for said in warnings(scored, {OIL: 100, LAND: 100})] == ['"oil ~0"']


def test_few_silent_terms_are_named() -> None:
    (said,) = warnings(RULE, {OIL: 1})
    assert said == "1 of 1 terms of land hit none of 1,000 items: Kazakhstan ~0"


def test_silence_in_many_concepts_is_one_warning_that_names_the_wholly_silent() -> None:
    more = "".join(f"  c{n}: {{en: [word{n}, oil ~0]}}\n" for n in range(9))
    hits = {OIL: 1, **{TermKey(f"c{n}", "en", "oil ~0"): 1 for n in range(9)}}
    (said,) = warnings(RULE.replace("when:", more + "when:"), hits)
    assert said.startswith("10 of 20 terms in 10 concepts hit none of 1,000 items; nothing at all of land; which:")
    assert "mediawatch rules forms oil" in said

"""docs/rule_language.md: every rule in it compiles and lives up to its examples, every error is told as it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rules.engine.evaluate import compile_rules
from rules.model import RuleText
from rules.reading.grammar import LONGEST_DISTANCE
from rules.reading.query import OPERATORS
from rules.tuning.check import Problem, Severity, check

DOCUMENT = (Path(__file__).parents[2] / "docs" / "rule_language.md").read_text(encoding="utf-8")
BLOCK = re.compile(
    r"(?:<!-- error: (?P<line>\d+):(?P<column>\d+) (?P<said>.*?) -->\n)?```yaml\n(?P<rule>.*?)```", re.DOTALL
)
BLOCKS = list(BLOCK.finditer(DOCUMENT))


def errors(rule: str) -> list[Problem]:
    return [problem for problem in check(RuleText("", rule, "1", "doc")) if problem.severity is Severity.ERROR]


def name(block: re.Match[str]) -> str:
    return block["rule"].split("\n", 1)[0]


@pytest.mark.parametrize("block", [block for block in BLOCKS if not block["said"]], ids=name)
def test_a_rule_of_the_document_does_what_it_says(block: re.Match[str]) -> None:
    assert [str(problem) for problem in errors(block["rule"])] == []
    compiled = compile_rules([RuleText("", block["rule"])], examples=True)
    matches = [example.matches for example in compiled.examples(compiled.topics[0].slug)]
    assert True in matches
    assert False in matches


@pytest.mark.parametrize("block", [block for block in BLOCKS if block["said"]], ids=name)
def test_an_error_of_the_document_is_told_as_it_says(block: re.Match[str]) -> None:
    (first, *_) = errors(block["rule"])
    assert (first.place.line, first.place.column) == (int(block["line"]), int(block["column"]))
    assert block["said"] in first.message


def test_every_operator_has_an_example() -> None:
    rules = "\n".join(block["rule"] for block in BLOCKS)
    assert LONGEST_DISTANCE > 0
    for operator in (
        *OPERATORS,
        "NOT NEAR",
        "title:",
        "text:",
        "lang:",
        "source:",
        "never:",
        "except:",
        "also:",
        "as:",
    ):
        assert operator in rules, operator
    for key in ("without", "languages", "sources", "at_least"):
        assert f"`{key}" in DOCUMENT, key

"""The solver says the same as trying everything."""

from __future__ import annotations

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from rules.tuning.logic import FALSE, TRUE, And, Deny, Formula, Or, Statements

LETTERS = 5
formulas: st.SearchStrategy[Formula] = st.recursive(
    st.integers(1, LETTERS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(lambda parts: And(tuple(parts))),
        st.lists(inner, max_size=4).map(lambda parts: Or(tuple(parts))),
        inner.map(Deny),
    ),
    max_leaves=12,
)


def true(formula: Formula, world: tuple[bool, ...]) -> bool:
    if isinstance(formula, int):
        return world[formula - 1]
    if isinstance(formula, Deny):
        return not true(formula.part, world)
    every = all if isinstance(formula, And) else any
    return every(true(part, world) for part in formula.parts)


@given(
    st.lists(formulas, max_size=4), st.lists(st.tuples(formulas, formulas), max_size=4), st.lists(formulas, max_size=3)
)
@settings(max_examples=150, deadline=None)
def test_what_is_possible_is_what_some_world_allows(
    said: list[Formula], following: list[tuple[Formula, Formula]], asked: list[Formula]
) -> None:
    statements = Statements()
    for _ in range(LETTERS):
        statements.new()
    for formula in said:
        statements.say(formula)
    for one, other in following:
        statements.implies(one, other)
    worlds = product((False, True), repeat=LETTERS)
    expected = any(
        all(true(formula, world) for formula in (*said, *asked))
        and all(true(other, world) for one, other in following if true(one, world))
        for world in worlds
    )
    assert statements.possible(*asked) is expected
    assert statements.possible(*asked) is expected, "a question leaves nothing behind"


def test_nothing_makes_the_false_possible() -> None:
    assert Statements().possible(TRUE)
    assert not Statements().possible(FALSE)

"""Can these statements be true together? A small solver for the skeleton of a rule: dozens of statements, no more.

A statement is a number, its denial the negative number; formulas are built from these with `And`, `Or`, `Deny`. The
method is Davis, Logemann and Loveland's (A machine program for theorem-proving, CACM 5, 1962): set what must be, guess
the rest, take back what fails.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

# Guesses for all questions together, some two seconds; rules that people write need a tenth of them.
MOST_GUESSES = 4_000


@dataclass(frozen=True, slots=True)
class And:
    """All parts are true; without parts: true."""

    parts: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one part is true; without parts: false."""

    parts: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Deny:
    """The part is false."""

    part: Formula


Formula = int | And | Or | Deny
TRUE, FALSE = And(()), Or(())


class Statements:
    """Statements with what is known about them, to be asked what can be true together."""

    def __init__(self) -> None:
        self._clauses: list[tuple[int, ...]] = []
        self._by_literal: dict[int, list[int]] = defaultdict(list)
        self._known: dict[Formula, int] = {}
        self._count = 0
        self._guesses_left = MOST_GUESSES

    def new(self) -> int:
        """Return a statement of which nothing is known."""
        self._count += 1
        return self._count

    def say(self, formula: Formula) -> None:
        """Let a formula be true from now on."""
        self._clause((self._literal(formula),))

    def implies(self, one: Formula, other: Formula) -> None:
        """Let `other` be true wherever `one` is."""
        self._clause((-self._literal(one), self._literal(other)))

    def possible(self, *formulas: Formula) -> bool:
        """Say whether all the formulas can be true together; also True where that could not be found out."""
        wanted = [self._literal(formula) for formula in formulas]
        return self._search(wanted)

    def _clause(self, literals: Iterable[int]) -> None:
        clause = tuple(dict.fromkeys(literals))
        for literal in clause:
            self._by_literal[literal].append(len(self._clauses))
        self._clauses.append(clause)

    def _literal(self, formula: Formula) -> int:
        """Return a statement that is true just where the formula is (Tseitin's way)."""
        if isinstance(formula, int):
            return formula
        if isinstance(formula, Deny):
            return -self._literal(formula.part)
        known = self._known.get(formula)
        if known is not None:
            return known
        parts = [self._literal(part) for part in formula.parts]
        whole = self._known[formula] = self.new()
        sign = 1 if isinstance(formula, And) else -1
        for part in parts:
            self._clause((-sign * whole, sign * part))
        self._clause((sign * whole, *(-sign * part for part in parts)))
        return whole

    def _search(self, wanted: Sequence[int]) -> bool:
        values: dict[int, bool] = {}
        units = [clause[0] for clause in self._clauses if len(clause) == 1]
        trail: list[int] = []
        if any(not clause for clause in self._clauses) or not self._settle([*wanted, *units], values, trail):
            return False
        # Each guess: the statement, how much was settled before it, and whether its denial was tried.
        guesses: list[tuple[int, int, bool]] = []
        while self._guesses_left > 0:
            self._guesses_left -= 1
            free = self._undecided(values)
            if free is None:
                return True
            guesses.append((free, len(trail), False))
            settled = self._settle([free], values, trail)
            while not settled:
                while guesses and guesses[-1][2]:
                    guesses.pop()
                if not guesses:
                    return False
                literal, length, _ = guesses.pop()
                _take_back(values, trail, length)
                guesses.append((literal, length, True))
                settled = self._settle([-literal], values, trail)
        return True

    def _undecided(self, values: dict[int, bool]) -> int | None:
        """Return a literal of a clause that is not yet true, None where all are."""
        for clause in self._clauses:
            if not any(values.get(abs(literal)) is (literal > 0) for literal in clause):
                return next(literal for literal in clause if abs(literal) not in values)
        return None

    def _settle(self, literals: Iterable[int], values: dict[int, bool], trail: list[int]) -> bool:
        """Set literals and all that follows from them; False where that contradicts itself."""
        waiting = list(literals)
        while waiting:
            literal = waiting.pop()
            standing = values.get(abs(literal))
            if standing is not None:
                if standing is not (literal > 0):
                    return False
                continue
            values[abs(literal)] = literal > 0
            trail.append(abs(literal))
            for number in self._by_literal.get(-literal, ()):
                last = _last_chance(self._clauses[number], values)
                if last == 0:
                    return False
                if last is not None:
                    waiting.append(last)
        return True


def _last_chance(clause: tuple[int, ...], values: dict[int, bool]) -> int | None:
    """Return the one literal that can still make a clause true, 0 where none can, None where it is open or true."""
    free = 0
    for literal in clause:
        standing = values.get(abs(literal))
        if standing is None:
            if free:
                return None
            free = literal
        elif standing is (literal > 0):
            return None
    return free


def _take_back(values: dict[int, bool], trail: list[int], length: int) -> None:
    while len(trail) > length:
        del values[trail.pop()]

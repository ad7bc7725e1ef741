"""What a draft proved to find, as it comes from the worker process that tried it: plain values, nothing heavy."""

from __future__ import annotations

from dataclasses import dataclass

from rules.model import Hit


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something wrong or doubtful in a text, by line and column from 1."""

    line: int
    column: int
    message: str
    error: bool


@dataclass(frozen=True, slots=True)
class Found:
    """A document that a text matches, by its place on the shelf: why, and where."""

    place: int
    because: str
    points: int
    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """An example of the rule: what it should do, and whether it does."""

    line: int
    title: str
    wanted: bool
    kept: bool
    says: str


@dataclass(frozen=True, slots=True)
class Tried:
    """What a text is and what it finds. `judged` documents of `shelved` were looked at, the newest first; `missing`
    says that the shelf is empty and must be filled first."""

    missing: bool = False
    troubles: tuple[Trouble, ...] = ()
    found: tuple[Found, ...] = ()
    judged: int = 0
    shelved: int = 0
    examples: tuple[Example, ...] = ()
    seconds: float = 0.0

    @property
    def broken(self) -> bool:
        """Whether the text can't be read."""
        return any(trouble.error for trouble in self.troubles)

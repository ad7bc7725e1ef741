"""What somebody may do in the console, and the table of its pages: each says who may open it, or it is not there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from starlette.responses import Response

if TYPE_CHECKING:
    from bot.web.visit import Visit


class Role(IntEnum):
    """How much somebody may do; each may do what those before may. ANYBODY is for pages that need no session."""

    ANYBODY = 0
    READER = 1
    EDITOR = 2
    ADMIN = 3

    @property
    def word(self) -> str:
        """The role as rows and pages name it."""
        return self.name.lower()


def role_named(word: str) -> Role:
    """Return the role of this name; ANYBODY, who may enter nothing, for any other word."""
    return next((role for role in Role if role.word == word), Role.ANYBODY)


Handler = Callable[["Visit"], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Page:
    """One page or action: its method and path, who may ask for it, and what answers."""

    method: str
    path: str
    role: Role
    handler: Handler

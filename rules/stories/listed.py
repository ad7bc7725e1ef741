"""Reads the word lists that stand beside this module: `name: word word …`, a name for each meaning or number."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files


def listed(file: str) -> Sequence[tuple[str, tuple[str, ...]]]:
    """Return the names of a list with their words, in the order of the file. Lines with # are for people."""
    found: list[tuple[str, tuple[str, ...]]] = []
    for line in files("rules.stories").joinpath(file).read_text(encoding="utf-8").splitlines():
        if line.startswith("  "):
            name, words = found.pop()
            found.append((name, (*words, *line.split())))
        elif line and not line.startswith("#"):
            name, _, rest = line.partition(":")
            found.append((name, tuple(rest.split())))
    return found

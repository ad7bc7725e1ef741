"""The small curves of lists, as the points of a line."""

from __future__ import annotations

from collections.abc import Sequence


def spark(counts: Sequence[int], width: int = 108, height: int = 26) -> tuple[str, str]:
    """Return a small curve as the points of a line, and of the area below it."""
    top = max((*counts, 1))
    step = width / max(len(counts) - 1, 1)
    points = " ".join(
        f"{at * step:.1f},{height - 1 - count / top * (height - 3):.1f}" for at, count in enumerate(counts)
    )
    return points, f"0,{height} {points} {width},{height}"

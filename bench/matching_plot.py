"""Draws what matching costs against the number of rules."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.ticker import NullLocator

COLOURS = ("#0b6e4f", "#c44536", "#d99a2b", "#5b6c9d", "#b57ba6", "#8a8d91", "#444444", "#2a9db5")


def plot(paces: Iterable[tuple[str, int, float]], folder: Path) -> Path:
    """Write matching_cost.png into a folder and return its path. `paces` are contender, rules, articles a second."""
    lines: dict[str, list[tuple[int, float]]] = {}
    for contender, rules, articles_per_s in paces:
        lines.setdefault(contender, []).append((rules, 1_000 / articles_per_s))
    figure, axes = plt.subplots(figsize=(7.2, 4.4), dpi=130)
    for (contender, points), colour in zip(lines.items(), COLOURS, strict=False):
        ours = contender == "mediawatch"
        rules, cost_ms = zip(*sorted(points), strict=True)
        style = {"lw": 2.6 if ours else 1.4, "zorder": 3 if ours else 2, "ls": ":" if "cut off" in contender else "-"}
        axes.plot(rules, cost_ms, marker="o", ms=5 if ours else 3.5, color=colour, label=contender, **style)
        axes.annotate(
            contender, (rules[-1], cost_ms[-1]), (7, 0), textcoords="offset points", va="center",
            color=colour, fontsize=8, fontweight="bold" if ours else "normal",
        )  # fmt: skip
    axes.set(xscale="log", yscale="log", xlabel="rules of five terms", ylabel="milliseconds an article (one core)")
    axes.set_title("What matching a 400-word article costs", loc="left", fontsize=11)
    axes.grid(which="major", color="#e4e4e4", lw=0.7)
    axes.spines[["top", "right"]].set_visible(False)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda number, _: f"{number:,.0f}" if number >= 1 else f"{number:g}")
        axis.set_minor_locator(NullLocator())
    axes.set_xlim(right=max(rules for points in lines.values() for rules, _ in points) * 6)
    figure.tight_layout()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "matching_cost.png"
    figure.savefig(path)
    plt.close(figure)
    return path

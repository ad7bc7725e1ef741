"""Pictures for messages. Loads matplotlib: only worker processes import this.

The lettering is DejaVu Sans, which matplotlib brings along: it has Cyrillic with the Kazakh and Belarusian letters, so
a server without fonts draws the same picture.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from math import ceil
from types import MappingProxyType

import matplotlib

matplotlib.use("Agg")
from babel.dates import format_date
from babel.numbers import format_decimal
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from bot.texts.phrases import reading_language

# A phone shows a picture some 390 points wide: 1,200 pixels at three to a point, letters of at least 12 points there.
WIDTH_IN, HEIGHT_IN, DPI = 6.0, 4.2, 200
TITLE_LETTERS, NAME_LETTERS = 46, 30
SERIES_MOST = 5
DAYS_LABELLED = 7
DAYS_MOST = 400
FONTS = MappingProxyType({"font.family": ["DejaVu Sans"], "axes.unicode_minus": False, "text.parse_math": False})


@dataclass(frozen=True, slots=True)
class _Look:
    """The colours of a picture; the series are told apart without red and green, and by their brightness too."""

    paper: str
    ink: str
    faint: str
    series: tuple[str, ...]


LIGHT = _Look("#ffffff", "#1b1f24", "#d5dae0", ("#1f5fbf", "#e08a1e", "#2a9d8f", "#7d4fa8", "#8a929c"))
DARK = _Look("#17212b", "#f2f5f8", "#34424f", ("#6fb1ff", "#ffb454", "#5fd3bc", "#c39bf0", "#97a3af"))


def mentions_chart(
    title: str,
    days: Sequence[date],
    counts: Sequence[int] | Mapping[str, Sequence[int]],
    dark: bool = False,
    language: str = "en",
    others: str = "others",
) -> bytes:
    """Return a PNG of mentions per day: bars, stacked where `counts` names several series, the largest at the bottom.

    `days` are in order (datetimes are labelled by their hour), `counts` as long as they are. At most five series are
    told apart; the smallest are drawn together as `others`. Raises ValueError where the lengths differ or there are no
    days, or more than 400.
    """
    series = dict(counts) if isinstance(counts, Mapping) else {"": list(counts)}
    if not days or len(days) > DAYS_MOST or any(len(values) != len(days) for values in series.values()):
        raise ValueError("each series has a number for each day, of 1 to 400 days")
    look = DARK if dark else LIGHT
    with rc_context(dict(FONTS)):  # type: ignore[arg-type]
        figure = Figure(figsize=(WIDTH_IN, HEIGHT_IN), dpi=DPI, facecolor=look.paper)
        FigureCanvasAgg(figure)
        axes = figure.add_subplot(facecolor=look.paper)
        drawn = _gathered(series, others)
        top = _bars(axes, drawn, look)
        _dress(axes, days, look, language, top)
        figure.suptitle(_cut(title, TITLE_LETTERS), x=0.03, ha="left", color=look.ink, fontsize=15, fontweight="bold")
        if any(drawn):
            rows = ceil(len(drawn) / 2)
            figure.legend(
                loc="lower left", bbox_to_anchor=(0.02, 0.01), ncols=2, frameon=False, labelcolor=look.ink, fontsize=11,
                handlelength=1.0, columnspacing=1.2,
            )  # fmt: skip
            figure.subplots_adjust(left=0.1, right=0.97, top=0.87, bottom=0.12 + 0.075 * rows)
        else:
            figure.subplots_adjust(left=0.1, right=0.97, top=0.87, bottom=0.12)
        picture = io.BytesIO()
        figure.savefig(picture, format="png", facecolor=look.paper, metadata={"Software": None})
    return picture.getvalue()


def _gathered(series: Mapping[str, Sequence[int]], others: str) -> dict[str, list[int]]:
    """Return at most five series, the largest first, what is beyond them added up."""
    ordered = sorted(series.items(), key=lambda named: -sum(named[1]))
    shown, rest = ordered[:SERIES_MOST], ordered[SERIES_MOST:]
    if rest:
        rest = [shown.pop(), *rest]
        shown.append((others, [sum(values) for values in zip(*(values for _, values in rest), strict=True)]))
    named: dict[str, list[int]] = {}
    for name, values in shown:
        label = _cut(name, NAME_LETTERS)
        while label in named:
            label += "\u200a"  # two topics may read alike once they are cut
        named[label] = list(values)
    return named


def _bars(axes: Axes, series: Mapping[str, Sequence[int]], look: _Look) -> int:
    """Draw the bars and return the height of the highest."""
    floor = [0] * len(next(iter(series.values())))
    for (name, values), colour in zip(series.items(), look.series, strict=False):
        places = range(len(values))
        # A label that begins with "_" would be left out of the legend.
        label = f"\u200b{name}" if name else None
        axes.bar(places, values, bottom=floor, width=0.78, color=colour, label=label, zorder=2)
        floor = [low + value for low, value in zip(floor, values, strict=True)]
    highest = max(floor)
    if highest and len(floor) > 1:
        place = floor.index(highest)
        axes.annotate(
            str(highest), (place, highest), (0, 3), textcoords="offset points", ha="center", color=look.ink, fontsize=11
        )
    return highest


def _dress(axes: Axes, days: Sequence[date], look: _Look, language: str, top: int) -> None:
    locale = reading_language(language)
    step = max(1, ceil(len(days) / DAYS_LABELLED))
    # Counted from the newest, which is what a reader looks for.
    places = [place for place in range(len(days)) if (len(days) - 1 - place) % step == 0]
    axes.set_xticks(places, [_label(days[place], locale) for place in places])
    axes.set_xlim(-0.6, len(days) - 0.4)
    axes.set_ylim(0, max(top * 1.15, 1))
    axes.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True, min_n_ticks=1))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: str(format_decimal(int(value), locale=locale))))
    axes.grid(axis="y", color=look.faint, lw=0.8, zorder=1)
    axes.tick_params(colors=look.ink, labelsize=11, length=0, pad=5)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(look.faint)
    for before, after in pairwise(range(len(days))):
        if not isinstance(days[after], datetime) and days[after].weekday() == 0:
            axes.axvline((before + after) / 2, color=look.faint, lw=0.8, ls=":", zorder=1)


def _label(day: date, locale: str) -> str:
    if isinstance(day, datetime):
        return f"{day:%H:%M}"
    return str(format_date(day, "d.MM" if locale != "en" else "d MMM", locale=locale))


def _cut(text: str, letters: int) -> str:
    """Return text that fits a line of the picture; what the font lacks is drawn as a box, and controls not at all."""
    bare = " ".join("".join(letter for letter in text if letter.isprintable() or letter == " ").split())
    return bare if len(bare) <= letters else bare[: letters - 1].rstrip() + "…"

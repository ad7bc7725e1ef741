"""Draws the example charts of the docs: `python -m bench.charts FOLDER`. The numbers are made up."""

from __future__ import annotations

import sys
from datetime import date, timedelta
from pathlib import Path

from bot.delivery.charts import mentions_chart

DAYS = [date(2026, 11, 10) + timedelta(days=number) for number in range(14)]
COUNTS = (
    ("Нефть Казахстана", (3, 5, 2, 8, 12, 4, 1, 6, 9, 14, 22, 8, 3, 7)),
    ("Аляксандр Лукашэнка", (9, 7, 8, 11, 6, 3, 2, 8, 9, 12, 7, 8, 3, 4)),
    ("Пошлины Таможенного союза", (1, 0, 2, 3, 1, 0, 0, 2, 4, 3, 1, 2, 0, 1)),
)


def main() -> None:
    """Write chart_light.png and chart_dark.png into the folder named."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/figures")
    folder.mkdir(parents=True, exist_ok=True)
    for name, dark in (("chart_light.png", False), ("chart_dark.png", True)):
        (folder / name).write_bytes(mentions_chart("Упоминания по дням", DAYS, dict(COUNTS), dark, "ru"))
        print(folder / name)


if __name__ == "__main__":
    main()

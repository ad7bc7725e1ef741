"""`mediawatch rules score`: how well the rules read labelled items, with intervals and every mistake."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from rich.table import Table
from rich.text import Text

import rules
from bot.actions.edit_rules import RulesError
from bot.cli.rules.desk import rules_to_try, with_judges
from bot.cli.terminal import as_json, out, progress, say
from bot.settings import read_settings
from bot.workers import Workers

if TYPE_CHECKING:
    from rules.tuning.score import Interval, Mistake, Score, Tally

# Beside a checkout's packages; an installed product has none.
GOLD = Path(rules.__file__).parents[1] / "tests" / "rules" / "gold" / "news.jsonl"
SCORE_TIMEOUT_S = 1_800.0
ALL = ""  # what a score calls every language together
Row = tuple[str, dict[str, object]]


def score(
    gold: list[Path] | None = typer.Option(  # noqa: B008
        None, "--gold", help="Files (or folders of files) of JSON lines {id, lang, title, text, labels}."
    ),
    label: list[str] | None = typer.Option(  # noqa: B008
        None, "--label", metavar="LABEL=TOPIC", help="What a label is called here, such as T1=lukashenka."
    ),
    language: list[str] | None = typer.Option(None, "--lang", help="Only items in this language; may be repeated."),  # noqa: B008
    folds: int = typer.Option(
        1, "--folds", min=1, max=50, help="Cross-validate: a term that only the scored part knows is off."
    ),
    mistakes: int = typer.Option(20, "--errors", min=0, help="How many mistakes are shown; 0: all."),
    as_rows: bool = typer.Option(False, "--json", help="One JSON object."),
) -> None:
    """Score the rules in use on labelled items: precision, recall and F1 with 95 % intervals, each mistake with why.

    Items are scored by topic, and by topic and language. A topic listed under `borderline` is left out for that item.
    Where there is a database, the rules are those in force there.
    """
    names = dict(_pair(one) for one in label or ())

    async def work(judges: Workers) -> None:
        texts = await rules_to_try(read_settings())
        rows = [row for path in _files(gold) for row in _rows(path)]
        rows = [row for row in rows if not language or row[1].get("lang") in language]
        with progress(quiet=as_rows) as bar:
            bar.add_task(f"scoring {len(rows):,} items", total=None)
            done: Score | str = await judges.run(
                "bot.scoring:score", texts, rows, names, folds, timeout_s=SCORE_TIMEOUT_S, cpu_s=SCORE_TIMEOUT_S
            )
        if isinstance(done, str):
            raise RulesError(done)
        if as_rows:
            as_json(_plain(done, folds))
        else:
            _show(done, mistakes, folds)

    with_judges(work, size=1)


def _pair(said: str) -> tuple[str, str]:
    name, equals, topic = said.partition("=")
    if not (name and equals and topic):
        raise typer.BadParameter(f"expected LABEL=TOPIC, such as T1=lukashenka, not {said!r}")
    return name.strip(), topic.strip()


def _files(gold: Sequence[Path] | None) -> list[Path]:
    wanted = list(gold) if gold else [GOLD]
    if not gold and not GOLD.is_file():
        raise RulesError("no labelled items here: name a file of JSON lines with --gold PATH")
    found = [file for path in wanted for file in (sorted(path.glob("*.jsonl")) if path.is_dir() else [path])]
    if not found:
        raise RulesError(f"{', '.join(map(str, wanted))}: no *.jsonl file in it")
    return found


def _rows(path: Path) -> Iterator[Row]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise RulesError(f"{path}: can't be read ({error})") from error
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield f"{path}:{number}", _row(line, f"{path}:{number}")


def _row(line: str, place: str) -> dict[str, object]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise RulesError(f"{place}: not JSON ({error}); give one object a line") from error
    if not isinstance(row, dict):
        raise RulesError(f"{place}: expected an object {{id, lang, title, text, labels}}")
    return row


def _show(done: Score, mistakes: int, folds: int) -> None:
    table = Table("topic", "language", "there", "right", "false", "missed", "precision", "recall", "F1",
                  box=None, header_style="bold", pad_edge=False)  # fmt: skip
    for (topic, code), tally in _ordered(done):
        whole = code == ALL
        table.add_row(
            Text(topic if whole else "", "bold"),
            "all" if whole else Text(code),
            *(f"{number:,}" for number in _counts(tally)),
            *(_shown(share) for share in (tally.precision, tally.recall, tally.f1)),
        )
    out().print(table)
    told = done.mistakes[:mistakes] if mistakes else done.mistakes
    for mistake in told:
        out().print(_told(mistake), soft_wrap=True)
    if len(told) < len(done.mistakes):
        say(f"{len(done.mistakes) - len(told):,} more mistakes: --errors 0 shows all")
    folded = f"; {folds} folds, terms that only the scored fold knows were off" if folds > 1 else ""
    say(f"{done.items:,} items; in brackets 95 % intervals (Wilson){folded}")


def _ordered(done: Score) -> list[tuple[tuple[str, str], Tally]]:
    """Return the tallies by topic, the whole first; languages without anything to find or found are left out."""
    kept = [(key, tally) for key, tally in done.tallies.items() if key[1] == ALL or any(_counts(tally))]
    return sorted(kept, key=lambda pair: (pair[0][0], pair[0][1] != ALL, -(pair[1].right + pair[1].missed), pair[0][1]))


def _counts(tally: Tally) -> tuple[int, int, int, int]:
    return (tally.right + tally.missed, tally.right, tally.false, tally.missed)


def _shown(share: Interval) -> str:
    return "–" if share.value is None else f"{share.value:.3f} [{share.low:.2f}–{share.high:.2f}]"


def _told(mistake: Mistake) -> Text:
    kind = "missed" if mistake.missed else "false"
    said = f" {mistake.topic} {mistake.item_id} ({mistake.language}) “{mistake.title[:100]}”: {mistake.why}"
    return Text.assemble((kind, "yellow" if mistake.missed else "red"), said)


def _plain(done: Score, folds: int) -> dict[str, Any]:
    return {
        "items": done.items,
        "folds": folds,
        "scores": [
            {
                "topic": topic,
                "lang": None if code == ALL else code,
                "right": tally.right,
                "false": tally.false,
                "missed": tally.missed,
                "precision": _numbers(tally.precision),
                "recall": _numbers(tally.recall),
                "f1": _numbers(tally.f1),
            }
            for (topic, code), tally in _ordered(done)
        ],
        "errors": [
            {
                "topic": one.topic,
                "id": one.item_id,
                "lang": one.language,
                "title": one.title,
                "error": "missed" if one.missed else "false",
                "why": one.why,
                "kind": one.kind,
            }
            for one in done.mistakes
        ],
    }


def _numbers(share: Interval) -> dict[str, float | None]:
    value = None if share.value is None else round(share.value, 4)
    return {"value": value, "low": round(share.low, 4), "high": round(share.high, 4)}

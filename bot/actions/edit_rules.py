"""Taking rule files into the rulebook. The database is right; files are offers (DESIGN §4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import rules
from bot.database import Database
from bot.workers import WorkerFault, Workers
from rules.model import RuleText
from storage import audit, rulebook, versions
from storage.engine import Session
from storage.rulebook import Offer

if TYPE_CHECKING:
    from bot.judge import Checked

SHIPPED = Path(rules.__file__).parent / "packs"
LARGEST_FILE = 1_000_000
CHECK_TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """What became of one rule file; `problem` names file, line and column ("" where all is well)."""

    file: str
    slug: str
    offer: Offer | None
    problem: str = ""


class RulesError(Exception):
    """The folder of rules can't be used. The message names it and the remedy."""


def read_folder(folder: Path | None) -> list[RuleText]:
    """Return the rule files of this folder (None: the shipped topics), by name.

    Raises RulesError where there is no such folder, no rule in it, or a file that can't be read.
    """
    place = folder or SHIPPED
    if not place.is_dir():
        raise RulesError(f"MEDIAWATCH_RULES: {place} is not a folder; give one that holds topics as *.yaml files")
    files = sorted(
        path for path in place.iterdir() if path.suffix in (".yaml", ".yml") and not path.name.startswith(".")
    )
    if not files:
        raise RulesError(f"MEDIAWATCH_RULES: {place} holds no *.yaml file; unset it to watch the shipped topics")
    return [RuleText(path.stem, _read(path), version=path.stem, file=str(path)) for path in files]


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise RulesError(f"{path}: larger than {LARGEST_FILE:,} bytes; is this a rule?")
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise RulesError(f"{path}: can't be read ({error}); rules are UTF-8 text") from error


async def take_files(db: Database, workers: Workers, texts: list[RuleText], now: datetime) -> list[FileOutcome]:
    """Offer rule files to the rulebook: those that changed are tried, examples included, and taken if they hold.

    A file with an error changes nothing: the topic's former rule stays in force.
    """
    known = await db.read(rulebook.known_file_hashes)
    outcomes = []
    for text in texts:
        if known.get(text.topic) == rulebook.hash_text(text.text):
            outcomes.append(FileOutcome(text.file, text.topic, Offer.UNCHANGED))
            continue
        try:
            checked: Checked = await workers.run(
                "bot.judge:check_file", text, timeout_s=CHECK_TIMEOUT_S, cpu_s=CHECK_TIMEOUT_S
            )
        except WorkerFault as fault:
            outcomes.append(FileOutcome(text.file, text.topic, None, f"{text.file}: {fault}"))
            continue
        if checked.problem:
            outcomes.append(FileOutcome(text.file, text.topic, None, checked.problem))
            continue
        offer = await _offer(db, checked, text, now)
        outcomes.append(FileOutcome(text.file, checked.slug, offer))
    return outcomes


async def _offer(db: Database, checked: Checked, text: RuleText, now: datetime) -> Offer:
    def change(tx: Session) -> Offer:
        offer = rulebook.offer_file(tx, checked.slug, checked.titles, text.text, now)
        if offer in (Offer.PUBLISHED, Offer.DRAFT):
            audit.record(
                tx, who=versions.FILE_AUTHOR, action="offer rule", subject=checked.slug,
                before={}, after={"outcome": offer.value}, now=now,
            )  # fmt: skip
        return offer

    return await db.write(change)

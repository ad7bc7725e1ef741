"""`mediawatch doctor`: what an operator would look at first, looked at in one go."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.actions.edit_rules import RulesError, read_folder
from bot.actions.manage_sources import SourceError, read_list
from bot.database import Database
from bot.delivery.model import Sent
from bot.delivery.telegram import TelegramSender
from bot.machine import JUDGE_HEADROOM_MB, JUDGE_MODULES, open_database, utc_now
from bot.settings import Settings
from bot.workers import WorkerFault, Workers
from storage import retention, sources
from storage.engine import DatabaseFault, StorageError, quick_check

EARLIEST_SANE = datetime(2025, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: how it is, in words, and what to do where it is not well."""

    what: str
    ok: bool
    detail: str


async def examine(settings: Settings) -> Sequence[Finding]:
    """Return what was found, in the order in which an operator would mend it."""
    findings = [Finding("settings", True, "readable; secrets are masked in every log"), _clock()]
    try:
        db = Database(open_database(settings), patience_s=6)
    except StorageError as error:
        return [*findings, Finding("database", False, str(error))]
    try:
        findings += await _database(db, settings)
    finally:
        db.close()
    findings += await _rules(settings)
    findings.append(await _token(settings))
    return findings


def _clock() -> Finding:
    now = utc_now()
    drift_s = abs(now.timestamp() - time.time())
    ok = now > EARLIEST_SANE and drift_s < 1
    return Finding("clock", ok, f"{now:%Y-%m-%d %H:%M:%S} UTC" + ("" if ok else "; set the system clock (NTP)"))


async def _database(db: Database, settings: Settings) -> list[Finding]:
    try:
        problem = await db.read(quick_check)
        numbers = await db.read(sources.counts)
        oldest = await db.read(retention.oldest_unread_at)
        await db.write(lambda tx: None)
    except DatabaseFault as error:
        return [Finding("database", False, f"{error.orig}; see “restore” in deploy/RUNBOOK.md")]
    where = settings.database_url.rpartition("@")[2]
    found = [Finding("database", not problem, problem or f"{where}: sound and writable")]
    active, failing = numbers.get("active", 0), numbers["failing"]
    said = f"{active} polled, {numbers.get('paused', 0)} paused, {failing} failing"
    if not active:
        said = "none yet: `mediawatch sources add ADDRESS`, or start with sources.yaml by `mediawatch run`"
    found.append(Finding("sources", failing <= active // 2, said))
    if oldest is not None:
        waiting_s = (utc_now() - oldest).total_seconds()
        found.append(Finding("unread items", waiting_s < 3_600, f"the oldest has waited {waiting_s:.0f} s"))
    if settings.sources.exists():
        found.append(_source_file(settings))
    return found


def _source_file(settings: Settings) -> Finding:
    try:
        entries, bad = read_list(settings.sources)
    except SourceError as error:
        return Finding("source file", False, str(error))
    first = f"; line {bad[0].line}: {bad[0].detail}" if bad else ""
    return Finding("source file", not bad, f"{settings.sources}: {len(entries)} usable, {len(bad)} not{first}")


async def _rules(settings: Settings) -> list[Finding]:
    try:
        texts = read_folder(settings.rules)
    except RulesError as error:
        return [Finding("rules", False, str(error))]
    judges = Workers(size=1, preload=JUDGE_MODULES, headroom_mb=JUDGE_HEADROOM_MB)
    await judges.start()
    findings = []
    try:
        for text in texts:
            checked = await judges.run("bot.judge:check_file", text, timeout_s=60, cpu_s=60)
            findings.append(
                Finding(f"rule {text.topic}", not checked.problem, checked.problem or "compiles, examples pass")
            )
    except WorkerFault as fault:
        findings.append(Finding("rules", False, str(fault)))
    finally:
        await judges.stop()
    return findings


async def _token(settings: Settings) -> Finding:
    if not settings.token:
        return Finding("Telegram", True, "no token: messages go to the terminal (MEDIAWATCH_TELEGRAM_TOKEN)")
    sender = TelegramSender.open(settings)
    try:
        outcome = await sender.probe()
    finally:
        await sender.close()
    if isinstance(outcome, Sent):
        return Finding("Telegram", True, f"answers at {settings.telegram_base_url}")
    reason = getattr(outcome, "reason", "") or type(outcome).__name__
    return Finding("Telegram", False, f"{reason}; check MEDIAWATCH_TELEGRAM_TOKEN and the network")

"""The words of a report, from its facts. Every sum is checked on the way; one that does not come out is a line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from bot.delivery.admin_words import moment
from bot.delivery.report_words import say
from bot.pipeline.source_health import Ill, Trouble, line
from bot.texts import figures
from rules.alerts import Verdict
from storage import tally as classes
from storage.slots import zone_of
from storage.tables import OutboxState, SourceRow, SourceState
from storage.tally import Tally

SOURCES_SHOWN = 12
SUSPENDED_SHOWN = 12
ITEMS_SHOWN = 10
FAILING = frozenset({Trouble.FAILING, Trouble.HTML, Trouble.OURS, Trouble.NEVER})
_REASONS = MappingProxyType(
    {
        classes.BASELINE: "reason baseline",
        classes.NOBODY: "reason nobody",
        classes.UNKNOWN_TOPIC: "reason topic gone",
        classes.LET_GO: "reason let go",
        classes.STOPPED: "reason stopped",
        Verdict.MUTED.value: "reason muted",
        Verdict.PAUSED.value: "reason paused",
        Verdict.SUSPENDED.value: "reason suspended",
        Verdict.STALE.value: "reason stale",
    }
)


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a report tells. `messages` are by state, `put` how many there are; `failed` (subscriber, state, why);
    `suspended` (subscriber, why); `noted` the sources of note among the `ill`."""

    since: datetime
    until: datetime
    tally: Tally
    messages: dict[str, int]
    put: int
    failed: tuple[tuple[int | None, str, str], ...]
    suspended: tuple[tuple[int, str], ...]
    sources: tuple[SourceRow, ...]
    ill: tuple[Ill, ...]
    noted: frozenset[int]


def report(facts: Facts, zone: str, language: str) -> str:
    """Return a report as Telegram HTML, parts divided by empty lines."""
    day = figures.day(facts.until.astimezone(zone_of(zone)).date(), language, weekday=True)
    covers = say(
        "covers", language, since=moment(facts.since, zone, language), until=moment(facts.until, zone, language)
    )
    head = [f"<b>{say('title', language, day=day)}</b>", covers]
    parts = [head, _items(facts.tally, language), _messages(facts, language), _sources(facts, zone, language)]
    return "\n\n".join("\n".join(part) for part in parts if part)


def _items(tally: Tally, language: str) -> list[str]:
    seen = say("seen", language, seen=tally.seen, matched=tally.matched, not_matched=tally.not_matched)
    said = [seen + (say("unread", language, number=tally.unread) if tally.unread else "")]
    numbers = {name: tally.classes[name] for name in classes.CLASSES}
    said.append(say("matched", language, matched=tally.matched, **numbers))
    for reason, number in sorted(tally.reasons.items(), key=lambda pair: (-pair[1], pair[0])):
        words = say(_REASONS[reason], language) if reason in _REASONS else reason
        said.append(say("reason", language, number=number, reason=words))
    if late := sum(tally.late.values()):
        told = ", ".join(
            say("late class", language, number=tally.late[name], name=say(name, language))
            for name in classes.CLASSES
            if tally.late[name]
        )
        said.append(say("late", language, number=late, classes=told))
    if tally.unexplained:
        listed = ", ".join(str(item_id) for item_id in tally.unexplained[:ITEMS_SHOWN])
        said.append(say("unexplained", language, number=len(tally.unexplained), listed=listed))
    for name, whole, parts in tally.differences():
        said.append(say("difference", language, name=name, whole=whole, parts=parts))
    return said


def _messages(facts: Facts, language: str) -> list[str]:
    if not facts.put:
        said = [say("no messages", language)]
    else:
        state = facts.messages.get
        numbers = {
            "sent": state(OutboxState.SENT.value, 0),
            "waiting": state(OutboxState.WAITING.value, 0) + state(OutboxState.SENDING.value, 0),
            "replaced": state(OutboxState.REPLACED.value, 0),
            "failed": state(OutboxState.FAILED.value, 0),
            "unknown": state(OutboxState.UNKNOWN.value, 0),
            "dropped": state(OutboxState.DROPPED.value, 0),
        }
        said = [say("messages", language, all=facts.put, **numbers)]
        if sum(numbers.values()) != facts.put:
            said.append(say("difference", language, name="messages", whole=facts.put, parts=sum(numbers.values())))
    for number, _, reason in facts.failed:
        key = "failure" if number is not None else "failure stranger"
        said.append(say(key, language, number=str(number), reason=reason or "?"))
    if facts.suspended:
        shown = [
            say("suspended one", language, number=str(number), reason=reason or "?")
            for number, reason in facts.suspended[:SUSPENDED_SHOWN]
        ]
        listed = ", ".join(shown) + (" …" if len(facts.suspended) > SUSPENDED_SHOWN else "")
        said.append(say("suspended", language, number=len(facts.suspended)) + " " + listed)
    return said


def _sources(facts: Facts, zone: str, language: str) -> list[str]:
    paused = sum(row.state == SourceState.PAUSED.value for row in facts.sources)
    active = [one for one in facts.ill if one.source.state == SourceState.ACTIVE.value]
    failing = sum(one.trouble in FAILING for one in active)
    silent = sum(one.trouble is Trouble.SILENT for one in active)
    other = len(active) - failing - silent
    well = len(facts.sources) - paused - len(active)
    said = [
        say("sources", language, all=len(facts.sources), well=well, failing=failing, silent=silent, other=other,
            paused=paused)
    ]  # fmt: skip
    ordered = sorted(facts.ill, key=lambda one: one.source.id not in facts.noted)
    said += [
        "   " + line(one.source, one, zone, language, noted=one.source.id in facts.noted)
        for one in ordered[:SOURCES_SHOWN]
    ]
    if len(ordered) > SOURCES_SHOWN:
        said.append(say("more", language, number=len(ordered) - SOURCES_SHOWN))
    return said

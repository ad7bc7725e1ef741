"""What an editor changes in the rulebook: drafts, new versions, and going back. Each change has its audit row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from bot.actions.edit_rules import RulesError
from bot.actions.measure_change import Asked, Effect, measured
from bot.database import Database
from bot.workers import Workers
from rules.model import RuleText
from storage import audit, drafts, rulebook, versions
from storage.engine import Session
from storage.tables import DraftRow, TopicRow
from storage.versions import Change, Version

if TYPE_CHECKING:
    from bot.rule_desk import Looked

LONGEST_NAME = 60
LONGEST_REASON = 1_000
LOOK_TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True)
class Order:
    """A text that an editor wants in force, and why.

    `based_on` is the version that it was made from (None: not known); `draft_revision` the draft that it is, 0 for a
    file's text; `anyway` publishes knowingly over what others published since; `since_at` says how much of the archive
    the measured effect looks at (None: all).
    """

    text: RuleText
    author: str
    reason: str
    based_on: int | None = None
    draft_revision: int = 0
    anyway: bool = False
    since_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Published:
    """A version that is now in force, what it changes, and what is doubtful in its text."""

    topic: str
    version: Version
    effect: Effect
    warnings: tuple[str, ...]


def known_author(name: str) -> str:
    """Return an editor's name as it is written down. Raises RulesError where it can't be one."""
    said = " ".join(name.split())
    if not said or len(said) > LONGEST_NAME or not said.isprintable():
        raise RulesError(f"an editor's name has 1 to {LONGEST_NAME} letters; give one with --as NAME")
    if said == versions.FILE_AUTHOR:
        raise RulesError('"file" stands for rule files; give another name with --as NAME')
    return said


def known_reason(reason: str) -> str:
    """Return a reason as it is written down. Raises RulesError where there is none."""
    said = reason.strip()
    if not said or len(said) > LONGEST_REASON:
        raise RulesError(f'say why in a few words (at most {LONGEST_REASON:,} letters): --reason "…"')
    return said


async def look_at(judges: Workers, text: RuleText) -> Looked:
    """Return what a text is and what is wrong or doubtful in it."""
    looked: Looked = await judges.run("bot.rule_desk:look", text, timeout_s=LOOK_TIMEOUT_S, cpu_s=LOOK_TIMEOUT_S)
    return looked


async def publish(
    db: Database, judges: Workers, order: Order, now: Callable[[], datetime], tell: Callable[[int, int], None]
) -> Published:
    """Put a text in force as its topic's next version, with the effect that it would have had on the archive.

    Raises RulesError while an error stands or an example fails, OvertakenError where others published meanwhile.
    """
    author, reason = known_author(order.author), known_reason(order.reason)
    looked = await look_at(judges, order.text)
    if looked.errors:
        raise RulesError("\n".join((*looked.errors, "not published: mend the text first")))
    await db.read(lambda tx: _would_follow(tx, looked.topic, order))
    text = RuleText(looked.topic, order.text.text, version="draft", file=order.text.file)
    effect = await measured(db, judges, Asked(looked.topic, text, order.since_at), now(), tell)
    change = Change(order.text.text, author, reason, order.based_on, effect.figures())

    def write(tx: Session) -> Version:
        topic = rulebook.find_or_add_topic(tx, looked.topic, looked.titles)
        former = versions.in_force(tx, topic)
        made = versions.publish(tx, topic, change, now(), anyway=order.anyway)
        topic.titles = looked.titles
        if order.draft_revision and not drafts.drop(tx, topic.id or 0, order.draft_revision):
            raise RulesError(f"{topic.slug}: the draft was saved anew meanwhile; look at it and publish again")
        audit.record(
            tx,
            who=f"editor {author}",
            action="publish rule",
            subject=topic.slug,
            before={"version": former.number if former else 0},
            after={"version": made.number, "based_on": made.based_on, "reason": reason, "anyway": order.anyway},
            now=now(),
        )
        return made

    return Published(looked.topic, await db.write(write), effect, looked.warnings)


def _would_follow(tx: Session, slug: str, order: Order) -> None:
    """Refuse before the long measuring what would be refused after it."""
    topic = rulebook.find_topic(tx, slug)
    if topic is not None:
        change = Change(order.text.text, order.author, order.reason, order.based_on)
        versions.allow(tx, topic, change, anyway=order.anyway)


async def roll_back(
    db: Database,
    judges: Workers,
    slug: str,
    number: int | None,
    order: Order,
    now: Callable[[], datetime],
    tell: Callable[[int, int], None],
) -> Published:
    """Publish the text of an older version anew (None: the one before that in force); `order` says who and why.

    Raises RulesError where there is no such version, or where its text would be refused today.
    """

    def old(tx: Session) -> tuple[Version, int]:
        topic = topic_of(tx, slug)
        current = versions.in_force(tx, topic)
        standing = current.number if current else 0
        if number is None and standing == 1:
            raise RulesError(f"{slug}: version 1 is its first; there is none before it to go back to")
        return version_of(tx, topic, standing - 1 if number is None else number), standing

    version, standing = await db.read(old)
    text = RuleText(slug, version.text, version=str(version.number), file=f"{slug} (version {version.number})")
    return await publish(db, judges, replace(order, text=text, based_on=standing, draft_revision=0), now, tell)


def version_of(tx: Session, topic: TopicRow, number: int) -> Version:
    """Return one version of a topic's rule. Raises RulesError with the numbers that there are."""
    found = versions.find(tx, topic, number)
    if found is None:
        there = [version.number for version in versions.history(tx, topic)]
        listed = f"it has {there[-1]} to {there[0]}" if there else "it has none yet"
        raise RulesError(f"{topic.slug}: there is no version {number}; {listed}")
    return found


def topic_of(tx: Session, slug: str) -> TopicRow:
    """Return a house topic's row. Raises RulesError with the topics that there are."""
    topic = rulebook.find_topic(tx, slug)
    if topic is None:
        known = ", ".join(one.slug for one in rulebook.topics(tx)) or "none yet; `mediawatch run` takes the rule files"
        raise RulesError(f"there is no topic {slug!r}; there are: {known}")
    return topic


async def save_draft(
    db: Database, looked: Looked, text: str, author: str, *, seen: int | None, now: datetime
) -> DraftRow:
    """Keep a text as its topic's draft; errors in it may stand until it is published.

    `seen` is the revision that the editor saw (0: none), None where that is not known: then only the editor's own draft
    is written over. Raises DraftTakenError where another one stands there.
    """
    author = known_author(author)
    if not looked.topic:
        raise RulesError("the text names no topic; begin it with a line such as topic: kazakh-oil")

    def write(tx: Session) -> DraftRow:
        topic = rulebook.find_or_add_topic(tx, looked.topic, looked.titles)
        standing, current = drafts.find(tx, topic.id or 0), versions.in_force(tx, topic)
        own = standing.revision if standing is not None and standing.author == author else 0
        kept = drafts.save(
            tx,
            topic.id or 0,
            text,
            author,
            based_on=current.number if current else 0,
            seen=own if seen is None else seen,
            now=now,
        )
        audit.record(
            tx,
            who=f"editor {author}",
            action="save draft",
            subject=topic.slug,
            before={"revision": standing.revision if standing else 0},
            after={"revision": kept.revision, "based_on": kept.based_on},
            now=now,
        )
        return kept

    return await db.write(write)


async def drop_draft(db: Database, slug: str, author: str, now: datetime) -> bool:
    """Throw a topic's draft away; say whether there was one."""
    author = known_author(author)

    def write(tx: Session) -> bool:
        topic = topic_of(tx, slug)
        gone = drafts.drop(tx, topic.id or 0)
        if gone:
            audit.record(tx, who=f"editor {author}", action="drop draft", subject=topic.slug, now=now)
        return gone

    return await db.write(write)

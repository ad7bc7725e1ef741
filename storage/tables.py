"""Every table on one page. What each row is for stands in its docstring; how rows change stands in the sibling modules.

SQLModel tables do not validate: values are checked before they come here. Enums are stored by value, as text.
Every time is an aware UTC datetime (`UtcDateTime`); SQLite would hand back naive ones.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Text,
    UniqueConstraint,
    false,
    text,
    true,
)
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel

from storage.immutable import guard


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC datetime. Refuses naive values, so that a local time never slips in."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return `value` in UTC; naive (as SQLite stores it) for SQLite."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a datetime without a zone must not reach the database")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return `value` as aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# SQLite only auto-increments a plain INTEGER; PostgreSQL wants 64 bits for rows that come by the million.
BigId = BigInteger().with_variant(Integer(), "sqlite")


def _id() -> Any:
    return Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))


def _at(*, nullable: bool = True, index: bool = False) -> Any:
    return Field(default=None, sa_column=Column(UtcDateTime(), nullable=nullable, index=index))


def _text(default: str = "") -> Any:
    return Field(default=default, sa_column=Column(Text(), nullable=False, server_default=""))


def _enum(default: StrEnum) -> Any:
    return Field(default=default.value, sa_column=Column(Text(), nullable=False))


def _ref(target: str, *, nullable: bool = False, index: bool = False, ondelete: str = "CASCADE") -> Any:
    column = Column(BigId, ForeignKey(target, ondelete=ondelete), nullable=nullable, index=index)
    return Field(default=None, sa_column=column)


class SourceState(StrEnum):
    """Whether a source is polled."""

    ACTIVE = "active"
    PAUSED = "paused"
    REMOVED = "removed"


class OutboxKind(StrEnum):
    """What an intent to tell is."""

    ALERT = "alert"
    EDIT = "edit"
    DIGEST = "digest"
    REPLY = "reply"
    NOTICE = "notice"
    BROADCAST = "broadcast"


class OutboxState(StrEnum):
    """Where an intent to tell stands. WAITING and SENDING are open, the others final."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    REPLACED = "replaced"
    UNKNOWN = "unknown"
    FAILED = "failed"
    DROPPED = "dropped"


class SubscriberState(StrEnum):
    """Whether a chat is written to: STOPPED by the person, SUSPENDED because Telegram refuses us there."""

    ACTIVE = "active"
    STOPPED = "stopped"
    SUSPENDED = "suspended"


class How(StrEnum):
    """How a subscriber wants a topic."""

    AT_ONCE = "at once"
    DIGEST = "digest"
    BOTH = "both"


class SourceRow(SQLModel, table=True):
    """A place news comes from, with all that polling must remember. `imported_url` is the address as it was given;
    `url` the one polled today. `interval_s` is the current pace; `arrivals` are the times (UTC seconds) at which its
    latest items came; `identity` the mode of
    `bot.feeds.identity`."""

    __tablename__ = "source"
    __table_args__ = (UniqueConstraint("imported_url"), Index("source_due", "state", "next_poll_at"))

    id: int | None = _id()
    name: str = _text()
    url: str = _text()
    imported_url: str = _text()
    home_url: str = _text()
    language: str = _text()
    tags: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    fetch_pages: bool = True
    state: str = _enum(SourceState.ACTIVE)
    state_note: str = _text()
    origin: str = Field(default="person", description="'file' or 'person': who put it here")
    file_hash: str = _text()
    added_at: datetime = _at(nullable=False)

    next_poll_at: datetime | None = _at()
    last_polled_at: datetime | None = _at()
    last_ok_at: datetime | None = _at()
    last_full_at: datetime | None = _at()
    last_new_at: datetime | None = _at()
    etag: str = _text()
    last_modified: str = _text()
    body_hash: str = _text()
    interval_s: float = 0.0
    arrivals: list[int] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    identity: str = "guid"
    baseline_done: bool = False
    failures: int = 0
    failing_since: datetime | None = _at()
    fault: str = _text()
    fault_detail: str = _text()
    gaps: int = 0
    last_gap_at: datetime | None = _at()
    moved_to: str = _text()
    moved_since: datetime | None = _at()
    moved_polls: int = 0
    page_failures: int = 0


class EntryRow(SQLModel, table=True):
    """An identity that a source has listed: kept apart from the item so that retention never re-alerts.

    One item has several keys (guid, link, title+day). `content_hash` tells a content edit. `last_listed_at` is
    refreshed at most daily."""

    __tablename__ = "entry"
    __table_args__ = (
        Index("entry_listed", "last_listed_at"),
        Index("entry_item", "item_id"),
        {"sqlite_with_rowid": False},
    )

    source_id: int = Field(sa_column=Column(BigId, primary_key=True))
    key: str = Field(sa_column=Column(Text(), primary_key=True))
    item_id: int | None = Field(default=None, sa_column=Column(BigId, nullable=True))
    content_hash: str = _text()
    last_listed_at: datetime = _at(nullable=False)


class ItemRow(SQLModel, table=True):
    """An entry we keep. `published_at` is shown, `first_seen_at` orders and is stored once.

    `analyse_due` says that the rules have not read its present text; `page_due_at` that its article is wanted;
    `search_due` that a search does not know its present text yet. `text_hash` names the current `TextRow` ("" once
    retention deleted it)."""

    __tablename__ = "item"
    __table_args__ = (
        UniqueConstraint("source_id", "key"),
        Index("item_unread", "id", sqlite_where=text("analyse_due = 1"), postgresql_where=text("analyse_due")),
        Index(
            "item_page",
            "page_due_at",
            sqlite_where=text("page_due_at IS NOT NULL"),
            postgresql_where=text("page_due_at IS NOT NULL"),
        ),
        Index("item_seen", "first_seen_at"),
        Index("item_link", "link_key"),
        Index("item_source", "source_id", "id"),
        Index("item_language", "language", "id"),
        Index(
            "item_to_search",
            "id",
            sqlite_where=text("search_due = 1"),
            postgresql_where=text("search_due"),
        ),
    )

    id: int | None = _id()
    source_id: int = _ref("source.id")
    key: str = _text()
    guid: str = _text()
    link: str = _text()
    link_key: str = _text()
    title: str = _text()
    language: str = _text()
    published_at: datetime | None = _at()
    first_seen_at: datetime = _at(nullable=False)
    baseline: bool = False
    analyse_due: bool = True
    search_due: bool = Field(default=True, sa_column=Column(Boolean, nullable=False, server_default=true()))
    analyse_failures: int = 0
    matched: bool = False
    text_hash: str = _text()
    page_due_at: datetime | None = _at()
    page_tries: int = 0
    page_note: str = _text()
    story_id: int | None = _ref("story.id", nullable=True, index=True, ondelete="SET NULL")


class TextRow(SQLModel, table=True):
    """One version of an item's text, named by the hash of title and text; deletable without the item."""

    __tablename__ = "item_text"
    __table_args__ = (Index("text_stored", "stored_at"),)

    item_id: int = Field(sa_column=Column(BigId, primary_key=True))
    hash: str = Field(sa_column=Column(Text(), primary_key=True))
    text: str = _text()
    origin: str = Field(default="feed", description="'feed' or 'page'")
    stored_at: datetime = _at(nullable=False)


class SearchRow(SQLModel, table=True):
    """What a search looks through: an item's words, folded, each once, with a space before and after each."""

    __tablename__ = "item_search"

    item_id: int = Field(sa_column=Column(BigId, ForeignKey("item.id", ondelete="CASCADE"), primary_key=True))
    words: str = _text()


class HostRow(SQLModel, table=True):
    """What a host (host and port) asked of us or did to us: held after a 429, or left alone by pages."""

    __tablename__ = "host"

    host: str = Field(primary_key=True)
    held_until: datetime | None = _at()
    page_failures: int = 0
    pages_held_until: datetime | None = _at()


class TopicRow(SQLModel, table=True):
    """What people subscribe to. `owner_id` 0 is the house, else the subscriber whose private topic it is.

    `file_hash` remembers the file text it came from, so that a changed file is published only where nobody
    edited since."""

    __tablename__ = "topic"
    __table_args__ = (UniqueConstraint("owner_id", "slug"),)

    id: int | None = _id()
    owner_id: int = Field(default=0, sa_column=Column(BigId, nullable=False))
    slug: str = _text()
    titles: dict[str, str] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    file_hash: str = _text()
    published_id: int | None = Field(default=None, sa_column=Column(BigId, nullable=True))
    removed_at: datetime | None = _at()


class RuleRow(SQLModel, table=True):
    """One published version of a topic's rule: who, when, why, text, and what the change does to the archive.

    Written once; the database itself refuses to change a row. `based_on` is the number of the version that the text was
    made from, 0 for none; `author` an editor's local name, or "file"; `figures` what a back-test counted."""

    __tablename__ = "rule"
    __table_args__ = (UniqueConstraint("topic_id", "number"),)

    id: int | None = _id()
    topic_id: int = _ref("topic.id", index=True)
    number: int = 0
    text: str = _text()
    author: str = _text()
    reason: str = _text()
    based_on: int = 0
    published_at: datetime = _at(nullable=False)
    figures: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))


guard(SQLModel.metadata.tables["rule"])


class DraftRow(SQLModel, table=True):
    """A topic's text that is not yet published; a topic has at most one. `revision` grows with each save, so that a
    second editor is told instead of overwriting; `based_on` is the number of the version it was made from, 0: none.
    `preview_due`: the owner of this private topic waits to see what the text finds."""

    __tablename__ = "draft"
    __table_args__ = (UniqueConstraint("topic_id"),)

    id: int | None = _id()
    topic_id: int = _ref("topic.id")
    text: str = _text()
    author: str = _text()
    based_on: int = 0
    revision: int = 1
    saved_at: datetime = _at(nullable=False)
    preview_due: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=false()))


class MatchRow(SQLModel, table=True):
    """A topic found in an item, with the evidence. `vanished_at` is set when a later text no longer matches."""

    __tablename__ = "match"
    __table_args__ = (
        UniqueConstraint("item_id", "topic_id"),
        Index("match_topic", "topic_id", "matched_at"),
        Index("match_standing", "topic_id", "item_id", "vanished_at"),
    )

    id: int | None = _id()
    item_id: int = _ref("item.id")
    topic_id: int = _ref("topic.id")
    rule_id: int | None = Field(default=None, sa_column=Column(BigId, nullable=True))
    points: int = 0
    because: str = _text()
    evidence: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    content_hash: str = _text()
    matched_at: datetime = _at(nullable=False)
    vanished_at: datetime | None = _at()


class VoteRow(SQLModel, table=True):
    """What a subscriber said of a match: about the topic or not. `rule_id` is the version that had matched.

    The vote outlives its author: `subscriber_id` is empty once the person was forgotten."""

    __tablename__ = "vote"
    __table_args__ = (UniqueConstraint("item_id", "topic_id", "subscriber_id"), Index("vote_topic", "topic_id"))

    id: int | None = _id()
    item_id: int = _ref("item.id")
    topic_id: int = _ref("topic.id")
    rule_id: int | None = Field(default=None, sa_column=Column(BigId, nullable=True))
    subscriber_id: int | None = _ref("subscriber.id", nullable=True, index=True, ondelete="SET NULL")
    relevant: bool = False
    voted_at: datetime = _at(nullable=False)


class StoryRow(SQLModel, table=True):
    """Items about one event. `merged_into` names the story this one proved to be part of.

    New items are compared with its core: the first item, and `core_item_id`, the one most like all others."""

    __tablename__ = "story"
    __table_args__ = (Index("story_last", "last_at"), Index("story_merged", "merged_into"))

    id: int | None = _id()
    title: str = _text()
    opened_at: datetime = _at(nullable=False)
    last_at: datetime = _at(nullable=False)
    first_item_id: int | None = Field(default=None, sa_column=Column(BigId, nullable=True))
    core_item_id: int | None = Field(default=None, sa_column=Column(BigId, nullable=True))
    merged_into: int | None = Field(default=None, sa_column=Column(BigId, nullable=True))


class StoryKeyRow(SQLModel, table=True):
    """An exact key (canonical link, folded title with its day) that leads an item to its story."""

    __tablename__ = "story_key"
    __table_args__ = (Index("story_key_story", "story_id"), {"sqlite_with_rowid": False})

    key: str = Field(sa_column=Column(Text(), primary_key=True))
    story_id: int = _ref("story.id")
    seen_at: datetime = _at(nullable=False)


class StorySketchRow(SQLModel, table=True):
    """What of an item is kept for comparing it with others, as long as it may still find some. `hour` is when it was
    published, in hours since 1970 (UTC); `edition` tells sketches that can't be compared with today's."""

    __tablename__ = "story_sketch"
    __table_args__ = (Index("story_sketch_hour", "hour"),)

    item_id: int = Field(sa_column=Column(BigId, ForeignKey("item.id", ondelete="CASCADE"), primary_key=True))
    hour: int = Field(default=0, sa_column=Column(Integer, nullable=False))
    edition: int = Field(default=0, sa_column=Column(Integer, nullable=False))
    sketch: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))


class StoryClueRow(SQLModel, table=True):
    """That an item has a clue (a rare name, a number, a MinHash band, by its hash): items that share some are compared.

    One table for the bands and the rare words, since both are looked up alike."""

    __tablename__ = "story_clue"
    __table_args__ = (Index("story_clue_item", "item_id"), {"sqlite_with_rowid": False})

    clue: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    hour: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    item_id: int = Field(
        sa_column=Column(BigId, ForeignKey("item.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    )


class SubscriberRow(SQLModel, table=True):
    """A chat that we write to: id, language, zone and choices; no name, no username, no text. `id` is the local number
    that pages and logs show. `kind` is private, group or channel; `thread_id` a forum topic (0: none).
    `quiet_from` and `quiet_to` are minutes of the day on the person's clock, [from, to), empty for no quiet hours.
    `nothing_note`: a digest with nothing to say says so; `chart`: it comes with a chart of mentions; `weekly`: a week's
    trends come on Mondays; `escalate`: a story that grew five-fold rings again. `role` is "admin" or nothing."""

    __tablename__ = "subscriber"
    # The audit keeps the number of a forgotten person: SQLite must never give it to the next one.
    __table_args__ = (UniqueConstraint("chat_id", "thread_id"), {"sqlite_autoincrement": True})

    id: int | None = _id()
    chat_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    thread_id: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    kind: str = "private"
    language: str = "en"
    zone: str = "Europe/Minsk"
    state: str = _enum(SubscriberState.ACTIVE)
    state_note: str = _text()
    paused_until: datetime | None = _at()
    silent: bool = False
    joined_at: datetime = _at(nullable=False)
    language_chosen: bool = False
    quiet_from: int | None = None
    quiet_to: int | None = None
    nothing_note: bool = False
    chart: bool = False
    weekly: bool = False
    escalate: bool = False
    role: str = _text()


class SubscriptionRow(SQLModel, table=True):
    """A subscriber's wish to hear of a topic, and how. An `urgent` topic breaks through quiet hours."""

    __tablename__ = "subscription"
    # All that a verdict needs stands in the index: a topic's ten thousand rows lie scattered over the table.
    __table_args__ = (Index("subscription_topic", "topic_id", "subscriber_id", "how", "urgent"),)

    subscriber_id: int = Field(
        sa_column=Column(BigId, ForeignKey("subscriber.id", ondelete="CASCADE"), primary_key=True)
    )
    topic_id: int = Field(sa_column=Column(BigId, ForeignKey("topic.id", ondelete="CASCADE"), primary_key=True))
    how: str = _enum(How.AT_ONCE)
    since_at: datetime = _at(nullable=False)
    urgent: bool = False


class MuteRow(SQLModel, table=True):
    """What a subscriber does not want to hear of, until then (empty: until they say otherwise). `kind` is "story",
    "source" or "topic", `target_id` its row."""

    __tablename__ = "mute"
    # Verdicts ask who muted this, for all subscribers at once.
    __table_args__ = (Index("mute_target", "kind", "target_id"), {"sqlite_with_rowid": False})

    subscriber_id: int = Field(
        sa_column=Column(BigId, ForeignKey("subscriber.id", ondelete="CASCADE"), primary_key=True)
    )
    kind: str = Field(sa_column=Column(Text(), primary_key=True))
    target_id: int = Field(sa_column=Column(BigId, primary_key=True))
    until: datetime | None = _at()
    made_at: datetime = _at(nullable=False)


class ScheduleRow(SQLModel, table=True):
    """A digest slot of a subscriber: minute of the local day and weekdays (bit 0 is Monday). Its id is the slot."""

    __tablename__ = "schedule"
    # Digests are unique per slot and date: a number used again would swallow another person's digest.
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: int | None = _id()
    subscriber_id: int = _ref("subscriber.id", index=True)
    minute: int = 0
    weekdays: int = 127
    next_due_at: datetime | None = _at(index=True)


class DigestState(StrEnum):
    """What became of a digest: SKIPPED where the service was down for hours, NAMED once the subscriber was told so."""

    PREPARED = "prepared"
    SKIPPED = "skipped"
    NAMED = "skipped and said so"


class DigestRow(SQLModel, table=True):
    """A digest that was prepared, or skipped: at most one per slot and local date. `schedule_id` 0 is a gathered flood;
    `due_at` when its slot was due (empty for a flood)."""

    __tablename__ = "digest"
    __table_args__ = (
        Index(
            "digest_once",
            "schedule_id",
            "local_date",
            unique=True,
            sqlite_where=text("schedule_id > 0"),
            postgresql_where=text("schedule_id > 0"),
        ),
    )

    id: int | None = _id()
    subscriber_id: int = _ref("subscriber.id", index=True)
    schedule_id: int = Field(default=0, sa_column=Column(BigId, nullable=False))
    local_date: date = Field(sa_column=Column(Date, nullable=False))
    prepared_at: datetime = _at(nullable=False)
    stories: int = 0
    state: str = _enum(DigestState.PREPARED)
    due_at: datetime | None = _at()


class VerdictRow(SQLModel, table=True):
    """A decision with its reason for one subscriber about one item. `waits` marks what a digest must still take."""

    __tablename__ = "verdict"
    __table_args__ = (
        Index("verdict_waiting", "subscriber_id", sqlite_where=text("waits = 1"), postgresql_where=text("waits")),
        Index("verdict_item", "item_id"),
        Index("verdict_story", "story_id"),
        Index("verdict_decided", "decided_at"),
    )

    id: int | None = _id()
    subscriber_id: int = _ref("subscriber.id")
    item_id: int = _ref("item.id")
    story_id: int = _ref("story.id")
    topic_id: int = _ref("topic.id")
    verdict: str = _text()
    decided_at: datetime = _at(nullable=False)
    waits: bool = False
    digest_id: int | None = Field(default=None, sa_column=Column(BigId, nullable=True))


class AlertRow(SQLModel, table=True):
    """That a subscriber was told of a story: one row for each pair, ever. `revision` grows with each edit decided;
    `message_id` is known once Telegram answered (0 where it never will be: then growth goes to the digest).
    `rung_sources` is how many sources had the story when its message last rang."""

    __tablename__ = "alert"
    __table_args__ = (UniqueConstraint("subscriber_id", "story_id"), Index("alert_story", "story_id"))

    id: int | None = _id()
    subscriber_id: int = _ref("subscriber.id")
    story_id: int = _ref("story.id")
    topic_id: int = _ref("topic.id")
    item_id: int = Field(default=0, sa_column=Column(BigId, nullable=False))
    revision: int = 1
    message_id: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    decided_at: datetime = _at(nullable=False)
    edited_at: datetime | None = _at()
    rung_sources: int = 1


class OutboxRow(SQLModel, table=True):
    """An intent to tell, written in the commit that decided it: finished text, chat, kind, story, revision.

    `buttons` is the inline keyboard as rows of [label, callback or url]. `lost_answers` counts sends that Telegram
    never answered, `crashes` sends that our own end interrupted; `message_id` is what an EDIT edits, or
    what a send became. `attachment` are the bytes of a picture (its name ends in .png) or of a document; `text` is its
    caption then."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index(
            "outbox_open",
            "chat_id",
            "id",
            sqlite_where=text("state IN ('waiting', 'sending')"),
            postgresql_where=text("state IN ('waiting', 'sending')"),
        ),
        Index("outbox_alert", "alert_id"),
        Index("outbox_created", "created_at"),
        # A message under way may lose its row (/forget): its number must not become another message's meanwhile.
        {"sqlite_autoincrement": True},
    )

    id: int | None = _id()
    subscriber_id: int | None = _ref("subscriber.id", nullable=True, index=True)
    chat_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    thread_id: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    kind: str = _enum(OutboxKind.ALERT)
    alert_id: int | None = _ref("alert.id", nullable=True)
    digest_id: int | None = _ref("digest.id", nullable=True)
    revision: int = 1
    text: str = _text()
    buttons: list[list[list[str]]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    silent: bool = False
    created_at: datetime = _at(nullable=False)
    due_at: datetime = _at(nullable=False)
    state: str = _enum(OutboxState.WAITING)
    attempts: int = 0
    lost_answers: int = 0
    crashes: int = 0
    plain: bool = False
    message_id: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    finished_at: datetime | None = _at()
    note: str = _text()
    attachment: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    attachment_name: str = _text()


class DeliveryRow(SQLModel, table=True):
    """One attempt to send, and what came of it. Becomes a count after 90 days."""

    __tablename__ = "delivery"
    __table_args__ = (Index("delivery_at", "attempted_at"),)

    id: int | None = _id()
    outbox_id: int | None = _ref("outbox.id", nullable=True, index=True)
    subscriber_id: int | None = _ref("subscriber.id", nullable=True, index=True)
    attempted_at: datetime = _at(nullable=False)
    outcome: str = _text()
    detail: str = _text()


class DailyCountRow(SQLModel, table=True):
    """A day's count of something, where the rows themselves were retired."""

    __tablename__ = "daily_count"

    day: date = Field(sa_column=Column(Date, primary_key=True))
    name: str = Field(sa_column=Column(Text(), primary_key=True))
    value: int = 0


class ChatHoldRow(SQLModel, table=True):
    """Until when Telegram asked us to leave a chat alone (chat 0: all chats), kept across restarts."""

    __tablename__ = "chat_hold"

    chat_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    held_until: datetime = _at(nullable=False)


class AuditRow(SQLModel, table=True):
    """What a person changed, in the same commit as the change. `who` is a subscriber's local number, an editor's name
    on this machine, or a command's name."""

    __tablename__ = "audit"
    __table_args__ = (Index("audit_at", "happened_at"),)

    id: int | None = _id()
    happened_at: datetime = _at(nullable=False)
    who: str = _text()
    action: str = _text()
    subject: str = _text()
    before: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    after: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))


class SpikeRow(SQLModel, table=True):
    """A topic told of as unusually loud: `stories` in the hours from `began_at`, where `expected` were usual."""

    __tablename__ = "spike"
    __table_args__ = (Index("spike_topic", "topic_id", "began_at"),)

    id: int | None = _id()
    topic_id: int = _ref("topic.id")
    began_at: datetime = _at(nullable=False)
    last_at: datetime = _at(nullable=False)
    stories: int = 0
    expected: float = 0.0
    ended_at: datetime | None = _at()


class InviteRow(SQLModel, table=True):
    """An invitation to become admin: the hash of its token, usable once until `expires_at`."""

    __tablename__ = "invite"

    token_hash: str = Field(sa_column=Column(Text(), primary_key=True))
    made_by: int | None = _ref("subscriber.id", nullable=True, ondelete="SET NULL")
    made_at: datetime = _at(nullable=False)
    expires_at: datetime = _at(nullable=False)
    used_at: datetime | None = _at()


class NoticeRow(SQLModel, table=True):
    """Something that admins are told of at once, each cause once: `cause` names it ("source 17 fails"), `told_at` is
    when they were told, `ended_at` when it was over."""

    __tablename__ = "notice"
    __table_args__ = (Index("notice_cause", "cause"),)

    id: int | None = _id()
    cause: str = _text()
    detail: str = _text()
    began_at: datetime = _at(nullable=False)
    told_at: datetime | None = _at()
    ended_at: datetime | None = _at()


class ProposalRow(SQLModel, table=True):
    """A change to a topic's rule that votes speak for, with its back-test. `state` is open, accepted, declined or
    outdated; `decided_by` the local number of the admin."""

    __tablename__ = "proposal"
    __table_args__ = (Index("proposal_topic", "topic_id"),)

    id: int | None = _id()
    topic_id: int = _ref("topic.id")
    based_on: int = 0
    text: str = _text()
    summary: str = _text()
    figures: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    state: str = "open"
    made_at: datetime = _at(nullable=False)
    decided_at: datetime | None = _at()
    decided_by: int | None = Field(default=None, sa_column=Column(BigId, nullable=True))


class ReportRow(SQLModel, table=True):
    """When an admin's daily report comes: minute of the day on their clock (empty: never), and what it covered so far.

    `asked_at` is set while one is wanted at once; `covered_until` is where the next one begins; `last_date` the last
    local date that had one."""

    __tablename__ = "report"

    subscriber_id: int = Field(
        sa_column=Column(BigId, ForeignKey("subscriber.id", ondelete="CASCADE"), primary_key=True)
    )
    minute: int | None = None
    next_due_at: datetime | None = _at()
    asked_at: datetime | None = _at()
    covered_until: datetime = _at(nullable=False)
    last_date: date | None = Field(default=None, sa_column=Column(Date, nullable=True))


class LabelSheetRow(SQLModel, table=True):
    """Items that a report asks an admin to label, in the order of its buttons: each with item, topic, and why it was a
    near miss (empty: taken at random)."""

    __tablename__ = "label_sheet"

    id: int | None = _id()
    made_at: datetime = _at(nullable=False)
    entries: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))


class BroadcastRow(SQLModel, table=True):
    """An admin's message to all who are written to. `state` is shown (a preview waits for its confirmation), sent or
    dropped; `recipients` how many it was put down for."""

    __tablename__ = "broadcast"

    id: int | None = _id()
    made_by: int | None = _ref("subscriber.id", nullable=True, ondelete="SET NULL")
    text: str = _text()
    state: str = "shown"
    recipients: int = 0
    made_at: datetime = _at(nullable=False)
    decided_at: datetime | None = _at()


class WebLinkRow(SQLModel, table=True):
    """A link that signs somebody in to the console: the hash of its token, usable once until `expires_at`.

    `subscriber_id` is whose it is; empty for one printed on this machine, where `name` says who asked for it."""

    __tablename__ = "web_link"

    token_hash: str = Field(sa_column=Column(Text(), primary_key=True))
    subscriber_id: int | None = _ref("subscriber.id", nullable=True)
    name: str = _text()
    role: str = _text()
    made_at: datetime = _at(nullable=False)
    expires_at: datetime = _at(nullable=False)
    used_at: datetime | None = _at()


class WebSessionRow(SQLModel, table=True):
    """Somebody signed in to the console, by the hash of what their browser holds. `role` is what the link gave; a
    subscriber's present role bounds it at every request. `language` and `theme` are choices, "" for the browser's."""

    __tablename__ = "web_session"
    __table_args__ = (UniqueConstraint("token_hash"),)

    id: int | None = _id()
    token_hash: str = _text()
    subscriber_id: int | None = _ref("subscriber.id", nullable=True, index=True)
    name: str = _text()
    role: str = _text()
    language: str = _text()
    made_at: datetime = _at(nullable=False)
    seen_at: datetime = _at(nullable=False)
    ended_at: datetime | None = _at()


class SavedSearchRow(SQLModel, table=True):
    """A search of the archive that somebody keeps: `terms` are its words and facets as plain values. `owner` is the
    person's name in the console; a subscriber's go with the subscriber."""

    __tablename__ = "saved_search"
    __table_args__ = (UniqueConstraint("owner", "name"),)

    id: int | None = _id()
    subscriber_id: int | None = _ref("subscriber.id", nullable=True, index=True)
    owner: str = _text()
    name: str = _text()
    terms: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    made_at: datetime = _at(nullable=False)


class AtomKeyRow(SQLModel, table=True):
    """The secret part of an Atom feed's address: of a topic, or of a saved search. It is kept as it is, since the page
    shows it again; who has it reads titles, links and two sentences."""

    __tablename__ = "atom_key"

    token: str = Field(sa_column=Column(Text(), primary_key=True))
    subscriber_id: int | None = _ref("subscriber.id", nullable=True, index=True)
    owner: str = _text()
    topic_id: int | None = _ref("topic.id", nullable=True)
    search_id: int | None = _ref("saved_search.id", nullable=True)
    made_at: datetime = _at(nullable=False)


class StateRow(SQLModel, table=True):
    """One remembered value of the service itself, such as the number of the last Telegram update taken."""

    __tablename__ = "service_state"

    name: str = Field(primary_key=True)
    value: str = _text()

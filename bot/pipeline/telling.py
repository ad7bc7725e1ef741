"""Who is told of a newly matched item, and how: verdicts, alerts and outbox rows, in the commit of the matches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.delivery import render
from bot.delivery.model import AlertCard, Snippet
from rules.alerts import How, Situation, Verdict, decide
from rules.model import Field, Match
from storage import alerts, digests, items, matches, outbox, stories, subscribers
from storage.deliveries import Growth
from storage.engine import Session
from storage.items import Unread
from storage.rulebook import Topic
from storage.stories import Member
from storage.subscribers import Listener
from storage.tables import AlertRow, OutboxKind, SubscriberState

SNIPPET_LENGTH = 280
WAITING = frozenset({Verdict.HOLD, Verdict.DIGEST, Verdict.FLOOD})
SENTENCE_ENDS = ".!?…\n"


@dataclass(frozen=True, slots=True)
class News:
    """An item with the topics that newly match it, in its story."""

    item: Unread
    story_id: int
    topics: tuple[tuple[Topic, Match], ...]


@dataclass(slots=True)
class _Desk:
    """What one item's verdicts need: looked up once, for all who listen."""

    told: dict[int, AlertRow]
    digested: set[int]
    waiting: set[int]
    queues: dict[int, int]


class Teller:
    """Decides for each subscriber; keeps nothing but the operator's limits: how many alerts may wait for a chat before
    more go to a digest, and how often a told story's message may be edited."""

    def __init__(self, flood_limit: int, edit_every: timedelta = timedelta(minutes=1)) -> None:
        self._flood_limit = flood_limit
        self._edit_every = edit_every

    def tell(self, tx: Session, news: News, now: datetime) -> dict[str, int]:
        """Write a verdict for each subscriber of the topics, and what follows from it; return how many of each kind."""
        listening: dict[int, list[Listener]] = {}
        for listener in subscribers.listeners(tx, [topic.topic_id for topic, _ in news.topics]):
            listening.setdefault(listener.subscriber_id, []).append(listener)
        if not listening:
            return {}
        desk = _Desk(
            alerts.told(tx, news.story_id, listening),
            alerts.digested_stories(tx, news.story_id, listening),
            alerts.waiting_stories(tx, news.story_id, listening),
            outbox.open_count_by_chat(tx, {wishes[0].chat_id for wishes in listening.values()}),
        )
        members = stories.members(tx, news.story_id)
        counts: dict[str, int] = {}
        for wishes in listening.values():
            verdict = self._tell_one(tx, news, wishes, desk, members, now)
            counts[verdict.name.lower()] = counts.get(verdict.name.lower(), 0) + 1
        return counts

    def _tell_one(
        self, tx: Session, news: News, wishes: list[Listener], desk: _Desk, members: list[Member], now: datetime
    ) -> Verdict:
        # The most immediate wish decides where one story falls under several topics of a subscriber.
        listener = min(wishes, key=lambda wish: (wish.how == "digest", wish.topic_id))
        who = listener.subscriber_id
        alert = desk.told.get(who)
        how = {"at once": How.AT_ONCE, "digest": How.DIGEST, "both": How.BOTH}[listener.how]
        verdict = decide(
            Situation(
                how=how,
                paused=listener.paused_until is not None and listener.paused_until > now,
                suspended=listener.state == SubscriberState.SUSPENDED.value,
                baseline=news.item.baseline,
                told_item=alert is not None and alert.item_id == news.item.item_id,
                told_story=alert is not None or who in desk.digested,
                queue_length=desk.queues.get(listener.chat_id, 0),
                flood_limit=self._flood_limit,
            )
        )
        # What a pause keeps back stands in the first digest after it, for those who get one.
        repeated = {Verdict.PAUSED} if how is How.DIGEST else {Verdict.PAUSED, Verdict.SEND, Verdict.EDIT}
        waits = verdict in WAITING or (how is not How.AT_ONCE and verdict in repeated)
        if verdict is Verdict.SEND and who in desk.waiting:
            # The story waits for a digest already (a flood): it is told there, not twice.
            verdict, waits = Verdict.FLOOD, True
        if verdict is Verdict.SEND:
            self._send(tx, news, listener, members, now)
            desk.queues[listener.chat_id] = desk.queues.get(listener.chat_id, 0) + 1
        elif verdict is Verdict.EDIT:
            edited = alert is not None and self._edit(tx, news, listener, alert, members, now)
            waits = waits or (not edited and how is not How.AT_ONCE)
        alerts.record_verdict(
            tx, subscriber_id=who, item_id=news.item.item_id, story_id=news.story_id, topic_id=listener.topic_id,
            verdict=verdict.value, waits=waits, now=now,
        )  # fmt: skip
        return verdict

    def _send(self, tx: Session, news: News, listener: Listener, members: list[Member], now: datetime) -> None:
        alert = alerts.open_alert(
            tx, subscriber_id=listener.subscriber_id, story_id=news.story_id, topic_id=listener.topic_id,
            item_id=news.item.item_id, now=now,
        )  # fmt: skip
        outbox.put(
            tx,
            chat_id=listener.chat_id,
            kind=OutboxKind.ALERT,
            text=render.alert(card(news, listener, members, first_words(news, listener)), zone=listener.zone)[0],
            now=now,
            subscriber_id=listener.subscriber_id,
            thread_id=listener.thread_id,
            alert_id=alert.id,
            silent=listener.silent,
        )

    def _edit(
        self, tx: Session, news: News, listener: Listener, alert: AlertRow, members: list[Member], now: datetime
    ) -> bool:
        """Let the message of a story told say who else has it; at most once a minute. False where it can't."""
        alert.revision += 1
        due_at = max(now, (alert.edited_at or alert.decided_at) + self._edit_every)
        text = render.alert(card(news, listener, members, told_words(tx, alert)), zone=listener.zone)[0]
        tx.add(alert)
        tx.flush()
        row = outbox.put_edit(tx, alert_id=alert.id or 0, text=text, now=now, revision=alert.revision, due_at=due_at)
        return row is not None


@dataclass(frozen=True, slots=True)
class Words:
    """What an alert says of the item it told first: the item, why it matched, and the sentence."""

    item_id: int
    because: str
    snippet: Snippet | None


def first_words(news: News, listener: Listener) -> Words:
    """Return the words for an item that is told now."""
    match = _match_for(news, listener)[1]
    hits = [(str(hit.field), hit.start, hit.end, hit.quoted) for hit in match.hits]
    return Words(news.item.item_id, match.because, snippet(news.item.text, hits))


def told_words(tx: Session, alert: AlertRow) -> Words:
    """Return the words for an item that was told before, from the evidence kept (its text may be gone by now)."""
    row = matches.of_items(tx, [alert.item_id]).get(alert.item_id, {}).get(alert.topic_id)
    if row is None:
        return Words(alert.item_id, "", None)
    hits = [(str(h["field"]), int(h["start"]), int(h["end"]), str(h["quoted"])) for h in row.evidence]
    _, text = items.present_text(tx, alert.item_id)
    return Words(alert.item_id, row.because, snippet(text, hits))


def _match_for(news: News, listener: Listener) -> tuple[Topic, Match]:
    return next(((t, m) for t, m in news.topics if t.topic_id == listener.topic_id), news.topics[0])


def card(news: News, listener: Listener, members: Sequence[Member], words: Words) -> AlertCard:
    """Return what the message of a story says to a listener: the item told first, and who else has the story."""
    first = next((member for member in members if member.item_id == words.item_id), None)
    first_source = first.source_id if first else news.item.source_id
    others = dict.fromkeys(m.source_name for m in members if m.source_id != first_source)
    return AlertCard(
        title=first.title if first else news.item.title,
        link=first.link if first else news.item.link,
        source_name=first.source_name if first else news.item.source_name,
        published_at=(first.published_at or first.first_seen_at) if first else news.item.published_at,
        topic_title=_match_for(news, listener)[0].title(listener.language),
        because=words.because,
        snippet=words.snippet,
        also=tuple(others),
        sources_count=len({m.source_id for m in members}) or 1,
        language_count=len({m.language for m in members if m.language}) or 1,
    )


def snippet(text: str, hits: Sequence[tuple[str, int, int, str]]) -> Snippet | None:
    """Return the sentence with the most telling hit, its matched words marked; None where the title has that hit.

    `hits` are (field, start, end, quoted), the most telling first; those that `text` no longer holds are passed over.
    """
    inside = [hit for hit in hits if hit[0] == Field.TEXT and text[hit[1] : hit[2]] == hit[3]]
    if not inside or hits[0][0] == Field.TITLE:
        return None
    start, end = _sentence(text, inside[0][1], inside[0][2])
    marks: list[tuple[int, int]] = []
    for first, last in sorted((hit[1] - start, hit[2] - start) for hit in inside if start <= hit[1] and hit[2] <= end):
        if marks and first <= marks[-1][1]:
            marks[-1] = (marks[-1][0], max(last, marks[-1][1]))
        else:
            marks.append((first, last))
    return Snippet(text[start:end], tuple(marks))


def _sentence(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the bounds of the sentence around [start, end), at most SNIPPET_LENGTH long."""
    reach = max(0, (SNIPPET_LENGTH - (end - start)) // 2)
    first, last = max(0, start - reach), min(len(text), end + reach)
    begin = max((text.rfind(mark, first, start) for mark in SENTENCE_ENDS), default=-1)
    begin = begin + 1 if begin >= 0 else first
    finish = min((at for mark in SENTENCE_ENDS if (at := text.find(mark, end, last)) >= 0), default=-1)
    finish = finish + 1 if finish >= 0 else last
    while begin < start and text[begin].isspace():
        begin += 1
    return begin, max(finish, end)


def growth_to_digest(tx: Session, growth: Growth, now: datetime) -> None:
    """Put down a story's growth for the digest, where its message can't be edited any more.

    Only for subscribers who have a digest hour: a message of its own would ring a second time for one story.
    """
    alert = tx.get(AlertRow, growth.alert_id)
    if alert is None or not digests.hours(tx, alert.subscriber_id):
        return
    alerts.record_verdict(
        tx, subscriber_id=alert.subscriber_id, item_id=alert.item_id, story_id=alert.story_id,
        topic_id=alert.topic_id, verdict=Verdict.EDIT.value, waits=True, now=now,
    )  # fmt: skip

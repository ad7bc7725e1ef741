"""What waits to be told, in which order it goes, and what becomes of it; on SQLite and PostgreSQL."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlmodel import Session, select

from storage import deliveries, outbox, subscribers
from storage.deliveries import Growth
from storage.engine import Engine, reading, writing
from storage.tables import AlertRow, DeliveryRow, OutboxKind, OutboxRow, OutboxState, StoryRow, TopicRow

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)
ADA, BEN, GROUP = 101, 102, -1001


@dataclass(frozen=True)
class Box:
    """Short words for what the tests do."""

    engine: Engine

    def put(self, chat_id: int, what: str = "news", kind: OutboxKind = OutboxKind.ALERT, **more: object) -> int:
        with writing(self.engine) as tx:
            return outbox.put(tx, chat_id=chat_id, kind=kind, text=what, now=NOW, **more)  # type: ignore[arg-type]

    def next(self, limit: int = 10, now: datetime = NOW, **more: object) -> list[str]:
        with reading(self.engine) as tx:
            ids = outbox.next_sendable(tx, now, limit, **more)  # type: ignore[arg-type]
            return [row.text for one in ids if (row := tx.get(OutboxRow, one)) is not None]

    def sending(self, *ids: int) -> None:
        with writing(self.engine) as tx:
            outbox.mark_sending(tx, ids, NOW)

    def finish(self, row: int, state: OutboxState = OutboxState.SENT, **more: object) -> Growth | None:
        with writing(self.engine) as tx:
            return deliveries.finish(tx, row, state, LATER, **more)  # type: ignore[arg-type]

    def again(self, row: int, **more: object) -> None:
        with writing(self.engine) as tx:
            deliveries.again(tx, row, LATER, due_at=LATER, outcome="lost", **more)  # type: ignore[arg-type]

    def edit(self, alert: int, what: str, revision: int) -> int | None:
        with writing(self.engine) as tx:
            return outbox.put_edit(tx, alert_id=alert, text=what, now=NOW, revision=revision)

    def alert(self) -> tuple[int, int]:
        """Open a subscriber's alert with its send; return the ids of both."""
        with writing(self.engine) as tx:
            person = subscribers.find_or_add(tx, ADA, kind="private", language="en", zone="UTC", now=NOW)
            topic = TopicRow(slug="oil", titles={})
            story = StoryRow(title="s", opened_at=NOW, last_at=NOW)
            tx.add_all([topic, story])
            tx.flush()
            alert = AlertRow(
                subscriber_id=person.id or 0, story_id=story.id or 0, topic_id=topic.id or 0, decided_at=NOW
            )
            tx.add(alert)
            tx.flush()
            send = outbox.put(
                tx,
                chat_id=ADA,
                kind=OutboxKind.ALERT,
                text="one source",
                now=NOW,
                subscriber_id=person.id,
                alert_id=alert.id,
            )
            return alert.id or 0, send

    def row(self, row: int) -> OutboxRow:
        with reading(self.engine) as tx:
            found = tx.get(OutboxRow, row)
            assert found is not None
            return found

    def message_of(self, alert: int) -> int | None:
        with reading(self.engine) as tx:
            found = tx.get(AlertRow, alert)
            assert found is not None
            return found.message_id


@pytest.fixture
def box(engine: Engine) -> Box:
    return Box(engine)


def test_one_message_of_each_chat_at_a_time_the_oldest_first(box: Box) -> None:
    box.put(ADA, "a1")
    box.put(ADA, "a2")
    box.put(BEN, "b1")
    assert box.next() == ["a1", "b1"]
    assert box.next(skip_chats={ADA}) == ["b1"]
    assert box.next(limit=1) == ["a1"]
    assert box.next(limit=0) == []


def test_replies_go_before_alerts_and_alerts_before_digests_in_a_chat_and_among_chats(box: Box) -> None:
    box.put(ADA, "digest", OutboxKind.DIGEST)
    box.put(BEN, "alert")
    box.put(GROUP, "alert to the group")
    box.put(GROUP, "reply", OutboxKind.REPLY)
    assert box.next() == ["reply", "alert", "digest"]


def test_the_chat_that_waited_longest_since_it_was_served_comes_first(box: Box) -> None:
    for chat in (1, 2, 3):
        box.put(chat, f"for {chat}")
    assert box.next(served={1: 30.0, 2: 10.0}) == ["for 3", "for 2", "for 1"]


def test_what_is_not_due_yet_lets_the_next_one_pass(box: Box) -> None:
    box.put(ADA, "in an hour", due_at=NOW + timedelta(hours=1))
    box.put(ADA, "now")
    assert box.next() == ["now"]
    assert box.next(now=NOW + timedelta(hours=2)) == ["in an hour"]


def test_a_terminal_sees_its_own_messages_alone(box: Box) -> None:
    box.put(ADA, "for Telegram")
    box.put(0, "for the terminal")
    assert box.next(only_chat=0) == ["for the terminal"]


def test_marking_takes_only_what_still_waits(box: Box) -> None:
    kept, dropped = box.put(ADA, "kept"), box.put(BEN, "dropped")
    with writing(box.engine) as tx:
        outbox.drop_chat(tx, BEN, NOW, "they stopped")
    with writing(box.engine) as tx:
        assert [row.text for row in outbox.mark_sending(tx, [dropped, kept, 999], NOW)] == ["kept"]
    with writing(box.engine) as tx:
        assert outbox.mark_sending(tx, [kept], NOW) == []
    assert box.row(kept).attempts == 1


def test_the_open_messages_of_a_chat_are_counted(box: Box) -> None:
    first = box.put(ADA)
    box.put(ADA)
    box.put(BEN)
    box.sending(first)
    with reading(box.engine) as tx:
        assert outbox.open_count_by_chat(tx) == {ADA: 2, BEN: 1}
        assert outbox.open_count_by_chat(tx, [BEN, GROUP]) == {BEN: 1}
    box.finish(first, message_id=5)
    with reading(box.engine) as tx:
        assert outbox.open_count_by_chat(tx, [ADA]) == {ADA: 1}


def test_growth_of_an_alert_that_still_waits_changes_its_text(box: Box) -> None:
    alert, send = box.alert()
    assert box.edit(alert, "two sources", 2) == send
    assert (box.row(send).text, box.row(send).revision) == ("two sources", 2)


def test_growth_while_the_send_is_under_way_waits_for_its_message(box: Box) -> None:
    alert, send = box.alert()
    box.sending(send)
    edit = box.edit(alert, "two sources", 2)
    assert edit not in (None, send)
    assert box.next() == []
    box.finish(send, message_id=77)
    assert box.message_of(alert) == 77
    assert box.next() == ["two sources"]
    assert box.row(edit or 0).message_id == 77


def test_a_newer_edit_replaces_one_not_yet_made(box: Box) -> None:
    alert, send = box.alert()
    box.sending(send)
    box.finish(send, message_id=77)
    older, newer = box.edit(alert, "two sources", 2), box.edit(alert, "three sources", 3)
    assert box.row(older or 0).state == "replaced"
    assert box.next() == ["three sources"]
    assert box.row(newer or 0).silent


def test_a_send_that_has_to_be_repeated_says_the_latest(box: Box) -> None:
    alert, send = box.alert()
    box.sending(send)
    edit = box.edit(alert, "two sources", 2)
    box.again(send, lost=True)
    assert box.next(now=LATER) == ["two sources"]
    assert box.row(send).lost_answers == 1
    assert box.row(edit or 0).state == "replaced"


def test_an_edit_that_has_to_be_repeated_gives_way_to_a_newer_one(box: Box) -> None:
    alert, send = box.alert()
    box.sending(send)
    box.finish(send, message_id=77)
    older = box.edit(alert, "two sources", 2)
    box.sending(older or 0)
    box.edit(alert, "three sources", 3)
    box.again(older or 0)
    assert box.row(older or 0).state == "replaced"
    assert box.next(now=LATER) == ["three sources"]


def test_where_the_message_will_never_be_known_growth_goes_to_the_digest(box: Box) -> None:
    alert, send = box.alert()
    box.sending(send)
    edit = box.edit(alert, "two sources", 2)
    assert box.finish(send, OutboxState.UNKNOWN) == Growth(alert, NOW)
    assert box.row(edit or 0).state == "dropped"
    assert box.message_of(alert) == 0
    assert box.edit(alert, "three sources", 3) is None


def test_an_edit_of_a_deleted_message_ends_editing(box: Box) -> None:
    alert, send = box.alert()
    box.sending(send)
    box.finish(send, message_id=77)
    edit = box.edit(alert, "two sources", 2)
    box.sending(edit or 0)
    assert box.finish(edit or 0, OutboxState.DROPPED, editable=False) == Growth(alert, NOW)
    assert box.edit(alert, "three sources", 3) is None


def test_a_refused_edit_leaves_the_message_editable(box: Box) -> None:
    alert, send = box.alert()
    box.sending(send)
    box.finish(send, message_id=77)
    edit = box.edit(alert, "two sources", 2)
    box.sending(edit or 0)
    assert box.finish(edit or 0, OutboxState.FAILED) == Growth(alert, NOW)
    assert box.edit(alert, "three sources", 3) is not None


def test_a_person_who_stopped_gets_no_edits(box: Box) -> None:
    alert, send = box.alert()
    box.sending(send)
    box.finish(send, message_id=77)
    with writing(box.engine) as tx:
        subscribers.suspend(tx, ADA, "blocked")
    assert box.edit(alert, "two sources", 2) is None


def test_after_a_crash_what_was_under_way_waits_again(box: Box) -> None:
    sent, waiting = box.put(ADA, "under way"), box.put(BEN, "waiting")
    box.sending(sent)
    with writing(box.engine) as tx:
        found = deliveries.recover_crashed(tx, LATER)
    assert (found.again, found.known, found.chats) == (1, 0, (ADA,))
    assert (box.row(sent).state, box.row(sent).crashes, box.row(waiting).crashes) == ("waiting", 1, 0)


def test_an_answer_kept_beside_the_database_makes_no_copy(box: Box) -> None:
    alert, send = box.alert()
    box.sending(send)
    with writing(box.engine) as tx:
        assert deliveries.recover_crashed(tx, LATER, {send: 77, 999: 1}).known == 1
    assert (box.row(send).state, box.message_of(alert)) == ("sent", 77)


def test_a_message_during_which_we_died_ten_times_is_given_up(box: Box) -> None:
    row = box.put(ADA)
    for _ in range(11):
        box.sending(row)
        with writing(box.engine) as tx:
            found = deliveries.recover_crashed(tx, LATER)
    assert found.given_up == 1
    assert box.row(row).state == "unknown"


def test_what_this_process_still_awaits_is_not_taken_for_crashed(box: Box) -> None:
    row = box.put(ADA)
    box.sending(row)
    with writing(box.engine) as tx:
        assert deliveries.recover_crashed(tx, LATER, keep={row}).again == 0


def test_each_attempt_is_written_down(box: Box) -> None:
    row = box.put(ADA)
    box.sending(row)
    box.again(row, lost=True, detail="connection cut")
    box.sending(row)
    box.finish(row, message_id=5, outcome="sent")
    with reading(box.engine) as tx:
        attempts = list(tx.exec(select(DeliveryRow).order_by(DeliveryRow.id)))  # type: ignore[arg-type]
        assert [(one.outcome, one.detail) for one in attempts] == [("lost", "connection cut"), ("sent", "")]
        assert deliveries.recent_attempts(tx, NOW) == [(ADA, LATER), (ADA, LATER)]


def test_a_row_forgotten_meanwhile_is_no_error(box: Box) -> None:
    assert box.finish(999) is None
    box.again(999)


def test_dropping_leaves_what_is_under_way(box: Box) -> None:
    with writing(box.engine) as tx:
        person = subscribers.find_or_add(tx, ADA, kind="private", language="en", zone="UTC", now=NOW)
    first, second = box.put(ADA, subscriber_id=person.id), box.put(ADA, subscriber_id=person.id)
    box.sending(first)
    with writing(box.engine) as tx:
        assert outbox.drop_for(tx, person.id or 0, NOW, "they stopped") == 1
    assert (box.row(first).state, box.row(second).state) == ("sending", "dropped")
    assert box.row(second).note == "they stopped"


def test_the_oldest_message_that_waits_tells_since_when_sending_hangs(box: Box) -> None:
    with reading(box.engine) as tx:
        assert outbox.oldest_open_at(tx, LATER) is None
    box.put(ADA, due_at=LATER)
    box.put(BEN)
    with reading(box.engine) as tx:
        assert outbox.oldest_open_at(tx, NOW) == NOW


def test_looking_for_what_is_due_reads_the_open_rows_alone(box: Box) -> None:
    if box.engine.dialect.name != "sqlite":
        pytest.skip("the plan is SQLite's")
    with reading(box.engine) as tx:
        for query in (outbox._OPEN_CHATS.text, outbox._HEADS.text):
            steps = [step for step in plan(tx, query) if "outbox" in step or " o " in step]
            assert steps
            assert [step for step in steps if "outbox_open" not in step] == []


def plan(tx: Session, query: str) -> list[str]:
    bare = re.sub(r"IN\s+(:chats|\(__\[POSTCOMPILE_chats\]\))", "IN (1, 2)", query).replace(":now", "''")
    return [str(row[3]) for row in tx.execute(text(f"EXPLAIN QUERY PLAN {bare}"))]

"""Who listens to a topic, and what is known of them: the same on either database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from storage import alerts, listeners, mutes
from storage.alerts import NewAlert
from storage.engine import Engine, Session, reading, writing
from storage.mutes import Muted
from storage.tables import ItemRow, SourceRow, StoryRow, SubscriberRow, SubscriptionRow, TopicRow

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


def _house(tx: Session) -> None:
    tx.add(SourceRow(name="Wire", url="u", imported_url="u", added_at=NOW))
    tx.add(TopicRow(slug="oil", titles={"en": "Oil"}))
    tx.flush()
    people = (
        SubscriberRow(chat_id=1, joined_at=NOW, zone="Asia/Almaty", quiet_from=1380, quiet_to=420, escalate=True),
        SubscriberRow(chat_id=2, joined_at=NOW, paused_until=NOW + timedelta(hours=1), language="ru", silent=True),
        SubscriberRow(chat_id=3, joined_at=NOW, state="stopped"),
        SubscriberRow(chat_id=-4, joined_at=NOW, kind="forum", thread_id=9, paused_until=NOW - timedelta(hours=1)),
    )
    for person in people:
        tx.add(person)
        tx.flush()
        tx.add(SubscriptionRow(subscriber_id=person.id or 0, topic_id=1, since_at=NOW, urgent=person.chat_id == 2))
    item = ItemRow(source_id=1, key="k", title="t", first_seen_at=NOW)
    tx.add(item)
    tx.flush()
    tx.add(StoryRow(title="t", opened_at=NOW, last_at=NOW, first_item_id=item.id))
    tx.flush()


def test_wishes_hold_what_a_verdict_needs_and_no_zone_without_quiet_hours(engine: Engine) -> None:
    with writing(engine) as tx:
        _house(tx)
    with reading(engine) as tx:
        found = {wish.chat_id: wish for wish in listeners.of_topics(tx, [1], NOW)}
        places = listeners.addressees(tx, [wish.subscriber_id for wish in found.values()])
    assert set(found) == {1, 2, -4}
    assert (found[1].quiet_from, found[1].quiet_to, found[1].zone) == (1380, 420, "Asia/Almaty")
    assert [bool(found[1].escalate), bool(found[1].paused), bool(found[1].urgent)] == [True, False, False]
    assert (bool(found[2].paused), bool(found[2].urgent), found[2].zone) == (True, True, "")
    assert not found[-4].paused
    forum = places[found[-4].subscriber_id]
    assert (forum.chat_id, forum.thread_id, forum.kind) == (-4, 9, "forum")
    assert (places[found[2].subscriber_id].language, bool(places[found[2].subscriber_id].silent)) == ("ru", True)


def test_the_desk_knows_who_was_told_and_who_muted(engine: Engine) -> None:
    with writing(engine) as tx:
        _house(tx)
        ids = alerts.open_alerts(tx, 1, [NewAlert(1, 1, 1)], 1, NOW)
        mutes.mute(tx, 2, Muted.SOURCE, 1, NOW)
        mutes.mute(tx, 1, Muted.TOPIC, 1, NOW)
    with reading(engine) as tx:
        wishes = listeners.of_topics(tx, [1], NOW)
        desk = listeners.desk(tx, story_id=1, source_id=1, topic_ids=[1], wishes=wishes, flood_limit=20, now=NOW)
        said = alerts.said_at(tx, 1)
    assert desk.told[1][:5] == (1, ids[1], 1, 1, 1)
    assert not desk.told[1].edited
    assert (desk.muted, desk.muted_topics) == ({2}, {(1, 1)})
    assert said == {ids[1]: NOW}
    with writing(engine) as tx:
        alerts.ring_again(tx, ids.values(), 5, NOW + timedelta(hours=1))
    with reading(engine) as tx:
        assert listeners.told_of(tx, 1)[1].edited
        assert alerts.said_at(tx, 1) == {ids[1]: NOW + timedelta(hours=1)}

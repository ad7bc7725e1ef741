"""What is kept of entries, and what outlives what."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import func
from sqlmodel import select

from storage import items, outbox, retention, rulebook, sources, subscribers, versions
from storage.engine import Engine, Session, reading, writing
from storage.items import NewItem
from storage.retention import Keep
from storage.tables import EntryRow, ItemRow, OutboxKind, OutboxRow, OutboxState, SourceRow, SourceState, TextRow

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
KEEP = Keep(timedelta(days=30), timedelta(days=365), timedelta(days=90), timedelta(days=90))


def a_source(tx: Session, url: str = "https://paper.example/feed") -> int:
    row = sources.add(tx, SourceRow(name="Paper", url=url, imported_url=url, added_at=NOW, next_poll_at=NOW))
    assert row is not None
    assert row.id is not None
    return row.id


def new(number: int, **values: object) -> NewItem:
    given = {
        "keys": (f"g{number}", f"l{number}"),
        "guid": str(number),
        "link": f"https://paper.example/{number}",
        "link_key": f"https://paper.example/{number}",
        "title": f"Title {number}",
        "text": f"Text {number}",
        "language": "en",
        "published_at": None,
        "content_hash": f"h{number}",
    }
    return NewItem(**(given | values))  # type: ignore[arg-type]


def test_items_are_kept_once(engine: Engine) -> None:
    with writing(engine) as tx:
        source = a_source(tx)
        first = items.keep_new(tx, source, [new(n) for n in range(1200)], baseline=True, now=NOW)
        again = items.keep_new(tx, source, [new(n) for n in range(1200)], baseline=False, now=NOW)
    assert len(first) == 1200
    assert again == {}


def test_every_key_of_an_item_leads_to_it(engine: Engine) -> None:
    with writing(engine) as tx:
        source = a_source(tx)
        ids = items.keep_new(tx, source, [new(1), new(2)], baseline=False, now=NOW)
    with reading(engine) as tx:
        known = items.known_keys(tx, source, ["g1", "l1", "l2", "unknown"])
    assert {key: value.item_id for key, value in known.items()} == {"g1": ids["g1"], "l1": ids["g1"], "l2": ids["g2"]}


def test_a_text_that_changes_while_it_is_read_is_read_again(engine: Engine) -> None:
    with writing(engine) as tx:
        (item_id,) = items.keep_new(tx, a_source(tx), [new(1)], baseline=False, now=NOW).values()
    with writing(engine) as tx:
        items.change_text(tx, item_id, title="T", text="new", content_hash="h9", origin="feed", now=NOW)
        items.mark_read(tx, [{"id": item_id, "language": "en", "matched": False, "story_id": None, "text_hash": "h1"}])
    with reading(engine) as tx:
        assert [each.text for each in items.unread(tx, 10)] == ["new"]


def test_a_text_goes_before_its_item_and_the_identity_goes_last(engine: Engine) -> None:
    with writing(engine) as tx:
        source = a_source(tx)
        ids = items.keep_new(tx, source, [new(1), new(2)], baseline=False, now=NOW)
        for key, matched in (("g1", False), ("g2", True)):
            row = tx.get_one(ItemRow, ids[key])
            row.matched, row.analyse_due = matched, False
    with writing(engine) as tx:
        retention.sweep(tx, KEEP, NOW + timedelta(days=31))
    with reading(engine) as tx:
        assert list(tx.exec(select(TextRow.text))) == ["Text 2"]
        assert tx.get_one(ItemRow, ids["g1"]).title == "Title 1"
        assert items.known_keys(tx, source, ["g1"])
    with writing(engine) as tx:
        retention.sweep(tx, KEEP, NOW + timedelta(days=91))
    with reading(engine) as tx:
        assert tx.exec(select(func.count()).select_from(EntryRow)).one() == 0
        assert tx.exec(select(func.count()).select_from(ItemRow)).one() == 2


def test_answers_lose_a_persons_words_after_a_day_and_news_keeps_its_own(engine: Engine) -> None:
    with writing(engine) as tx:
        person = subscribers.find_or_add(tx, 7, kind="private", language="en", zone="UTC", now=NOW)
        for kind in (OutboxKind.REPLY, OutboxKind.EDIT, OutboxKind.DIGEST):
            outbox.put(tx, chat_id=7, kind=kind, text=f"my secret {kind}", now=NOW, subscriber_id=person.id,
                       buttons=((("more", "q:b5:secret"),),))  # fmt: skip
        for row in tx.exec(select(OutboxRow)):
            row.state, row.finished_at = OutboxState.SENT.value, NOW
    for hours, left in ((23, 3), (25, 1)):
        with writing(engine) as tx:
            retention.sweep(tx, KEEP, NOW + timedelta(hours=hours))
        with reading(engine) as tx:
            rows = tx.exec(select(OutboxRow)).all()
            assert len(rows) == 3
            assert sum("secret" in f"{row.text}{row.buttons}" for row in rows) == left


def test_an_identity_that_is_still_listed_is_kept(engine: Engine) -> None:
    later = NOW + timedelta(days=80)
    with writing(engine) as tx:
        source = a_source(tx)
        items.keep_new(tx, source, [new(1)], baseline=False, now=NOW)
        items.keep_keys(tx, source, [("g1", None, "h1")], later)
        retention.sweep(tx, KEEP, NOW + timedelta(days=100))
        assert set(items.known_keys(tx, source, ["g1", "l1"])) == {"g1"}


def test_due_sources_come_longest_waiting_first_and_paused_ones_never(engine: Engine) -> None:
    with writing(engine) as tx:
        late, later, paused = (a_source(tx, f"https://{name}.example/") for name in ("a", "b", "c"))
        sources.record(tx, later, {"next_poll_at": NOW - timedelta(minutes=1)})
        sources.record(tx, late, {"next_poll_at": NOW - timedelta(hours=1)})
        sources.record(tx, paused, {"state": SourceState.PAUSED.value})
    with reading(engine) as tx:
        assert [row.id for row in sources.due(tx, NOW, 10)] == [late, later]
        assert [row.id for row in sources.due(tx, NOW, 10, busy=[late])] == [later]


def test_a_rule_file_is_published_once_and_a_newer_text_again(engine: Engine) -> None:
    with writing(engine) as tx:
        offers = [rulebook.offer_file(tx, "oil", {"en": "Oil"}, text, NOW) for text in ("one", "one", "two")]
        assert [offer.name for offer in offers] == ["PUBLISHED", "UNCHANGED", "PUBLISHED"]
        assert [rule.text for rule in rulebook.in_force(tx)] == ["two"]


def test_a_rule_file_does_not_overwrite_what_a_person_edited(engine: Engine) -> None:
    with writing(engine) as tx:
        rulebook.offer_file(tx, "oil", {"en": "Oil"}, "one", NOW)
        topic = rulebook.find_topic(tx, "oil")
        assert topic is not None
        versions.publish(tx, topic, versions.Change("mine", "anna", "better", based_on=1), NOW)
        assert rulebook.offer_file(tx, "oil", {"en": "Oil"}, "two", NOW) is rulebook.Offer.DRAFT
        assert [rule.text for rule in rulebook.in_force(tx)] == ["mine"]

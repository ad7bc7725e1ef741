"""Versions that nothing changes, drafts that nobody overwrites, votes that outlive their authors."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlmodel import select

from storage import drafts, rulebook, subscribers, versions, votes
from storage.engine import DatabaseFault, Engine, Session, StorageError, open_engine, reading, writing
from storage.migrate import FOLDER, upgrade
from storage.rulebook import Offer
from storage.tables import DraftRow, ItemRow, RuleRow, SourceRow, TopicRow, VoteRow
from storage.versions import Change, OvertakenError, UnchangedError

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


def a_topic(tx: Session, slug: str = "oil") -> TopicRow:
    """Return a topic whose first version came from a file."""
    assert rulebook.offer_file(tx, slug, {"en": slug}, "one", NOW) is Offer.PUBLISHED
    return found(tx, slug)


def found(tx: Session, slug: str = "oil") -> TopicRow:
    row = rulebook.find_topic(tx, slug)
    assert row is not None
    return row


def test_a_published_version_is_in_force_and_the_old_ones_stay(engine: Engine) -> None:
    with writing(engine) as tx:
        topic = a_topic(tx)
        made = versions.publish(tx, topic, Change("two", "anna", "wider", 1, {"added": 3}), LATER)
        assert (made.number, made.author, made.published_at, made.in_force) == (2, "anna", LATER, True)
    with reading(engine) as tx:
        kept = versions.history(tx, found(tx))
        assert [(v.number, v.text, v.reason, v.in_force) for v in kept] == [
            (2, "two", "wider", True),
            (1, "one", "taken from the rule file", False),
        ]
        assert kept[0].figures == {"added": 3}
        assert [rule.text for rule in rulebook.in_force(tx)] == ["two"]


@pytest.mark.parametrize("column", ["text", "author", "reason", "number", "published_at", "figures"])
def test_the_database_refuses_to_change_a_published_version(engine: Engine, column: str) -> None:
    with writing(engine) as tx:
        a_topic(tx)
    with pytest.raises(DatabaseFault, match="never changed"), writing(engine) as tx:
        tx.connection().exec_driver_sql(f"UPDATE rule SET {column} = {column}")
    with pytest.raises(DatabaseFault, match="never changed"), writing(engine) as tx:
        tx.exec(select(RuleRow)).one().text = "sneaked in"


def test_a_migrated_database_refuses_it_too(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'new.sqlite3'}")
    upgrade(engine)
    with writing(engine) as tx:
        a_topic(tx)
    with pytest.raises(DatabaseFault, match="never changed"), writing(engine) as tx:
        tx.connection().exec_driver_sql("UPDATE rule SET text = 'other'")


def test_whoever_published_meanwhile_is_named_and_nothing_is_written(engine: Engine) -> None:
    with writing(engine) as tx:
        versions.publish(tx, a_topic(tx), Change("two", "anna", "wider", 1), LATER)
    with pytest.raises(OvertakenError, match="anna published version 2") as told, writing(engine) as tx:
        versions.publish(tx, found(tx), Change("three", "boris", "narrower", 1), LATER)
    assert (told.value.author, told.value.number, told.value.published_at) == ("anna", 2, LATER)
    with writing(engine) as tx:
        assert [rule.text for rule in rulebook.in_force(tx)] == ["two"]
        knowingly = versions.publish(tx, found(tx), Change("three", "boris", "so decided", 1), LATER, anyway=True)
        assert (knowingly.number, knowingly.based_on) == (3, 1)


def test_the_very_text_in_force_is_not_published_again(engine: Engine) -> None:
    with pytest.raises(UnchangedError), writing(engine) as tx:
        versions.publish(tx, a_topic(tx), Change("one", "anna", "again", 1), LATER)


def test_a_second_editor_of_a_draft_is_told_and_nothing_is_overwritten(engine: Engine) -> None:
    with writing(engine) as tx:
        number = a_topic(tx).id or 0
        assert drafts.save(tx, number, "mine", "anna", based_on=1, seen=0, now=NOW).revision == 1
    for seen in (0, 7):
        with pytest.raises(drafts.DraftTakenError, match="anna saved revision 1") as told, writing(engine) as tx:
            drafts.save(tx, number, "also mine", "boris", based_on=1, seen=seen, now=LATER)
        assert (told.value.author, told.value.revision, told.value.saved_at) == ("anna", 1, NOW)
    with writing(engine) as tx:
        taken_in = drafts.save(tx, number, "ours", "boris", based_on=9, seen=1, now=LATER)
        assert (taken_in.text, taken_in.revision, taken_in.author, taken_in.based_on) == ("ours", 2, "boris", 1)
        assert tx.exec(select(DraftRow)).one().text == "ours"


def test_a_draft_that_is_gone_is_not_saved_over(engine: Engine) -> None:
    with writing(engine) as tx:
        number = a_topic(tx).id or 0
        drafts.save(tx, number, "mine", "anna", based_on=1, seen=0, now=NOW)
        assert not drafts.drop(tx, number, seen=4)
        assert drafts.drop(tx, number)
        assert not drafts.drop(tx, number)
    with pytest.raises(StorageError, match="published or dropped"), writing(engine) as tx:
        drafts.save(tx, number, "mine", "anna", based_on=1, seen=1, now=NOW)


def test_a_changed_file_becomes_the_draft_of_an_edited_topic(engine: Engine) -> None:
    with writing(engine) as tx:
        versions.publish(tx, a_topic(tx), Change("mine", "anna", "better", 1), LATER)
        offers = [rulebook.offer_file(tx, "oil", {}, text, LATER) for text in ("two", "two", "three")]
        assert offers == [Offer.DRAFT, Offer.UNCHANGED, Offer.DRAFT]
        draft = drafts.find(tx, found(tx).id or 0)
        assert draft is not None
        assert (draft.text, draft.author, draft.based_on, draft.revision) == ("three", "file", 2, 2)
        assert [rule.text for rule in rulebook.in_force(tx)] == ["mine"]


def test_a_changed_file_waits_for_an_editors_draft(engine: Engine) -> None:
    with writing(engine) as tx:
        topic = a_topic(tx)
        versions.publish(tx, topic, Change("mine", "anna", "better", 1), LATER)
        drafts.save(tx, topic.id or 0, "in the making", "anna", based_on=2, seen=0, now=LATER)
        assert rulebook.offer_file(tx, "oil", {}, "two", LATER) is Offer.WAITS
        kept = drafts.find(tx, topic.id or 0)
        assert kept is not None
        assert kept.text == "in the making"
        drafts.drop(tx, topic.id or 0)
        assert rulebook.offer_file(tx, "oil", {}, "two", LATER) is Offer.DRAFT


def an_item(tx: Session, title: str = "Oil") -> int:
    source = SourceRow(name="a", url=title, imported_url=title, added_at=NOW)
    tx.add(source)
    tx.flush()
    item = ItemRow(source_id=source.id or 0, key=title, title=title, first_seen_at=NOW)
    tx.add(item)
    tx.flush()
    return item.id or 0


def test_votes_are_counted_once_for_each_person_and_outlive_them(engine: Engine) -> None:
    with writing(engine) as tx:
        topic, item, other = a_topic(tx), an_item(tx), an_item(tx, "Gas")
        people = [
            subscribers.find_or_add(tx, chat, kind="private", language="en", zone="UTC", now=NOW) for chat in (1, 2, 3)
        ]
        said = [(people[0], True), (people[0], False), (people[1], False), (people[2], True)]
        for person, relevant in said:
            votes.record(
                tx, item_id=item, topic_id=topic.id or 0, rule_id=topic.published_id,
                subscriber_id=person.id or 0, relevant=relevant, now=LATER,
            )  # fmt: skip
        assert votes.of_items(tx, topic.id or 0, [item, other]) == {item: votes.Votes(1, 2)}
    with writing(engine) as tx:
        for person in people:
            gone = subscribers.find(tx, person.chat_id, 0)
            assert gone is not None
            subscribers.forget(tx, gone)
    with reading(engine) as tx:
        assert votes.of_items(tx, found(tx).id or 0, [item]) == {item: votes.Votes(1, 2)}
        assert [row.subscriber_id for row in tx.exec(select(VoteRow))] == [None, None, None]


def test_offers_of_the_first_release_become_drafts(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'old.sqlite3'}")
    at(engine, "0001")
    rows = [(1, 1, "one", 0), (2, 2, "mine", 0), (3, 3, "offered", 1), (4, 4, "offered later", 1)]
    with writing(engine) as tx:
        run = tx.connection().exec_driver_sql
        run(
            "INSERT INTO topic (id, owner_id, slug, titles, file_hash, published_id) VALUES (1, 0, 'oil', '{}', 'x', 2)"
        )
        for number, version, text, draft in rows:
            run(
                "INSERT INTO rule (id, topic_id, number, text, author, reason, draft, published_at, figures) "
                "VALUES (?, 1, ?, ?, 'file', 'r', ?, '2026-03-01 08:00:00.000000', '{}')",
                (number, version, text, draft),
            )
    upgrade(engine)
    with reading(engine) as tx:
        topic = found(tx)
        assert [(v.number, v.text, v.in_force) for v in versions.history(tx, topic)] == [
            (2, "mine", True),
            (1, "one", False),
        ]
        draft = drafts.find(tx, 1)
        assert draft is not None
        assert (draft.text, draft.author, draft.based_on, draft.revision) == ("offered later", "file", 2, 1)


def at(engine: Engine, revision: str) -> None:
    """Bring an empty database to an older release's tables."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    with engine.execution_options(writes=True).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)

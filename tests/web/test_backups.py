"""A backup comes back whole, and what was told before is not told again."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from bot.cli.backup import _exchange
from storage import backups, sessions, subscribers
from storage.engine import StorageError, open_engine
from storage.tables import How, ItemRow, OutboxRow
from tests.newsroom import Newsroom, Story, open_newsroom
from tests.web.house import House


async def test_a_restored_database_tells_nothing_again(newsroom: Newsroom, tmp_path: Path) -> None:
    newsroom.publish(Story("Old news"))
    await newsroom.run()
    newsroom.publish(Story("Flood in Aktobe"))
    await newsroom.later(hours=1)
    assert len(newsroom.telegram.messages) == 1
    file, copy = tmp_path / "news.sqlite3", tmp_path / "copy.sqlite3"
    assert backups.copy_database(file, copy) > 10_000
    # Told after the copy was made: the copy does not know it.
    newsroom.publish(Story("Flood in Atyrau"))
    await newsroom.later(hours=1)
    assert len(newsroom.telegram.messages) == 2
    there = tmp_path / "other"
    there.mkdir()
    async with open_newsroom(there) as room:
        room.db.close()
        assert _exchange(copy, there / "news.sqlite3") is not None
        other = Newsroom(type(room.db)(open_engine(f"sqlite:///{there / 'news.sqlite3'}"), patience_s=5))
        other.at, other.feeds, other.web = newsroom.at, newsroom.feeds, newsroom.web
        other.collector._fetcher = newsroom.web  # type: ignore[attr-defined]
        other.collector.start()
        done = await other.db.write(lambda tx: backups.after_restore(tx, other.at))
        assert done.sources == 1
        await other.later(hours=1)
        assert other.telegram.messages == {}, "what the lost days told was told again"
        newsroom.publish(Story("Flood in Uralsk"))
        other.render("https://paper.example/feed")
        await other.later(hours=1)
        assert [text.splitlines()[0] for text in other.telegram.texts()]
        assert "Uralsk" in other.telegram.texts()[0]
        await other.collector.stop()
        await other.deliverer.stop(1)
        other.db.close()


async def test_what_waited_at_the_time_of_the_copy_is_dropped(newsroom: Newsroom) -> None:
    await newsroom.run()
    newsroom.publish(Story("Flood in Aktobe"))
    newsroom.at = newsroom.at.replace(hour=11)
    await newsroom.poll()
    await newsroom.analyst.tick()
    done = await newsroom.db.write(lambda tx: backups.after_restore(tx, newsroom.at))
    assert done.messages == 1
    await newsroom.send()
    assert newsroom.telegram.messages == {}
    row = await newsroom.db.read(lambda tx: tx.get_one(OutboxRow, 1))
    assert (row.state, row.note) == ("dropped", backups.NOTE)
    assert await newsroom.db.read(lambda tx: tx.get_one(ItemRow, 1)) is not None


async def test_nobody_stays_signed_in_after_a_restore(house: House) -> None:
    anna, link = await house.signed_in(), await house.link()
    await house.db.write(lambda tx: backups.after_restore(tx, house.room.now()))
    assert (await anna.get("/")).status_code == 401
    assert await house.db.read(lambda tx: sessions.see_link(tx, link, house.room.now())) is None


def test_a_backup_never_overwrites_and_a_restore_takes_only_what_is_ours(tmp_path: Path) -> None:
    (tmp_path / "there").write_text("mine")
    (tmp_path / "db").write_text("no database")
    sqlite3.connect(tmp_path / "strange").execute("CREATE TABLE a (b)").connection.close()
    with pytest.raises(StorageError, match="never overwrites"):
        backups.copy_database(tmp_path / "db", tmp_path / "there")
    with pytest.raises(StorageError, match="no database"):
        backups.copy_database(tmp_path / "none", tmp_path / "new")
    for name in ("db", "strange", "none"):
        with pytest.raises(StorageError, match=r"no backup|no file"):
            backups.check_copy(tmp_path / name)
    assert (tmp_path / "there").read_text() == "mine"


async def test_subscribers_come_back_with_their_choices(newsroom: Newsroom, tmp_path: Path) -> None:
    await newsroom.subscribe(chat_id=18, how=How.BOTH)
    copy = tmp_path / "copy.sqlite3"
    backups.copy_database(tmp_path / "news.sqlite3", copy)
    assert backups.check_copy(copy)
    engine = open_engine(f"sqlite:///{copy}")
    db = type(newsroom.db)(engine, patience_s=5)
    person = await db.read(lambda tx: subscribers.find(tx, 18))
    assert person is not None
    assert [row.how for row in await db.read(lambda tx: subscribers.subscriptions(tx, person.id or 0))] == ["both"]
    db.close()

"""Transactions: nothing is lost between two writers, and the tables are what the migrations make."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.exc import StatementError
from sqlmodel import SQLModel

from storage import state, word_index
from storage.engine import Engine, Session, StorageError, may_pass, open_engine, reading, writing
from storage.migrate import upgrade
from storage.tables import SourceRow


def test_no_update_is_lost_between_writers(engine: Engine) -> None:
    if engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL's way is SELECT … FOR UPDATE; the service has one writing thread")
    with writing(engine) as tx:
        state.put(tx, "counter", "0")

    def add_one(_: int) -> None:
        with writing(engine) as tx:
            state.put(tx, "counter", str(int(state.get(tx, "counter")) + 1))

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(add_one, range(120)))
    with reading(engine) as tx:
        assert state.get(tx, "counter") == "120"


def test_an_error_takes_the_whole_transaction_back(engine: Engine) -> None:
    def broken(tx: Session) -> None:
        state.put(tx, "half", "done")
        raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError), writing(engine) as tx:
        broken(tx)
    with reading(engine) as tx:
        assert state.get(tx, "half") == ""


def test_times_come_back_as_aware_utc(engine: Engine) -> None:
    minsk = timezone(timedelta(hours=3))
    with writing(engine) as tx:
        row = SourceRow(name="a", url="u", imported_url="u", added_at=datetime(2026, 1, 1, 12, tzinfo=minsk))
        tx.add(row)
    with reading(engine) as tx:
        assert tx.get_one(SourceRow, row.id).added_at == datetime(2026, 1, 1, 9, tzinfo=UTC)


def test_a_time_without_a_zone_is_refused(engine: Engine) -> None:
    with pytest.raises(StatementError, match="without a zone"), writing(engine) as tx:
        tx.add(SourceRow(name="a", url="u", imported_url="u", added_at=datetime(2026, 1, 1)))  # noqa: DTZ001


def test_the_migrations_make_the_tables_of_the_models(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'new.sqlite3'}")
    upgrade(engine)
    upgrade(engine)
    with engine.connect() as connection:
        # SQLite's index of words is made of tables of its own, which are nobody's models.
        known = {"include_name": lambda name, kind, _: kind != "table" or not str(name).startswith(word_index.TABLE)}
        differences = compare_metadata(MigrationContext.configure(connection, opts=known), SQLModel.metadata)
    # SQLModel's own string type and TEXT are the same column to both databases.
    real = [d for d in differences if not (isinstance(d, list) and d[0][0] == "modify_type")]
    assert real == []


def test_a_database_of_a_newer_version_is_refused_with_the_remedy(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'newer.sqlite3'}")
    upgrade(engine)
    with writing(engine) as tx:
        tx.connection().exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StorageError, match="newer mediawatch"):
        upgrade(engine)


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("these are my notes, not a database\n" * 50)
    with pytest.raises(StorageError, match=r"notes\.txt"):
        upgrade(open_engine(f"sqlite:///{path}"))


@pytest.mark.parametrize("url", ["", "nonsense", "sqlite:/", "oracle-nonsense://x/y"])
def test_an_address_that_is_none_is_refused_by_its_variable(url: str) -> None:
    with pytest.raises(StorageError, match="MEDIAWATCH_DATABASE_URL"):
        open_engine(url)


def test_a_lock_held_by_another_writer_is_worth_waiting_for(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'busy.sqlite3'}"
    first, second = open_engine(url), open_engine(url, busy_timeout_s=0.01)
    upgrade(first)
    with writing(first) as tx:
        state.put(tx, "a", "1")
        tx.flush()
        with pytest.raises(Exception, match="locked") as caught, writing(second) as other:
            state.put(other, "b", "2")
    assert may_pass(caught.value)
    assert not may_pass(ValueError("something else"))

"""The database connection: how a transaction begins, and when trying again helps.

A write begins with BEGIN IMMEDIATE on SQLite: the default begins late and loses updates silently (120 read-add-one
commits answered "ok", the counter said 30). WAL lets readers go on while one writer writes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, event, make_url
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, OperationalError
from sqlmodel import Session, create_engine

__all__ = [
    "DataError",
    "DatabaseFault",
    "Engine",
    "Session",
    "StorageError",
    "database_file",
    "dialect_of",
    "insert_for",
    "insert_into",
    "may_pass",
    "open_engine",
    "quick_check",
    "reading",
    "shown_address",
    "writing",
]

DatabaseFault = DBAPIError
BUSY_TIMEOUT_S = 5.0


class StorageError(Exception):
    """The database can't be used. The message names the place and the remedy."""


def open_engine(url: str, *, busy_timeout_s: float = BUSY_TIMEOUT_S) -> Engine:
    """Return an engine for `url` (sqlite:///… or postgresql+psycopg://…) whose transactions begin as they should.

    Raises StorageError where the URL is malformed or the folder of the file does not exist and can't be made.
    """
    parsed = _parsed(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True, hide_parameters=True)
    path = parsed.database
    if path and path != ":memory:":
        try:
            Path(path).expanduser().resolve().parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(f"the folder for the database {path} can't be made: {error}") from error
    # Errors would quote the rows: chat ids and articles belong into no log.
    engine = create_engine(
        url,
        connect_args={"isolation_level": None, "timeout": busy_timeout_s, "check_same_thread": False},
        hide_parameters=True,
    )
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", _begin)
    return engine


def _parsed(url: str) -> URL:
    try:
        return make_url(url)
    except (ArgumentError, ValueError) as error:
        raise StorageError(
            "MEDIAWATCH_DATABASE_URL is not a database address; expected one like sqlite:///mediawatch.sqlite3"
        ) from error


def _set_pragmas(connection: sqlite3.Connection, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    # NORMAL in WAL mode: a killed process loses nothing; a power cut may lose the last commits as a whole.
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA cache_size=-8000")
    cursor.close()


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """Yield a session whose changes are committed together, or not at all."""
    with Session(engine.execution_options(writes=True), expire_on_commit=False) as tx, tx.begin():
        yield tx


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """Yield a session for reading one consistent state."""
    with Session(engine, expire_on_commit=False) as tx:
        yield tx


def may_pass(error: BaseException) -> bool:
    """Say whether trying the transaction again may help: another writer holds the file, or the disk is full."""
    if not isinstance(error, DBAPIError):
        return False
    if isinstance(error, OperationalError) and isinstance(error.orig, sqlite3.OperationalError):
        code = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF
        return code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)
    return error.connection_invalidated or isinstance(error, OperationalError)


def dialect_of(tx: Session) -> str:
    """Return the name of this session's dialect: "sqlite" or "postgresql"."""
    return tx.get_bind().dialect.name


def insert_for(dialect: str, table: Any) -> Any:
    """Return an INSERT of this dialect, the kind that knows ON CONFLICT."""
    return (postgresql_insert if dialect == "postgresql" else sqlite_insert)(table)


def insert_into(tx: Session, table: Any) -> Any:
    """Return an INSERT of this session's dialect, the kind that knows ON CONFLICT."""
    return insert_for(dialect_of(tx), table)


def database_file(url: str) -> Path | None:
    """Return the file of an SQLite database, None for a server's database or one in memory. Raises StorageError."""
    parsed = _parsed(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database or parsed.database == ":memory:":
        return None
    return Path(parsed.database).expanduser().resolve()


def shown_address(url: str) -> str:
    """Return a database's address as it may be shown: without its password. Raises StorageError."""
    return str(_parsed(url).render_as_string(hide_password=True))


def quick_check(tx: Session) -> str:
    """Return what is wrong with the database file, "" where it is sound (a server's database checks itself)."""
    if tx.get_bind().dialect.name != "sqlite":
        return ""
    (said,) = tx.connection().exec_driver_sql("PRAGMA quick_check(1)").one()
    return "" if said == "ok" else str(said)

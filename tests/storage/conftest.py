"""Storage is tested on SQLite, and on PostgreSQL where one is found."""

from __future__ import annotations

import os
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlmodel import SQLModel

from storage import tables
from storage.engine import Engine, open_engine

assert tables.SourceRow.__tablename__


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Return the address of a PostgreSQL server: MEDIAWATCH_TEST_POSTGRES, or one that pgserver starts."""
    named = os.environ.get("MEDIAWATCH_TEST_POSTGRES", "")
    if named:
        yield named
        return
    pgserver = pytest.importorskip("pgserver", reason="no PostgreSQL: MEDIAWATCH_TEST_POSTGRES, or pgserver")
    # Not in pytest's own folder: where root runs the tests the server is another user's, whom the start of any other
    # pytest shuts out of it.
    with tempfile.TemporaryDirectory(prefix="mediawatch-postgres-", ignore_cleanup_errors=True) as folder:
        server = pgserver.get_server(folder)
        yield str(server.get_uri()).replace("postgresql://", "postgresql+psycopg://", 1)
        server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty database with all tables."""
    if request.param == "sqlite":
        made = open_engine(f"sqlite:///{tmp_path / 'test.sqlite3'}")
        SQLModel.metadata.create_all(made)
        yield made
        made.dispose()
        return
    url = request.getfixturevalue("postgres_url")
    name = f"test_{uuid.uuid4().hex[:12]}"
    server = create_engine(url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    made = open_engine(str(server.url.set(database=name).render_as_string(hide_password=False)))
    SQLModel.metadata.create_all(made)
    yield made
    made.dispose()
    with server.connect() as connection:
        connection.execute(text(f'DROP DATABASE "{name}"'))
    server.dispose()

"""Bringing a database's tables up to date, by Alembic's numbered steps."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError

from storage.engine import DatabaseFault, Engine, StorageError

FOLDER = Path(__file__).parent / "migrations"


def upgrade(engine: Engine) -> None:
    """Bring the tables to this version's state; a fresh database gets all of them.

    Raises StorageError where the database is newer than this program, or can't be written.
    """
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    try:
        with engine.execution_options(writes=True).begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except CommandError as error:
        raise StorageError(
            f"the database {engine.url.render_as_string()} was made by a newer mediawatch ({error}); upgrade this one, "
            "or restore the backup made before the upgrade"
        ) from error
    except DatabaseFault as error:
        raise StorageError(
            f"the database {engine.url.render_as_string()} can't be opened: {error.orig}; check that the path is a "
            "database of ours, that this user may write it, and that the disk has room"
        ) from error

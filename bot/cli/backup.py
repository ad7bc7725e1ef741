"""`mediawatch backup` and `mediawatch restore`: the database out and back in, without telling old news again."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import typer

from bot.cli.terminal import completed, say
from bot.instance import only_instance
from bot.machine import database_opened, utc_now
from bot.settings import read_settings
from storage import backups
from storage.backups import Restored
from storage.engine import StorageError, database_file

NO_FILE = (
    "MEDIAWATCH_DATABASE_URL names a server's database: back it up with its own tools (pg_dump), "
    "and restore it with them (pg_restore)"
)


def backup(
    file: Path | None = typer.Argument(None, help="Where to; default: mediawatch-DATE.sqlite3 here."),  # noqa: B008
) -> None:
    """Copy the database to a file, while the service runs or not."""

    async def work() -> tuple[Path, int]:
        place = _file()
        target = file or Path(f"mediawatch-{utc_now():%Y-%m-%d-%H%M%S}.sqlite3")
        return target, backups.copy_database(place, target)

    target, size = completed(work)
    say(f"{size:,} bytes written to {target}")


def restore(
    file: Path = typer.Argument(help="A file that `mediawatch backup` wrote."),  # noqa: B008
) -> None:
    """Put a backup in the database's place. What was told since is not told again; the old database stays beside it."""

    async def work() -> tuple[Path | None, Restored]:
        settings, place = read_settings(), _file()
        backups.check_copy(file)
        async with only_instance(settings.database_url, "mediawatch restore"):
            aside = _exchange(file, place)
            async with database_opened(settings) as db:
                now = utc_now()
                return aside, await db.write(lambda tx: backups.after_restore(tx, now))

    aside, done = completed(work)
    if aside is not None:
        say(f"the database as it was is kept as {aside}")
    say(
        f"restored: {done.messages} waiting messages dropped, {done.waiting} digest entries let go, "
        f"{done.sources} sources begin with a silent poll"
    )


def _file() -> Path:
    place = database_file(read_settings().database_url)
    if place is None:
        raise StorageError(NO_FILE)
    return place


def _exchange(file: Path, place: Path) -> Path | None:
    """Put a copy of `file` in the database's place, which moves aside; return where that is (None: there was none).

    The copy is whole before anything moves, so an end at any moment leaves one database or the other.
    """
    coming = place.with_name(f"{place.name}.coming")
    shutil.copyfile(file, coming)
    os.chmod(coming, 0o600)
    aside = None
    if place.exists():
        aside = place.with_name(f"{place.name}.before-{utc_now():%Y%m%d-%H%M%S}")
        for ending in ("-wal", "-shm", ""):
            beside = place.with_name(place.name + ending)
            if beside.exists():
                beside.rename(aside.with_name(aside.name + ending))
    coming.rename(place)
    return aside

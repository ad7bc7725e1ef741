"""One service per database: an OS file lock beside it. After kill -9 the kernel lets go, so the next start succeeds.

A lease in the database would have to run out first; a pid file would lie.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path

from storage.engine import StorageError, database_file

# Starting up takes a few seconds before this wait on a slow machine, and the refusal should come within ten.
WAIT_S = 3.0
STEP_S = 0.1


class InstanceTaken(Exception):
    """Another process serves this database. The message says which."""


def lock_path(database_url: str) -> Path:
    """Return where the lock of this database lies: beside its file, or in the temporary folder for a server's."""
    file = database_file(database_url)
    if file is not None:
        return file.with_name(file.name + ".lock")
    return Path(tempfile.gettempdir()) / f"mediawatch-{sha256(database_url.encode()).hexdigest()[:16]}.lock"


@asynccontextmanager
async def only_instance(database_url: str, what: str, *, wait_s: float = WAIT_S) -> AsyncIterator[None]:
    """Hold the lock of this database, or raise InstanceTaken after `wait_s` seconds. `what` names us to the next one.

    Raises StorageError where there is no place for the lock.

    The descriptor is not inherited by workers (PEP 446), so an orphan never holds it.
    """
    path = lock_path(database_url)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StorageError(f"the database's folder can't be written to: {path} ({error.strerror})") from error
    try:
        tries = int(wait_s / STEP_S)
        while not _taken(descriptor):
            if tries <= 0:
                holder = os.pread(descriptor, 200, 0).decode(errors="replace").strip() or "another process"
                raise InstanceTaken(
                    f"{holder} already serves this database ({path.with_suffix('')}). Stop it first, or give this "
                    "one a database of its own with MEDIAWATCH_DATABASE_URL."
                )
            tries -= 1
            await asyncio.sleep(STEP_S)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{what} (process {os.getpid()})".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _taken(descriptor: int) -> bool:
    """Take the lock if nobody holds it, and say whether it is ours."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

"""Answers of Telegram that are not in the database yet, kept in a small file beside it.

Between an answer and its commit lie milliseconds, or half a minute where another writer holds the database. A process
killed in between would send again what was taken. A line appended at once survives the process; the next start reads
it and sends no copy.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import structlog

from storage.engine import Engine

log = structlog.get_logger()

SIZE_MOST = 1_000_000


class KeptAnswers:
    """The file and what in it still matters. Writing fails silently: it is a second safety, not the first."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._pending: dict[int, int] = {}
        self._file: int | None = None
        self._size = 0

    @classmethod
    def beside(cls, engine: Engine) -> KeptAnswers | None:
        """Return the keeper for this database, None where it has no file of its own."""
        path = engine.url.database
        if engine.dialect.name != "sqlite" or not path or path == ":memory:":
            return None
        return cls(Path(f"{path}.answers"))

    def read(self) -> dict[int, int]:
        """Return message ids by outbox row, as a former process left them. A line cut short is no line."""
        try:
            lines = self._path.read_text(encoding="ascii", errors="replace").split("\n")[:-1]
        except OSError:
            return {}
        found: dict[int, int] = {}
        for line in lines:
            outbox_id, _, message_id = line.partition(" ")
            with contextlib.suppress(ValueError):
                found[int(outbox_id)] = int(message_id)
        return found

    def keep(self, outbox_id: int, message_id: int) -> None:
        """Write an answer down, before its commit."""
        self._pending[outbox_id] = message_id
        self._append(f"{outbox_id} {message_id}\n")

    def committed(self, outbox_id: int) -> None:
        """Forget an answer that the database knows; the file is emptied when nothing in it matters any more."""
        self._pending.pop(outbox_id, None)
        if not self._pending or self._size > SIZE_MOST:
            self.start_over()

    def start_over(self) -> None:
        """Forget all but what still waits for its commit; what a former process left is known by now."""
        self._empty()
        for row, message_id in self._pending.items():
            self._append(f"{row} {message_id}\n")

    def _empty(self) -> None:
        if self._file is not None and self._size:
            with contextlib.suppress(OSError):
                os.ftruncate(self._file, 0)
        elif self._file is None:
            with contextlib.suppress(OSError):
                self._path.unlink(missing_ok=True)
        self._size = 0

    def close(self) -> None:
        """Close the file, and remove it where nothing in it matters."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
        if not self._pending:
            self._empty()

    def _append(self, line: str) -> None:
        try:
            if self._file is None:
                self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            self._size += os.write(self._file, line.encode("ascii"))
        except OSError as error:
            log.warning("an answer could not be kept beside the database", reason=error.strerror)
